"""What to count for a due date: plain values that `due.reckon` follows over a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from shared.kernel.campaign.rules import CountUnit, Shift


@dataclass(frozen=True, slots=True)
class Count:
    """So many units after an instant; `end` is the end of the last day or the same time of day."""

    start: datetime
    count: int
    unit: CountUnit
    end: Literal["end_of_day", "exact"] = "end_of_day"
    shift: Literal["none", "next"] = "none"


@dataclass(frozen=True, slots=True)
class Until:
    """Up to the end of a day that a person has set: the feedback date of one letter, the date of an instruction."""

    start: datetime
    last: date


@dataclass(frozen=True, slots=True)
class Half:
    """Half as many working days as another recipe counts, from the same start; half a day counts as a whole one."""

    of: Count | Until


@dataclass(frozen=True, slots=True)
class First:
    """Whichever of several ends first; the earlier one named wins a tie."""

    of: tuple[Count | Half, ...]


@dataclass(frozen=True, slots=True)
class OnDay:
    """A day of the calendar and an offset into it (24 hours: its end); `shift` moves it when the day is off."""

    day: date
    offset: timedelta
    shift: Shift = "none"


@dataclass(frozen=True, slots=True)
class InMonth:
    """The last working day or the last day of a month, or the n-th working day of the month after (`nth`)."""

    year: int
    month: int
    day: Literal["last_working_day", "last_day", "nth_working_day_after"]
    offset: timedelta
    nth: int = 1


Recipe = Count | Until | Half | First | OnDay | InMonth
