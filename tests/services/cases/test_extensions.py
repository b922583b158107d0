"""A later feedback date, the interim report that moves none, and the decision on a penalty proceeding."""

from __future__ import annotations

from typing import Any

import pytest

from services.cases.domain.case import IDLE, OVERDUE
from services.cases.domain.errors import OftenEnough, ReasonMissing, TooLate
from services.cases.domain.events.escalating import EscalationRaised
from services.cases.domain.events.handling import InterimReported
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import NotInThisSituation
from tests.services.cases.desk import (
    CHECKED,
    COUNTY,
    DIRECTOR,
    GROUP,
    OFFICE,
    PRINCIPAL,
    STEP,
    Desk,
    at,
    bring,
    running,
)

MORE: dict[str, Any] = {"until": "2022-02-11", "reason": "等待检验报告。"}
PLAN: dict[str, Any] = {
    "text": "已停用，正在整改。", "plan": "更换阀门。", "planned_for": "2022-03-15", "reason": "等待配件。",
    "guard": "专人值守。",
}  # fmt: skip


def raised(desk: Desk, case: Any) -> list[tuple[str, object]]:
    return [(e.trigger, e.at) for e in desk.events(case) if isinstance(e, EscalationRaised)]


# --- extension ---


def test_a_granted_extension_is_the_asked_day_counted_from_dispatch_and_overdue_follows_it() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("request-extension", case, COUNTY, **MORE)
    told = desk.give("grant-extension", case, DIRECTOR)
    assert told["due"] == "2022-02-11T23:59:59+08:00"
    feedback = running(desk.case(case).feedback)
    assert (feedback.rule, feedback.start, feedback.due_date.counted) == ("extension", at("2022-01-21 17:31"), 12)
    desk.wait_until("2022-02-11 23:59")
    assert raised(desk, case) == []
    desk.wait_until("2022-02-12 00:00")
    assert raised(desk, case) == [(OVERDUE, at("2022-02-12 00:00"))]


def test_while_the_office_does_not_answer_nobody_is_overdue_and_a_refusal_leaves_two_days() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("request-extension", case, COUNTY, **MORE)
    desk.wait_until("2022-02-14 09:00")
    assert raised(desk, case) == []
    told = desk.give("refuse-extension", case, OFFICE, text="时间足够。")
    assert told["due"] == "2022-02-16T23:59:59+08:00"
    desk.wait_until("2022-02-17 00:00")
    assert raised(desk, case) == [(OVERDUE, at("2022-02-17 00:00"))]


def test_a_refusal_in_time_lets_the_original_date_stand() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("request-extension", case, COUNTY, **MORE)
    desk.give("refuse-extension", case, OFFICE, text="时间足够。")
    desk.wait_until("2022-02-10 00:00")
    assert raised(desk, case) == [(OVERDUE, at("2022-02-10 00:00"))]


def test_who_was_left_two_days_by_a_refusal_does_not_ask_again_and_again() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("request-extension", case, COUNTY, **MORE)
    desk.wait_until("2022-02-14 09:00")
    desk.give("refuse-extension", case, OFFICE, text="时间足够。")
    with pytest.raises(OftenEnough, match="不能再次申请"):
        desk.give("request-extension", case, COUNTY, until="2022-02-18", reason="再延。")
    desk.give("report-interim", case, COUNTY, **PLAN)
    desk.wait_until("2022-02-17 00:00")
    assert raised(desk, case) == [(OVERDUE, at("2022-02-17 00:00"))], "the plan is told and moves nothing"


def test_a_result_that_is_signed_while_the_office_owes_an_answer_is_in_time() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("request-extension", case, COUNTY, **MORE)
    desk.wait_until("2022-02-14 09:00")
    bring(desk, "closed", case=case)
    assert desk.events(case)[-1].on_time


@pytest.mark.parametrize(
    ("day", "allowed"), [("2022-02-09", False), ("2022-02-10", True), ("2022-02-16", True), ("2022-02-17", False)]
)
def test_an_extension_is_at_most_five_working_days_after_the_original_date(day: str, allowed: bool) -> None:
    desk = Desk()
    case = bring(desk, "handling")
    refusal = desk.rehearse("request-extension", case, COUNTY, until=day, reason="等待检验报告。")
    assert (refusal is None) is allowed
    if refusal is not None:
        assert isinstance(refusal, Invalid)
        assert "2022-02-16 以前" in refusal.sentence


