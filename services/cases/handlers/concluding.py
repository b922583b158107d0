"""Results, reviews, closing and reopening."""

from __future__ import annotations

from typing import Annotated, Any

from services.cases import rules
from services.cases.domain.case import Case
from services.cases.domain.errors import NoStepYet, NothingToSign
from services.cases.domain.events.concluding import (
    CaseClosed,
    CaseReopened,
    ResultDrafted,
    ResultRejected,
    ResultReported,
    ResultReviewed,
)
from services.cases.domain.independence import CLOSING
from services.cases.domain.values import Result
from shared.kernel.campaign.office import the_office_acts_in_time
from shared.kernel.commands import Setting, term
from shared.kernel.names import term_name
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Codes, Day, Label, Lines, Text
from shared.platform.web.words import translate

commands = Table()


def _drafted(view: Any) -> str:
    drafted = view["case"].drafted_result
    return "下面是已拟好的办理结果，可以修改；签字的是下面所写的内容。" if drafted else ""


def _as_drafted(view: Any) -> dict[str, str]:
    drafted = view["case"].drafted_result
    if drafted is None:
        return {}
    evidence = "\n".join(drafted.evidence)
    return {"text": drafted.text, "measures": " ".join(drafted.measures), "evidence": evidence}


def _signs_the_draft(actor: Actor, case: Case, asked: ReportResult) -> bool:
    given = asked.text or asked.measures or asked.evidence
    return actor.role == "principal" and case.drafted_result is not None and not given


def _reported(view: Any) -> str:
    """The result that is decided on, with all that belongs to it."""
    result, locale = view["case"].result, view["locale"]
    if result is None:
        return ""
    measures = [term_name(view["campaign"], "measures", code, locale) for code in result.measures]
    parts = (("办理结果", result.text), ("处理措施", "、".join(measures)), ("证据", "、".join(result.evidence)))
    said = [f"{translate(locale, name)}{translate(locale, '：')}{words}" for name, words in parts if words]
    return translate(locale, "；").join(said)


class ReportResult(Body):
    """The result. The handling officer's waits for the principal; the principal's is signed. A principal may leave
    `text` out to sign what was drafted, and then names in `If-Match` the version in which he saw it. `measures` are
    codes of the campaign's ten measures (Annex 4)."""

    text: Annotated[Text | None, Label("办理结果", required=True)] = None
    measures: Annotated[Codes, Label("处理措施"), term("measures", ticks=True)] = ()
    evidence: Annotated[Lines, Label("证据", "每行一件")] = ()


@commands.add(
    "report-result",
    ReportResult,
    permission("反馈办理结果", "county principal", "signed_for handling"),
    notice=_drafted, signs=True, unseen=_signs_the_draft, filled=_as_drafted,
)  # fmt: skip
def report_result(context: Context[Setting], case: Case, asked: ReportResult) -> None:
    result = Result(asked.text, asked.measures, asked.evidence) if asked.text else None
    if result is None and (asked.measures or asked.evidence):
        raise Invalid("text", "写了处理措施或证据，还没有写办理结果，请填写。")
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
    review = rules.a_result_is_reviewed_in_time(context.setting.campaign, context.at)
    in_time = case.in_time and (case.feedback is None or context.at < case.feedback.due or case.is_owed_an_answer)
    context.happens(case, ResultReported, result=signed, in_time=in_time, review=review)


class ReviewResult(Body):
    """Accept the result."""

    opinion: Annotated[Text, Label("审核意见", "留空为“同意办结”", required=False)] = "同意办结"


@commands.add(
    "review-result", ReviewResult, permission("审核通过", "office director", "reported"), notice=_reported, signs=True
)
def review_result(context: Context[Setting], case: Case, asked: ReviewResult) -> None:
    closing = None if case.undecided else the_office_acts_in_time(context.setting.campaign, "closing", context.at)
    context.happens(case, ResultReviewed, opinion=asked.opinion, closing=closing)


class RejectResult(Body):
    """Send the result back, with the reason. The new one has two days at least, or until the day that is set here."""

    reason: Annotated[Text, Label("理由")]
    feedback_by: Annotated[
        Day | None, Label("重新反馈的期限", "留空则自退回次日起两个工作日，原期限更晚的从原期限")
    ] = None


@commands.add(
    "reject-result", RejectResult, permission("审核退回", "office director", "reported"), notice=_reported, signs=True
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
    notice=_reported,
    signs=True,
)
def close(context: Context[Setting], case: Case, _: Close) -> None:
    disclosure = rules.a_result_is_disclosed_in_time(context.setting.campaign, context.at)
    context.happens(case, CaseClosed, on_time=case.is_on_time, disclosure=disclosure)


class Reopen(Body):
    """Let a closed case run again with a new window, with the reason."""

    reason: Annotated[Text, Label("理由")]
    feedback_by: Annotated[Day | None, Label("反馈期限", "留空则按规则计算")] = None


@commands.add(
    "reopen",
    Reopen,
    permission("重新办理", "director", "closed", bars="suspected unappointed verifying"),
    notice=_reported,
    signs=True,
)
def reopen(context: Context[Setting], case: Case, asked: Reopen) -> None:
    feedback, first_step = rules.a_new_window_follows_the_old_ones_circumstance(
        context.setting.campaign, case, context.at, asked.feedback_by
    )
    context.happens(case, CaseReopened, reason=asked.reason, feedback=feedback, first_step=first_step)
