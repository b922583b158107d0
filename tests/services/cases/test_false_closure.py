"""Falsely closed (notice 六（二））: suspected by an independent check, replied to, raised, verified."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.cases.domain.case import FALSE_CLOSURE
from services.cases.domain.errors import EvidenceMissing, NoStepYet, TooLate
from services.cases.domain.events.escalating import EscalationRaised, ReplyGiven
from shared.platform.event_store.envelope import Actor
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
    Desk,
    at,
    bring,
)

SUSPECTED: dict[str, Any] = {"source": "return_visit", "text": "气瓶仍在充装。", "evidence": ["照片 2"]}
MEMBER = Actor("p-g1-2", "group", "g1")
"""Of the group, but not who suspected."""
REPLY_ENDS = at("2022-01-27 00:00")  # three working days after Friday the 21st


def suspected(desk: Desk) -> UUID:
    case = bring(desk, "closed")
    desk.give("suspect-false-closure", case, GROUP, **SUSPECTED)
    return case


def raised(desk: Desk, case: UUID) -> list[Any]:
    return [(e.trigger, e.at) for e in desk.events(case) if isinstance(e, EscalationRaised)]


def loops_of(desk: Desk) -> list[dict[str, Any]]:
    return [data for name, data in desk.messages(public=False) if name == "LoopMoved"]


def test_a_suspicion_is_raised_when_the_right_of_reply_is_over_and_not_a_moment_before() -> None:
    desk = Desk()
    case = suspected(desk)
    desk.wait_until("2022-01-26 23:59")
    assert raised(desk, case) == []
    desk.wait_until("2022-01-27 00:00")
    assert raised(desk, case) == [(FALSE_CLOSURE, REPLY_ENDS)]
    assert desk.case(case).state == "closed"


def test_it_is_raised_once_also_after_a_downtime_and_when_the_clock_strikes_twice() -> None:
    desk = Desk()
    case = suspected(desk)
    (timer,) = desk.timers.values()
    desk.wait_until("2022-02-20 09:00", away=True)
    desk.fire(timer)
    assert raised(desk, case) == [(FALSE_CLOSURE, at("2022-02-20 09:00"))]


def test_a_reply_does_not_stop_the_clock_but_lets_the_office_appoint_a_verifier_sooner() -> None:
    desk = Desk()
    case = suspected(desk)
    with pytest.raises(NotInThisSituation, match="收到申辩或申辩期满"):
        desk.give("appoint-verification", case, OFFICE)
    desk.give("reply", case, PRINCIPAL, text="已停用，照片为旧。", evidence=["停用照片"])
    assert isinstance(desk.events(case)[-1], ReplyGiven)
    desk.give("appoint-verification", case, OFFICE, verifier="g3")
    assert desk.names(case)[-2:] == ["EscalationRaised", "VerificationAssigned"]
    assert desk.timers == {}
    desk.wait_until("2022-02-01 00:00")
    assert len(raised(desk, case)) == 1


def test_a_unit_replies_until_its_date_as_often_as_it_has_something_to_say() -> None:
    desk = Desk()
    case = suspected(desk)
    desk.give("reply", case, COUNTY, text="已停用。")
    desk.give("reply", case, COUNTY, text="补充照片。", evidence=["照片 1"])
    desk.clock.set(REPLY_ENDS)
    with pytest.raises(TooLate, match="申辩期已满"):
        desk.give("reply", case, COUNTY, text="再补充。")


def test_a_suspicion_needs_evidence_and_there_is_one_at_a_time() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    with pytest.raises(EvidenceMissing, match="须附证据"):
        desk.give("suspect-false-closure", case, GROUP, source="group", text="听说。")
    desk.give("suspect-false-closure", case, OFFICE, **SUSPECTED)
    with pytest.raises(NotInThisSituation, match="申辩期"):
        desk.give("suspect-false-closure", case, GROUP, **SUSPECTED)
    desk.wait_until("2022-01-27 00:00")
    with pytest.raises(NotInThisSituation, match="先指定"):
        desk.give("suspect-false-closure", case, GROUP, **SUSPECTED)


def test_what_is_suspected_is_not_reopened_over_the_verifiers_head() -> None:
    desk = Desk()
    case = suspected(desk)
    with pytest.raises(NotInThisSituation, match="申辩期"):
        desk.give("reopen", case, DIRECTOR, reason="不等了。")


def test_a_false_closure_that_is_found_reopens_the_case_which_needs_a_new_result() -> None:
    desk = Desk()
    case = suspected(desk)
    desk.wait_until("2022-01-27 09:00")
    desk.give("appoint-verification", case, OFFICE, verifier="g3")
    told = desk.give("verify-escalation", case, OTHER_GROUP, found=True, **CHECKED)
    assert desk.names(case)[-2:] == ["EscalationFound", "CaseReopened"]
    assert told["state"] == "handling"
    assert (desk.case(case).result, desk.case(case).closed_at, desk.case(case).disclosure) == (None, None, None)
    assert isinstance(desk.rehearse("close", case, DIRECTOR), Exception)
    assert isinstance(desk.rehearse("report-result", case, PRINCIPAL, **RESULT), NoStepYet)
    desk.give("record-step", case, COUNTY, **STEP)
    assert bring(desk, "closed", case=case)


def test_a_false_closure_that_is_cleared_leaves_the_case_closed_and_may_be_suspected_anew() -> None:
    desk = Desk()
    case = suspected(desk)
    desk.wait_until("2022-01-27 09:00")
    desk.give("appoint-verification", case, OFFICE)
    assert desk.give("verify-escalation", case, MEMBER, found=False, **CHECKED)["state"] == "closed"
    desk.give("suspect-false-closure", case, OFFICE, **SUSPECTED)
    desk.wait_until("2022-02-20 09:00")
    assert len(raised(desk, case)) == 2


def test_nobody_outside_hears_of_a_suspicion_before_it_is_raised() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    before = (list(desk.messages(public=True)), loops_of(desk))
    desk.give("suspect-false-closure", case, GROUP, **SUSPECTED)
    desk.give("reply", case, COUNTY, text="已停用。")
    assert (list(desk.messages(public=True)), loops_of(desk)) == before
    assert list(desk.messages(public=False))[-1][0] == "FalseClosureSuspected", "our own notify tells the unit"
    desk.wait_until("2022-01-27 00:00")
    assert list(desk.messages(public=True))[-1][1]["trigger"] == FALSE_CLOSURE
