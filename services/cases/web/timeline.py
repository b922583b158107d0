"""The timeline's sentences: how each event of a case reads, by the rooms of `domain.events`."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.cases.domain import events
from services.cases.domain.loop import TRIGGER_NAMES, bulletin_name
from services.cases.domain.values import Deadline
from shared.kernel.campaign import Campaign
from shared.kernel.names import actor_name, person_with_unit, unit_name

Sentence = tuple[str, str, str]
"""Title, text, kind (remark, alarm or empty)."""
SOURCES = {
    "group": "督导工作组核查",
    "return_visit": "回访",
    "new_tip": "新的举报",
    "inspection": "督查检查",
    "tipster": "举报人评价",
}
"""Who contradicted a closure."""
RULES = {
    "a_triaged_tip_becomes_a_case": "梳理后交办的举报应当立件",
    "a_finding_becomes_a_case": "检查发现的问题应当立件",
    "a_letter_is_signed_for_in_time": "交办书应当按期签收",
    "a_unit_that_signed_for_a_letter_must_act": "签收后应当有实质性办理",
    "a_result_is_signed_by_the_feedback_date": "反馈期限前应当有主要负责人签字的办理结果",
    "the_unit_may_reply_to_a_suspicion": "承办单位可以申辩",
    "a_published_result_is_disclosed": "发布办理结果即为公开",
    "a_published_bulletin_closes_loops": "考核通报发布后闭合",
}
"""The rules by which the system acts, as a timeline names them."""


def sentence(event: Any, campaign: Campaign) -> Sentence:
    """(title, text, kind) of one event of a case."""
    by = actor_name(campaign, event.envelope.actor)
    for room in (_transferring, _handling, _concluding, _escalating, _supervising):
        found = room(event, campaign, by)
        if found is not None:
            return found
    raise LookupError(f"no sentence for {type(event).__name__}")


def _transferring(event: Any, campaign: Campaign, by: str) -> Sentence | None:
    match event:
        case events.CaseOpened():
            origin = {"tip": "群众举报", "inspection": "督查发现", "unit": "本级发现"}[event.origin]
            return "立件", f"{origin}：{event.matter.text}", ""
        case events.LetterDrafted():
            return "拟稿", f"{by} 拟好交办书，待办公室主任签发。", ""
        case events.CaseTransferred():
            last = event.feedback.due_date.last_day
            told = f"交办书{event.number}发{event.letter.addressee}，督办人{event.letter.supervising.name}。"
            return "移交办理", f"{told}反馈期限 {last.month}月{last.day}日。{event.signed_off_by.name} 签发。", ""
        case events.CaseNotSignedFor():
            return "催办", "未按期签收，已催办承办单位主要负责人。", ""
        case events.CaseSignedFor():
            how = "逾期未签收，视为签收。" if event.deemed else f"{by} 签收交办书，期限自交办次日起算。"
            return "签收", how, ""
        case events.ReturnRequested():
            reason = campaign.taxonomy("return_reasons").term(event.reason).zh
            return "申请退回", f"{by}：{reason}。{_text(event.text)}办理期限照常计算，待市局办公室处理。", ""
        case events.CaseReturned():
            return "同意退回", f"{by} 同意退回，原交办书期限作废，{_until(event.transfer)}前另行交办。", ""
        case events.ReturnRefused():
            return "不同意退回", f"{_text(event.text)}——{by}。原期限不变。", ""
    return None


def _handling(event: Any, campaign: Campaign, by: str) -> Sentence | None:
    match event:
        case events.HandlerAssigned():
            return "指定承办人", f"承办人：{person_with_unit(campaign, event.officer)}。", ""
        case events.HandlingStepRecorded():
            step = campaign.taxonomy("handling_steps").term(event.step).zh
            return step, f"{event.text.rstrip('。')}。证据：{'、'.join(event.evidence)}。——{by}", ""
        case events.RemarkAdded():
            return "备注", f"“{event.text}”——{by}。备注不计入实质性办理。", "remark"
        case events.ExtensionRequested():
            return "申请延期", f"{by} 申请延至 {_day(event.until)}：{_text(event.reason)}待办公室主任批准。", ""
        case events.ExtensionGranted():
            return "批准延期", f"{by} 批准，反馈期限改为 {_until(event.feedback)}。", ""
        case events.ExtensionRefused():
            return "不批准延期", f"{_text(event.text)}——{by}。原反馈期限不变。", ""
        case events.InterimReported():
            plan = f"整改计划：{_text(event.plan)}" if event.plan else ""
            until = f"计划于 {_day(event.planned_for)} 前完成。" if event.planned_for else ""
            return "阶段性反馈", f"{_text(event.text)}{plan}{until}——{by}。反馈期限不变。", ""
        case events.PenaltyProceedingDecided():
            number = f"，文号 {event.number}" if event.number else ""
            why = f"：{_text(event.reason)}" if event.reason else "。"
            return ("立案" if event.proceeding else "不予立案"), f"{by} 决定{number}{why}", ""
    return None


def _concluding(event: Any, campaign: Campaign, by: str) -> Sentence | None:
    match event:
        case events.ResultDrafted():
            return "拟办理结果", f"{by} 拟好办理结果，待主要负责人签字。", ""
        case events.ResultReported():
            late = "" if event.in_time else "（已超过反馈期限）"
            return "反馈办理结果", f"{event.result.text}——{by} 签字{late}。", ""
        case events.ResultReviewed():
            return "审核通过", f"{event.opinion}——{by}", ""
        case events.ResultRejected():
            return "审核退回", f"{event.reason}——{by}。原反馈期限不变。", ""
        case events.CaseClosed():
            return "办结", f"{by} 批准办结，待公开办理结果。", ""
        case events.CaseReopened():
            return "重新办理", f"{event.reason}——{by}", ""
        case events.CaseDisclosed():
            return "信息公开", f"办理结果已于 {_day(event.published_at.date())} 在各渠道公开。", ""
        case events.CaseAssessed():
            return "考核通报", f"已列入{bulletin_name(event.month)}。", ""
    return None


def _escalating(event: Any, campaign: Campaign, by: str) -> Sentence | None:
    match event:
        case events.EscalationRaised():
            return f"提级核查：{TRIGGER_NAMES[event.trigger]}", _missed(event), "alarm"
        case events.FalseClosureSuspected():
            told = f"{SOURCES[event.source]}：{_text(event.text)}证据：{'、'.join(event.evidence)}。——{by}。"
            return "虚假办结疑点", f"{told}承办单位可在 {_until(event.reply)}前申辩。", "alarm"
        case events.ReplyGiven():
            evidence = f"证据：{'、'.join(event.evidence)}。" if event.evidence else ""
            return "申辩", f"{_text(event.text)}{evidence}——{by}", ""
        case events.VerificationAssigned():
            verifier = unit_name(campaign, event.verifier)
            trigger = TRIGGER_NAMES[event.trigger]
            return "指定核查单位", f"{trigger}：由{verifier}核查，{_until(event.deadline)}前作出结论。——{by}", ""
        case events.EscalationFound():
            title = f"核查属实：{TRIGGER_NAMES[event.trigger]}"
            return title, f"{_conclusion(event, by)}反馈期限重新计算，至 {_until(event.feedback)}。", "alarm"
        case events.EscalationCleared():
            again = f"反馈期限重新计算，至 {_until(event.feedback)}。" if event.feedback else ""
            return f"核查不属实：{TRIGGER_NAMES[event.trigger]}", f"{_conclusion(event, by)}{again}", ""
    return None


def _supervising(event: Any, campaign: Campaign, by: str) -> Sentence | None:
    match event:
        case events.AccountabilityImposed():
            ground = campaign.taxonomy("accountability_grounds").term(event.ground).zh
            actions = "、".join(campaign.taxonomy("accountability_actions").term(code).zh for code in event.actions)
            whom = "、".join(unit_name(campaign, code) for code in event.units)
            people = f"{'、' if whom else ''}{event.people} 人" if event.people else ""
            posts = f"（{event.posts}）" if event.posts else ""
            public = "对外公布。" if event.publish else "不对外公布。"
            return "追责问责", f"{ground}：对{whom}{people}{posts}{actions}，{public}——{by}", "alarm"
        case events.KeySupervisionStarted():
            group = unit_name(campaign, event.group)
            told = f"{_text(event.reason)}措施：{_text(event.measures)}"
            return "重点督导", f"由{group}督导，{_until(event.recheck)}前复查。{told}——{by}", ""
        case events.KeySupervisionEnded():
            return "重点督导结束", f"{_text(event.conclusion)}——{by}", ""
    return None


def _missed(event: events.EscalationRaised) -> str:
    if event.missed is None:
        return "申辩期满，疑点未消除。由办公室提级核查。"
    last = event.missed.due_date.last_day
    if event.trigger == "overdue":
        return f"反馈期限 {last.month}月{last.day}日 24:00 已过，未收到主要负责人签字的办理结果。由办公室提级核查。"
    return f"至 {last.month}月{last.day}日 24:00 没有附证据的实质性办理记录，备注不计。由办公室提级核查。"


def _conclusion(event: Any, by: str) -> str:
    late = "" if event.in_time else "（已超过核查期限）"
    return f"{_text(event.text)}证据：{'、'.join(event.evidence)}。——{by}{late}。"


def _text(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else f"{text}。"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _until(deadline: Deadline) -> str:
    """The last day, with its end: `2月9日 24:00`; or the instant."""
    due = deadline.due_date
    return f"{_day(due.last_day)} {'24:00' if due.end_of_day else f'{due.due:%H:%M}'}"
