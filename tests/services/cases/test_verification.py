"""Escalated verification (notice 六（二）): appointed by the office, concluded by another than who handles the case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from services.cases.domain.case import IDLE, OVERDUE
from services.cases.domain.errors import AnotherUnit, EvidenceMissing
from services.cases.domain.events.escalating import EscalationCleared, EscalationFound, VerificationAssigned
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Invalid
from shared.platform.event_store.session import NotFound
from shared.platform.service.authority import NotInThisSituation
from tests.services.cases.desk import (
    CHECKED,
    COUNTY,
    DIRECTOR,
    GROUP,
    OFFICE,
    OTHER_GROUP,
    PRINCIPAL,
    RESULT,
    STEP,
    ZEZHOU,
    Desk,
    at,
    bring,
    running,
)

TEAM = Actor("p-enforcement", "group", "enforcement-team")


def idle(desk: Desk) -> UUID:
    """Signed for on the 21st, untouched: escalated at the end of the 28th."""
    case = bring(desk, "signed_for")
    desk.wait_until("2022-01-29 09:00")
    return case


def overdue(desk: Desk) -> UUID:
    """Begun, but without a result by the end of 9 February."""
    case = bring(desk, "handling")
    desk.wait_until("2022-02-10 09:00")
    return case


def appointments(desk: Desk, case: UUID) -> list[tuple[str, str, datetime]]:
    events = [event for event in desk.events(case) if isinstance(event, VerificationAssigned)]
    return [(event.trigger, event.verifier, event.deadline.due) for event in events]


# --- who verifies, until when ---


def test_the_group_that_answers_for_the_unit_verifies_an_overdue_case_in_eight_days_and_an_idle_one_in_five() -> None:
    desk = Desk()
    case = idle(desk)
    desk.give("appoint-verification", case, OFFICE)
    assert appointments(desk, case) == [(IDLE, "g1", at("2022-02-11 00:00"))]
    desk = Desk()
    case = overdue(desk)
    desk.give("appoint-verification", case, DIRECTOR)
    assert appointments(desk, case) == [(OVERDUE, "g1", at("2022-02-23 00:00"))]


def test_the_office_may_name_another_verifier_but_never_the_handling_unit() -> None:
    desk = Desk()
    case = idle(desk)
    with pytest.raises(Invalid, match="无利害关系") as refused:
        desk.give("appoint-verification", case, OFFICE, verifier=ZEZHOU)
    assert refused.value.allowed == ("g1", "g2", "g3", "g4", "enforcement-team")
    desk.give("appoint-verification", case, OFFICE, verifier="g3")


def test_each_escalation_has_its_own_verifier_the_oldest_first() -> None:
    desk = Desk()
    case = idle(desk)
    desk.wait_until("2022-02-10 09:00")
    desk.give("appoint-verification", case, OFFICE)
    desk.give("appoint-verification", case, OFFICE, verifier="g3")
    assert [(trigger, verifier) for trigger, verifier, _ in appointments(desk, case)] == [(IDLE, "g1"), (OVERDUE, "g3")]
    with pytest.raises(NotInThisSituation, match="没有待指定"):
        desk.give("appoint-verification", case, OFFICE)


def test_an_appointment_for_what_was_not_raised_is_refused() -> None:
    desk = Desk()
    with pytest.raises(NotInThisSituation, match="没有待指定"):
        desk.give("appoint-verification", idle(desk), OFFICE, trigger="overdue")


# --- the verifier ---


def test_only_the_appointed_verifier_concludes() -> None:
    desk = Desk()
    case = idle(desk)
    desk.give("appoint-verification", case, OFFICE, verifier="g3")
    with pytest.raises(AnotherUnit, match="指定的核查单位"):
        desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    desk.give("verify-escalation", case, OTHER_GROUP, found=True, **CHECKED)
    with pytest.raises(NotInThisSituation):
        desk.give("verify-escalation", case, OTHER_GROUP, found=True, **CHECKED)


def test_the_enforcement_team_verifies_as_a_group_does() -> None:
    desk = Desk()
    case = idle(desk)
    with pytest.raises(NotFound):
        desk.give("verify-escalation", case, TEAM, found=True, **CHECKED)
    desk.give("appoint-verification", case, OFFICE, verifier="enforcement-team")
    desk.give("verify-escalation", case, TEAM, found=True, **CHECKED)
    assert desk.case(case).escalations[0].outcome == "found"


def test_the_verifier_of_one_escalation_does_not_conclude_the_other() -> None:
    desk = Desk()
    case = idle(desk)
    desk.wait_until("2022-02-10 09:00")
    desk.give("appoint-verification", case, OFFICE)
    desk.give("appoint-verification", case, OFFICE, verifier="g3")
    with pytest.raises(AnotherUnit, match="没有指定本单位核查"):
        desk.give("verify-escalation", case, OTHER_GROUP, trigger="idle_after_acceptance", found=True, **CHECKED)
    desk.give("verify-escalation", case, OTHER_GROUP, found=True, **CHECKED)
    assert [(one.trigger, one.outcome) for one in desk.case(case).escalations] == [(IDLE, None), (OVERDUE, "found")]


def test_a_conclusion_needs_evidence() -> None:
    desk = Desk()
    case = idle(desk)
    desk.give("appoint-verification", case, OFFICE)
    for found in (True, False):
        with pytest.raises(EvidenceMissing, match="须附证据"):
            desk.give("verify-escalation", case, GROUP, found=found, text="属实。")


@pytest.mark.parametrize(("when", "in_time"), [("2022-02-22 23:59", True), ("2022-02-23 00:00", False)])
def test_a_conclusion_is_in_time_until_the_last_moment_of_its_date(when: str, in_time: bool) -> None:
    desk = Desk()
    case = overdue(desk)
    desk.give("appoint-verification", case, OFFICE)
    desk.wait_until(when)
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    told = dict(desk.messages(public=False))["EscalationFound"]
    assert (told["in_time"], told["verifier"], told["trigger"]) == (in_time, "g1", OVERDUE)


# --- what follows ---


def test_a_finding_gives_a_new_window_in_which_the_case_can_be_escalated_again() -> None:
    desk = Desk()
    case = overdue(desk)
    desk.give("appoint-verification", case, OFFICE)
    told = desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    assert (told["state"], told["due"]) == ("handling", "2022-02-24T23:59:59+08:00")
    found = desk.case(case)
    assert (found.raised, running(found.first_step).due) == ([], at("2022-02-18 00:00"))
    desk.wait_until("2022-02-25 00:00")
    assert [one.trigger for one in desk.case(case).escalations] == [OVERDUE, IDLE, OVERDUE]


def test_a_major_hazard_keeps_its_longer_window_after_a_finding() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, circumstance="major")
    desk.give("sign-for", case, COUNTY)
    desk.wait_until("2022-01-29 09:00")
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    assert running(desk.case(case).feedback).due_date.counted == 20


@pytest.mark.parametrize("state", ["reported", "reviewed"])
def test_a_finding_takes_a_reported_case_back_to_handling_for_a_new_result(state: str) -> None:
    desk = Desk()
    case = overdue(desk)
    bring(desk, state, case=case)
    desk.give("appoint-verification", case, OFFICE)
    assert desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)["state"] == "handling"
    assert (desk.case(case).result, desk.case(case).reported_at) == (None, None)
    assert desk.rows[case]["reported_at"] is None
    desk.give("report-result", case, PRINCIPAL, **RESULT)


def test_a_cleared_escalation_of_a_reported_case_moves_nothing() -> None:
    desk = Desk()
    case = overdue(desk)
    bring(desk, "reported", case=case)
    before = desk.case(case)
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=False, **CHECKED)
    after = desk.case(case)
    assert (after.state, after.result, after.feedback) == ("reported", before.result, before.feedback)
    assert desk.events(case)[-1].feedback is None


def test_a_cleared_case_that_runs_without_a_date_gets_a_new_one() -> None:
    desk = Desk()
    case = overdue(desk)
    desk.give("appoint-verification", case, OFFICE)
    told = desk.give("verify-escalation", case, GROUP, found=False, **CHECKED)
    assert told["due"] == "2022-02-24T23:59:59+08:00"
    assert desk.case(case).first_step is None, "the first step was taken"
    assert isinstance(desk.events(case)[-1], EscalationCleared)


def test_a_cleared_case_whose_date_is_still_ahead_keeps_it_and_is_not_raised_again_for_the_same() -> None:
    desk = Desk()
    case = idle(desk)
    desk.give("appoint-verification", case, OFFICE)
    told = desk.give("verify-escalation", case, GROUP, found=False, **CHECKED)
    assert told["due"] == "2022-02-09T23:59:59+08:00"
    desk.wait_until("2022-02-09 23:59")
    assert [one.trigger for one in desk.case(case).escalations] == [IDLE]


def test_a_case_untouched_when_it_is_cleared_of_being_overdue_is_to_be_begun_by_a_new_date() -> None:
    desk = Desk()
    case = idle(desk)
    desk.wait_until("2022-02-10 09:00")
    for _ in range(2):
        desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, trigger="overdue", found=False, **CHECKED)
    assert running(desk.case(case).first_step).due == at("2022-02-18 00:00")


def test_nothing_is_closed_while_an_escalation_is_undecided_and_it_is_said_who_must_decide() -> None:
    desk = Desk()
    case = overdue(desk)
    bring(desk, "reviewed", case=case)
    with pytest.raises(NotInThisSituation, match="请市局办公室先指定"):
        desk.give("close", case, DIRECTOR)
    desk.give("appoint-verification", case, OFFICE)
    with pytest.raises(NotInThisSituation, match="请核查单位先作出"):
        desk.give("close", case, DIRECTOR)
    desk.give("verify-escalation", case, GROUP, found=False, **CHECKED)
    assert desk.give("close", case, DIRECTOR)["state"] == "closed"


@pytest.mark.parametrize(("found", "on_time"), [(True, False), (False, True)])
def test_a_date_that_was_found_missed_is_not_made_up_for_by_the_new_one(found: bool, on_time: bool) -> None:
    desk = Desk()
    case = overdue(desk)
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=found, **CHECKED)
    if found:
        desk.give("record-step", case, COUNTY, **STEP)
    bring(desk, "closed", case=case)
    closed = desk.events(case)[-1]
    assert (closed.on_time, desk.case(case).in_time) == (on_time, True)


def test_a_finding_in_a_letter_that_nobody_signed_for_leaves_it_to_be_signed_for() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, feedback_by="2022-01-24")
    desk.wait_until("2022-01-25 08:30")
    desk.give("appoint-verification", case, OFFICE)
    told = desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    assert told["state"] == "transferred"
    assert [type(event) for event in desk.events(case)][-1] is EscalationFound
    desk.wait_until("2022-01-26 00:00")
    assert desk.case(case).state == "signed_for"
