"""What the unit does with a case, and the later dates that it asks for."""

from __future__ import annotations

from services.cases.domain.events import handling
from services.cases.web.timeline.teller import REMARK, Sentence, Sentences, Teller


def handler_assigned(event: handling.HandlerAssigned, teller: Teller) -> Sentence:
    return teller.tell("指定承办人", teller.say("承办人：{officer}。", officer=teller.person(event.officer)))


def step_recorded(event: handling.HandlingStepRecorded, teller: Teller) -> Sentence:
    text = teller.together(teller.ended(event.text), teller.evidence(event.evidence))
    return teller.tell(teller.term("handling_steps", event.step), teller.say("{text}——{by}", text=text))


def remark_added(event: handling.RemarkAdded, teller: Teller) -> Sentence:
    return teller.tell("备注", teller.say("“{text}”——{by}。备注不计入实质性办理。", text=event.text), kind=REMARK)


def extension_requested(event: handling.ExtensionRequested, teller: Teller) -> Sentence:
    return teller.tell(
        "申请延期",
        teller.say("{by} 申请延至 {day}：{reason}", day=teller.day(event.until), reason=teller.ended(event.reason)),
        teller.say("待办公室主任批准。"),
    )


def _granted(title: str, event: handling.ExtensionGranted | handling.PlanApproved, teller: Teller) -> Sentence:
    return teller.tell(title, teller.say("{by} 批准，反馈期限改为 {until}。", until=teller.until(event.feedback)))


def _refused(title: str, event: handling.ExtensionRefused | handling.PlanRefused, teller: Teller) -> Sentence:
    text = teller.say("{text}——{by}。", text=teller.ended(event.text))
    return teller.tell(title, text, teller.stands(event.feedback))


def extension_granted(event: handling.ExtensionGranted, teller: Teller) -> Sentence:
    return _granted("批准延期", event, teller)


def extension_refused(event: handling.ExtensionRefused, teller: Teller) -> Sentence:
    return _refused("不批准延期", event, teller)


def plan_approved(event: handling.PlanApproved, teller: Teller) -> Sentence:
    return _granted("批准整改计划", event, teller)


def plan_refused(event: handling.PlanRefused, teller: Teller) -> Sentence:
    return _refused("不批准整改计划", event, teller)


def interim_reported(event: handling.InterimReported, teller: Teller) -> Sentence:
    told = (("整改计划", event.plan), ("理由", event.reason), ("监护措施", event.guard))
    plan, reason, guard = (
        teller.say("{what}：{text}", what=teller.said(what), text=teller.ended(text)) if text else ""
        for what, text in told
    )
    planned = event.planned_for
    until = teller.say("计划于 {day} 前完成。", day=teller.day(planned)) if planned else ""
    text = teller.together(teller.ended(event.text), plan, until, reason, guard)
    return teller.tell(
        "阶段性反馈",
        teller.say("{text}——{by}。", text=text),
        teller.say("待市局办公室批准。" if event.asked else "反馈期限不变。"),
    )


def proceeding_decided(event: handling.PenaltyProceedingDecided, teller: Teller) -> Sentence:
    return teller.tell(
        "立案" if event.proceeding else "不予立案",
        teller.say("{by} 决定，文号 {number}。" if event.number else "{by} 决定。", number=event.number),
        teller.ended(event.reason) if event.reason else "",
    )


SENTENCES: Sentences = {
    handling.HandlerAssigned: handler_assigned,
    handling.HandlingStepRecorded: step_recorded,
    handling.RemarkAdded: remark_added,
    handling.ExtensionRequested: extension_requested,
    handling.ExtensionGranted: extension_granted,
    handling.ExtensionRefused: extension_refused,
    handling.PlanApproved: plan_approved,
    handling.PlanRefused: plan_refused,
    handling.InterimReported: interim_reported,
    handling.PenaltyProceedingDecided: proceeding_decided,
}
