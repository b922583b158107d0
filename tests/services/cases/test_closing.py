"""A case is closed with a conclusion, and measures with their facts that fit it; and not before its accident is looked
into. What is decided later is recorded on the closed case."""

from __future__ import annotations

from typing import Any

import pytest

from services.cases.domain.case import Case
from services.cases.domain.errors import (
    MeasuresDoNotFit,
    NoConclusion,
    NoProceeding,
    RecordedBefore,
)
from services.cases.domain.events.concluding import (
    CaseClosed,
    DecisionRecorded,
    ResultRejected,
    ResultReported,
)
from services.cases.domain.events.handling import PenaltyProceedingDecided
from services.cases.domain.values import Result
from shared.kernel.measures import MeasureTaken
from shared.platform.event_store.refusal import Invalid
from tests.services.cases.desk import (
    CAMPAIGN,
    COUNTY,
    FINED,
    PRINCIPAL,
    RECTIFIED,
    RESULT,
    SUSPENDED,
    Desk,
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


def proceeding(opens: bool = True) -> Step:
    reason = {} if opens else {"reason": "情节轻微。"}
    return given_by(PRINCIPAL, WHEN, "decide-penalty-proceeding", proceeding=opens, **reason)


def reports(*taken: dict[str, Any], **fields: Any) -> Step:
    """The principal signs a result with these measures."""
    return given_by(PRINCIPAL, WHEN, "report-result", **RESULT | {"taken": taken} | fields)


def records(decision: dict[str, Any], **fields: Any) -> Step:
    return given_by(PRINCIPAL, WHEN, "record-decision", **decision | fields)


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


def test_every_measure_of_the_campaign_says_its_facts() -> None:
    terms = CAMPAIGN.taxonomy("measures").terms
    assert all(set(term.facts) <= set(MeasureTaken.__struct_fields__) for term in terms)
    assert {term.code for term in terms if term.proceeding} == {"penalty"}
    assert {term.code for term in terms if term.resumption} == {"closure"}
