"""How a case reads on a page: names, the days of a deadline, what may be done and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.cases.domain.values import Deadline
from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.campaign.bodies import County
from shared.kernel.campaign.definition import CITY
from shared.kernel.campaign.explain import why_words
from shared.kernel.roles import ROLE_NAMES
from shared.platform.event_store.envelope import Actor
from shared.platform.web.words import Locale

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


def unit_name(campaign: Campaign, code: str, locale: Locale = "zh") -> str:
    """The name of a unit on the screen."""
    try:
        unit = campaign.unit(code)
    except UnknownCode:
        return code
    if isinstance(unit, County):
        return unit.bureau if locale == "zh" else unit.bureau_en
    return unit.name(locale)


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
