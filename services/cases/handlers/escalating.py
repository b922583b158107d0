"""Escalated verification (notice 六（二）): suspicions and replies, who verifies, what was found."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from services.cases import rules
from services.cases.domain.authority import NEEDED
from services.cases.domain.case import FALSE_CLOSURE, Case
from services.cases.domain.errors import AnotherUnit, EvidenceMissing, TooLate
from services.cases.domain.events.concluding import CaseReopened
from services.cases.domain.events.escalating import (
    EscalationCleared,
    EscalationFound,
    FalseClosureSuspected,
    ReplyGiven,
    VerificationAssigned,
)
from services.cases.domain.independence import independent_verifiers
from services.cases.domain.loop import TRIGGER_NAMES
from services.cases.domain.office import APPOINTMENT
from services.cases.domain.values import Escalation
from shared.kernel.campaign.office import the_office_acts_in_time
from shared.kernel.commands import Setting, by_rule
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import NotInThisSituation, permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Choice, Label, Line, Lines, Text

SINCE_OUT = "transferred signed_for handling reported reviewed closed"
UNDER_WAY = ("transferred", "signed_for", "handling")
SOURCES = {
    "group": "督导工作组核查",
    "return_visit": "回访",
    "new_tip": "新的举报",
    "inspection": "督查检查",
    "tipster": "举报人评价",
}
"""Who contradicted a closure."""
Trigger = Literal["overdue", "idle_after_acceptance", "false_closure"]
TRIGGERS = Choice(lambda _, __, ___: list(TRIGGER_NAMES.items()))
commands = Table()


def raise_what_is_overdue(context: Context[Setting], case: Case) -> None:
    """domain 3.3.1: what somebody does now ends the feedback date. After a downtime he may be quicker than its timer:
    what that would have raised is raised first, so that a result is as late whoever comes first."""
    rule, key = "a_result_is_signed_by_the_feedback_date", context.envelope.command_key
    campaign = context.setting.campaign
    appointment = the_office_acts_in_time(campaign, APPOINTMENT, context.at)
    case.raise_overdue(by_rule(campaign, rule, context.at, key, case.tip), appointment)


class SuspectFalseClosure(Body):
    """An independent check (`source`) contradicts a material claim of the closure; the unit may reply."""

    source: Annotated[
        Literal["group", "return_visit", "new_tip", "inspection", "tipster"],
        Label("疑点来源"),
        Choice(lambda _, __, ___: list(SOURCES.items())),
    ]
    text: Annotated[Text, Label("与办理结果不符之处")]
    evidence: Annotated[Lines, Label("证据", "每行一件", required=True)] = ()


@commands.add(
    "suspect-false-closure",
    SuspectFalseClosure,
    permission("提出虚假办结疑点", "group office director", "closed", bars="suspected unappointed verifying"),
)
def suspect_false_closure(context: Context[Setting], case: Case, asked: SuspectFalseClosure) -> None:
    if not asked.evidence:
        raise EvidenceMissing("提出虚假办结疑点须附证据（核实记录、照片或材料名称），请补充。")
    reply = rules.the_unit_may_reply_to_a_suspicion(context.setting.campaign, context.at)
    context.happens(case, FalseClosureSuspected, reply=reply, **asked.model_dump())


class Reply(Body):
    """The unit's reply to the suspicion; it may add to it until the date."""

    text: Annotated[Text, Label("申辩意见")]
    evidence: Annotated[Lines, Label("证据", "每行一件")] = ()


@commands.add("reply", Reply, permission("申辩", "county principal", "closed", needs="suspected"))
def reply(context: Context[Setting], case: Case, asked: Reply) -> None:
    if case.suspicion is not None and case.suspicion.reply.due <= context.at:
        raise TooLate("申辩期已满，请在核查时向核查单位说明。")
    context.happens(case, ReplyGiven, text=asked.text, evidence=asked.evidence)


class AppointVerification(Body):
    """Appoint who verifies: by default the oldest escalation that waits, and whom the campaign's rule names."""

    trigger: Annotated[Trigger | None, Label("提级情形", empty="最早的一项"), TRIGGERS] = None
    verifier: Annotated[
        Line | None,
        Label("核查单位", empty="按规则指定"),
        Choice(
            lambda setting, case, locale: [
                (code, setting.campaign.unit(code).name(locale))
                for code in independent_verifiers(setting.campaign, case, None)
            ],
            "核查单位须为与此件无利害关系的督导工作组，或可代为核查的单位。请从列出的单位中选择。",
        ),
    ] = None


