"""Due dates by the name of a rule, and the calendar of filings: which papers fall due when, and the reporting weeks.

A window is counted from the instant given; a filing has its own instants, of which the next one is taken. All of it
comes from the campaign; no weekday, hour or count is written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count

from shared.kernel.campaign.base import offset_of
from shared.kernel.campaign.calendar import ONE_DAY, WorkingCalendar
from shared.kernel.campaign.definition import Campaign
from shared.kernel.campaign.due import DueDate, count_of, due, reckon
from shared.kernel.campaign.errors import NaiveInstant
from shared.kernel.campaign.recipes import First, Half, InMonth, OnDay, Until
from shared.kernel.campaign.rules import WEEKDAYS, Earliest, Filing, Monthly, Weekly, When, Window


@dataclass(frozen=True, slots=True)
class Week:
    """One reporting week: a half-open pair of instants and the date on which its return is due."""

    number: int
    start: datetime
    end: datetime
    due: DueDate


def due_under(campaign: Campaign, rule: str, at: datetime, circumstance: str | None = None) -> DueDate:
    """The due date of any rule by name: a window from `at`, the earliest of several all started at `at`, or the first
    occurrence of a filing after `at` (a filing with one fixed date always gives that date).

    Raises `UnknownCode` for a rule or circumstance that the campaign does not know, `NaiveInstant` without an offset.
    """
    found = campaign.rule(rule)
    if circumstance is not None:
        campaign.taxonomy("circumstances").term(circumstance)
    if isinstance(found, Window):
        # Every command asks: windows that end with a day are the same for all starts on one day.
        asked = (rule, circumstance, _aware(at, campaign.calendar).toordinal())
        known = campaign.counted.get(asked)
        if known is None:
            known = due(found, at, campaign.calendar, circumstance)
            if known.end_of_day:
                campaign.counted[asked] = known
        return known
    if isinstance(found, Earliest):
        whole = due(campaign.window(found.half_of), at, campaign.calendar, circumstance)
        return due_earliest(campaign, rule, at, whole.last_day, circumstance)
    return filing_due(campaign, rule, at)


def due_earliest(
    campaign: Campaign, rule: str, at: datetime, last_day: date, circumstance: str | None = None
) -> DueDate:
    """Whichever ends first: the rule's windows from an instant, or half of what is left then of the window that it
    halves (`last_day`: of one letter). At least one working day is left."""
    start = _aware(at, campaign.calendar)
    windows = [count_of(campaign.window(name), start, circumstance) for name in campaign.earliest_of(rule).windows]
    return reckon(rule, First((*windows, Half(Until(start, last_day)))), campaign.calendar)


def filing_due(campaign: Campaign, name: str, at: datetime) -> DueDate:
    """The next due date of a filing strictly after an instant; the only one, if it has but one."""
    calendar = campaign.calendar
    at = _aware(at, calendar)
    when = _when(campaign, campaign.filing(name))
    # A shift moves a date by a holiday week at most, so three weeks back no occurrence can still be ahead.
    dates = _occurrences(when, name, at.date() - timedelta(weeks=3), calendar)
    return next(dates) if when.fixed else next(each for each in dates if each.due > at)


def filing_dues(campaign: Campaign, name: str) -> tuple[DueDate, ...]:
    """Every due date of a filing in the campaign, in order: weekly ones whose nominal day, monthly ones of which a day
    lies inside the period, whatever shift then moves them to."""
    calendar = campaign.calendar
    when = _when(campaign, campaign.filing(name))
    if when.fixed:
        return (next(_occurrences(when, name, campaign.period.start, calendar)),)
    found: list[DueDate] = []
    for each in _occurrences(when, name, campaign.period.start, calendar):
        recipe = each.recipe
        nominal = recipe.day if isinstance(recipe, OnDay) else None
        if isinstance(recipe, InMonth):
            nominal = max(date(recipe.year, recipe.month, 1), campaign.period.start)
        if nominal is None or nominal > campaign.period.end:
            return tuple(found)
        found.append(each)
    return tuple(found)


def reporting_weeks(campaign: Campaign, name: str) -> tuple[Week, ...]:
    """The weeks that a weekly filing reports: from one nominal instant to the next (Friday 15:00 to Friday 15:00), the
    first from the start of the period. A shift moves the due date, never the week. The days after the last nominal
    instant of the period belong to the summary."""
    calendar = campaign.calendar
    weeks: list[Week] = []
    start = datetime.combine(campaign.period.start, time(), calendar.zone)
    for number, each in enumerate(filing_dues(campaign, name), 1):
        if not isinstance(each.recipe, OnDay):
            raise NotWeekly(name)
        end = datetime.combine(each.recipe.day, time(), calendar.zone) + each.recipe.offset
        weeks.append(Week(number, start, end, each))
        start = end
    return tuple(weeks)


class NotWeekly(ValueError):
    """Weeks were asked of a filing that is not weekly."""

    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}”不是每周报送的事项；请改用 when 写有 weekly 的报送事项")


def _when(campaign: Campaign, filing: Filing) -> When:
    other = filing.when.along_with
    return campaign.filing(other).when if other else filing.when


def _occurrences(when: When, name: str, since: date, calendar: WorkingCalendar) -> Iterator[DueDate]:
    """The due dates from a day on, without end for weekly and monthly ones."""
    if when.fixed:
        yield reckon(name, OnDay(when.fixed.day, offset_of(when.fixed.time)), calendar)
    elif when.weekly:
        yield from _weekly(when.weekly, name, since, calendar)
    elif when.monthly:
        yield from _monthly(when.monthly, name, since, calendar)


def _weekly(weekly: Weekly, name: str, since: date, calendar: WorkingCalendar) -> Iterator[DueDate]:
    first = since + ONE_DAY * ((WEEKDAYS.index(weekly.weekday) - since.weekday()) % 7)
    for week in count():
        day = first + timedelta(weeks=week)
        yield reckon(name, OnDay(day, offset_of(weekly.time), weekly.shift), calendar)


def _monthly(monthly: Monthly, name: str, since: date, calendar: WorkingCalendar) -> Iterator[DueDate]:
    for month in count(since.year * 12 + since.month - 1):
        recipe = InMonth(month // 12, month % 12 + 1, monthly.day, offset_of(monthly.time), monthly.nth or 1)
        yield reckon(name, recipe, calendar)


def _aware(instant: datetime, calendar: WorkingCalendar) -> datetime:
    if instant.tzinfo is None:
        raise NaiveInstant(instant)
    return instant.astimezone(calendar.zone)
