"""Where a feed began anew: so that what a restore took away is never taken for what came instead.

A database that is put back to an earlier state forgets events that others were told, and gives their numbers to new
ones. So its feeds have timelines. The first is 1; a later one begins after the last event that is the same in the
database and on the bus, and has a higher number than any before, also than those of the forgotten time. Every event of
it carries both (`timeline`, `timelineafter`), in its reference and its message's id too. The producer's relay begins it
when it finds the bus ahead of the database (see `relay`), `bihuan restore` in any case.

An event belongs to the timeline with the highest number that had begun before its place in the feed; one that says it
belongs to another was abandoned. A reader that took in what was abandoned turns back: see `turning_back`.

Limits: a database that was put back by hand, while the bus was lost as well, is not recognised: `bihuan restore` is.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

FIRST = 1
SUBJECT = "timeline"
"""The last token of the subject of an announcement; those of events are two: the partition and the name."""


class Timelines:
    """The timelines of one feed: number → after which sequence it began."""

    def __init__(self, begun: Iterable[tuple[int, int]] = ()) -> None:
        self._begun = dict(sorted(begun))

    @property
    def latest(self) -> tuple[int, int]:
        """The number of the one that lasts, and after which sequence it began."""
        return next(reversed(self._begun.items()), (FIRST, 0))

    def of(self, sequence: int) -> tuple[int, int]:
        """The number of the one to which the event of this sequence belongs, and after which sequence it began."""
        for number, after in reversed(self._begun.items()):
            if after < sequence:
                return number, after
        return FIRST, 0

    def hold(self, sequence: int, number: int) -> bool:
        """Whether an event of this sequence that says it is of this timeline was not abandoned."""
        return self.of(sequence)[0] == number

    def with_one(self, number: int, after: int) -> Timelines:
        """These, and one more."""
        return Timelines([*self._begun.items(), (number, after)])


def reference(producer: str, sequence: int, number: int) -> str:
    """How an event is referred to as a cause, for ever: `intake:17`, of a later timeline `intake@2:17`."""
    return f"{producer}:{sequence}" if number == FIRST else f"{producer}@{number}:{sequence}"


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """What a relay tells its readers about the timeline that lasts, because no event of it may come for long."""

    timeline: int
    timelineafter: int


def announcement(number: int, after: int) -> bytes:
    """The message's body."""
    return msgspec.json.encode(Announcement(timeline=number, timelineafter=after))


def announced(body: bytes) -> Announcement:
    """Raises msgspec.MsgspecError if it is none."""
    return msgspec.json.decode(body, type=Announcement)
