"""A case is closed with a conclusion, and measures with their facts that fit it; and not before its accident is looked
into. What is decided later is recorded on the closed case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.cases.domain.case import Case
from services.cases.domain.errors import (
    MeasuresDoNotFit,
    NoConclusion,
    NoProceeding,
    NotInvestigated,
    RecordedBefore,
)
from services.cases.domain.events.concluding import (
    AccidentInvestigationOpened,
    CaseClosed,
    DecisionRecorded,
    ResultRejected,
    ResultReported,
    ResultReviewed,
)
from services.cases.domain.events.handling import PenaltyProceedingDecided
from services.cases.domain.values import Result
from shared.kernel.measures import MeasureTaken
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
from tests.services.cases.steps import (
    WHEN,
    closed,
    given_by,
    opened,
    reopened,
    result_accepted,
    result_sent_back,
    result_signed,
    signed_for,
    step_taken,
    transferred,
)
from tests.support.scenario import Step, event, given

HANDLED = (opened(), transferred(), signed_for(), step_taken())
CLOSED_DOWN: dict[str, Any] = {"measure": "closure", "number": "泽政闭〔2022〕1号", "on": "2022-01-21"}
REVOKED: dict[str, Any] = {
    "measure": "licence_withheld", "number": "泽市监吊〔2022〕1号", "on": "2022-01-21", "licence": "revoked",
}  # fmt: skip
ADMONISHED: dict[str, Any] = {"measure": "admonition", "on": "2022-01-21"}
REINSPECTED: dict[str, Any] = {"measure": "suspension", "number": "泽市监复〔2022〕1号", "on": "2022-01-21"}
ALLEGED = [{"matters": ("fatality",)}, {"matters": ("concealed_accident",)}, {"violation": "accident_concealed"}]


def proceeding(opens: bool = True) -> Step:
    reason = {} if opens else {"reason": "情节轻微。"}
    return given_by(PRINCIPAL, WHEN, "decide-penalty-proceeding", proceeding=opens, **reason)


def reports(*taken: dict[str, Any], **fields: Any) -> Step:
    """The principal signs a result with these measures."""
    return given_by(PRINCIPAL, WHEN, "report-result", **RESULT | {"taken": taken} | fields)


def records(decision: dict[str, Any], **fields: Any) -> Step:
    return given_by(PRINCIPAL, WHEN, "record-decision", **decision | fields)


def investigated(level: str = "city") -> Step:
    return given_by(TASKFORCE, WHEN, "open-accident", level=level, number="晋市安事〔2022〕1号")


def closed_with(*taken: dict[str, Any]) -> tuple[Step, ...]:
    return (*HANDLED, proceeding(), reports(*taken), result_accepted(), closed())


def as_it_was_signed_once(*measures: str) -> Step:
    """A result of an earlier release: without a conclusion, its measures without facts."""
    return lambda case: case.trigger_event(
        ResultReported, envelope=envelope(PRINCIPAL, WHEN), result=Result("已处理。", measures), in_time=True,
        review=case.feedback,
    )  # fmt: skip


# --- conclusion and measures ---


def test_a_result_says_what_it_comes_to() -> None:
    given(*HANDLED).when(reports(RECTIFIED, conclusion=None)).refused(NoConclusion, "没有结论")


def test_what_is_not_borne_out_has_no_measure() -> None:
    given(*HANDLED).when(reports(RECTIFIED, conclusion="not_borne_out")).refused(MeasuresDoNotFit, "不能有处理措施")
    case = given(*HANDLED).when(reports(conclusion="not_borne_out")).then(event(ResultReported))
    assert case.result.conclusion == "not_borne_out"


@pytest.mark.parametrize("conclusion", ["borne_out", "partly_borne_out"])
def test_what_is_borne_out_has_a_measure(conclusion: str) -> None:
    given(*HANDLED).when(reports(conclusion=conclusion)).refused(MeasuresDoNotFit, "至少须有一项处理措施")
    given(*HANDLED).when(reports(RECTIFIED, conclusion=conclusion)).then(event(ResultReported))


def test_also_a_draft_fits() -> None:
    drafted = given_by(COUNTY, WHEN, "report-result", **RESULT | {"taken": []})
    given(*HANDLED).when(drafted).refused(MeasuresDoNotFit, "请补充措施，或更正结论")


@pytest.mark.parametrize(
    ("taken", "fact"),
    [(measure, fact) for measure in (RECTIFIED, SUSPENDED, FINED, CLOSED_DOWN, REVOKED, ADMONISHED)
     for fact in measure if fact not in ("measure", "below_maximum")],
)  # fmt: skip
def test_a_measure_is_recorded_with_each_of_its_facts(taken: dict[str, Any], fact: str) -> None:
    without = {name: value for name, value in taken.items() if name != fact}
    given(*HANDLED, proceeding()).when(reports(RECTIFIED | {"number": "x"}, taken)).then(event(ResultReported))
    given(*HANDLED, proceeding()).when(reports(RECTIFIED | {"number": "x"}, without)).refused(Invalid, "须写明")


def test_a_penalty_is_at_the_maximum_or_says_why_it_is_below() -> None:
    without = {name: value for name, value in FINED.items() if name != "below_maximum"}
    given(*HANDLED, proceeding()).when(reports(without)).refused(Invalid, "请写明低于上限的理由")
    given(*HANDLED, proceeding()).when(reports(FINED | {"at_maximum": True})).refused(Invalid, "不写低于上限的理由")
    given(*HANDLED, proceeding()).when(reports(without | {"at_maximum": True})).then(event(ResultReported))


def test_a_measure_has_no_facts_of_another_one() -> None:
    given(*HANDLED).when(reports(ADMONISHED | {"amount": 100})).refused(Invalid, "请去掉")
    given(*HANDLED).when(reports(RECTIFIED | {"at_maximum": True})).refused(Invalid, "请去掉")


@pytest.mark.parametrize("on", ["2022-01-20", "2022-01-22"])
def test_a_measure_lies_between_the_matter_and_now(on: str) -> None:
    given(*HANDLED).when(reports(RECTIFIED | {"on": on})).refused(Invalid, "请核对")


def test_what_is_suspended_is_inspected_again_on_a_later_day() -> None:
    given(*HANDLED).when(reports(SUSPENDED | {"reinspection": "2022-01-21"})).refused(Invalid, "复查日期须晚于")


def test_the_same_measure_is_not_told_twice_but_a_unit_and_its_principal_are_fined_by_two_decisions() -> None:
    given(*HANDLED, proceeding()).when(reports(FINED, FINED)).refused(RecordedBefore, "已经登记")
    both = given(*HANDLED, proceeding()).when(reports(FINED, FINED | {"number": "泽市监罚〔2022〕2号"}))
    both.then(event(ResultReported))


def test_the_refusal_names_the_place_of_the_fact() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    with pytest.raises(Invalid) as refused:
        desk.give("report-result", case, COUNTY, **RESULT | {"taken": [RECTIFIED, SUSPENDED | {"number": None}]})
    assert refused.value.field == "taken/1/number"


# --- penalties ---


def test_there_is_no_penalty_without_a_proceeding() -> None:
    given(*HANDLED).when(reports(FINED)).refused(NoProceeding, "尚未立案", "请先决定立案")


def test_there_is_no_penalty_where_a_proceeding_was_refused() -> None:
    given(*HANDLED, proceeding(False)).when(reports(FINED)).refused(NoProceeding, "已决定不予立案")


def test_a_proceeding_that_still_runs_keeps_no_case_open() -> None:
    case = given(*HANDLED, proceeding(), reports(RECTIFIED), result_accepted()).when(closed()).then(event(CaseClosed))
    assert case.penalty_proceeding is True


def test_a_proceeding_is_not_refused_once_a_penalty_was_reported() -> None:
    signed = given(*HANDLED, as_it_was_signed_once("penalty"))
    signed.when(proceeding(False)).refused(NoProceeding, "不能不予立案", "请先退回办理结果")
    given(*HANDLED, as_it_was_signed_once()).when(proceeding(False)).then(event(PenaltyProceedingDecided))


def test_a_penalty_beside_a_refused_proceeding_is_neither_reviewed_nor_closed_in_whatever_order_it_came_about() -> None:
    """As it stood in histories that were allowed once."""

    def refuse(case: Case) -> None:
        case.trigger_event(
            PenaltyProceedingDecided, envelope=envelope(PRINCIPAL, WHEN), proceeding=False, reason="情节轻微。"
        )

    signed = (*HANDLED, proceeding(), reports(FINED))
    given(*signed, refuse).when(result_accepted()).refused(NoProceeding, "已决定不予立案")
    given(*signed, result_accepted(), refuse).when(closed()).refused(NoProceeding, "已决定不予立案")
    given(*signed, result_accepted(), refuse, result_sent_back()).when(reports(RECTIFIED)).then(event(ResultReported))


def test_a_proceeding_that_was_opened_bears_its_penalty_also_after_a_reopening_unless_it_is_then_refused() -> None:
    again = (*closed_with(FINED), reopened(), step_taken())
    given(*again).when(reports(FINED)).then(event(ResultReported))
    given(*again, proceeding(False)).when(reports(FINED)).refused(NoProceeding, "已决定不予立案")


# --- closure and resumption ---


@pytest.mark.parametrize(
    "text", ["已关闭取缔，复查合格后恢复使用。", "予以取缔；企业已恢复生产", "不得恢复使用，复产验收通过"]
)
def test_what_is_closed_down_does_not_resume(text: str) -> None:
    given(*HANDLED).when(reports(CLOSED_DOWN, text=text)).refused(MeasuresDoNotFit, "不能又写")


@pytest.mark.parametrize("text", ["已关闭取缔，不得恢复使用。", "已拆除设备，严禁擅自恢复生产。", "已关闭取缔。"])
def test_that_it_must_not_resume_is_no_resumption(text: str) -> None:
    given(*HANDLED).when(reports(CLOSED_DOWN, text=text)).then(event(ResultReported))


def test_a_suspension_may_say_that_it_resumes() -> None:
    given(*HANDLED).when(reports(SUSPENDED, text="复查合格后恢复使用。")).then(event(ResultReported))


def test_what_is_to_be_inspected_again_is_not_closed_down_yet() -> None:
    given(*HANDLED).when(reports(SUSPENDED, CLOSED_DOWN)).refused(MeasuresDoNotFit, "尚待复查")


def test_what_passed_its_inspection_is_not_closed_down_and_what_is_closed_down_does_not_pass() -> None:
    suspended = closed_with(SUSPENDED)
    given(*suspended, records(REINSPECTED, outcome="passed")).when(records(CLOSED_DOWN)).refused(
        MeasuresDoNotFit, "已复产验收"
    )
    given(*suspended).when(records(CLOSED_DOWN)).refused(MeasuresDoNotFit, "尚待复查")
    proposed = given(*suspended, records(REINSPECTED, outcome="closure_proposed"))
    proposed.when(records(CLOSED_DOWN)).then(event(DecisionRecorded))


# --- results of earlier releases ---


def test_a_result_without_a_conclusion_is_sent_back_and_neither_reviewed_nor_closed() -> None:
    signed = given(*HANDLED, as_it_was_signed_once("suspension"))
    signed.when(result_accepted()).refused(NoConclusion, "请退回补充")
    signed.when(result_sent_back()).then(event(ResultRejected))


def test_also_what_was_reviewed_can_be_sent_back() -> None:
    given(*HANDLED, result_signed(), result_accepted()).when(result_sent_back()).then(event(ResultRejected))


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
    assert feedback.due == at("2022-02-23 00:00"), "two working days are left for it"
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
    assert feedback.due == at("2022-02-16 00:00")


def test_once_it_is_investigated_the_clock_runs_again() -> None:
    desk = Desk()
    case = concealed(desk)
    desk.give("open-accident", case, DIRECTOR)
    before = desk.case(case).feedback
    assert before is not None
    assert before.due == at("2022-02-10 00:00"), "the letter's date stands where it leaves time"
    desk.wait_until("2022-02-11 09:00")
    assert [one.trigger for one in desk.case(case).escalations] == ["overdue"]


def test_every_measure_of_the_campaign_says_its_facts() -> None:
    terms = CAMPAIGN.taxonomy("measures").terms
    assert all(set(term.facts) <= set(MeasureTaken.__struct_fields__) for term in terms)
    assert {term.code for term in terms if term.proceeding} == {"penalty"}
    assert {term.code for term in terms if term.resumption} == {"closure"}
