"""What the unit does with a case, and the later date that it may ask for."""

from __future__ import annotations

from typing import Annotated, Any

from services.cases import rules
from services.cases.domain import conclusions
from services.cases.domain.authority import BARRING, STATES
from services.cases.domain.case import Case
from services.cases.domain.errors import EvidenceMissing, OftenEnough, ReasonMissing, TooLate
from services.cases.domain.events.concluding import TAKEN_BACK
from services.cases.domain.events.handling import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    HandlerAssigned,
    HandlingStepRecorded,
    InterimReported,
    PenaltyProceedingDecided,
    PlanApproved,
    PlanRefused,
    RemarkAdded,
)
from services.cases.domain.values import Deadline
from shared.kernel.campaign.office import the_office_acts_in_time
from shared.kernel.commands import Setting, term
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import NotInThisSituation, permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Choice, Day, Label, Line, Lines, Past, Text
from shared.platform.web.words import day_in_words, translate

RUNNING = "signed_for handling"
ANYTIME = " ".join(state for state in STATES if state != TAKEN_BACK)
commands = Table()


class AssignHandler(Body):
    """Name the handling officer (a person of the unit), and the station that does the work."""

    officer: Annotated[
        Line,
        Label("承办人"),
        Choice(
            lambda setting, case, _: [(one.id, one.name) for one in setting.campaign.people_with("county", case.unit)],
            "承办人须为本单位承办人员。",
        ),
    ]
    station: Annotated[
        Line | None,
        Choice(
            lambda setting, case, locale: [
                (one.code, one.name(locale))
                for county in setting.campaign.units
                if county.code == case.unit
                for one in county.stations
            ],
            "市场监管所须属于本单位。",
        ),
    ] = None


@commands.add("assign-handler", AssignHandler, permission("指定承办人", "county principal", RUNNING))
def assign_handler(context: Context[Setting], case: Case, asked: AssignHandler) -> None:
    context.happens(case, HandlerAssigned, officer=asked.officer, station=asked.station)


class RecordStep(Body):
    """An evidenced step: `step` is a code of the campaign's handling steps, `evidence` names papers or pictures."""

    step: Annotated[Line, Label("措施种类"), term("handling_steps")]
    text: Annotated[Text, Label("情况")]
    evidence: Annotated[Lines, Label("证据", "文书编号、照片或材料名称，每行一件；没有证据的请写备注")] = ()
    taken_at: Past | None = None


@commands.add("record-step", RecordStep, permission("登记办理措施", "county principal station", RUNNING))
def record_step(context: Context[Setting], case: Case, asked: RecordStep) -> None:
    """An evidenced step stops the clock of *accepted but not handled*."""
    if not asked.evidence:
        raise EvidenceMissing("登记办理措施须附证据（文书编号、照片或材料名称）；没有证据的，请写备注。")
    rules.a_step_lies_between_the_letter_and_now(context.setting.campaign, case, asked.taken_at)
    context.happens(case, HandlingStepRecorded, **asked.model_dump())


class Remark(Body):
    """A remark; it stops no clock."""

    text: Annotated[Text, Label("备注", "备注不计入实质性办理")]


@commands.add(
    "remark",
    Remark,
    permission("备注", "county principal station group office director", ANYTIME, whose="any", decides=False),
)
def remark(context: Context[Setting], case: Case, asked: Remark) -> None:
    context.happens(case, RemarkAdded, text=asked.text)


class RequestExtension(Body):
    """Ask, before the feedback date, for a later one: the end of the day `until`."""

    until: Annotated[Day, Label("延期至")]
    reason: Annotated[Text, Label("理由")]


