"""A due date in words: how it was counted, and how much time is left. Chinese and English.

Everything is read from the days of the date alone, so a date taken from an old event explains itself without the
campaign or the calendar of that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from shared.kernel.campaign.calendar import NAMES, ONE_DAY
from shared.platform import dates
from shared.platform.dates import Locale

if TYPE_CHECKING:
    from shared.kernel.campaign.due import DayLine, DueDate

COUNTED: Mapping[str, tuple[str, str]] = {
    "calendar_day": ("自然日", "calendar day"),
    "elapsed": ("按小时连续计算", "hours run on"),
    "fixed_date": ("定日", "fixed day"),
    "last_day": ("当月最后一日", "last day of the month"),
    "last_working_day": ("当月最后一个工作日", "last working day of the month"),
    "regular_day": ("规定报送日", "regular day"),
    "moved_here": ("当日休息，移至此日", "moved here from a day off"),
}
"""Reasons of a line that are no kind of day; the kinds of day are `calendar.NAMES`."""

_WORKED = ("workday", "make_up_workday")


def why_words(why: str, locale: Locale = "zh") -> str:
    """The reason of one line in words; a code of a later version of this table stays as it is."""
    zh, en = NAMES.get(why) or COUNTED.get(why) or (why, why)
    return zh if locale == "zh" else en


def words(due: DueDate, locale: Locale = "zh") -> str:
    """How the date was counted, as one sentence without a full stop."""
    zh = locale == "zh"
    counted = [line for line in due.days if line.counted]
    kinds = {line.why for line in counted}
    at = _moment(due, zh)
    if "elapsed" in kinds:
        said = f"自起算时刻起按小时连续计算，至 {at}" if zh else f"hours run on from the start, until {at}"
    elif "calendar_day" in kinds:
        stays = due.last_day == counted[-1].date
        nth = at if stays else _day(counted[-1].date, zh, with_year=True)
        said = f"第 {len(counted)} 日为 {nth}；按自然日计，节假日不扣除"
        if not zh:
            said = f"calendar day {len(counted)} is {nth}; days off are counted too"
        if not stays:
            said += f"；末日休息，顺延至 {at}" if zh else f"; the last day is off, moved to {at}"
    elif "moved_here" in kinds:
        said = _moved(due, counted[0], at, zh)
    elif "last_working_day" in kinds:
        said = f"当月最后一个工作日为 {at}" if zh else f"the last working day of the month is {at}"
        if due.last_day.weekday() >= 5:
            said += "（调休上班）" if zh else " (a make-up working day)"
        said += _off_days(due.days, zh)
    elif kinds <= set(_WORKED) and due.days[-1].counted:
        said = f"第 {len(counted)} 个工作日为 {at}" if zh else f"working day {len(counted)} is {at}"
        said += _off_days(due.days, zh) + _made_up(due.days, zh)
    else:
        said = f"定于 {at}" if zh else f"set for {at}"
    if due.provisional:
        last = max(line.date for line in due.days).year
        said += (
            f"；{last} 年节假日安排尚未公布，为暂定日期，公布后重新计算"
            if zh
            else f"; provisional: the arrangement for {last} is not published yet, it will be counted again"
        )
    return said


def remaining(due: DueDate, now: datetime, locale: Locale = "zh") -> str:
    """What is left at an aware instant, today included, or how late it is.

    `还剩 3 个工作日 · 2月9日（周三）24:00 前`; in hours when less than a day is left, in days when no working days were
    counted.
    """
    zh = locale == "zh"
    now = now.astimezone(due.due.tzinfo)
    today = now.date()
    by = _moment(due, zh, with_year=due.last_day.year != today.year)
    if due.is_over(now):
        late = _span(now - due.due, zh)
        return f"已超期 {late} · {by} 截止" if zh else f"{late} overdue · was due {by}"
    tail = f" · {by} 前" if zh else f" · by {by}"
    working = [line for line in due.days if line.counted and line.why in _WORKED and line.date >= today]
    if due.last_day == today and due.end_of_day:
        return ("今天到期" if zh else "due today") + tail
    if due.due - now < ONE_DAY:
        return (f"还剩 {_span(due.due - now, zh)}" if zh else f"{_span(due.due - now, zh)} left") + tail
    if working and due.days[0].date - ONE_DAY <= today:
        left = len(working)
        return (f"还剩 {left} 个工作日" if zh else f"{left} working day{'s' * (left > 1)} left") + tail
    days = (due.last_day - today).days
    return (f"还剩 {days} 天" if zh else f"{days} day{'s' * (days > 1)} left") + tail


def span(time: timedelta, locale: Locale = "zh") -> str:
    """So much time in words, in its greatest unit: days, hours, minutes. The rest does not matter to who reads it."""
    return _span(time, locale == "zh")


def _span(time: timedelta, zh: bool) -> str:
    days, rest = time.days, time.seconds
    if days:
        return f"{days} 天" if zh else f"{days} day{'s' * (days > 1)}"
    hours, minutes = rest // 3600, rest // 60
    if hours:
        return f"{hours} 小时" if zh else f"{hours} hour{'s' * (hours > 1)}"
    if minutes:
        return f"{minutes} 分钟" if zh else f"{minutes} minute{'s' * (minutes > 1)}"
    return "不足 1 分钟" if zh else "less than a minute"


def _moved(due: DueDate, target: DayLine, at: str, zh: bool) -> str:
    later = target is due.days[-1]
    off = due.days[0] if later else due.days[-1]
    name = why_words(off.why, "zh" if zh else "en")
    if zh:
        return f"{_day(off.date, zh)}{name}，{'顺延' if later else '提前'}至 {at}"
    return f"{_day(off.date, zh)} is off ({name}), moved {'on' if later else 'back'} to {at}"


def _off_days(days: Iterable[DayLine], zh: bool) -> str:
    off = [line for line in days if not line.counted]
    if not off:
        return ""
    parts = [] if all(line.why != "weekend" for line in off) else ["周末" if zh else "weekends"]
    festivals = [line for line in off if line.why != "weekend"]
    for (why, _), run in groupby(enumerate(festivals), lambda at: (at[1].why, at[1].date.toordinal() - at[0])):
        name = why_words(why, "zh" if zh else "en")
        span = _dates([line.date for _, line in run], zh)
        parts.append(f"{span}{name}" if zh else f"{span} ({name})")
    return f"；{'、'.join(parts)}不计" if zh else f"; not counted: {', '.join(parts)}"


def _made_up(days: Iterable[DayLine], zh: bool) -> str:
    made_up = [line.date for line in days if line.counted and line.why == "make_up_workday"]
    if not made_up:
        return ""
    if not zh:
        return f"; make-up working days counted: {', '.join(_short(day, zh) for day in made_up)}"
    said = [_short(made_up[0], zh)]
    for before, day in pairwise(made_up):
        said.append(f"{day.day}日" if day.month == before.month else _short(day, zh))
    return f"；{'、'.join(said)}调休上班计入"


def _dates(days: list[date], zh: bool) -> str:
    first, last = days[0], days[-1]
    if first == last:
        return _short(first, zh)
    if zh:
        return f"{_short(first, zh)}至{'' if first.month == last.month else f'{last.month}月'}{last.day}日"
    return f"{_short(first, zh)}–{_short(last, zh)}"


def _short(day: date, zh: bool) -> str:
    return dates.day_in_words(day, "zh" if zh else "en", year=False)


def _day(day: date, zh: bool, with_year: bool = False) -> str:
    return dates.day_in_words(day, "zh" if zh else "en", year=with_year, weekday=True)


def _moment(due: DueDate, zh: bool, with_year: bool = True) -> str:
    clock = due.due.strftime("%H:%M") if due.last_day == due.due.date() else "24:00"
    return f"{_day(due.last_day, zh, with_year)}{'' if zh else ' '}{clock}"
