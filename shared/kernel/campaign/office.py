"""A date of the campaign office itself, and to whom it is raised once it is missed: whoever assesses is assessed.

A clock runs from an event to its date under the rule of its name. Missed, it is raised to the office's director, and,
not done by the end of a second window (`raised_further`), to the task force: each once for one run of the clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self, get_args

from msgspec import Struct
from msgspec.structs import replace

from shared.kernel.campaign.deadline import Deadline
from shared.kernel.campaign.definition import Campaign
from shared.kernel.campaign.schedule import due_under
from shared.kernel.clocks import RaisedTo

LEVELS: tuple[RaisedTo, ...] = get_args(RaisedTo)
FURTHER = "raised_further"


class OfficeDate(Struct, frozen=True):
    """A clock of the office that runs until `due` (exclusive). `raised`: to how many of `LEVELS` it was; `further`:
    when it is raised to the next."""

    clock: str
    due: datetime
    raised: int = 0
    further: datetime | None = None

    @property
    def call(self) -> datetime | None:
        """When time next does something about it."""
        return self.due if not self.raised else self.further

    def missed_at(self, at: datetime) -> RaisedTo | None:
        """To whom it is to be raised at this instant, if to anybody."""
        return LEVELS[self.raised] if self.call is not None and self.call <= at else None

    def raised_once_more(self, further: datetime | None) -> Self:
        return replace(self, raised=self.raised + 1, further=further if self.raised + 1 < len(LEVELS) else None)


class LateDate(Struct, frozen=True):
    """A clock of the office that was done after its date (`due`, exclusive)."""

    clock: str
    due: datetime
    done_at: datetime


def the_office_acts_in_time(campaign: Campaign, clock: str, since: datetime) -> Deadline:
    """domain 3.1: the office has clocks of its own, each under the rule of its name."""
    return Deadline.of(due_under(campaign, clock, since), since)


def a_missed_clock_is_raised_further(campaign: Campaign, missed_at: datetime, *, danger: bool) -> datetime:
    """domain 3.1: first to the director and then, from when he was told, after a second window to the task force."""
    return due_under(campaign, FURTHER, missed_at, "danger" if danger else None).due
