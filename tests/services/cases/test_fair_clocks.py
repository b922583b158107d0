"""Nobody is escalated for what he did not do: a letter with a short date, a danger to life, a result sent back late, a
step that was never taken. Later dates are in `test_extensions`, returns in `test_returns`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.cases.domain.case import IDLE, OVERDUE
from services.cases.domain.errors import NoStepYet
from services.cases.domain.events.escalating import EscalationRaised
from shared.platform.event_store.refusal import Invalid
from tests.services.cases.desk import COUNTY, DIRECTOR, OFFICE, PRINCIPAL, RESULT, STEP, Desk, at, bring, running


def raised(desk: Desk, case: UUID) -> list[tuple[str, str]]:
    return [(e.trigger, f"{e.at:%m-%d %H:%M}") for e in desk.events(case) if isinstance(e, EscalationRaised)]


def dispatched(desk: Desk, **fields: Any) -> UUID:
    """A letter of Friday 21 January 2022, 17:31."""
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, **fields)
    return case


# --- accepted but not handled ---


def test_a_letter_with_a_short_date_that_nobody_signed_for_is_overdue_and_never_idle() -> None:
    desk = Desk()
    case = dispatched(desk, feedback_by="2022-01-24")
    desk.wait_until("2022-02-20 00:00")
    assert raised(desk, case) == [(OVERDUE, "01-25 00:00")]


def test_who_is_deemed_to_have_signed_has_half_of_what_is_left_and_a_day_at_least() -> None:
    desk = Desk()
    case = dispatched(desk, feedback_by="2022-01-27")
    desk.wait_until("2022-01-26 00:00")  # deemed signed for: one day is left after the day that has just begun
    assert (desk.case(case).state, raised(desk, case)) == ("signed_for", [])
    assert desk.case(case).first_step is None, "the day of the step would be that of the result"
    desk.wait_until("2022-02-20 00:00")
    assert raised(desk, case) == [(OVERDUE, "01-28 00:00")]


@pytest.mark.parametrize(
    ("last_day", "step"), [("2022-01-24", None), ("2022-01-25", "2022-01-25 00:00"), ("2022-01-27", "2022-01-26 00:00")]
)
def test_a_first_step_is_never_due_on_the_day_of_signing_and_not_at_all_where_no_day_is_left(
    last_day: str, step: str | None
) -> None:
    desk = Desk()
    case = dispatched(desk, feedback_by=last_day)
    desk.give("sign-for", case, COUNTY)
    first_step = desk.case(case).first_step
    assert (first_step.due if first_step else None) == (at(step) if step else None)


def test_after_a_downtime_nobody_is_deemed_to_have_signed_and_idle_in_the_same_second() -> None:
    desk = Desk()
    case = dispatched(desk, feedback_by="2022-02-15")
    desk.wait_until("2022-01-30 09:00", away=True)
    assert raised(desk, case) == []
    assert running(desk.case(case).first_step).due > at("2022-02-07 00:00"), "the working days after the New Year week"


@pytest.mark.parametrize("taken", ["2019-05-01T09:00:00+08:00", "2022-01-20T23:59:00+08:00"])
def test_what_was_done_before_the_letter_is_no_step_and_stops_no_clock(taken: str) -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    with pytest.raises(Invalid, match="不能早于 2022-01-21") as refused:
        desk.give("record-step", case, COUNTY, **STEP, taken_at=taken)
    assert refused.value.field == "taken_at"
    desk.wait_until("2022-01-29 00:00")
    assert raised(desk, case) == [(IDLE, "01-29 00:00")]


def test_a_step_on_the_day_of_the_letter_counts_and_after_a_reopening_one_before_it_does_not() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.give("record-step", case, COUNTY, **STEP, taken_at="2022-01-21T08:00:00+08:00")
    bring(desk, "closed", case=case)
    desk.wait_until("2022-01-24 09:00")
    desk.give("reopen", case, DIRECTOR, reason="回访不属实。")
    with pytest.raises(Invalid, match="不能早于 2022-01-24"):
        desk.give("record-step", case, COUNTY, **STEP, taken_at="2022-01-21T08:00:00+08:00")


# --- a result ---


def test_what_was_done_under_a_letter_that_was_taken_back_is_no_step_under_the_next_one() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.give("request-return", case, COUNTY, reason="unclear", text="地址不清。")
    desk.give("record-step", case, COUNTY, **STEP)
    desk.give("accept-return", case, OFFICE)
    bring(desk, "signed_for", case=case)
    with pytest.raises(NoStepYet):
        desk.give("report-result", case, PRINCIPAL, **RESULT)


def test_a_result_needs_a_step_of_its_own_round_also_after_a_reopening() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    with pytest.raises(NoStepYet, match="现场检查"):
        desk.give("report-result", case, PRINCIPAL, **RESULT)
    bring(desk, "closed", case=case)
    desk.give("reopen", case, DIRECTOR, reason="回访不属实。")
    with pytest.raises(NoStepYet):
        desk.give("report-result", case, PRINCIPAL, **RESULT)
    desk.give("record-step", case, COUNTY, **STEP)
    desk.give("report-result", case, PRINCIPAL, **RESULT)


def test_a_result_signed_in_time_and_sent_back_after_the_date_has_two_days_of_its_own() -> None:
    desk = Desk()
    case = bring(desk, "reported")
    desk.wait_until("2022-02-11 09:00")
    told = desk.give("reject-result", case, OFFICE, reason="没有附处罚决定书。")
    assert told["due"] == "2022-02-15T23:59:59+08:00"
    desk.wait_until("2022-02-15 23:59")
    assert raised(desk, case) == []
    bring(desk, "closed", case=case)
    assert desk.events(case)[-1].on_time


def test_who_then_lets_that_date_pass_too_is_overdue() -> None:
    desk = Desk()
    case = bring(desk, "reported")
    desk.wait_until("2022-02-11 09:00")
    desk.give("reject-result", case, OFFICE, reason="没有附处罚决定书。")
    desk.wait_until("2022-02-16 00:00")
    assert raised(desk, case) == [(OVERDUE, "02-16 00:00")]


def test_who_was_overdue_is_not_overdue_again_in_the_same_window_when_his_late_result_is_sent_back() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.wait_until("2022-02-10 09:00")
    bring(desk, "reported", case=case)
    desk.give("reject-result", case, OFFICE, reason="没有附处罚决定书。")
    desk.wait_until("2022-03-10 09:00")
    assert raised(desk, case) == [(OVERDUE, "02-10 00:00")]


def test_the_office_may_set_the_date_of_the_new_result_which_takes_no_day_of_the_old_one() -> None:
    desk = Desk()
    case = bring(desk, "reported")
    later = desk.rehearse("reject-result", case, OFFICE, reason="补充。", feedback_by="2022-01-24")
    assert later is None
    told = desk.give("reject-result", case, OFFICE, reason="补充。", feedback_by="2022-01-24")
    assert told["due"] == "2022-02-09T23:59:59+08:00"
    bring(desk, "reported", case=case)
    told = desk.give("reject-result", case, OFFICE, reason="补充。", feedback_by="2022-02-18")
    assert told["due"] == "2022-02-18T23:59:59+08:00"


# --- danger to life ---


@pytest.mark.parametrize("circumstance", [None, "major", "mixed"])
def test_danger_to_life_shortens_every_window_whatever_the_hazard_is_called(circumstance: str | None) -> None:
    desk = Desk()
    case = desk.tipped(danger=True)
    desk.give("transfer", case, DIRECTOR, circumstance=circumstance)
    found = desk.case(case)
    assert running(found.feedback).due == at("2022-01-29 00:00")  # five days
    assert running(found.signing).due == at("2022-01-21 19:31")
    desk.give("sign-for", case, COUNTY)
    assert running(desk.case(case).first_step).due == at("2022-01-22 17:31")  # on a Saturday


def test_danger_to_life_has_its_short_window_also_where_the_county_found_it_and_when_it_runs_again() -> None:
    desk = Desk()
    case = desk.open(COUNTY, danger=True)
    assert running(desk.case(case).feedback).due_date.counted == 5
    bring(desk, "closed", case=case)
    desk.give("reopen", case, DIRECTOR, reason="回访不属实。")
    assert running(desk.case(case).feedback).due_date.counted == 5


def test_a_reopened_major_hazard_keeps_its_long_window() -> None:
    desk = Desk()
    case = dispatched(desk, circumstance="major")
    bring(desk, "closed", case=case)
    desk.give("reopen", case, DIRECTOR, reason="回访不属实。")
    assert running(desk.case(case).feedback).due_date.counted == 20
