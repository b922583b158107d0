"""The days of a due date as the grid that `due_card.html` unfolds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from shared.kernel.campaign.due import DueDate
from shared.kernel.campaign.explain import why_words
from shared.platform.dates import WEEKDAY_LETTERS, Locale
from shared.platform.web.words import local_day, translate

_SHORT = {"weekend": "休", "make_up_workday": "调休班"}


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the grid; `label` is the short word under the number."""

    date: date
    counted: bool
    why: str
    label: str


def day_cells(due: DueDate, start: datetime | None, today: date, locale: Locale = "zh") -> list[DayCell]:
    """Every day that was counted or skipped, after the day of the start (if there was one)."""
    if not due.days:
        return []
    cells = []
    if start is not None and local_day(start) < due.days[0].date:
        cells.append(DayCell(local_day(start), False, "start", translate(locale, "起算")))
    for line in due.days:
        label = translate(locale, _SHORT.get(line.why, "")) or why_words(line.why, locale)
        if line.why == "workday":
            label = WEEKDAY_LETTERS[locale][line.date.weekday()]
        if line.date == today:
            label = translate(locale, "今天")
        if line.date == due.last_day:
            label = translate(locale, "期限")
        cells.append(DayCell(line.date, line.counted, line.why, label))
    return cells
