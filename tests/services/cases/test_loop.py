"""The seven steps that everybody draws, in every situation of a case."""

from __future__ import annotations

import pytest

from services.cases.domain import loop
from tests.services.cases.desk import CAMPAIGN, COUNTY, DIRECTOR, OFFICE, Desk, at, bring

NAMES = ("found", "processed", "transferred", "disclosed", "escalated", "key_supervision", "assessed")


def states_of(desk: Desk, case: object) -> dict[str, str]:
    return {step.name: step.state for step in loop.steps(desk.case(case), CAMPAIGN)}  # type: ignore[arg-type]


def one(desk: Desk, case: object, name: str) -> loop.LoopStep:
    return next(step for step in loop.steps(desk.case(case), CAMPAIGN) if step.name == name)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["opened", "transferred", "signed_for", "handling", "reported", "reviewed", "closed"])
def test_every_case_shows_all_seven_steps_in_the_notices_order_and_each_says_something(state: str) -> None:
    desk = Desk()
    steps = loop.steps(desk.case(bring(desk, state)), CAMPAIGN)
    assert tuple(step.name for step in steps) == NAMES
    assert all(step.note for step in steps)
    assert all(step.when is not None for step in steps if step.state == "done")


def test_a_tip_that_waits_for_its_letter_shows_until_when() -> None:
    desk = Desk()
    case = desk.hear()
    step = one(desk, case, "transferred")
    assert (step.state, step.when, step.note) == ("current", at("2022-01-25 00:00"), "待签发交办书")
    assert states_of(desk, case)["found"] == "done"


def test_a_tip_was_found_when_it_was_received_and_processed_when_the_case_was_opened() -> None:
    desk = Desk()
    case = desk.hear()
    assert (one(desk, case, "found").when, one(desk, case, "found").note) == (at("2022-01-21 15:00"), "群众举报")
    assert (one(desk, case, "processed").when, one(desk, case, "processed").note) == (at("2022-01-21 17:31"), "已梳理")


def test_a_letter_that_is_out_shows_its_number_and_date() -> None:
    desk = Desk()
    step = one(desk, bring(desk, "transferred"), "transferred")
    assert (step.state, step.when, step.note) == ("done", at("2022-01-21 17:31"), "（特设）移〔2022〕1号")


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
