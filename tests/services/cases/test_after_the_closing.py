"""What is decided once a case is closed is recorded on it; and no accident is resolved before it is looked into."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

import pytest

from services.cases.domain.case import Case
from services.cases.domain.errors import MeasuresDoNotFit, NoProceeding, NotInvestigated, RecordedBefore
from services.cases.domain.events.concluding import (
    AccidentInvestigationOpened,
    CaseClosed,
    DecisionRecorded,
    ResultRejected,
    ResultReported,
    ResultReviewed,
)
from services.cases.queries import CaseRow
from services.cases.web.desk import line
from shared.platform.event_store.refusal import Invalid, Refusal
from tests.services.cases.desk import (
    CAMPAIGN,
    COUNTY,
    DIRECTOR,
    FINED,
    OFFICE,
    PRINCIPAL,
    RECTIFIED,
    RESULT,
    STEP,
    SUSPENDED,
    TASKFORCE,
    Desk,
    at,
    bring,
    envelope,
)
from tests.services.cases.steps import WHEN, closed, given_by, opened, result_accepted, result_sent_back, result_signed
from tests.services.cases.test_closing import (
    CLOSED_DOWN,
    HANDLED,
    REINSPECTED,
    REVOKED,
    as_it_was_signed_once,
    closed_with,
    proceeding,
    records,
    reports,
)
from tests.support.scenario import Step, event, given

ALLEGED = [{"matters": ("fatality",)}, {"matters": ("concealed_accident",)}, {"violation": "accident_concealed"}]


def investigated(level: str = "city") -> Step:
    return given_by(TASKFORCE, WHEN, "open-accident", level=level, number="晋市安事〔2022〕1号")


# --- what is decided after the closing ---


@pytest.mark.parametrize("decision", [FINED, REVOKED, CLOSED_DOWN])
def test_a_penalty_a_revocation_and_a_closure_are_recorded_on_the_closed_case(decision: dict[str, Any]) -> None:
    case = given(*closed_with(RECTIFIED)).when(records(decision)).then(event(DecisionRecorded))
    assert [one.measure for one in case.taken] == ["rectification_order", decision["measure"]]
    assert case.state == "closed"


def test_before_the_closing_they_belong_into_the_result() -> None:
    desk = Desk()
    refusal = desk.rehearse("record-decision", bring(desk, "reviewed"), PRINCIPAL, **FINED)
    assert isinstance(refusal, Refusal)
    assert "已办结" in refusal.sentence


def test_a_penalty_after_the_closing_needs_its_proceeding_too() -> None:
    without = (*HANDLED, reports(RECTIFIED), result_accepted(), closed())
    given(*without).when(records(FINED)).refused(NoProceeding, "尚未立案")


def test_a_decision_has_its_facts_and_is_recorded_once() -> None:
    given(*closed_with(RECTIFIED)).when(records(FINED, amount=None)).refused(Invalid, "须写明罚没金额")
    given(*closed_with(RECTIFIED), records(FINED)).when(records(FINED)).refused(RecordedBefore, "已经登记")
    given(*closed_with(FINED)).when(records(FINED)).refused(RecordedBefore, "已经登记")
    given(*closed_with(RECTIFIED)).when(records(REVOKED, licence="suspended")).refused(Invalid, "吊销证照")


@pytest.mark.parametrize("outcome", ["passed", "closure_proposed"])
def test_a_suspension_is_inspected_again_with_an_outcome_once(outcome: str) -> None:
    suspended = closed_with(SUSPENDED)
    case = given(*suspended).when(records(REINSPECTED, outcome=outcome)).then(event(DecisionRecorded))
    assert [one.measure for one in case.taken] == ["suspension"], "a re-inspection is no further measure"
    given(*suspended).when(records(REINSPECTED)).refused(Invalid, "须登记复查结论")
    given(*suspended).when(records(REINSPECTED, outcome=outcome, number=None)).refused(Invalid, "复查须写明文号")
    given(*suspended).when(records(REINSPECTED, outcome=outcome, amount=5)).refused(Invalid, "请去掉此项")
    twice = records(REINSPECTED, outcome=outcome, number="泽市监复〔2022〕2号")
    given(*suspended, records(REINSPECTED, outcome=outcome)).when(twice).refused(RecordedBefore, "已经登记")
    given(*closed_with(RECTIFIED)).when(records(REINSPECTED, outcome=outcome)).refused(MeasuresDoNotFit, "无须复查")
    given(*suspended).when(records(FINED, outcome=outcome)).refused(Invalid, "只用于停产整顿")


def test_nothing_is_decided_on_what_was_not_borne_out() -> None:
    cleared = (*HANDLED, proceeding(), reports(conclusion="not_borne_out"), result_accepted(), closed())
    given(*cleared).when(records(FINED)).refused(MeasuresDoNotFit, "请先重新办理")


def test_others_are_told_of_conclusion_measures_and_later_decisions() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("decide-penalty-proceeding", case, PRINCIPAL, proceeding=True)
    bring(desk, "closed", case=case)
    desk.give("record-decision", case, PRINCIPAL, **FINED)
    desk.give("reopen", case, DIRECTOR, reason="回访不属实。")
    desk.give("record-step", case, COUNTY, **STEP)
    bring(desk, "closed", case=case)
    first, second = (data for name, data in desk.messages(public=False) if name == "CaseClosed")
    assert [one["measure"] for one in first["taken"]] == ["suspension"]
    assert (first["conclusion"], first["measures"]) == ("borne_out", ["suspension"])
    assert [one["number"] for one in second["taken"]] == ["泽市监停〔2022〕1号", "泽市监罚〔2022〕1号"]
    assert second["measures"] == ["suspension", "penalty"]
    told = next(data for name, data in desk.messages(public=False) if name == "DecisionRecorded")
    assert told["decision"]["amount"] == 2_000_000
    assert told["decision"]["below_maximum"] == FINED["below_maximum"]
    public = next(data for name, data in desk.messages(public=True) if name == "DecisionRecorded")
    assert public["decision"] == told["decision"] | {"below_maximum": None}, "free text is not told outside"
    assert next(data for name, data in desk.messages(public=True) if name == "CaseClosed")["conclusion"] == "borne_out"


# --- accidents ---


@pytest.mark.parametrize("alleged", ALLEGED)
def test_a_fatality_or_its_concealment_is_not_resolved_before_its_investigation(alleged: dict[str, Any]) -> None:
    handled = (opened(**alleged), *HANDLED[1:])
    for by in (COUNTY, PRINCIPAL):
        given(*handled).when(given_by(by, WHEN, "report-result", **RESULT)).refused(NotInvestigated, "先启动事故调查")
    given(*handled, as_it_was_signed_once()).when(result_accepted()).refused(NotInvestigated, "先启动事故调查")
    given(*handled, investigated(), result_signed(), result_accepted()).when(closed()).then(event(CaseClosed))


def test_what_is_reviewed_without_an_investigation_is_not_closed() -> None:
    """As an earlier release allowed it."""

    def reviewed(case: Case) -> None:
        case.trigger_event(ResultReviewed, envelope=envelope(OFFICE, WHEN), opinion="同意办结")

    signed = (opened(matters=("fatality",)), *HANDLED[1:], as_it_was_signed_once(), reviewed)
    given(*signed).when(closed()).refused(NotInvestigated, "事故调查")
    given(*signed).when(result_sent_back()).then(event(ResultRejected))


def test_a_hazard_that_was_concealed_is_no_accident() -> None:
    handled = (opened(violation="sc_concealed"), *HANDLED[1:])
    given(*handled).when(result_signed()).then(event(ResultReported))


@pytest.mark.parametrize("alleged", ALLEGED)
def test_it_is_the_city_that_investigates_and_not_the_county_accused_of_it(alleged: dict[str, Any]) -> None:
    given(opened(**alleged)).when(investigated("county")).refused(Invalid, "由市级调查")
    given(opened(**alleged)).when(investigated()).then(event(AccidentInvestigationOpened))
    given(opened()).when(investigated("county")).then(event(AccidentInvestigationOpened))


def test_an_accident_that_came_out_in_another_matter_can_be_investigated_once() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    desk.give("open-accident", case, TASKFORCE)
    refusal = desk.rehearse("open-accident", case, OFFICE)
    assert isinstance(refusal, Refusal)
    assert "已经启动" in refusal.sentence


def as_row(row: dict[str, Any]) -> CaseRow:
    """A line of the list as the database gives it; what it computes is none here."""
    given: dict[str, Any] = {one.name: row.get(one.name) for one in fields(CaseRow)}
    return CaseRow(**given)


def concealed(desk: Desk) -> UUID:
    """A tip of a fatality, as the county has it."""
    case = desk.tipped(matters=("fatality",), violation="accident_concealed")
    desk.give("transfer", case, DIRECTOR)
    desk.give("sign-for", case, COUNTY)
    desk.give("record-step", case, COUNTY, **STEP)
    return case


def test_a_unit_that_cannot_report_before_the_investigation_is_not_overdue_meanwhile() -> None:
    desk = Desk()
    case = concealed(desk)
    desk.wait_until("2022-02-20 09:00")
    assert desk.case(case).escalations == []
    desk.give("open-accident", case, DIRECTOR)
    feedback = desk.case(case).feedback
    assert feedback is not None
    assert feedback.due == at("2022-03-05 00:00"), "the whole window of ten working days is left for it"
    desk.give("report-result", case, PRINCIPAL, **RESULT | {"taken": [RECTIFIED]})
    desk.give("review-result", case, OFFICE)
    desk.give("close", case, DIRECTOR)
    assert next(one for one in desk.events(case) if isinstance(one, CaseClosed)).on_time


def test_an_extension_that_is_granted_after_the_investigation_takes_no_time_away() -> None:
    desk = Desk()
    case = concealed(desk)
    desk.give("request-extension", case, COUNTY, until="2022-02-11", reason="等待调查。")
    desk.wait_until("2022-02-11 09:00")
    desk.give("open-accident", case, DIRECTOR)
    desk.give("grant-extension", case, DIRECTOR)
    feedback = desk.case(case).feedback
    assert feedback is not None
    assert feedback.due == at("2022-02-26 00:00")


def test_the_first_step_has_its_time_from_the_investigation_on_where_it_runs() -> None:
    desk = Desk()
    case = desk.tipped(matters=("fatality",), violation="accident_concealed")
    desk.give("transfer", case, DIRECTOR)
    desk.give("sign-for", case, COUNTY)
    desk.wait_until("2022-01-27 09:00")
    desk.give("open-accident", case, DIRECTOR)
    step = desk.case(case).first_step
    assert step is not None
    assert step.due == at("2022-02-09 00:00"), "five working days from the investigation"
    assert desk.rows[case]["first_step_due"] == step.due


def test_a_first_step_that_was_missed_before_the_investigation_stays_missed() -> None:
    desk = Desk()
    case = desk.tipped(matters=("fatality",), violation="accident_concealed")
    desk.give("transfer", case, DIRECTOR)
    desk.give("sign-for", case, COUNTY)
    desk.wait_until("2022-02-09 09:00")
    before = desk.case(case).first_step
    assert [one.trigger for one in desk.case(case).escalations] == ["idle_after_acceptance"]
    desk.give("open-accident", case, DIRECTOR)
    assert desk.case(case).first_step == before


def test_no_list_shows_a_case_late_while_its_date_stands_still() -> None:
    desk = Desk()
    case = concealed(desk)
    desk.wait_until("2022-02-14 09:00")
    shown = line(as_row(desk.rows[case]), CAMPAIGN, desk.clock.now())
    assert (shown["due"], shown["until"], bool(shown["alarm"])) == (None, None, False)
    desk.give("open-accident", case, DIRECTOR)
    assert desk.rows[case]["awaits_investigation"] is False
    desk.wait_until("2022-03-04 09:00")
    shown = line(as_row(desk.rows[case]), CAMPAIGN, desk.clock.now())
    assert (shown["until"], shown["alarm"]) == ("超期 3 天", True)


def test_before_its_letter_it_is_late_by_the_offices_own_date() -> None:
    desk = Desk()
    case = desk.tipped(matters=("fatality",), violation="accident_concealed")
    desk.clock.set(at("2022-02-14 09:00"))
    assert line(as_row(desk.rows[case]), CAMPAIGN, desk.clock.now())["alarm"]


def test_every_date_that_stands_still_is_told_so() -> None:
    desk = Desk()
    case = concealed(desk)
    desk.give("request-extension", case, COUNTY, until="2022-02-11", reason="等待调查。")
    desk.give("grant-extension", case, DIRECTOR)
    desk.give("open-accident", case, DIRECTOR)
    told = {name: data["stands_still"] for name, data in desk.messages(public=False) if "stands_still" in data}
    assert told == {
        "CaseOpened": True, "CaseTransferred": True, "ExtensionGranted": True, "AccidentInvestigationOpened": False,
    }  # fmt: skip


def test_once_it_is_investigated_the_clock_runs_again() -> None:
    desk = Desk()
    case = concealed(desk)
    desk.give("open-accident", case, DIRECTOR)
    before = desk.case(case).feedback
    assert before is not None
    assert before.due == at("2022-02-10 00:00"), "the letter's date stands where it leaves time"
    desk.wait_until("2022-02-11 09:00")
    assert [one.trigger for one in desk.case(case).escalations] == ["overdue"]
