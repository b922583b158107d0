"""The timeline's sentences: how each event of a case reads. `SENTENCES` shows all at a glance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from services.cases.domain.events import concluding, escalating, handling, missing, supervising, transferring
from services.cases.domain.loop import TRIGGER_NAMES, bulletin_name, outcome_in_words
from services.cases.domain.values import Deadline, Decision
from services.cases.handlers.escalating import SOURCES
from services.cases.handlers.measures import decision_in_words, result_in_words
from shared.kernel.campaign import Campaign
from shared.kernel.names import actor_name, person_with_unit, unit_name
from shared.platform.web.words import local_day

Sentence = tuple[str, str, str]
"""Title, text, kind (remark, alarm or empty)."""
RULES = {
    "a_triaged_tip_becomes_a_case": "梳理后交办的举报应当立件",
    "a_finding_becomes_a_case": "检查发现的问题应当立件",
    "a_case_without_its_source_is_void": "来源已不存在且无人办理的交办件应当撤销",
    "a_letter_is_signed_for_in_time": "交办书应当按期签收",
    "a_unit_that_signed_for_a_letter_must_act": "签收后应当有实质性办理",
    "a_result_is_signed_by_the_feedback_date": "反馈期限前应当有主要负责人签字的办理结果",
    "the_unit_may_reply_to_a_suspicion": "承办单位可以申辩",
    "a_danger_to_life_is_reported_on_the_next_working_day": "危及生命的，次一工作日应当首次报告",
    "the_office_acts_in_time": "市局办公室应当按期办理",
    "a_published_result_is_disclosed": "发布办理结果即为公开",
    "a_published_bulletin_closes_loops": "考核通报发布后闭合",
}
"""The rules by which the system acts, as a timeline names them."""
RAISED_TO = {"director": "办公室主任", "taskforce": "专项工作组"}


def _case_opened(event: transferring.CaseOpened, _: Campaign, __: str) -> Sentence:
    origin = {"tip": "群众举报", "inspection": "督查发现", "unit": "本级发现"}[event.origin]
    return "立件", f"{origin}：{event.matter.text}", ""


def _case_transferred(event: transferring.CaseTransferred, _: Campaign, __: str) -> Sentence:
    last = event.feedback.due_date.last_day
    told = f"交办书{event.number}发{event.letter.addressee}，督办人{event.letter.supervising.name}。"
    return "移交办理", f"{told}反馈期限 {last.month}月{last.day}日。{event.signed_off_by.name} 签发。", ""


def _case_signed_for(event: transferring.CaseSignedFor, _: Campaign, by: str) -> Sentence:
    how = "逾期未签收，视为签收。" if event.deemed else f"{by} 签收交办书，期限自交办次日起算。"
    return "签收", how, ""


def _return_requested(event: transferring.ReturnRequested, campaign: Campaign, by: str) -> Sentence:
    reason = campaign.taxonomy("return_reasons").term(event.reason).zh
    return "申请退回", f"{by}：{reason}。{_text(event.text)}待市局办公室答复，其间不计首次办理时限。", ""


def _return_refused(event: transferring.ReturnRefused, _: Campaign, by: str) -> Sentence:
    step = f"首次办理须在 {_until(event.first_step)}前。" if event.first_step else ""
    return "不同意退回", f"{_text(event.text)}——{by}。反馈期限不变。{step}", ""


def _stands(feedback: Deadline | None) -> str:
    """The feedback date after an answer."""
    return f"反馈期限为 {_until(feedback)}。" if feedback else "原反馈期限不变。"


def _handling_step_recorded(event: handling.HandlingStepRecorded, campaign: Campaign, by: str) -> Sentence:
    step = campaign.taxonomy("handling_steps").term(event.step).zh
    return step, f"{event.text.rstrip('。')}。证据：{'、'.join(event.evidence)}。——{by}", ""


def _interim_reported(event: handling.InterimReported, _: Campaign, by: str) -> Sentence:
    plan = f"整改计划：{_text(event.plan)}" if event.plan else ""
    until = f"计划于 {_day(event.planned_for)} 前完成。" if event.planned_for else ""
    why = "".join(
        f"{name}：{_text(words)}" for name, words in (("理由", event.reason), ("监护措施", event.guard)) if words
    )
    waits = "待市局办公室批准。" if event.asked else "反馈期限不变。"
    return "阶段性反馈", f"{_text(event.text)}{plan}{until}{why}——{by}。{waits}", ""


def _penalty_proceeding_decided(event: handling.PenaltyProceedingDecided, _: Campaign, by: str) -> Sentence:
    number = f"，文号 {event.number}" if event.number else ""
    why = f"：{_text(event.reason)}" if event.reason else "。"
    return ("立案" if event.proceeding else "不予立案"), f"{by} 决定{number}{why}", ""


def _result_reported(event: concluding.ResultReported, campaign: Campaign, by: str) -> Sentence:
    late = "" if event.in_time else "（已超过反馈期限）"
    return "反馈办理结果", f"{_text(result_in_words(campaign, event.result, 'zh'))}——{by} 签字{late}。", ""


def _decision_recorded(event: concluding.DecisionRecorded, campaign: Campaign, by: str) -> Sentence:
    said = decision_in_words(campaign, Decision(event.decision, event.outcome), "zh")
    return "办结后的决定", f"{_text(said)}——{by}", ""


def _accident_investigation_opened(event: concluding.AccidentInvestigationOpened, _: Campaign, by: str) -> Sentence:
    level = {"city": "市级", "county": "县级"}[event.level]
    number = f"，文号 {event.number}" if event.number else ""
    date = f"反馈期限为 {_until(event.feedback)}。" if event.feedback else ""
    return "启动事故调查", f"{by} 启动{level}事故调查{number}。{date}", ""


def _false_closure_suspected(event: escalating.FalseClosureSuspected, _: Campaign, by: str) -> Sentence:
    told = f"{SOURCES[event.source]}：{_text(event.text)}证据：{'、'.join(event.evidence)}。——{by}。"
    return "虚假办结疑点", f"{told}承办单位可在 {_until(event.reply)}前申辩。", "alarm"


def _reply_given(event: escalating.ReplyGiven, _: Campaign, by: str) -> Sentence:
    evidence = f"证据：{'、'.join(event.evidence)}。" if event.evidence else ""
    return "申辩", f"{_text(event.text)}{evidence}——{by}", ""


def _verification_assigned(event: escalating.VerificationAssigned, campaign: Campaign, by: str) -> Sentence:
    verifier = unit_name(campaign, event.verifier)
    trigger = TRIGGER_NAMES[event.trigger]
    return "指定核查单位", f"{trigger}：由{verifier}核查，{_until(event.deadline)}前作出结论。——{by}", ""


def _escalation_found(event: escalating.EscalationFound, _: Campaign, by: str) -> Sentence:
    title = f"核查属实：{TRIGGER_NAMES[event.trigger]}"
    return title, f"{_conclusion(event, by)}反馈期限重新计算，至 {_until(event.feedback)}。", "alarm"


def _escalation_cleared(event: escalating.EscalationCleared, _: Campaign, by: str) -> Sentence:
    again = f"反馈期限重新计算，至 {_until(event.feedback)}。" if event.feedback else ""
    title = f"核查结论：{outcome_in_words(event.trigger, found=False, lapsed=event.lapsed)}"
    return title, f"{_conclusion(event, by)}{again}", ""


def _accountability_imposed(event: supervising.AccountabilityImposed, campaign: Campaign, by: str) -> Sentence:
    ground = campaign.taxonomy("accountability_grounds").term(event.ground).zh
    actions = "、".join(campaign.taxonomy("accountability_actions").term(code).zh for code in event.actions)
    whom = "、".join(unit_name(campaign, code) for code in event.units)
    people = f"{'、' if whom else ''}{event.people} 人" if event.people else ""
    posts = f"（{event.posts}）" if event.posts else ""
    public = "对外公布。" if event.publish else "不对外公布。"
    return "追责问责", f"{ground}：对{whom}{people}{posts}{actions}，{public}——{by}", "alarm"


def _key_supervision_started(event: supervising.KeySupervisionStarted, campaign: Campaign, by: str) -> Sentence:
    group = unit_name(campaign, event.group)
    told = f"{_text(event.reason)}措施：{_text(event.measures)}"
    return "重点督导", f"由{group}督导，{_until(event.recheck)}前复查。{told}——{by}", ""


_DISCLOSED = {"exposure": "此件已在各渠道曝光", "number": "反映的问题不属实，不点名，已计入公开的不属实件数"}
"""What became public of a case that is no result."""


def _missed(event: escalating.EscalationRaised) -> str:
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
    return _end(deadline.due)


def _end(due: datetime) -> str:
    """An exclusive instant, as `_until`."""
    day = (due - timedelta.resolution).date()
    return f"{_day(day)} {f'{due:%H:%M}' if day == due.date() else '24:00'}"


def _office_clock_missed(event: missing.OfficeClockMissed, campaign: Campaign, _: str) -> Sentence:
    what, whom = campaign.rule(event.clock).zh, RAISED_TO[event.raised_to]
    return "市局办公室逾期", f"{what}：期限 {_end(event.due)} 已过，尚未办理，报{whom}。", "alarm"


def _first_report_missed(event: missing.FirstReportMissed, _: Campaign, __: str) -> Sentence:
    told = f"危及生命，至 {_until(event.missed)}没有首次报告（阶段性反馈或办理措施）。"
    return "未按期首次报告", f"{told}告知主要负责人和市局办公室，不作提级核查。", "alarm"


SENTENCES: dict[type, Callable[[Any, Campaign, str], Sentence]] = {
    transferring.CaseOpened: _case_opened,
    transferring.LetterDrafted: lambda e, c, by: (
        "拟稿",
        f"{by} 拟好交办书，待办公室主任签发。事由：{_text(e.letter.matter)}",
        "",
    ),
    transferring.CaseTransferred: _case_transferred,
    transferring.CaseNotSignedFor: lambda e, c, by: ("催办", "未按期签收，已催办承办单位主要负责人。", ""),
    transferring.CaseSignedFor: _case_signed_for,
    transferring.ReturnRequested: _return_requested,
    transferring.CaseReturned: lambda e, c, by: (
        "同意退回",
        f"{by} 同意退回，原交办书期限作废，{_until(e.transfer)}前另行交办。",
        "",
    ),
    transferring.ReturnRefused: _return_refused,
    handling.HandlerAssigned: lambda e, c, by: ("指定承办人", f"承办人：{person_with_unit(c, e.officer)}。", ""),
    handling.HandlingStepRecorded: _handling_step_recorded,
    handling.RemarkAdded: lambda e, c, by: ("备注", f"“{e.text}”——{by}。备注不计入实质性办理。", "remark"),
    handling.ExtensionRequested: lambda e, c, by: (
        "申请延期",
        f"{by} 申请延至 {_day(e.until)}：{_text(e.reason)}待办公室主任批准。",
        "",
    ),
    handling.ExtensionGranted: lambda e, c, by: ("批准延期", f"{by} 批准，反馈期限改为 {_until(e.feedback)}。", ""),
    handling.ExtensionRefused: lambda e, c, by: ("不批准延期", f"{_text(e.text)}——{by}。{_stands(e.feedback)}", ""),
    handling.PlanApproved: lambda e, c, by: ("批准整改计划", f"{by} 批准，反馈期限改为 {_until(e.feedback)}。", ""),
    handling.PlanRefused: lambda e, c, by: ("不批准整改计划", f"{_text(e.text)}——{by}。{_stands(e.feedback)}", ""),
    handling.InterimReported: _interim_reported,
    handling.PenaltyProceedingDecided: _penalty_proceeding_decided,
    concluding.ResultDrafted: lambda e, c, by: (
        "拟办理结果",
        f"{by} 拟好办理结果，待主要负责人签字。{_text(result_in_words(c, e.result, 'zh'))}",
        "",
    ),
    concluding.ResultReported: _result_reported,
    concluding.ResultReviewed: lambda e, c, by: ("审核通过", f"{e.opinion}——{by}", ""),
    concluding.ResultRejected: lambda e, c, by: ("审核退回", f"{_text(e.reason)}——{by}。{_stands(e.feedback)}", ""),
    concluding.CaseClosed: lambda e, c, by: ("办结", f"{by} 批准办结，待公开办理结果。", ""),
    concluding.DecisionRecorded: _decision_recorded,
    concluding.AccidentInvestigationOpened: _accident_investigation_opened,
    concluding.CaseTakenBack: lambda e, c, by: (
        "撤销",
        "数据库恢复后，这一交办件的来源已不存在，且无人办理过，予以撤销。来源重新登记后将另行立件。",
        "",
    ),
    concluding.CaseReopened: lambda e, c, by: ("重新办理", f"{e.reason}——{by}", ""),
    concluding.CaseDisclosed: lambda e, c, by: (
        "信息公开",
        f"{_DISCLOSED.get(e.kind, '办理结果已在各渠道公开')}：{_day(local_day(e.published_at))}。",
        "",
    ),
    concluding.CaseAssessed: lambda e, c, by: ("考核通报", f"已列入{bulletin_name(e.month)}。", ""),
    escalating.EscalationRaised: lambda e, c, by: (f"提级核查：{TRIGGER_NAMES[e.trigger]}", _missed(e), "alarm"),
    escalating.FalseClosureSuspected: _false_closure_suspected,
    escalating.ReplyGiven: _reply_given,
    escalating.VerificationAssigned: _verification_assigned,
    escalating.EscalationFound: _escalation_found,
    escalating.EscalationCleared: _escalation_cleared,
    missing.OfficeClockMissed: _office_clock_missed,
    missing.FirstReportMissed: _first_report_missed,
    supervising.AccountabilityImposed: _accountability_imposed,
    supervising.KeySupervisionStarted: _key_supervision_started,
    supervising.KeySupervisionEnded: lambda e, c, by: ("重点督导结束", f"{_text(e.conclusion)}——{by}", ""),
}
"""From an event, the campaign and the name of who acted, how it reads."""


def sentence(event: Any, campaign: Campaign) -> Sentence:
    """(title, text, kind) of one event of a case."""
    return SENTENCES[type(event)](event, campaign, actor_name(campaign, event.envelope.actor))