def test_an_extension_is_asked_for_before_the_date_is_over_and_granted_once() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("request-extension", case, COUNTY, **MORE)
    with pytest.raises(NotInThisSituation, match="等待办公室主任批准"):
        desk.give("request-extension", case, PRINCIPAL, **MORE)
    desk.give("refuse-extension", case, OFFICE, text="时间足够。")
    desk.give("request-extension", case, COUNTY, **MORE)
    desk.give("grant-extension", case, DIRECTOR)
    with pytest.raises(OftenEnough, match="只能延期 1 次"):
        desk.give("request-extension", case, COUNTY, until="2022-02-14", reason="再延。")


@pytest.mark.parametrize("command", ["request-extension", "grant-extension"])
def test_no_date_is_moved_while_an_escalation_is_undecided(command: str) -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    if command == "grant-extension":
        desk.give("request-extension", case, COUNTY, **MORE)
    desk.wait_until("2022-01-29 00:00")
    by, fields = (COUNTY, MORE) if command == "request-extension" else (DIRECTOR, {})
    refusal = desk.rehearse(command, case, by, **fields)
    assert isinstance(refusal, NotInThisSituation)
    desk.give("appoint-verification", case, OFFICE)
    assert isinstance(desk.rehearse(command, case, by, **fields), NotInThisSituation)
    desk.give("verify-escalation", case, GROUP, found=False, **CHECKED)
    assert desk.rehearse(command, case, by, **fields) is None


def test_a_date_that_is_over_is_not_moved_before_its_timer_has_struck_either() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.clock.set(at("2022-02-10 00:00"))
    with pytest.raises(TooLate, match="不再延期"):
        desk.give("request-extension", case, COUNTY, **MORE)


def test_a_date_is_granted_after_the_original_one_as_long_as_it_is_ahead_itself() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("request-extension", case, COUNTY, **MORE)
    desk.wait_until("2022-02-11 23:59")
    assert desk.rehearse("grant-extension", case, DIRECTOR) is None
    desk.wait_until("2022-02-12 00:00")
    with pytest.raises(TooLate, match="不批准延期"):
        desk.give("grant-extension", case, DIRECTOR)


def test_a_request_lapses_with_a_result_and_with_a_new_window() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("request-extension", case, COUNTY, **MORE)
    bring(desk, "reported", case=case)
    assert (desk.case(case).extension_request, desk.rows[case]["extension_asked"]) == (None, None)
    other = bring(desk, "signed_for", case=desk.tipped(tip="tip-2"))
    desk.give("request-extension", other, COUNTY, **MORE)
    desk.wait_until("2022-01-29 00:00")
    desk.give("appoint-verification", other, OFFICE)
    desk.give("verify-escalation", other, GROUP, found=True, **CHECKED)
    assert (desk.case(other).extension_request, desk.rows[other]["extension_asked"]) == (None, None)


# --- interim report ---


def test_an_interim_report_without_a_later_day_moves_no_clock_and_is_no_evidenced_step() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    before, timers = desk.case(case), dict(desk.timers)
    desk.give("report-interim", case, COUNTY, text="已停用，正在整改。", plan="更换阀门。", planned_for="2022-02-09")
    after = desk.case(case)
    assert (after.state, after.feedback, after.first_step) == ("signed_for", before.feedback, before.first_step)
    assert desk.timers == timers
    assert isinstance(desk.events(case)[-1], InterimReported)
    assert str(after.planned_for) == "2022-02-09"
    desk.wait_until("2022-01-29 00:00")
    assert raised(desk, case) == [(IDLE, at("2022-01-29 00:00"))]


@pytest.mark.parametrize("day", ["2022-01-21", "2021-12-01", "2025-01-01"])
def test_a_plan_for_a_day_that_is_past_or_a_slip_of_the_pen_is_refused(day: str) -> None:
    desk = Desk()
    with pytest.raises(Invalid, match="请另选日期"):
        desk.give("report-interim", bring(desk, "signed_for"), COUNTY, text="正在整改。", planned_for=day)