@commands.add(
    "request-extension",
    RequestExtension,
    permission("申请延期", "county principal", RUNNING, bars="extension_requested plan_proposed"),
)
def request_extension(context: Context[Setting], case: Case, asked: RequestExtension) -> None:
    campaign = context.setting.campaign
    at_most = campaign.limits.extension.times
    if case.extensions >= at_most:
        raise OftenEnough(f"每件只能延期 {at_most} 次。请按期反馈，可先作阶段性反馈并附整改计划。")
    if case.respite:
        raise OftenEnough("市局办公室已答复不予延期，并另留了时间，不能再次申请。请按期反馈。")
    feedback = _check_movable(context, case)
    if "escalated" in campaign.limits.extension.barred_while:
        _check_not_escalated(case)
    rules.an_extension_stays_within_the_campaigns_window(campaign, feedback, asked.until)
    answer = the_office_acts_in_time(campaign, "extension_answer", context.at)
    context.happens(case, ExtensionRequested, until=asked.until, reason=asked.reason, answer=answer)


def _asked_for(view: Any) -> str:
    asked, locale = view["case"].extension_request, view["locale"]
    if asked is None:
        return ""
    until = f"{translate(locale, '申请延期至')} {day_in_words(asked.until, locale, view['now'])}"
    return f"{until}{translate(locale, '：')}{asked.reason}"


class GrantExtension(Body):
    """Grant the asked date, as long as it is ahead."""


@commands.add(
    "grant-extension",
    GrantExtension,
    permission("批准延期", "director", RUNNING, needs="extension_requested"),
    notice=_asked_for,
    signs=True,
)
def grant_extension(context: Context[Setting], case: Case, _: GrantExtension) -> None:
    feedback, asked = _check_movable(context, case), case.extension_request
    if asked is None:
        raise TooLate("此件没有可延的反馈期限，请核对编号。")
    if "escalated" in context.setting.campaign.limits.extension.barred_while:
        _check_not_escalated(case)
    longer = rules.the_unit_answers_by_the_extended_date(context.setting.campaign, feedback, asked.until)
    if longer.due <= context.at:
        raise TooLate("申请延至的日期已过，不能再批准。请写明理由，不批准延期；承办单位另有两个工作日。")
    context.happens(case, ExtensionGranted, feedback=longer)


def _check_movable(context: Context[Setting], case: Case) -> Deadline:
    """The feedback date that may still be moved: not once it is over, unless the unit asked before and waits for the
    answer."""
    if case.feedback is None or (case.feedback.due <= context.at and not case.is_owed_an_answer):
        raise TooLate("反馈期限已过，不再延期。请尽快反馈办理结果。")
    return case.feedback


def _check_not_escalated(case: Case) -> None:
    if case.undecided:
        raise NotInThisSituation(BARRING["unappointed" if case.unappointed else "verifying"])


def _after_a_refusal(context: Context[Setting], case: Case) -> Deadline | None:
    if case.feedback is None:
        return None
    return rules.a_unit_that_was_refused_has_time_to_act_on_it(context.setting.campaign, case.feedback, context.at)


class RefuseExtension(Body):
    """Let the original date stand, and say why; where the answer comes too late for it, two days are left."""

    text: Annotated[Text, Label("理由")]


@commands.add(
    "refuse-extension",
    RefuseExtension,
    permission("不批准延期", "office director", RUNNING, needs="extension_requested"),
    notice=_asked_for,
    signs=True,
)
def refuse_extension(context: Context[Setting], case: Case, asked: RefuseExtension) -> None:
    context.happens(case, ExtensionRefused, text=asked.text, feedback=_after_a_refusal(context, case))


class ReportInterim(Body):
    """Tell how far the unit is. A rectification plan may carry a last day of its own, with the reason and the guard
    until then; it waits for the office, whose approval makes that day the feedback date. After that date, while
    an extension is asked for, or once the office has refused a later one too late, the plan is only told. It is no
    evidenced step."""

    text: Annotated[Text, Label("进展情况", "阶段性反馈不计入实质性办理")]
    plan: Annotated[Text | None, Label("整改计划")] = None
    planned_for: Annotated[
        Day | None, Label("计划完成日期", "晚于反馈期限的，报市局办公室批准后作为新的反馈期限；须写明理由和监护措施")
    ] = None
    reason: Annotated[Text | None, Label("不能按期完成的理由")] = None
    guard: Annotated[Text | None, Label("整改期间的监护措施", "责任人及严盯死守措施")] = None


