"""A due date as events keep it: never counted again, with everything that explains it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from msgspec import Struct

from shared.kernel.campaign.due import DayLine, DueDate, printed


class Explained(Struct, frozen=True):
    """A due instant (exclusive) under a rule of the campaign, and each day counted or skipped, as it was when it was
    set."""

    due: datetime
    rule: str
    end_of_day: bool
    provisional: bool
    days: tuple[DayLine, ...]

    @property
    def printed(self) -> str:
        """As everybody is told it: see `due.printed`."""
        return printed(self.due)

    @property
    def due_date(self) -> DueDate:
        """The same, able to say itself in words."""
        return DueDate(self.due, self.rule, self.end_of_day, self.provisional, self.days)


class FixedDeadline(Explained, frozen=True):
    """One that the calendar sets: a filing's."""

    @classmethod
    def of(cls, due: DueDate) -> Self:
        return cls(due.due, due.rule, due.end_of_day, due.provisional, due.days)


class Deadline(Explained, frozen=True):
    """One that runs from an instant (`start`), under a circumstance if any: a letter's, a verification's."""

    start: datetime
    circumstance: str | None = None

    @classmethod
    def of(cls, due: DueDate, start: datetime, circumstance: str | None = None) -> Self:
        return cls(due.due, due.rule, due.end_of_day, due.provisional, due.days, start, circumstance)
