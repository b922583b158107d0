"""What time does to a case, on the real calendar around the Spring Festival of 2022.

Dispatched on Friday 21 January 2022 at 17:31. Saturday and Sunday 29 and 30 January are working days (调休), 31 January
to 6 February are off, so that ten working days end with Wednesday 9 February.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.cases.domain.case import IDLE, OVERDUE
from services.cases.domain.events.concluding import ResultReported
from services.cases.domain.events.escalating import EscalationRaised
from services.cases.domain.events.handling import HandlingStepRecorded
from services.cases.domain.events.transferring import CaseNotSignedFor, CaseSignedFor
from shared.platform.event_store.refusal import Invalid
from tests.services.cases.desk import (
    CHECKED,
    COUNTY,
    DIRECTOR,
    GROUP,
    OFFICE,
    PRINCIPAL,
    RESULT,
    STEP,
    Desk,
    at,
    bring,
    running,
)
from tests.services.cases.steps import (
    appointed,
    closed,
    feedback_date_over,
    first_step_over,
    found,
    opened,
    remarked,
    reopened,
    result_accepted,
    result_drafted,
    result_signed,
    signed_for,
    signing_window_over,
    step_taken,
    transferred,
)
from tests.support.scenario import event, given

SIGNING_ENDS = at("2022-01-26 00:00")
HALF_ENDS = at("2022-01-29 00:00")
LATE_HALF_ENDS = at("2022-01-31 00:00")
"""Half of the seven days that are left when the letter is deemed signed for."""
FEEDBACK_ENDS = at("2022-02-10 00:00")
MOMENT = timedelta(microseconds=1)
LETTER_OUT = (opened(), transferred())
HANDED_OVER = (*LETTER_OUT, signed_for())


def escalations(desk: Desk, case: UUID) -> list[tuple[str, datetime]]:
    return [(e.trigger, e.at) for e in desk.events(case) if isinstance(e, EscalationRaised)]


# --- the dates ---


def test_ten_working_days_from_the_friday_before_the_new_year_week_end_on_the_ninth_of_february() -> None:
    case = given(*LETTER_OUT).aggregate
    assert (case.signing.due, case.first_step, case.feedback.due) == (SIGNING_ENDS, None, FEEDBACK_ENDS)
    assert case.feedback.due_date.printed == "2022-02-09T23:59:59+08:00"


def test_every_day_of_a_deadline_says_whether_it_was_counted_and_why() -> None:
    days = {line.date.isoformat(): line for line in given(*LETTER_OUT).aggregate.feedback.days}
    assert (days["2022-01-29"].counted, days["2022-01-29"].why) == (True, "make_up_workday")
    assert not days["2022-02-04"].counted
    assert sum(line.counted for line in days.values()) == 10


@pytest.mark.parametrize("circumstance", ["major", "mixed"])
def test_a_major_hazard_gives_twenty_days_and_five_from_signing_for_the_first_step(circumstance: str) -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, circumstance=circumstance)
    assert running(desk.case(case).feedback).due_date.counted == 20
    assert desk.case(case).first_step is None, "nobody is held to a step before the signing"
    desk.give("sign-for", case, COUNTY)
    assert running(desk.case(case).first_step).due == HALF_ENDS  # five days from signing


def test_half_of_what_is_left_comes_before_five_days_from_a_late_signing() -> None:
    wednesday = at("2022-01-26 09:00")
    case = given(*LETTER_OUT).when(signed_for(when=wednesday)).then(event(CaseSignedFor))
    assert running(case.first_step).due == LATE_HALF_ENDS  # five days from Wednesday would end after the holiday


def test_danger_to_life_is_transferred_within_two_hours_of_receipt() -> None:
    desk = Desk(at("2022-01-21 16:00"))
    assert running(desk.case(desk.tipped(danger=True)).transfer_deadline).due == at("2022-01-21 17:00")
    assert running(desk.case(desk.tipped()).transfer_deadline).due == at("2022-01-25 00:00")


def test_a_result_is_reviewed_in_three_days_and_disclosed_in_five() -> None:
    desk = Desk()
    case = bring(desk, "reported")
    assert running(desk.case(case).review).due == at("2022-01-27 00:00")
    assert running(desk.case(bring(desk, "closed", case=case)).disclosure).due == HALF_ENDS


@pytest.mark.parametrize("day", ["2022-01-21", "2022-01-20", "2025-01-21", "2099-12-31"])
def test_a_feedback_date_that_is_past_or_a_slip_of_the_pen_is_refused(day: str) -> None:
    desk = Desk()
    case = desk.tipped()
    for by in (OFFICE, DIRECTOR):
        with pytest.raises(Invalid, match="请另选日期") as refused:
            desk.give("transfer", case, by, feedback_by=day)
        assert refused.value.field == "feedback_by"


def test_the_feedback_date_that_the_office_sets_stands_as_it_is_even_on_a_day_off() -> None:
    desk = Desk()
    case = desk.tipped()
    told = desk.give("transfer", case, DIRECTOR, feedback_by="2022-02-05")
    assert told["due"] == "2022-02-05T23:59:59+08:00"


# --- signing ---


def test_a_letter_not_signed_for_in_two_days_is_reminded_and_deemed_signed_for() -> None:
    case = given(*LETTER_OUT).when(signing_window_over(SIGNING_ENDS)).then(
        event(CaseNotSignedFor), event(CaseSignedFor, deemed=True)
    )  # fmt: skip
    assert (case.state, case.reminded, running(case.first_step).due) == ("signed_for", True, LATE_HALF_ENDS)


def test_a_letter_is_not_deemed_signed_for_a_moment_too_early() -> None:
    given(*LETTER_OUT).when(signing_window_over(SIGNING_ENDS - MOMENT)).then()


def test_a_letter_that_was_signed_for_is_not_deemed_signed_for_again() -> None:
    given(*HANDED_OVER).when(signing_window_over(SIGNING_ENDS)).then()


# --- overdue ---


def test_no_signed_result_at_midnight_of_the_feedback_date_is_overdue() -> None:
    case = given(*HANDED_OVER, step_taken()).when(feedback_date_over(FEEDBACK_ENDS)).then(
        event(EscalationRaised, trigger=OVERDUE)
    )  # fmt: skip
    assert (case.raised, case.is_on_time) == ([OVERDUE], False)


def test_nothing_is_overdue_a_moment_before_midnight() -> None:
    given(*HANDED_OVER).when(feedback_date_over(FEEDBACK_ENDS - MOMENT)).then()


def test_a_case_is_overdue_once_also_when_the_clock_strikes_twice() -> None:
    given(*HANDED_OVER, feedback_date_over(FEEDBACK_ENDS)).when(feedback_date_over(FEEDBACK_ENDS)).then()


def test_a_draft_does_not_stop_the_feedback_clock() -> None:
    before = (*HANDED_OVER, step_taken(), result_drafted())
    given(*before).when(feedback_date_over(FEEDBACK_ENDS)).then(event(EscalationRaised, trigger=OVERDUE))


def test_a_signed_result_stops_the_feedback_clock() -> None:
    given(*HANDED_OVER, step_taken(), result_signed()).when(feedback_date_over(FEEDBACK_ENDS)).then()


@pytest.mark.parametrize(("when", "in_time"), [(FEEDBACK_ENDS - MOMENT, True), (FEEDBACK_ENDS, False)])
def test_a_result_is_in_time_until_the_last_moment_of_the_day(when: datetime, in_time: bool) -> None:
    late = [] if in_time else [event(EscalationRaised, trigger=OVERDUE)]  # before its timer has struck
    signed = given(*HANDED_OVER, step_taken()).when(result_signed(when=when))
    case = signed.then(*late, event(ResultReported, in_time=in_time))
    assert case.is_on_time is in_time


def test_a_result_that_is_sent_back_early_leaves_the_original_date_standing_and_overdue_then_fires() -> None:
    desk = Desk()
    case = bring(desk, "reported")
    desk.give("reject-result", case, OFFICE, reason="没有附处罚决定书。")
    assert running(desk.case(case).feedback).due == FEEDBACK_ENDS
    desk.wait_until("2022-02-09 23:59")
    assert escalations(desk, case) == []
    desk.wait_until("2022-02-10 00:00")
    assert escalations(desk, case) == [(OVERDUE, FEEDBACK_ENDS)]


def test_a_letter_with_a_date_before_its_signing_window_ends_is_overdue_though_nobody_signed_for_it() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, feedback_by="2022-01-24")
    desk.wait_until("2022-01-25 00:00")
    assert (desk.case(case).state, OVERDUE in desk.case(case).raised) == ("transferred", True)


def test_a_problem_that_a_county_found_itself_can_be_overdue_too() -> None:
    desk = Desk()
    case = desk.open(COUNTY)
    desk.wait_until("2022-02-10 00:00")
    assert escalations(desk, case) == [(OVERDUE, FEEDBACK_ENDS)]


# --- accepted but not handled ---


def test_no_evidenced_step_by_half_the_window_is_accepted_but_not_handled() -> None:
    given(*HANDED_OVER).when(first_step_over(HALF_ENDS - MOMENT)).then()
    given(*HANDED_OVER).when(first_step_over(HALF_ENDS)).then(event(EscalationRaised, trigger=IDLE))


def test_neither_a_remark_nor_a_draft_is_a_step() -> None:
    before = (*HANDED_OVER, remarked(), result_drafted())
    given(*before).when(first_step_over(HALF_ENDS)).then(event(EscalationRaised, trigger=IDLE))


def test_an_evidenced_step_stops_the_clock() -> None:
    given(*HANDED_OVER, step_taken()).when(first_step_over(HALF_ENDS)).then()


def test_a_step_that_comes_after_the_escalation_is_recorded_and_raises_nothing_more() -> None:
    before = (*HANDED_OVER, first_step_over(HALF_ENDS))
    given(*before).when(step_taken(when=HALF_ENDS)).then(event(HandlingStepRecorded))
    given(*before, step_taken(when=HALF_ENDS)).when(first_step_over(HALF_ENDS)).then()


def test_a_case_is_idle_once_also_when_the_clock_strikes_twice() -> None:
    given(*HANDED_OVER, first_step_over(HALF_ENDS)).when(first_step_over(HALF_ENDS)).then()


# --- left alone, and found again ---


def test_a_letter_that_nobody_touches_is_reminded_deemed_signed_for_idle_and_overdue_each_once() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR)
    desk.wait_until("2022-03-31 00:00")
    by_the_office = [e for e in desk.events(case) if type(e).__name__ == "OfficeClockMissed"]
    assert [(type(e).__name__, e.at) for e in desk.events(case)[2:] if e not in by_the_office] == [
        ("CaseNotSignedFor", SIGNING_ENDS),
        ("CaseSignedFor", SIGNING_ENDS),
        ("EscalationRaised", LATE_HALF_ENDS),
        ("EscalationRaised", FEEDBACK_ENDS),
    ]
    assert desk.timers == {}


def test_what_fell_due_while_the_service_was_away_is_raised_once_but_for_a_step_that_had_no_day() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR)
    desk.wait_until("2022-02-20 09:00", away=True)
    back = at("2022-02-20 09:00")
    assert desk.names(case)[2:4] == ["CaseNotSignedFor", "CaseSignedFor"]
    assert escalations(desk, case) == [(OVERDUE, back)]


def test_a_reopened_case_has_a_new_window_and_can_be_escalated_again() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.wait_until("2022-02-11 09:00")
    desk.give("report-result", case, PRINCIPAL, **RESULT)
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    desk.give("report-result", case, PRINCIPAL, **RESULT)
    desk.give("review-result", case, OFFICE)
    desk.give("close", case, DIRECTOR)
    assert not desk.events(case)[-1].on_time
    told = desk.give("reopen", case, DIRECTOR, reason="回访不属实。")
    assert told["due"] == "2022-02-25T23:59:59+08:00"
    desk.wait_until("2022-03-31 00:00")
    assert [trigger for trigger, _ in escalations(desk, case)] == [OVERDUE, IDLE, OVERDUE]


@pytest.mark.parametrize("again", [at("2022-02-14 09:00"), FEEDBACK_ENDS], ids=["later", "at the same instant"])
def test_a_reopened_case_that_is_then_reported_in_time_is_on_time(again: datetime) -> None:
    missed = (feedback_date_over(FEEDBACK_ENDS), appointed(OVERDUE, when=FEEDBACK_ENDS), found(when=FEEDBACK_ENDS))
    late = (*HANDED_OVER, step_taken(), *missed, result_signed(when=FEEDBACK_ENDS))
    closing = (result_accepted(when=FEEDBACK_ENDS), closed(when=FEEDBACK_ENDS))
    before = (*late, *closing, reopened(when=again), step_taken(when=again))
    assert given(*before).when(result_signed(when=again)).then(event(ResultReported, in_time=True)).is_on_time


def test_a_closed_case_wants_nothing_of_the_clock() -> None:
    desk = Desk()
    bring(desk, "closed")
    assert desk.timers == {}


def test_a_timer_of_a_case_that_has_moved_on_changes_nothing() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    old = list(desk.timers.values())
    desk.give("record-step", case, COUNTY, **STEP)
    desk.give("report-result", case, PRINCIPAL, **RESULT)
    before = desk.names(case)
    desk.clock.set(at("2022-03-01 09:00"))
    for timer in old:
        desk.fire(timer)
    assert desk.names(case) == before