@commands.add("report-interim", ReportInterim, permission("阶段性反馈", "county principal", RUNNING))
def report_interim(context: Context[Setting], case: Case, asked: ReportInterim) -> None:
    later = _asks_for_a_later_date(context, case, asked)
    answer = the_office_acts_in_time(context.setting.campaign, "plan_answer", context.at) if later else None
    context.happens(case, InterimReported, **asked.model_dump(), asked=later, answer=answer)


def _asks_for_a_later_date(context: Context[Setting], case: Case, asked: ReportInterim) -> bool:
    if asked.planned_for is None:
        return False
    rules.a_plan_has_its_own_later_day(context.setting.campaign, context.at, asked.planned_for)
    if case.feedback is None or asked.planned_for <= case.feedback.due_date.last_day:
        return False
    if case.respite or case.extension_request is not None or (case.feedback.due <= context.at and case.plan is None):
        return False
    for name, value in (("plan", asked.plan), ("reason", asked.reason), ("guard", asked.guard)):
        if not value:
            raise Invalid(name, "计划完成日期晚于反馈期限的，须写明整改计划、理由和监护措施，请补充。")
    return True


def _planned(view: Any) -> str:
    asked, locale = view["case"].plan, view["locale"]
    if asked is None:
        return ""
    return f"{translate(locale, '整改计划至')} {day_in_words(asked.until, locale, view['now'])}"


class ApprovePlan(Body):
    """Approve the plan: its day becomes the feedback date."""


@commands.add(
    "approve-plan",
    ApprovePlan,
    permission("批准整改计划", "director", RUNNING, needs="plan_proposed"),
    notice=_planned,
    signs=True,
)
def approve_plan(context: Context[Setting], case: Case, _: ApprovePlan) -> None:
    feedback, plan = _check_movable(context, case), case.plan
    if plan is None:
        raise TooLate("此件没有待批准的整改计划，请核对编号。")
    later = rules.the_unit_answers_by_the_date_of_its_plan(context.setting.campaign, feedback, plan.until)
    if later.due <= context.at:
        raise TooLate("计划完成日期已过，不能再批准。请写明理由，不批准；承办单位另有两个工作日。")
    context.happens(case, PlanApproved, feedback=later)


class RefusePlan(Body):
    """Let the feedback date stand, and say why; where the answer comes too late for it, two days are left."""

    text: Annotated[Text, Label("理由")]


@commands.add(
    "refuse-plan",
    RefusePlan,
    permission("不批准整改计划", "office director", RUNNING, needs="plan_proposed"),
    notice=_planned,
    signs=True,
)
def refuse_plan(context: Context[Setting], case: Case, asked: RefusePlan) -> None:
    context.happens(case, PlanRefused, text=asked.text, feedback=_after_a_refusal(context, case))


class DecidePenaltyProceeding(Body):
    """Whether a penalty proceeding is opened: its number, or the reason why not."""

    proceeding: Annotated[bool, Label("是否立案"), Choice(lambda _, __, ___: [("true", "立案"), ("false", "不予立案")])]
    number: Annotated[Line | None, Label("立案文号")] = None
    reason: Annotated[Text | None, Label("理由", "不予立案的必填")] = None


@commands.add(
    "decide-penalty-proceeding",
    DecidePenaltyProceeding,
    permission("决定是否立案", "principal", "handling reported reviewed", bars="penalty_decided"),
    signs=True,
)
def decide_penalty_proceeding(context: Context[Setting], case: Case, asked: DecidePenaltyProceeding) -> None:
    if not asked.proceeding and not asked.reason:
        raise ReasonMissing("不予立案须写明理由，请补充。")
    if not asked.proceeding:
        conclusions.a_proceeding_is_not_refused_beside_its_penalty(context.setting.campaign, case)
    context.happens(case, PenaltyProceedingDecided, **asked.model_dump())
