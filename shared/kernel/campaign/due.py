"""Due dates that explain themselves: every day counted or skipped, and why.

Mechanism: a rule and a start give a *recipe* (`recipes`), `reckon` follows it over a `WorkingCalendar` and returns
a `DueDate` with one line per day.

Counting (Civil Code art. 200-203): the day of the event is not counted, the day after is day 1, the last day ends at
24:00; hours run on from the instant. Due instants are exclusive inside and printed as the last second of their day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from msgspec import Struct

from shared.kernel.campaign.calendar import ONE_DAY, WorkingCalendar
from shared.kernel.campaign.errors import NaiveInstant
from shared.kernel.campaign.explain import words
from shared.kernel.campaign.recipes import Count, First, Half, InMonth, OnDay, Recipe, Until
from shared.kernel.campaign.rules import CountUnit, Shift, Window
from shared.platform.dates import Locale

LAST_SECOND = timedelta(seconds=1)


def printed(due: datetime, zone: tzinfo | None = None) -> str:
    """An exclusive due instant as everybody is told it: ISO 8601 with the offset of the zone, or of its own. Midnight
    is the end of the day before, whose last second counts: `2022-02-09T23:59:59+08:00`."""
    local = due.astimezone(zone) if zone is not None else due
    return (local - LAST_SECOND if local.time() == time() else local).isoformat(timespec="seconds")


class DayLine(Struct, frozen=True):
    """One day of the explanation. `why` is a code of `calendar.NAMES` or of `explain.COUNTED`."""

    date: date
    counted: bool
    why: str


@dataclass(frozen=True, slots=True)
class DueDate:
    """When something is due under a rule. `due` is exclusive: at that instant it is late.

    `provisional` says that a day was consulted whose year has no published arrangement. `days` runs without a gap;
    `recipe` is how it was counted, absent in a date read from an event.
    """

    due: datetime
    rule: str
    end_of_day: bool
    provisional: bool
    days: tuple[DayLine, ...]
    recipe: Recipe | None = field(default=None, compare=False, repr=False)

    @property
    def printed(self) -> str:
        """As everybody is told it: see `printed`."""
        return printed(self.due)

    @property
    def last_day(self) -> date:
        """The day on whose end, or inside which, it falls due; hours that end at midnight end with the day before."""
        return (self.due - timedelta.resolution).date()

    @property
    def counted(self) -> int:
        return sum(line.counted for line in self.days)

    def is_over(self, now: datetime) -> bool:
        return now >= self.due

    def words(self, locale: Locale = "zh") -> str:
        """The explanation as one sentence."""
        return words(self, locale)

    def as_json(self) -> dict[str, Any]:
        """The shape that scripts read (`bihuan due --json`)."""
        days = [{"date": line.date.isoformat(), "counted": line.counted, "why": line.why} for line in self.days]
        return {"due": self.printed, "rule": self.rule, "provisional": self.provisional, "days": days}


def due(rule: Window, start: datetime | DueDate, calendar: WorkingCalendar, circumstance: str | None = None) -> DueDate:
    """When a window that starts at an aware instant ends, under a circumstance (`major`, `danger`, …) if any.

    Started from another due date (an extension), it counts on from that date's last day.
    """
    return reckon(rule.code, count_of(rule, _instant(start, calendar), circumstance), calendar)


def due_by(rule: str, start: datetime, last: date, calendar: WorkingCalendar) -> DueDate:
    """A date that a person has set, explained by the working days up to it; `last` may be no working day."""
    return reckon(rule, Until(_instant(start, calendar), last), calendar)


def count_of(rule: Window, start: datetime, circumstance: str | None = None) -> Count:
    """The recipe of a window under a circumstance."""
    window = rule.under(circumstance)
    return Count(start, window.count, window.unit, window.end, window.shift)


def reckon(rule: str, recipe: Recipe, calendar: WorkingCalendar) -> DueDate:
    """Follows a recipe over a calendar."""
    if isinstance(recipe, First):
        return replace(min((reckon(rule, each, calendar) for each in recipe.of), key=lambda d: d.due), recipe=recipe)
    if isinstance(recipe, Half):
        whole = reckon(rule, recipe.of, calendar).counted
        half = Count(recipe.of.start, max(1, (whole + 1) // 2), "working_days")
        return replace(reckon(rule, half, calendar), recipe=recipe)
    if isinstance(recipe, Count) and recipe.unit == "hours":
        end = recipe.start + timedelta(hours=recipe.count)
        dates = _every_day(recipe.start.date(), (end - timedelta.resolution).date())
        return DueDate(end, rule, False, False, tuple(DayLine(day, True, "elapsed") for day in dates), recipe)
    if isinstance(recipe, Count):
        lines = _counted_days(recipe.start.date(), recipe.count, recipe.unit, recipe.shift, calendar)
        offset = ONE_DAY if recipe.end == "end_of_day" else _time_of(recipe.start)
    elif isinstance(recipe, Until):
        lines, offset = _days_until(recipe.start.date(), recipe.last, calendar), ONE_DAY
    elif isinstance(recipe, OnDay):
        lines, offset = _shifted_day(recipe, calendar), recipe.offset
    else:
        lines, offset = _day_in_month(recipe, calendar), recipe.offset
    last = _deciding_day(recipe, lines)
    instant = datetime.combine(last, time(), calendar.zone) + offset
    asked = [line.date for line in lines if line.why not in ("fixed_date", "last_day")]
    if isinstance(recipe, Count) and recipe.unit == "calendar_days":
        asked = [] if recipe.shift == "none" else asked[recipe.count - 1 :]
    provisional = not all(calendar.is_published(day) for day in asked)
    return DueDate(instant, rule, offset == ONE_DAY, provisional, lines, recipe)


def _deciding_day(recipe: Recipe, lines: tuple[DayLine, ...]) -> date:
    if isinstance(recipe, InMonth | OnDay):
        return next(line.date for line in reversed(lines) if line.counted)
    return lines[-1].date


# Under load thousands of letters a second start on the same few days: the lines of a window are shared.
@lru_cache(maxsize=512)
def _counted_days(
    start: date, count: int, unit: CountUnit, shift: Shift, calendar: WorkingCalendar
) -> tuple[DayLine, ...]:
    lines: list[DayLine] = []
    left, day = count, start
    while left:
        day += ONE_DAY
        kind = calendar.day(day)
        counts = unit == "calendar_days" or kind.working
        lines.append(DayLine(day, counts, "calendar_day" if unit == "calendar_days" else kind.why))
        left -= counts
    while shift == "next" and not calendar.is_working(day):
        day += ONE_DAY
        kind = calendar.day(day)
        lines.append(DayLine(day, False, "moved_here" if kind.working else kind.why))
    return tuple(lines)


@lru_cache(maxsize=512)
def _days_until(start: date, last: date, calendar: WorkingCalendar) -> tuple[DayLine, ...]:
    if last <= start:
        return (DayLine(last, True, "fixed_date"),)
    kinds = ((day, calendar.day(day)) for day in _every_day(start + ONE_DAY, last))
    return tuple(DayLine(day, kind.working, kind.why) for day, kind in kinds)


def _shifted_day(recipe: OnDay, calendar: WorkingCalendar) -> tuple[DayLine, ...]:
    if recipe.shift == "none":
        return (DayLine(recipe.day, True, "fixed_date"),)
    if calendar.is_working(recipe.day):
        return (DayLine(recipe.day, True, "regular_day"),)
    forward = recipe.shift == "next"
    target = calendar.next_working(recipe.day) if forward else calendar.previous_working(recipe.day)
    first, last = min(recipe.day, target), max(recipe.day, target)
    return tuple(
        DayLine(day, day == target, "moved_here" if day == target else calendar.day(day).why)
        for day in _every_day(first, last)
    )


def _day_in_month(recipe: InMonth, calendar: WorkingCalendar) -> tuple[DayLine, ...]:
    following = date(recipe.year + recipe.month // 12, recipe.month % 12 + 1, 1)
    end = following - ONE_DAY
    if recipe.day == "last_day":
        return (DayLine(end, True, "last_day"),)
    if recipe.day == "last_working_day":
        last = calendar.last_working_day(recipe.year, recipe.month)
        off = [DayLine(day, False, calendar.day(day).why) for day in _every_day(last + ONE_DAY, end)]
        return (DayLine(last, True, "last_working_day"), *off)
    return _counted_days(end, recipe.nth, "working_days", "none", calendar)


def _instant(start: datetime | DueDate, calendar: WorkingCalendar) -> datetime:
    if isinstance(start, DueDate):
        return datetime.combine(start.last_day, time(), calendar.zone)
    if start.tzinfo is None:
        raise NaiveInstant(start)
    return start.astimezone(calendar.zone)


def _time_of(instant: datetime) -> timedelta:
    return instant - datetime.combine(instant.date(), time(), instant.tzinfo)


def _every_day(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY
