"""The seven steps that everybody draws, in every situation of a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.cases.domain import loop
from shared.kernel.contracts.internal.assessment import BulletinPublished
from shared.kernel.contracts.steps import LoopStage, LoopStep, StageName
from shared.platform.event_store.envelope import Actor
from tests.services.cases.desk import CAMPAIGN, CHECKED, COUNTY, DIRECTOR, GROUP, OFFICE, STEP, Desk, at, bring

NAMES = ("found", "processed", "transferred", "disclosed", "escalated", "key_supervision", "assessed")


def states_of(desk: Desk, case: UUID) -> dict[str, str]:
    return {step.name: step.state for step in loop.steps(desk.case(case), CAMPAIGN)}


def one(desk: Desk, case: UUID, name: str) -> LoopStep:
    return next(step for step in loop.steps(desk.case(case), CAMPAIGN) if step.name == name)


@pytest.mark.parametrize("state", ["opened", "transferred", "signed_for", "handling", "reported", "reviewed", "closed"])
def test_every_case_shows_all_seven_steps_in_the_notices_order_and_each_says_something(state: str) -> None:
    desk = Desk()
    steps = loop.steps(desk.case(bring(desk, state)), CAMPAIGN)
    assert tuple(step.name for step in steps) == NAMES
    assert all(step.note for step in steps)
    assert all(step.when is not None for step in steps if step.state == "done")


@pytest.mark.parametrize("opener", [None, COUNTY, GROUP], ids=["tip", "county", "group"])
def test_the_steps_that_an_opening_brings_are_those_of_the_opened_case(opener: Actor | None) -> None:
    desk = Desk()
    case = desk.tipped() if opener is None else desk.open(opener, unit="140525")
    assert loop.first_steps(desk.case(case)) == loop.steps(desk.case(case), CAMPAIGN)
    (_, opened), *_ = desk.messages(public=False)
    assert [step["name"] for step in opened["steps"]] == list(NAMES)


def test_a_tip_that_waits_for_its_letter_shows_until_when() -> None:
    desk = Desk()
    case = desk.tipped()
    step = one(desk, case, "transferred")
    assert (step.state, step.when, step.note) == ("current", at("2022-01-25 00:00"), "待签发交办书")
    assert states_of(desk, case)["found"] == "done"


def test_a_tip_was_found_when_it_was_received_and_processed_when_the_case_was_opened() -> None:
    desk = Desk()
    case = desk.tipped()
    assert (one(desk, case, "found").when, one(desk, case, "found").note) == (at("2022-01-21 15:00"), "群众举报")
    assert (one(desk, case, "processed").when, one(desk, case, "processed").note) == (at("2022-01-21 17:31"), "已梳理")


def test_a_letter_that_is_out_shows_its_number_and_date() -> None:
    desk = Desk()
    step = one(desk, bring(desk, "transferred"), "transferred")
    assert (step.state, step.when, step.note) == ("done", at("2022-01-21 17:31"), "（特设）移〔2022〕1号")


@pytest.mark.parametrize(
    ("state", "stage", "due"),
    [
        ("opened", None, None),
        ("transferred", "to_sign_for", "2022-01-26 00:00"),
        ("signed_for", "handling", "2022-02-10 00:00"),
        ("handling", "handling", "2022-02-10 00:00"),
        ("reported", "to_review", "2022-01-27 00:00"),
        ("reviewed", "to_close", "2022-01-26 00:00"),
        ("closed", None, None),
    ],
)
def test_between_letter_and_disclosure_the_loop_says_what_is_under_way_and_until_when(
    state: str, stage: StageName | None, due: str | None
) -> None:
    desk = Desk()
    expected = LoopStage(stage, at(due)) if stage and due else None
    assert one(desk, bring(desk, state), "transferred").stage == expected


def test_a_unit_that_found_the_problem_itself_is_handling_it() -> None:
    desk = Desk()
    stage = one(desk, desk.open(COUNTY), "transferred").stage
    assert stage is not None
    assert stage.name == "handling"


def test_a_problem_that_a_county_found_itself_needs_no_transfer_and_says_why() -> None:
    desk = Desk()
    case = desk.open(COUNTY)
    step = one(desk, case, "transferred")
    assert (step.state, step.when, step.note) == ("not_needed", None, "本级发现、本级办理")
    assert one(desk, case, "found").note == "本级发现"


def test_a_problem_that_an_inspection_found_says_so() -> None:
    desk = Desk()
    assert one(desk, desk.open(OFFICE, unit="140525"), "found").note == "督查发现"


def test_a_closed_case_is_to_be_disclosed_by_a_date_and_a_running_one_after_its_closing() -> None:
    desk = Desk()
    case = bring(desk, "reviewed")
    assert one(desk, case, "disclosed").when is None
    desk.give("close", case, DIRECTOR)
    assert (one(desk, case, "disclosed").state, one(desk, case, "disclosed").when) == ("due", at("2022-01-29 00:00"))


def test_escalation_and_key_supervision_are_not_needed_while_all_goes_well() -> None:
    desk = Desk()
    states = states_of(desk, bring(desk, "closed"))
    assert (states["escalated"], states["key_supervision"], states["assessed"]) == ("not_needed", "not_needed", "due")


def test_an_escalated_case_raises_an_alarm_that_names_every_cause_once() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.wait_until("2022-01-29 00:00")
    assert (one(desk, case, "escalated").state, one(desk, case, "escalated").note) == ("alarm", "接而不办")
    desk.wait_until("2022-02-10 00:00")
    step = one(desk, case, "escalated")
    assert (step.state, step.when, step.note) == ("alarm", at("2022-02-10 00:00"), "接而不办、未按期办结")


def test_an_escalation_is_an_alarm_until_somebody_verifies_it_then_current_then_done() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.wait_until("2022-02-10 09:00")
    desk.give("appoint-verification", case, OFFICE)
    step = one(desk, case, "escalated")
    told = (step.state, step.when, step.note)
    assert told == ("current", at("2022-02-23 00:00"), "第一督导工作组核查中，至2月22日")
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    step = one(desk, case, "escalated")
    assert (step.state, step.when, step.note) == ("done", at("2022-02-10 09:00"), "未按期办结属实")


def test_a_case_that_is_escalated_again_after_a_finding_is_an_alarm_again() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.wait_until("2022-02-10 09:00")
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    desk.give("record-step", case, COUNTY, **STEP)
    desk.wait_until("2022-03-31 00:00")
    assert (one(desk, case, "escalated").state, one(desk, case, "escalated").note) == ("alarm", "未按期办结")


def test_every_escalation_says_how_it_ended() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.wait_until("2022-02-10 09:00")
    for found in (False, True):
        desk.give("appoint-verification", case, OFFICE)
        desk.give("verify-escalation", case, GROUP, found=found, **CHECKED)
    assert one(desk, case, "escalated").note == "接而不办不属实、未按期办结属实"


@pytest.mark.parametrize(("found", "why"), [(False, "逾期属实，有正当理由，不予追责"), (True, "核查属实，未启动")])
def test_once_everything_is_verified_the_loop_says_why_nobody_supervises_closely(found: bool, why: str) -> None:
    desk = Desk()
    case = bring(desk, "handling")
    assert one(desk, case, "key_supervision").note == "核查属实后启动"
    desk.wait_until("2022-02-10 09:00")
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=found, **CHECKED)
    step = one(desk, case, "key_supervision")
    assert (step.state, step.note) == ("not_needed", why)


def test_key_supervision_is_current_until_the_group_concludes() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    closely: dict[str, Any] = {"reason": "属实。", "measures": "驻点督导。", "recheck_by": "2022-03-10"}
    desk.give("start-key-supervision", case, OFFICE, **closely)
    step = one(desk, case, "key_supervision")
    assert (step.state, step.when, step.note) == ("current", at("2022-03-11 00:00"), "第一督导工作组督导中，至3月10日")
    desk.give("end-key-supervision", case, GROUP, conclusion="已到位。")
    step = one(desk, case, "key_supervision")
    assert (step.state, step.when, step.note) == ("done", desk.clock.now(), "第一督导工作组督导结束")


def test_a_returned_case_waits_for_another_letter() -> None:
    desk = Desk()
    case = bring(desk, "transferred")
    desk.give("request-return", case, COUNTY, reason="not_our_duty", text="企业在高平市。")
    assert one(desk, case, "transferred").state == "done"
    desk.give("accept-return", case, OFFICE)
    step = one(desk, case, "transferred")
    assert (step.state, step.when, step.note) == ("current", at("2022-01-25 00:00"), "已退回，待另行交办")


@pytest.mark.parametrize(("month", "name"), [("2022-01", "2022年1月考核通报"), ("final", "综合考核通报")])
def test_a_bulletin_is_named_by_its_month(month: str, name: str) -> None:
    desk = Desk()
    case = bring(desk, "closed")
    desk.hear("assessment", BulletinPublished("b", month, desk.clock.now(), (str(case),)))
    step = one(desk, case, "assessed")
    assert (step.state, step.when, step.note) == ("done", desk.clock.now(), name)
    assert not loop.is_closed(loop.steps(desk.case(case), CAMPAIGN)), "it is not disclosed"


def test_what_is_against_officials_is_not_disclosed_and_its_loop_does_not_wait_for_it() -> None:
    desk = Desk()
    case = desk.tipped(tip="tip-2", matters=("against_officials",), against_officials=True)
    assert one(desk, case, "disclosed").state == "not_needed"
    assert {step.name: step.state for step in loop.first_steps(desk.case(case))}["disclosed"] == "not_needed"
