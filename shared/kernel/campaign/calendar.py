"""Which day is a working day in mainland China, and why: the State Council's yearly arrangement with make-up weekends.

Mechanism: `holidays` knows the statutory days, the days off in exchange and the weekends worked for them. A run of
days off that holds a festival carries its name as a whole, because the arrangement announces it as a whole
(1月31日至2月6日).
A campaign may add arrangements that the library does not know yet (`Arrangement`); they win over the library.

Limits: beyond the last published year `holidays` goes on silently with the statutory days alone, so every day there is
reported as not published (`is_published`) and a date computed over it is provisional. An arrangement may also reach
back into the last days of the year before (31 December 2005, 29 December 2018 were worked for the New Year after), so
open dates are to be recounted whenever an arrangement appears, not only provisional ones.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Literal, Self
from zoneinfo import ZoneInfo

from shared.kernel.campaign.base import NonEmpty, Piece

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_YEAR = 2004

Why = Literal[
    "workday",
    "make_up_workday",
    "weekend",
    "new_year",
    "lunar_new_year_eve",
    "spring_festival",
    "qingming",
    "labour_day",
    "dragon_boat",
    "mid_autumn",
    "national_day",
    "victory_day",
    "extra_day_off",
]

NAMES: Mapping[str, tuple[str, str]] = {
    "workday": ("工作日", "working day"),
    "make_up_workday": ("调休上班", "make-up working day"),
    "weekend": ("周末", "weekend"),
    "new_year": ("元旦", "New Year"),
    "lunar_new_year_eve": ("除夕", "Lunar New Year's Eve"),
    "spring_festival": ("春节", "Spring Festival"),
    "qingming": ("清明节", "Qingming"),
    "labour_day": ("劳动节", "Labour Day"),
    "dragon_boat": ("端午节", "Dragon Boat Festival"),
    "mid_autumn": ("中秋节", "Mid-Autumn Festival"),
    "national_day": ("国庆节", "National Day"),
    "victory_day": ("抗战胜利纪念日", "Victory Day"),
    "extra_day_off": ("临时放假", "extra day off"),
}

# The library's Chinese names; a day named otherwise is a day off in exchange and takes the name of its run.
_FESTIVALS: Mapping[str, Why] = {
    "元旦": "new_year",
    "春节": "spring_festival",
    "农历除夕": "lunar_new_year_eve",
    "清明节": "qingming",
    "劳动节": "labour_day",
    "端午节": "dragon_boat",
    "国庆节": "national_day",
    "中秋节": "mid_autumn",
    "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日": "victory_day",
}
ONE_DAY = timedelta(days=1)


class DayOff(Piece):
    """A first and last day off and the reason that is printed."""

    first: date
    last: date
    why: Why


class Arrangement(Piece):
    """One year's arrangement as the State Council (or, for single days, an authority) publishes it.

    `complete` makes the year count as published; otherwise the days only add to what is known.
    """

    year: int
    source: NonEmpty
    complete: bool = True
    off: tuple[DayOff, ...] = ()
    worked: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class DayKind:
    """One day: whether it is worked, the code of the reason, and the reason's Chinese name."""

    working: bool
    why: Why
    name: str


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """Days off with their reason, worked weekends, and the years whose arrangement is published.

    Everything else is decided by the weekday. Two calendars are told apart by identity, which makes one a cheap key.
    """

    off: Mapping[date, Why]
    worked: frozenset[date]
    published: frozenset[int]
    zone: ZoneInfo = SHANGHAI

    @classmethod
    def state_council(cls, arrangements: Iterable[Arrangement] = (), zone: ZoneInfo = SHANGHAI) -> Self:
        """What the library knows, overridden by the arrangements given, in their order."""
        known_off, known_worked, through = _library_days()
        off, worked, published = dict(known_off), set(known_worked), set(range(FIRST_YEAR, through + 1))
        for arrangement in arrangements:
            if arrangement.complete:
                off = {day: why for day, why in off.items() if day.year != arrangement.year}
                worked = {day for day in worked if day.year != arrangement.year}
                published.add(arrangement.year)
            for run in arrangement.off:
                off |= dict.fromkeys(_days(run.first, run.last), run.why)
            for day in arrangement.worked:
                worked.add(day)
                off.pop(day, None)
        return cls(off, frozenset(worked), frozenset(published), zone)

    def is_published(self, day: date) -> bool:
        return day.year in self.published

    def day(self, day: date) -> DayKind:
        """What kind of day this is; never fails, but see `is_published`."""
        why: Why
        if day in self.off:
            why, working = self.off[day], False
        elif day.weekday() >= 5:
            working = day in self.worked
            why = "make_up_workday" if working else "weekend"
        else:
            why, working = "workday", True
        return DayKind(working, why, NAMES[why][0])

    def is_working(self, day: date) -> bool:
        return self.day(day).working

    def next_working(self, day: date) -> date:
        return next(later for later in _from(day + ONE_DAY, ONE_DAY) if self.is_working(later))

    def previous_working(self, day: date) -> date:
        return next(earlier for earlier in _from(day - ONE_DAY, -ONE_DAY) if self.is_working(earlier))

    def last_working_day(self, year: int, month: int) -> date:
        """The last working day of a month, which may be a Sunday (30 January 2022)."""
        return self.previous_working(date(year + month // 12, month % 12 + 1, 1))


@lru_cache(maxsize=1)
def _library_days() -> tuple[Mapping[date, Why], frozenset[date], int]:
    """Days off with reasons, worked weekends, and the last published year, from `holidays`."""
    china = _china_module()
    # The mapping of exchanged days is the part that is typed in from each year's notice, so its last year is the last
    # published one. Two years more are read for the statutory days of a provisional answer.
    through = max(china.ChinaStaticHolidays.special_public_holidays)
    days = china.China(years=range(FIRST_YEAR, through + 3), language="zh_CN")
    named = {day: _festival(label) for day, label in sorted(days.items())}
    worked = frozenset(days.weekend_workdays)
    off: dict[date, Why] = {}
    for day, why in named.items():
        if why is not None:
            off[day] = why
    for run in _runs(named, worked):
        festivals = [day for day in run if day in off]
        # When Mid-Autumn falls into the week of National Day, the days around it belong to National Day.
        festivals = [day for day in festivals if off[day] == "national_day"] or festivals
        for day in run:
            off.setdefault(day, off[min(festivals, key=lambda festival: abs(festival - day))])
    for day in [day for day, why in off.items() if why == "spring_festival"]:
        if named.get(day) is None and named.get(day + ONE_DAY) == "spring_festival":
            off[day] = "lunar_new_year_eve"
    return off, worked, through


def _festival(label: str) -> Why | None:
    """The reason behind a label such as `中秋节; 国庆节` or `元旦（补假）`, or None for a day off in exchange."""
    for part in label.split("; "):
        for name, why in _FESTIVALS.items():
            if part.startswith(name):
                return why
    return None


def _runs(named: Mapping[date, object], worked: frozenset[date]) -> Iterator[list[date]]:
    """Unbroken runs of days off (festival, exchange, adjoining weekend) that hold at least one festival."""
    seen: set[date] = set()

    def free(day: date) -> bool:
        return day in named or (day.weekday() >= 5 and day not in worked)

    for day in named:
        if day in seen:
            continue
        first = next(d for d in _from(day, -ONE_DAY) if not free(d - ONE_DAY))
        last = next(d for d in _from(day, ONE_DAY) if not free(d + ONE_DAY))
        run = list(_days(first, last))
        seen.update(run)
        yield run


def _china_module() -> ModuleType:
    """`holidays.countries.china` without the 250 other countries that its package imports (8 MiB and 80 ms less)."""
    package = importlib.util.find_spec("holidays")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("缺少 holidays 程序库；请先运行 ./bihuan 安装依赖")
    path = Path(package.origin).parent / "countries" / "china.py"
    spec = importlib.util.spec_from_file_location("_holidays_china", path)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"holidays 程序库里没有中国节假日：{path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _from(day: date, step: timedelta) -> Iterator[date]:
    while True:
        yield day
        day += step


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY
