"""A letter that is sent back: only to the office, in its window, once. While the office does not answer, the clock of
the first step stands still; the feedback date does not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.cases.domain.case import IDLE, OVERDUE
from services.cases.domain.errors import OftenEnough, TooLate
from services.cases.domain.events.escalating import EscalationCleared, EscalationRaised
from services.cases.domain.events.transferring import CaseReturned
from services.cases.web.answers import case_json
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import NotInThisSituation
from tests.services.cases.desk import (
    CAMPAIGN,
    CHECKED,
    COUNTY,
    DIRECTOR,
    GAOPING,
    GROUP,
    OFFICE,
    PRINCIPAL,
    RESULT,
    STEP,
    ZEZHOU,
    Desk,
    at,
    bring,
    running,
)

WRONG_UNIT: dict[str, Any] = {"reason": "not_our_duty", "text": "企业在高平市。"}


def test_a_letter_is_sent_back_to_the_office_which_sends_another_one_elsewhere() -> None:
    desk = Desk()
    case = bring(desk, "transferred")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    told = desk.give("accept-return", case, OFFICE)
    assert (told["state"], "letter" in told) == ("opened", False)
    told = desk.give("transfer", case, DIRECTOR, unit=GAOPING)
    assert (told["unit"], told["letter"]) == (GAOPING, "（特设）移〔2022〕2号")
    assert desk.case(case).letters == ["（特设）移〔2022〕1号", "（特设）移〔2022〕2号"]


def raised(desk: Desk, case: UUID) -> list[tuple[str, str, object]]:
    return [(e.trigger, e.unit, e.at) for e in desk.events(case) if isinstance(e, EscalationRaised)]


def test_while_the_office_does_not_answer_nobody_is_idle_and_the_letter_can_be_taken_back() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.wait_until("2022-02-09 09:00")
    assert raised(desk, case) == []
    assert desk.give("accept-return", case, OFFICE)["state"] == "opened"


def test_a_return_that_is_asked_for_does_not_stop_the_feedback_clock() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.wait_until("2022-02-10 00:00")
    assert raised(desk, case) == [(OVERDUE, ZEZHOU, at("2022-02-10 00:00"))]


def test_after_a_refusal_what_was_left_for_the_first_step_is_left_now() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")  # on Friday, with five days
    desk.wait_until("2022-01-24 09:00")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)  # four are left
    desk.wait_until("2022-01-26 09:00")
    desk.give("refuse-return", case, OFFICE, text="企业在泽州县境内。")
    assert running(desk.case(case).first_step).due == at("2022-01-31 00:00")
    desk.wait_until("2022-01-31 00:00")
    assert raised(desk, case) == [(IDLE, ZEZHOU, at("2022-01-31 00:00"))]


@pytest.mark.parametrize("signed", ["before", "after"])
def test_after_a_refusal_two_days_at_least_are_left_for_the_first_step(signed: str) -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, feedback_by="2022-01-28")
    if signed == "before":
        desk.wait_until("2022-01-25 08:00")
        desk.give("sign-for", case, COUNTY)  # three days are left, of which half is two
    desk.wait_until("2022-01-25 09:00")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.wait_until("2022-01-25 17:00")
    desk.give("refuse-return", case, OFFICE, text="企业在泽州县境内。")
    if signed == "after":
        desk.give("sign-for", case, COUNTY)
    assert running(desk.case(case).first_step).due == at("2022-01-28 00:00")


def test_where_no_day_is_left_after_a_refusal_only_the_feedback_date_counts() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, feedback_by="2022-01-26")
    desk.give("sign-for", case, COUNTY)
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.wait_until("2022-01-25 09:00")
    desk.give("refuse-return", case, OFFICE, text="企业在泽州县境内。")
    assert desk.case(case).first_step is None
    desk.wait_until("2022-02-20 00:00")
    assert [trigger for trigger, _, _ in raised(desk, case)] == [OVERDUE]


def test_an_idle_that_was_over_when_the_return_was_asked_for_stays_one() -> None:
    desk = Desk()
    case = desk.tipped(danger=True)
    desk.give("transfer", case, DIRECTOR)
    desk.give("sign-for", case, COUNTY)
    desk.wait_until("2022-01-24 09:00")
    before = desk.case(case)
    assert before.raised == [IDLE]
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.give("refuse-return", case, OFFICE, text="企业在泽州县境内。")
    assert desk.case(case).first_step == before.first_step


def test_when_it_is_taken_back_the_letter_and_its_clocks_are_void_and_a_new_letter_has_a_date() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.give("assign-handler", case, COUNTY, officer="p-zezhou-2")
    desk.give("report-result", case, COUNTY, **RESULT)
    desk.give("request-extension", case, COUNTY, until="2022-02-11", reason="等待检验报告。")
    desk.give("accept-return", case, DIRECTOR)
    found = desk.case(case)
    assert (found.state, found.unit, found.letter, found.handler) == ("opened", ZEZHOU, None, None)
    assert (found.feedback, found.signing, found.first_step, found.returnable) == (None, None, None, None)
    assert (found.drafted_result, found.extension_request, found.signed_for_at) == (None, None, None)
    assert running(found.transfer_deadline).due == at("2022-01-25 00:00")
    assert {timer.kind for timer in desk.timers.values()} == {"office:transfer"}
    (returned,) = [event for event in desk.events(case) if isinstance(event, CaseReturned)]
    assert returned.transfer.rule == "transfer"


def test_danger_to_life_is_sent_anew_within_two_hours_of_the_return() -> None:
    desk = Desk()
    case = desk.tipped(danger=True)
    desk.give("transfer", case, DIRECTOR)
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.give("accept-return", case, OFFICE)
    assert running(desk.case(case).transfer_deadline).due == at("2022-01-21 19:31")


def test_a_letter_is_sent_back_within_two_days_of_dispatch_and_not_a_moment_later() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.wait_until("2022-01-25 23:59")
    assert desk.rehearse("request-return", case, COUNTY, **WRONG_UNIT) is None
    desk.wait_until("2022-01-26 00:00")
    with pytest.raises(TooLate, match="请继续办理"):
        desk.give("request-return", case, COUNTY, **WRONG_UNIT)


def test_a_case_is_sent_back_once_also_after_a_refusal_and_by_another_unit() -> None:
    desk = Desk()
    case = bring(desk, "transferred")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    with pytest.raises(NotInThisSituation, match="等待市局办公室处理"):
        desk.give("request-return", case, PRINCIPAL, **WRONG_UNIT)
    desk.give("refuse-return", case, OFFICE, text="企业在泽州县境内。")
    with pytest.raises(OftenEnough, match="只能申请退回 1 次"):
        desk.give("request-return", case, COUNTY, **WRONG_UNIT)


def test_a_return_that_is_refused_at_once_moves_nothing() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    before = desk.case(case)
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.give("refuse-return", case, OFFICE, text="企业在泽州县境内。")
    after = desk.case(case)
    assert (after.state, after.feedback, after.first_step) == (before.state, before.feedback, before.first_step)


def test_what_a_county_found_itself_has_no_letter_to_send_back() -> None:
    desk = Desk()
    with pytest.raises(TooLate, match="没有交办书可退"):
        desk.give("request-return", desk.open(COUNTY), COUNTY, **WRONG_UNIT)


def test_a_reason_that_the_campaign_does_not_have_is_answered_with_those_that_it_has() -> None:
    desk = Desk()
    with pytest.raises(Invalid) as refused:
        desk.give("request-return", bring(desk, "transferred"), COUNTY, reason="no_time", text="人手不足。")
    assert "not_our_duty" in refused.value.allowed


def test_a_request_lapses_when_the_unit_reports_a_result_after_all() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    bring(desk, "reported", case=case)
    assert desk.case(case).return_requested_at is None
    assert desk.rows[case]["return_asked"] is None


@pytest.mark.parametrize("appointed", [False, True])
def test_what_was_escalated_lapses_with_the_reason_when_the_letter_is_taken_back(appointed: bool) -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, feedback_by="2022-01-24")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.wait_until("2022-01-25 09:00")
    assert desk.case(case).raised == [OVERDUE]
    if appointed:
        desk.give("appoint-verification", case, OFFICE)
    assert desk.give("accept-return", case, OFFICE)["state"] == "opened"
    (lapsed,) = [event for event in desk.events(case) if isinstance(event, EscalationCleared)]
    assert (lapsed.trigger, "退回获准" in lapsed.text) == (OVERDUE, True)
    assert desk.case(case).undecided == []


def test_what_another_unit_missed_does_not_count_against_the_new_one() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, feedback_by="2022-01-24")
    desk.give("request-return", case, COUNTY, **WRONG_UNIT)
    desk.wait_until("2022-01-25 08:30")
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    desk.give("accept-return", case, OFFICE)
    desk.give("transfer", case, DIRECTOR)
    bring(desk, "closed", case=case)
    assert desk.events(case)[-1].on_time


def test_the_last_day_of_sending_it_back_is_shown_while_it_can_be() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    shown = case_json(desk.case(case), PRINCIPAL, CAMPAIGN)["deadlines"]["return_request"]
    assert shown["due"] == "2022-01-25T23:59:59+08:00"
    desk.give("record-step", case, COUNTY, **STEP)
    assert "return_request" not in case_json(desk.case(case), PRINCIPAL, CAMPAIGN)["deadlines"]
