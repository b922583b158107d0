"""A date of the campaign office itself, and to whom it is raised once it is missed: whoever assesses is assessed.

A clock runs from an event to its date under the rule of its name. Missed, it is raised to the office's director, and,
not done by the end of a second window (`raised_further`), to the task force: each once for one run of the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Self, TypedDict, get_args

from msgspec import Struct
from msgspec.structs import replace

from shared.kernel.campaign.deadline import Deadline
from shared.kernel.campaign.definition import Campaign
from shared.kernel.campaign.schedule import due_under
from shared.kernel.clocks import RaisedTo

LEVELS: tuple[RaisedTo, ...] = get_args(RaisedTo)
FURTHER = "raised_further"


class Missed(TypedDict):
    """What every service stores of a clock that the office missed. `due` is exclusive; `further`: when it is raised to
    the next, if to anybody."""

    clock: str
    due: datetime
    owner_role: str
    raised_to: RaisedTo
    further: datetime | None


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

    def missed_at(self, at: datetime, owner_role: str, further: datetime) -> Missed | None:
        """What the event says that raises it at this instant; None where it is to be raised to nobody now. `further`:
        when it would be raised to the next."""
        if self.call is None or self.call > at:
            return None
        return Missed(
            clock=self.clock, due=self.due, owner_role=owner_role, raised_to=LEVELS[self.raised],
            further=further if self.raised + 1 < len(LEVELS) else None,
        )  # fmt: skip

    def raised_once_more(self, further: datetime | None) -> Self:
        return replace(self, raised=self.raised + 1, further=further)


class DoneDate(Struct, frozen=True):
    """A clock of the office that was done, before its date (`due`, exclusive) or after it, by the event of this
    `version` of its stream. `n` as in the event that misses it."""

    clock: str
    due: datetime
    done_at: datetime
    version: int
    n: int | None = None

    @property
    def late(self) -> bool:
        """Whether its date was over."""
        return self.due <= self.done_at


def done_by(recorded: Iterable[tuple[Any, object]], dates: Iterable[DoneDate]) -> Iterator[tuple[Any, DoneDate]]:
    """The clocks that these stored events did, each with its event. What the system does by itself in time is nobody's
    merit, and is left out."""
    done = {date.version: date for date in dates}
    for event, _ in recorded:
        date = done.get(event.originator_version)
        if date is not None and (date.late or event.envelope.actor.role != "system"):
            yield event, date


def the_office_acts_in_time(campaign: Campaign, clock: str, since: datetime) -> Deadline:
    """domain 3.1: the office has clocks of its own, each under the rule of its name."""
    return Deadline.of(due_under(campaign, clock, since), since)


def a_missed_clock_is_raised_further(campaign: Campaign, missed_at: datetime, *, danger: bool) -> datetime:
    """domain 3.1: first to the director and then, from when he was told, after a second window to the task force."""
    return due_under(campaign, FURTHER, missed_at, "danger" if danger else None).due
