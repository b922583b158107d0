"""Results, reviews, closing and reopening; what is decided afterwards, and what must be investigated before."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from services.cases import rules
from services.cases.domain import conclusions
from services.cases.domain.case import Case
from services.cases.domain.errors import NoStepYet, NothingToSign
from services.cases.domain.events.concluding import (
    AccidentInvestigationOpened,
    CaseClosed,
    CaseReopened,
    DecisionRecorded,
    ResultDrafted,
    ResultRejected,
    ResultReported,
    ResultReviewed,
)
from services.cases.domain.independence import CLOSING
from services.cases.domain.values import Result
from services.cases.handlers import measures
from services.cases.handlers.escalating import raise_what_is_overdue
from services.cases.handlers.handling import ANYTIME
from services.cases.handlers.measures import Facts, Measures
from shared.kernel.campaign.office import the_office_acts_in_time
from shared.kernel.commands import Setting, term
from shared.kernel.measures import Conclusion, Reinspected
from shared.kernel.names import REINSPECTED_NAMES
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Choice, Day, Label, Line, Lines, Text

commands = Table()
LEVELS = {"city": "市级", "county": "县级"}
"""Who investigates an accident."""


def _drafted(view: Any) -> str:
    drafted = view["case"].drafted_result
    return "下面是已拟好的办理结果，可以修改；签字的是下面所写的内容。" if drafted else ""


def _as_drafted(view: Any) -> dict[str, str]:
    drafted = view["case"].drafted_result
    if drafted is None:
        return {}
    said = {"text": drafted.text, "evidence": "\n".join(drafted.evidence), "conclusion": drafted.conclusion or ""}
    return said | measures.filled(drafted)


def _signs_the_draft(actor: Actor, case: Case, asked: ReportResult) -> bool:
    given = asked.text or asked.taken or asked.evidence or asked.conclusion
    return actor.role == "principal" and case.drafted_result is not None and not given


class ReportResult(Body):
    """The result. The handling officer's waits for the principal; the principal's is signed. A principal may leave
    everything out to sign what was drafted, and then names in `If-Match` the version in which he saw it. `conclusion`
    is a code of the campaign; `taken` are the measures with their facts: none where nothing was borne out, a penalty
    only after its proceeding was opened. A penalty whose proceeding still runs is recorded after the closing."""

    conclusion: Annotated[Conclusion | None, Label("结论", empty="请选择", required=True), term("conclusions")] = None
    text: Annotated[Text | None, Label("办理结果", required=True)] = None
    taken: Measures = ()
    evidence: Annotated[Lines, Label("证据", "每行一件")] = ()


@commands.add(
    "report-result",
    ReportResult,
    permission("反馈办理结果", "county principal", "signed_for handling", drafts={"county": "拟办理结果送签"}),
    notice=_drafted, signs=True, unseen=_signs_the_draft, filled=_as_drafted,
)  # fmt: skip
def report_result(context: Context[Setting], case: Case, asked: ReportResult) -> None:
    result = _result(context, asked) if asked.text else None
    if result is None and (asked.taken or asked.evidence or asked.conclusion):
        raise Invalid("text", "写了结论、处理措施或证据，还没有写办理结果，请填写。")
    if result is not None:
        _check(context, case, result)
    if context.actor.role != "principal":
        if result is None:
            raise Invalid("text", "请填写办理结果。")
        context.happens(case, ResultDrafted, result=result)
        return
    signed = result or case.drafted_result
    if signed is None:
        raise NothingToSign("还没有拟好的办理结果。请填写办理结果后签字，或请承办人先拟稿。")
    if not case.steps:
        raise NoStepYet("还没有登记有证据的办理措施，不能反馈办理结果。请先登记（现场检查、监察指令等），再反馈。")
    _check(context, case, signed)
    review = rules.a_result_is_reviewed_in_time(context.setting.campaign, context.at)
    raise_what_is_overdue(context, case)
    in_time = case.in_time and (case.feedback is None or context.at < case.feedback.due or case.is_owed_an_answer)
    context.happens(case, ResultReported, result=signed, in_time=in_time, review=review)


def _result(context: Context[Setting], asked: ReportResult) -> Result:
    campaign = context.setting.campaign
    taken = tuple(measures.taken(campaign, one, one.measure, f"taken/{n}/") for n, one in enumerate(asked.taken))
    codes = tuple(dict.fromkeys(one.measure for one in taken))
    return Result(asked.text or "", codes, asked.evidence, asked.conclusion, taken)


def _check(context: Context[Setting], case: Case, result: Result | None) -> None:
    if result is not None:
        conclusions.check_result(context.setting.campaign, case, result, _today(context))


def _today(context: Context[Setting]) -> date:
    return context.at.astimezone(context.setting.campaign.zone).date()


class ReviewResult(Body):
    """Accept the result."""

    opinion: Annotated[Text, Label("审核意见", "留空为“同意办结”", required=False)] = "同意办结"


@commands.add(
    "review-result",
    ReviewResult,
    permission("审核通过", "office director", "reported"),
    signs=True,
)
def review_result(context: Context[Setting], case: Case, asked: ReviewResult) -> None:
    _check(context, case, case.result)
    closing = None if case.undecided else the_office_acts_in_time(context.setting.campaign, "closing", context.at)
    context.happens(case, ResultReviewed, opinion=asked.opinion, closing=closing)


class RejectResult(Body):
    """Send the result back, with the reason, also one that was reviewed and is not fit to be closed. The new one has
    two days at least, or until the day that is set here."""

    reason: Annotated[Text, Label("理由")]
    feedback_by: Annotated[
        Day | None, Label("重新反馈的期限", "留空则自退回次日起两个工作日，原期限更晚的从原期限")
    ] = None


@commands.add(
    "reject-result",
    RejectResult,
    permission("审核退回", "office director", "reported reviewed"),
    signs=True,
)
def reject_result(context: Context[Setting], case: Case, asked: RejectResult) -> None:
    feedback = case.feedback and rules.a_unit_that_was_refused_has_time_to_act_on_it(
        context.setting.campaign, case.feedback, context.at, asked.feedback_by
    )
    context.happens(case, ResultRejected, reason=asked.reason, feedback=feedback)


class Close(Body):
    """Close the case; the result is then to be disclosed."""


@commands.add(
    "close",
    Close,
    permission(CLOSING, "director", "reviewed", bars="unappointed verifying"),
    signs=True,
)
def close(context: Context[Setting], case: Case, _: Close) -> None:
    _check(context, case, case.result)
    public = not case.matter.against_officials
    disclosure = rules.a_result_is_disclosed_in_time(context.setting.campaign, context.at) if public else None
    context.happens(case, CaseClosed, on_time=case.is_on_time, disclosure=disclosure)


class Reopen(Body):
    """Let a closed case run again with a new window, with the reason."""

    reason: Annotated[Text, Label("理由")]
    feedback_by: Annotated[Day | None, Label("反馈期限", "留空则按规则计算")] = None


@commands.add(
    "reopen",
    Reopen,
    permission("重新办理", "director", "closed", bars="suspected unappointed verifying"),
    signs=True,
)
def reopen(context: Context[Setting], case: Case, asked: Reopen) -> None:
    feedback, first_step = rules.a_new_window_follows_the_old_ones_circumstance(
        context.setting.campaign, case, context.at, asked.feedback_by
    )
    context.happens(case, CaseReopened, reason=asked.reason, feedback=feedback, first_step=first_step)


class RecordDecision(Facts):
    """What was decided since the closing: a penalty whose proceeding ran on, the re-inspection of a suspension with its
    `outcome`, a revocation, a closure. It adds to what the case was closed with, and is told to the public."""

    measure: Annotated[
        Line,
        Label("决定事项", "办结后作出的处罚决定、停产整顿的复查、吊销证照、关闭取缔"),
        Choice(
            lambda setting, _, locale: [
                (one.code, one.name(locale)) for one in setting.campaign.taxonomy("measures").terms if one.afterwards
            ],
            "此项措施应写入办理结果，不在办结后登记。请从列出的事项中选择，或重新办理。",
        ),
    ]
    outcome: Annotated[
        Reinspected | None,
        Label("复查结论", "停产整顿必选", empty="不是复查"),
        Choice(lambda _, __, ___: list(REINSPECTED_NAMES.items())),
    ] = None


@commands.add(
    "record-decision",
    RecordDecision,
    permission("登记办结后的决定", "principal director", "closed"),
    signs=True,
)
def record_decision(context: Context[Setting], case: Case, asked: RecordDecision) -> None:
    campaign = context.setting.campaign
    decision = measures.taken(campaign, asked, asked.measure)
    conclusions.check_decision(campaign, case, decision, asked.outcome, _today(context))
    context.happens(case, DecisionRecorded, decision=decision, outcome=asked.outcome)


class OpenAccident(Body):
    """The accident that the case is about is investigated from now on, under this number; a fatality or its concealment
    by the city. A unit that waited for it has its whole window from now on."""

    level: Annotated[
        Literal["city", "county"],
        Label("调查级别", "亡人事故、瞒报事故由市级调查"),
        Choice(lambda _, __, ___: list(LEVELS.items())),
    ] = "city"
    number: Annotated[Line | None, Label("文号", "启动调查的文件，没有的留空")] = None


@commands.add(
    "open-accident",
    OpenAccident,
    permission("启动事故调查", "office director taskforce", ANYTIME, bars="investigated"),
)
def open_accident(context: Context[Setting], case: Case, asked: OpenAccident) -> None:
    campaign = context.setting.campaign
    conclusions.the_city_investigates_what_a_county_is_accused_of(campaign, case, asked.level)
    feedback, first_step = None, None
    if case.awaits_investigation and case.feedback is not None and case.reported_at is None:
        feedback, first_step = rules.a_window_begins_with_the_investigation(campaign, case, case.feedback, context.at)
    context.happens(
        case, AccidentInvestigationOpened, level=asked.level, number=asked.number, feedback=feedback,
        first_step=first_step,
    )  # fmt: skip
