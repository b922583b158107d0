"""The sentences of reminders: the number of the case, the date, what to do. No personal data."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.notify.domain.values import Kind


def sentence(
    kind: Kind, letter: str | None, due: datetime | None, now: datetime, zone: ZoneInfo, what: str = "",
    matter: str | None = None,
) -> str:  # fmt: skip
    """What is sent at `now`. `due` is exclusive; a reminder that comes late (after a downtime) says what is so then.
    `what` is the office's clock by name; `matter` is what it is about, if that is no case."""
    case = matter if matter is not None else f"交办件{letter}" if letter else "未编文号的交办件"
    until = in_words(due, zone) if due else ""
    over = due is not None and due <= now
    match kind:
        case "office_due":
            if over:
                return f"市局办公室期限提醒：{case}的“{what}”期限 {until} 已过，请立即办理。"
            return f"市局办公室期限提醒：{case}的“{what}”须在 {until} 前办理。"
        case "office_late":
            return f"市局办公室逾期：{case}的“{what}”期限 {until} 已过，尚未办理，请督促立即办理。"
        case "first_report_due":
            return f"首次报告提醒：{case}危及生命，请在 {until} 前作首次报告（阶段性反馈或登记办理措施）。"
        case "first_report_missed":
            return f"未按期首次报告：{case}危及生命，至 {until} 没有首次报告，请立即核实并报告。"
        case "sign_for_due_soon":
            if over:
                return f"签收提醒：{case}的签收期限 {until} 已过，请立即签收并安排办理。"
            return f"签收提醒：{case}须在 {until} 前签收，逾期视为签收。"
        case "due_tomorrow" | "due_today":
            if over:
                return f"期限提醒：{case}的反馈期限 {until} 已过，请立即反馈由主要负责人签字的办理结果。"
            return f"期限提醒：{case}的反馈期限为 {until}，请按期反馈由主要负责人签字的办理结果。"
        case "not_signed_for":
            return f"催办：{case}到期未签收，已视为签收，请立即安排办理。"
        case "overdue":
            return f"未按期办结：{case}反馈期限已过，未收到主要负责人签字的办理结果，由办公室提级核查。"
        case "idle_after_acceptance":
            return f"接而不办：{case}到期没有附证据的实质性办理记录，由办公室提级核查。"
        case "false_closure":
            return f"虚假办结：{case}的办结情况经核实存疑，由办公室提级核查，请配合。"
        case "reply_asked":
            return f"申辩：{case}涉嫌虚假办结，请在 {until} 前书面说明并附证据，逾期不影响核查。"
        case "verification_assigned":
            return f"提级核查：{case}由你单位核查，请在 {until} 前作出属实或不属实的结论。"
        case "verification_due_tomorrow":
            if over:
                return f"提级核查提醒：{case}的核查期限 {until} 已过，请立即作出结论。"
            return f"提级核查提醒：{case}的核查期限为 {until}，请按期作出结论。"
        case "escalation_found":
            return f"提级核查属实：{case}须重新办理，请在 {until} 前反馈由主要负责人签字的办理结果。"
        case "escalation_cleared":
            if due:
                return f"提级核查不属实：{case}继续办理，反馈期限为 {until}。"
            return f"提级核查不属实：{case}不再另行办理。"
        case "overdue_excused":
            after = f"继续办理，反馈期限为 {until}。" if due else "不再另行办理。"
            return f"提级核查：{case}逾期属实，有正当理由，不予追责，{after}"
        case "escalation_lapsed":
            return f"提级核查失效：{case}的交办书已同意退回，不再核查。"
        case "key_supervision_started":
            return f"重点督导：{case}由你组重点督导，请在 {until} 前复查。"
        case "recheck_due_tomorrow":
            if over:
                return f"重点督导提醒：{case}的复查期限 {until} 已过，请立即复查并作出结论。"
            return f"重点督导提醒：{case}的复查期限为 {until}，请按期复查并作出结论。"
        case "correction_owed":
            return f"更正：{case}已公开的内容经查明不实，须在 {until} 前在各渠道更正，更正稿已拟好，请主任签发。"
        case "correction_due_today":
            return f"更正提醒：{case}已公开的内容须在 {until} 前在各渠道更正，请签发并登记各渠道凭据。"
        case "correction_overdue":
            return f"更正逾期：{case}已公开的不实内容至 {until} 仍未在各渠道更正，请立即更正。"


def in_words(due: datetime, zone: ZoneInfo) -> str:
    """`2022年2月9日24:00`: the end of a day is written as its 24:00."""
    local = due.astimezone(zone)
    if local.time() == time():
        day = local.date() - timedelta(days=1)
        return f"{day.year}年{day.month}月{day.day}日24:00"
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"
