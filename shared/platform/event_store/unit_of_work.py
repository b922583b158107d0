"""What one group of commands writes, collected in memory and written in one transaction.

Rows of a kind are kept together, because each kind is written by one statement: a group of commands costs as many round
trips as one. A command that is refused never gets its part merged in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from msgspec import Struct

from shared.platform.event_store.rows import Change, Changes


class PositionLost(Exception):
    """Another process has moved a consumer's position: the group is run again from what it has stored."""


class Publication(Struct, frozen=True):
    """One event on its way out: `jurisdiction` None for the internal feed. `data` is canonical JSON."""

    name: str
    stream: UUID
    version: int
    partitionkey: str
    jurisdiction: str | None
    at: datetime
    recorded: datetime
    data: str


class Timer(Struct, frozen=True):
    """A wish to be called at `due`. `id` is chosen by the caller so that asking twice is asking once."""

    id: UUID
    stream: UUID
    kind: str
    due: datetime


class DeadLetter(Struct, frozen=True):
    """An event of another service that could not be taken in, with the reason, for an operator. `missed`: by a handler
    that came later than the event."""

    producer: str
    sequence: int
    name: str
    partitionkey: str
    body: bytes
    reason: str
    missed: bool = False


@dataclass(slots=True)
class UnitOfWork:
    """All that one transaction writes. Empty means: nothing to commit.

    `timers` maps a timer's identifier to the wish; one that was wished and stopped in the same group is stopped only.
    `positions` maps a producer to (sequence before, sequence after, stream sequence). `transaction` is set by the
    recorder: PostgreSQL's identifier of the transaction, by which its fate can be asked when the answer is lost.
    """

    events: list[StoredEvent] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)
    keys: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    timers: dict[UUID, Timer] = field(default_factory=dict)
    stopped_timers: set[UUID] = field(default_factory=set)
    fired_timers: list[UUID] = field(default_factory=list)
    positions: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    replayed: list[tuple[str, int]] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    transaction: str | None = None
    bytes: int = 0

    def add_event(self, event: StoredEvent) -> None:
        """Stage one event; `bytes` counts the state of all, by which a group is capped."""
        self.events.append(event)
        self.bytes += len(event.state)

    def check_follows(self, other: UnitOfWork) -> None:
        """Raise PositionLost if `other` takes in an event of a producer without the one before it.

        In one group that happens after a refusal: what was refused must not be passed over.
        """
        for producer, (before, _, _) in other.positions.items():
            if producer in self.positions and self.positions[producer][1] != before:
                raise PositionLost(producer)

    def merge(self, other: UnitOfWork) -> None:
        """Append what one accepted command wrote."""
        self.events += other.events
        self.bytes += other.bytes
        self.publications += other.publications
        self.keys += other.keys
        for timer in other.timers.values():
            self.wish(timer)
        for id_ in other.stopped_timers:
            self.stop(id_)
        self.fired_timers += other.fired_timers
        self.dead_letters += other.dead_letters
        self.replayed += other.replayed
        for producer, (before, sequence, hint) in other.positions.items():
            first = self.positions.get(producer, (before, 0, 0))[0]
            self.positions[producer] = (first, sequence, hint)
        self.changes.merge(other.changes)

    def wish(self, timer: Timer) -> None:
        """Stage a timer."""
        self.stopped_timers.discard(timer.id)
        self.timers[timer.id] = timer

    def stop(self, timer: UUID) -> None:
        """Stage that a timer is wanted no more."""
        self.timers.pop(timer, None)
        self.stopped_timers.add(timer)

    def write(self, change: Change) -> None:
        """Stage one change of a read table."""
        self.changes.add(change)

    def __bool__(self) -> bool:
        return any(bool(getattr(self, name)) for name in self.__slots__)
