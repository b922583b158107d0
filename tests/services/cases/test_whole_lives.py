"""Nothing unfair happens in whole lives; and each fault that once was there, planted back, is found by playing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.cases import rules
from services.cases.domain import conclusions, independence, office
from services.cases.domain.case import FIRST_REPORT, IDLE, Case
from services.cases.domain.events.concluding import CaseReopened, ResultRejected
from services.cases.domain.events.escalating import FalseClosureSuspected
from services.cases.domain.events.transferring import CaseReturned, CaseSignedFor, CaseTransferred
from services.cases.domain.values import Deadline
from services.cases.handlers import CASE, concluding, handling
from shared.kernel.campaign.office import Missed, OfficeDate, the_office_acts_in_time
from shared.kernel.campaign.schedule import due_earliest
from tests.services.cases.desk import CAMPAIGN
from tests.services.cases.whole_lives import play

Plant = Callable[[pytest.MonkeyPatch], None]
FAULTS: dict[str, tuple[str, Plant]] = {}
"""What was wrong once → (the sentence that says so, how it is planted back)."""


def fault(sentence: str) -> Callable[[Plant], Plant]:
    def plant(function: Plant) -> Plant:
        FAULTS[function.__name__] = (sentence, function)
        return function

    return plant


def after(patch: pytest.MonkeyPatch, event: Any, then: Callable[[Any, Case], None]) -> None:
    """Something more follows from an event."""
    before = event.apply

    def apply(self: Any, case: Case) -> None:
        before(self, case)
        then(self, case)

    patch.setattr(event, "apply", apply)


def half_from_dispatch(signed_for: Any, feedback: Deadline) -> Deadline:
    """The date of the first step as it was once: by half the feedback window, whoever signed when."""
    found = due_earliest(CAMPAIGN, "first_step", feedback.start, feedback.due_date.last_day, feedback.circumstance)
    return Deadline.of(found, signed_for, feedback.circumstance)


@fault("idle while unsigned")
def a_letter_is_idle_before_it_is_signed_for(patch: pytest.MonkeyPatch) -> None:
    after(patch, CaseTransferred, lambda e, case: setattr(case, "first_step", half_from_dispatch(e.at, e.feedback)))
    timers = Case.timers

    def wanted(case: Case) -> dict[str, Any]:
        unsigned = case.state == "transferred" and case.first_step is not None and IDLE not in case.raised
        return timers(case) | ({IDLE: case.first_step.due} if unsigned and case.first_step else {})

    patch.setattr(Case, "timers", wanted)


@fault("on the day of signing|before his date")
def a_letter_is_deemed_signed_for_and_idle_in_the_same_second(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rules, "a_unit_that_signed_for_a_letter_must_act", lambda _, at, date: half_from_dispatch(at, date))


@fault("before the date in force")
def a_result_that_is_sent_back_after_the_date_is_overdue_at_once(patch: pytest.MonkeyPatch) -> None:
    def apply(self: ResultRejected, case: Case) -> None:
        case.result = case.reported_at = case.review = None
        case.state = "handling"

    patch.setattr(ResultRejected, "apply", apply)


@fault("while the office owes him an answer to a return")
def a_return_that_is_not_answered_becomes_idle(patch: pytest.MonkeyPatch) -> None:
    timers = Case.timers

    def wanted(case: Case) -> dict[str, Any]:
        waits = case.return_requested_at is not None and case.state == "signed_for" and IDLE not in case.raised
        return timers(case) | ({IDLE: case.first_step.due} if waits and case.first_step else {})

    patch.setattr(Case, "timers", wanted)


@fault("a return that was asked for is answered")
def a_return_is_not_granted_while_an_escalation_is_undecided(patch: pytest.MonkeyPatch) -> None:
    command = CASE.commands["accept-return"]
    barred = replace(command.permission, bars=("unappointed", "verifying"))
    patch.setitem(CASE.commands._rows, command.name, replace(command, permission=barred))


@fault("before the date in force|before his date")
def a_refused_return_leaves_no_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rules, "the_first_step_waited_for_the_offices_answer", lambda _, case, __: case.first_step)


@fault("before the date in force")
def an_extension_that_is_not_answered_stops_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Case, "is_owed_an_answer", property(lambda _: False))


@fault("before the date in force")
def a_plan_with_a_later_date_stops_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(handling, "_asks_for_a_later_date", lambda *_: False)


@fault("a step lies between the letter and now")
def a_step_dated_years_before_the_case_stops_the_clock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rules, "a_step_lies_between_the_letter_and_now", lambda *_: None)


@fault("danger has no later one")
def a_major_hazard_lengthens_the_window_of_a_danger_to_life(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rules, "danger_to_life_comes_before_everything", lambda _, asked: asked)


@fault("a result stands on a step of its own round")
def a_result_needs_no_step_after_a_reopening(patch: pytest.MonkeyPatch) -> None:
    after(patch, CaseReopened, lambda _, case: setattr(case, "steps", 1))


@fault("a result stands on a step of its own round")
def a_result_needs_no_step_after_a_return(patch: pytest.MonkeyPatch) -> None:
    after(patch, CaseReturned, lambda _, case: setattr(case, "steps", 1))


@fault("a late result is overdue, whoever comes first")
def a_late_result_overtakes_its_timer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(concluding, "raise_what_is_overdue", lambda *_: None)


@fault("each trigger once per window|being told|before the date")
def a_trigger_fires_again_in_the_same_window(patch: pytest.MonkeyPatch) -> None:
    after(patch, ResultRejected, lambda _, case: case.raised.clear())


@fault("nobody both reviews and closes")
def who_reviewed_closes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(independence, "CLOSING", "")


@fault("does not verify")
def who_suspected_verifies(patch: pytest.MonkeyPatch) -> None:
    after(patch, FalseClosureSuspected, lambda _, case: case.suspected_by.clear())


@fault("does not verify")
def who_suspected_first_verifies_what_another_suspected_later(patch: pytest.MonkeyPatch) -> None:
    after(patch, FalseClosureSuspected, lambda e, case: setattr(case, "suspected_by", [e.envelope.actor.id]))


@fault("does not verify|can verify")
def who_handled_reviewed_or_closed_verifies_in_another_seat(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(independence, "_other_seats", lambda *_: iter(()))


@fault("the leader did not close what is verified")
def the_group_that_is_led_by_who_closed_is_the_verifier_by_default(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(independence, "FALSE_CLOSURE", "")


@fault("a result stands on a step of its own round")
def a_case_is_closed_without_one_step(patch: pytest.MonkeyPatch) -> None:
    after(patch, CaseSignedFor, lambda _, case: setattr(case, "steps", 1))


def left_out(rule: str) -> Plant:
    """A rule of closing is not asked."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(conclusions, rule, lambda *_: None)

    return plant