@commands.add(
    "appoint-verification",
    AppointVerification,
    permission("指定核查单位", "office director", SINCE_OUT, needs="unappointed replied"),
)
def appoint_verification(context: Context[Setting], case: Case, asked: AppointVerification) -> None:
    """A suspicion that the unit has replied to is raised with the appointment, without waiting for the end of its
    date."""
    campaign, trigger = context.setting.campaign, _to_appoint(case, asked.trigger)
    independent = independent_verifiers(campaign, case, trigger)
    verifier = asked.verifier or next(iter(independent), None)
    if verifier is None:
        raise Invalid("verifier", "没有与此件无利害关系的核查单位，请报专项工作组另行指定。")
    if verifier not in independent:
        raise Invalid("verifier", "此单位负责人审核或办结过此件，不得核查其真假。请另选核查单位。", independent)
    if trigger == FALSE_CLOSURE and case.suspicion is not None:
        appointment = the_office_acts_in_time(campaign, APPOINTMENT, context.at)
        case.escalate(context.envelope, FALSE_CLOSURE, appointment)
    n = next(one.n for one in case.unappointed if one.trigger == trigger)
    deadline = rules.an_escalation_is_verified_in_time(campaign, context.at, trigger)
    context.happens(case, VerificationAssigned, n=n, trigger=trigger, verifier=verifier, deadline=deadline)


def _to_appoint(case: Case, trigger: str | None) -> str:
    """The trigger of the escalation that an appointment is for: the asked one or the oldest, and a suspicion that was
    replied to after those."""
    waiting = [one.trigger for one in case.unappointed]
    if case.suspicion is not None and case.suspicion.replied_at is not None:
        waiting.append(FALSE_CLOSURE)
    if not waiting or (trigger is not None and trigger not in waiting):
        raise NotInThisSituation(NEEDED["unappointed"])
    return trigger or waiting[0]


class VerifyEscalation(Body):
    """The verifier's conclusion: `found` where the escalation is borne out."""

    trigger: Annotated[Trigger | None, Label("提级情形", empty="最早的一项"), TRIGGERS] = None
    found: Annotated[bool, Label("核查结论"), Choice(lambda _, __, ___: [("true", "属实"), ("false", "不属实")])]
    text: Annotated[Text, Label("核查情况")]
    evidence: Annotated[Lines, Label("证据", "每行一件", required=True)] = ()


@commands.add(
    "verify-escalation",
    VerifyEscalation,
    permission("作出核查结论", "group", SINCE_OUT, needs="verifying", whose="verifier"),
    signs=True,
)
def verify_escalation(context: Context[Setting], case: Case, asked: VerifyEscalation) -> None:
    """Borne out, the unit has a new window: a closed case is reopened, and one that was reported needs a new result.
    Not borne out, a case that runs and whose date is over gets a new window; the date of the first evidenced step only
    if none was taken."""
    one = _to_verify(case, context.actor, asked.trigger)
    if not asked.evidence:
        raise EvidenceMissing("核查结论须附证据（核查记录、照片或材料名称），请补充。")
    raise_what_is_overdue(context, case)
    feedback, first_step = rules.a_new_window_follows_the_old_ones_circumstance(
        context.setting.campaign, case, context.at
    )
    concluded: dict[str, Any] = {
        "n": one.n, "trigger": one.trigger, "verifier": one.verifier, "text": asked.text, "evidence": asked.evidence,
        "in_time": one.deadline is not None and context.at < one.deadline.due,
    }  # fmt: skip
    if not asked.found:
        dateless = case.state in UNDER_WAY and (case.feedback is None or case.feedback.due <= context.at)
        stepless = dateless and case.first_step is not None
        closable = case.state == "reviewed" and case.undecided == [one]
        context.happens(
            case, EscalationCleared, **concluded, feedback=feedback if dateless else None,
            first_step=first_step if stepless else None,
            closing=the_office_acts_in_time(context.setting.campaign, "closing", context.at) if closable else None,
        )  # fmt: skip
        return
    was_closed = case.state == "closed"
    state = case.state if case.state in UNDER_WAY else "handling"
    context.happens(case, EscalationFound, **concluded, feedback=feedback, first_step=first_step, state=state)
    if was_closed:
        context.happens(case, CaseReopened, reason="提级核查属实，重新办理。", feedback=feedback, first_step=first_step)


def _to_verify(case: Case, actor: Actor, trigger: str | None) -> Escalation:
    """The escalation that a conclusion of this verifier is for: of the asked trigger, or the oldest."""
    for one in case.undecided:
        if one.verifier == actor.unit and trigger in (None, one.trigger):
            return one
    raise AnotherUnit("没有指定本单位核查的此类提级核查，请核对核查单位和情形。")
