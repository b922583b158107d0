"""How a case reads on a page: the timeline's sentences, the days of a deadline, what may be done and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.cases.domain import events
from services.cases.domain.authority import AUTHORITY, why_not
from services.cases.domain.case import Case
from services.cases.domain.loop import TRIGGER_NAMES
from services.cases.domain.values import Deadline
from shared.campaign import Campaign, UnknownCode
from shared.campaign.definition import CITY
from shared.campaign.explain import why_words
from shared.event_store.envelope import Actor
from shared.web.roles import ROLE_NAMES
from shared.web.session import Viewer
from shared.web.sight import home_unit

SHORT_DAYS = {"workday": "", "weekend": "休", "make_up_workday": "调休班"}
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the timeline. `kind` is remark, alarm or empty."""

    version: int
    at: datetime
    title: str
    text: str
    kind: str
    rule: str | None
    sequence: int
    sha256: str
    stored: str


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of a deadline's grid; `label` is the short word under the number."""

    date: date
    counted: bool
    why: str
    label: str


def allowed_commands(case: Case, viewer: Viewer, campaign: Campaign) -> dict[str, Any]:
    """Every command of the viewer's role: whether it may be given now, and if not why."""
    unit = home_unit(campaign, viewer.unit)
    actor = Actor(viewer.id, viewer.role, unit)
    found = {}
    for command, permission in AUTHORITY.items():
        if viewer.role in permission.roles:
            why = why_not(command, actor, case.state, case.unit, case.group)
            found[command] = {"name": permission.name, "allowed": why is None, "why": why}
    return found


def unit_name(campaign: Campaign, code: str) -> str:
    """The name of a unit on the screen."""
    try:
        unit = campaign.unit(code)
    except UnknownCode:
        return code
    return getattr(unit, "bureau", None) or unit.zh


def person_name(campaign: Campaign, person: str) -> str:
    """A person's name and, before it, the unit; an unknown identifier as it is."""
    try:
        found = campaign.person(person)
    except UnknownCode:
        return person
    return f"{unit_name(campaign, found.unit)} {found.name}"


def actor_name(campaign: Campaign, actor: Actor) -> str:
    """Who acted: a person by name, a program by its role and unit, a rule as the system."""
    if actor.role == "system":
        return "系统"
    name = person_name(campaign, actor.id)
    if name != actor.id:
        return name
    unit = "" if actor.unit == CITY else f"{unit_name(campaign, actor.unit)} "
    return f"{unit}{ROLE_NAMES[actor.role]}（接口）"


def day_cells(deadline: Deadline, today: date) -> list[DayCell]:
    """The grid of a deadline: from the day of the start to the due day."""
    first = deadline.start.date()
    cells = [DayCell(first, False, "start", "起算")] if deadline.days and first < deadline.days[0].date else []
    for line in deadline.days:
        last = line is deadline.days[-1]
        label = SHORT_DAYS.get(line.why, why_words(line.why))
        if not label:
            label = WEEKDAYS[line.date.weekday()]
        if line.date == today:
            label = "今天"
        if last:
            label = "期限"
        cells.append(DayCell(line.date, line.counted, line.why, label))
    return cells


def sentence(event: Any, campaign: Campaign) -> tuple[str, str, str]:
    """(title, text, kind) of one event of a case."""
    by = actor_name(campaign, event.envelope.actor)
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
        case events.HandlerAssigned():
            return "指定承办人", f"承办人：{person_name(campaign, event.officer)}。", ""
        case events.HandlingStepRecorded():
            step = campaign.taxonomy("handling_steps").term(event.step).zh
            return step, f"{event.text.rstrip('。')}。证据：{'、'.join(event.evidence)}。——{by}", ""
        case events.RemarkAdded():
            return "备注", f"“{event.text}”——{by}。备注不计入实质性办理。", "remark"
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
        case events.EscalationRaised():
            return f"提级核查：{TRIGGER_NAMES[event.trigger]}", _missed(event), "alarm"
    raise LookupError(f"no sentence for {type(event).__name__}")


def _missed(event: events.EscalationRaised) -> str:
    last = event.missed.due_date.last_day
    if event.trigger == "overdue":
        return f"反馈期限 {last.month}月{last.day}日 24:00 已过，未收到主要负责人签字的办理结果。由办公室提级核查。"
    return f"至 {last.month}月{last.day}日 24:00 没有附证据的实质性办理记录，备注不计。由办公室提级核查。"