for rule, said in (
    ("a_result_has_a_conclusion", "a result has a conclusion"),
    ("nothing_is_ordered_for_what_is_not_borne_out", "nobody is ordered anything"),
    ("what_is_borne_out_has_a_measure", "something follows"),
    ("each_measure_has_its_facts", "a measure has its facts"),
    ("a_measure_lies_between_the_matter_and_now", "between the matter and now"),
    ("a_penalty_follows_a_proceeding", "without a proceeding|where a proceeding was refused"),
    ("a_proceeding_is_not_refused_beside_its_penalty", "where a proceeding was refused"),
    ("what_is_closed_down_does_not_resume", "does not resume"),
    ("nothing_is_recorded_twice", "a decision counts once"),
    ("only_what_is_suspended_is_inspected_again", "only a suspension|does not resume"),
    ("nothing_is_decided_on_what_is_not_borne_out", "nobody is ordered anything"),
    ("an_accident_is_investigated_before_it_is_resolved", "before it is investigated"),
    ("the_city_investigates_what_a_county_is_accused_of", "what he is accused of"),
):
    FAULTS[f"without_{rule}"] = (said, left_out(rule))


@fault("before the date in force")
def who_waits_for_the_investigation_is_overdue(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Case, "awaits_investigation", property(lambda _: False))


@fault("what was decided after the closing is recorded")
def what_is_decided_after_the_closing_cannot_be_recorded(patch: pytest.MonkeyPatch) -> None:
    command = CASE.commands["record-decision"]
    earlier = replace(command.permission, states=frozenset({"reviewed"}))
    patch.setitem(CASE.commands._rows, command.name, replace(command, permission=earlier))


@fault("does not owe or cannot do: closing")
def the_office_is_to_close_what_is_being_verified(patch: pytest.MonkeyPatch) -> None:
    owed = office.owed

    def and_the_closing(case: Case) -> dict[str, Deadline]:
        if case.state != "reviewed" or not case.undecided or case.reported_at is None:
            return owed(case)
        return owed(case) | {"closing": the_office_acts_in_time(CAMPAIGN, "closing", case.reported_at)}

    patch.setattr(office, "owed", and_the_closing)


@fault("does not owe or cannot do: appointment")
def the_office_is_held_to_an_appointment_that_it_has_made(patch: pytest.MonkeyPatch) -> None:
    owed = office.owed

    def and_the_appointed(case: Case) -> dict[str, Deadline]:
        made = {f"appointment:{one.n}": one.appointment for one in case.undecided}
        return owed(case) | {key: deadline for key, deadline in made.items() if deadline is not None}

    patch.setattr(office, "owed", and_the_appointed)


@fault("raised once to each|one after the other")
def the_office_is_told_of_the_same_again_and_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OfficeDate, "call", property(lambda one: one.due if one.raised < 1 else one.further or one.due))
    patch.setattr(
        OfficeDate, "missed_at",
        lambda one, _, owner, further: Missed(
            clock=one.clock, due=one.due, owner_role=owner, raised_to="director", further=further
        ),
    )  # fmt: skip


@fault("nobody is silent while the office owes him an answer")
def a_danger_is_to_be_reported_while_the_office_owes_an_answer_to_a_return(patch: pytest.MonkeyPatch) -> None:
    timers = Case.timers

    def wanted(case: Case) -> dict[str, Any]:
        waits = case.first_report is not None and case.return_requested_at is not None
        return timers(case) | ({FIRST_REPORT: case.first_report.due} if waits and case.first_report else {})

    patch.setattr(Case, "timers", wanted)


def test_no_life_of_a_case_is_unfair() -> None:
    play(6000, derandomize=True)


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_that_is_planted_back_is_found(name: str) -> None:
    sentence, plant = FAULTS[name]
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        with pytest.raises(AssertionError, match=sentence):
            play(200_000, derandomize=True, shrink=False)  # it ends where it is found, mostly soon