@pytest.mark.parametrize("left_out", ["plan", "reason", "guard"])
def test_a_plan_with_a_later_day_says_what_why_and_who_guards_until_then(left_out: str) -> None:
    desk = Desk()
    with pytest.raises(Invalid, match="请补充") as refused:
        desk.give("report-interim", bring(desk, "signed_for"), COUNTY, **PLAN | {left_out: None})
    assert refused.value.field == left_out


def test_an_approved_plans_day_is_the_feedback_date_so_that_nobody_closes_falsely() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("report-interim", case, COUNTY, **PLAN)
    desk.wait_until("2022-02-11 09:00")
    assert raised(desk, case) == [], "the office owes an answer"
    assert desk.give("approve-plan", case, DIRECTOR)["due"] == "2022-03-15T23:59:59+08:00"
    desk.wait_until("2022-03-15 23:59")
    assert raised(desk, case) == []
    desk.wait_until("2022-03-16 00:00")
    assert raised(desk, case) == [(OVERDUE, at("2022-03-16 00:00"))]


def test_a_refused_plan_leaves_two_days_at_least() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("report-interim", case, COUNTY, **PLAN)
    desk.wait_until("2022-02-09 17:00")
    assert desk.give("refuse-plan", case, OFFICE, text="可以按期完成。")["due"] == "2022-02-11T23:59:59+08:00"


def test_a_plan_is_no_extension_and_waits_also_while_the_case_is_escalated() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.wait_until("2022-01-29 00:00")
    assert raised(desk, case) == [(IDLE, at("2022-01-29 00:00"))]
    desk.give("report-interim", case, COUNTY, **PLAN)
    assert desk.give("approve-plan", case, DIRECTOR)["due"] == "2022-03-15T23:59:59+08:00"


def test_a_plan_that_comes_after_the_date_is_told_and_moves_nothing() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.wait_until("2022-02-10 09:00")
    desk.give("report-interim", case, COUNTY, text="仍在整改。", planned_for="2022-03-15")
    assert desk.case(case).plan is None
    assert isinstance(desk.rehearse("approve-plan", case, DIRECTOR), NotInThisSituation)


def test_one_later_date_is_asked_for_at_a_time_and_the_office_finds_it_on_its_desk() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("report-interim", case, COUNTY, **PLAN)
    assert desk.rows[case]["extension_asked"] == at("2022-01-21 17:31")
    with pytest.raises(NotInThisSituation, match="整改计划已报"):
        desk.give("request-extension", case, COUNTY, **MORE)
    desk.give("refuse-plan", case, OFFICE, text="可以按期完成。")
    assert desk.rows[case]["extension_asked"] is None
    desk.give("request-extension", case, COUNTY, **MORE)
    desk.give("report-interim", case, COUNTY, **PLAN)
    assert desk.case(case).plan is None, "the plan is told, and the extension is answered first"


# --- penalty proceeding ---


def test_the_principal_decides_once_whether_a_penalty_proceeding_is_opened() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("decide-penalty-proceeding", case, PRINCIPAL, proceeding=True, number="晋泽市监立〔2022〕3号")
    with pytest.raises(NotInThisSituation, match="已经决定"):
        desk.give("decide-penalty-proceeding", case, PRINCIPAL, proceeding=False, reason="情节轻微。")


def test_who_opens_no_proceeding_says_why() -> None:
    desk = Desk()
    case = bring(desk, "reported")
    with pytest.raises(ReasonMissing, match="须写明理由"):
        desk.give("decide-penalty-proceeding", case, PRINCIPAL, proceeding=False)
    desk.give("decide-penalty-proceeding", case, PRINCIPAL, proceeding=False, reason="情节轻微并已改正。")
    assert desk.case(case).penalty_proceeding is False


def test_a_reopened_case_is_decided_anew_and_its_closing_tells_the_decision() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("decide-penalty-proceeding", case, PRINCIPAL, proceeding=True)
    bring(desk, "closed", case=case)
    closings = [data for name, data in desk.messages(public=False) if name == "CaseClosed"]
    assert closings[0]["penalty_proceeding"] is True
    desk.give("reopen", case, DIRECTOR, reason="回访不属实。")
    desk.give("record-step", case, COUNTY, **STEP)
    assert desk.rehearse("decide-penalty-proceeding", case, PRINCIPAL, proceeding=False, reason="查无此事。") is None
