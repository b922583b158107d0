"""What a command may touch: aggregates, timers, read rows, positions. One session per command.

A session stages; the lane commits. Whatever a refused command staged is dropped with its session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import psycopg
from eventsourcing.persistence import PersistenceError, StoredEvent

from shared.platform.event_store.refusal import Refusal
from shared.platform.event_store.rows import Change
from shared.platform.event_store.unit_of_work import DeadLetter, Publication, Timer, UnitOfWork

if TYPE_CHECKING:
    from shared.platform.event_store.cache import AggregateCache

A = TypeVar("A")
Recorded = Sequence[tuple[Any, StoredEvent]]
OF_THE_DATABASE = (psycopg.Error, PersistenceError)
"""What is no fault of the stream that was asked for."""


class NotFound(LookupError):
    """No stream has this identifier, or it is a stream of another kind."""

    def __init__(self, kind: str, id_: UUID) -> None:
        super().__init__(f"no {kind} has the identifier {id_}: check it, or look it up in the list")
        self.kind = kind
        self.id = id_


LARGEST_PUBLICATION = 256 * 1024
"""Characters, of at most three bytes: what the bus takes, with room for the envelope."""


class TooLarge(Refusal):
    """What would be told to others is larger than the bus takes: stored, it would stop everything behind it."""

    rule = "what_is_told_fits_into_a_message"

    def __init__(self, name: str, size: int) -> None:
        super().__init__(f"{name} 的内容过长（{size} 字），无法发布。请缩短文字或分次办理。")


@dataclass(frozen=True, slots=True)
class Reactions:
    """How one service answers its own events, inside the same transaction.

    `project` turns an event into changes of read tables; `publish` turns the events of one saved aggregate into what
    goes out; `timers` says which calls an aggregate now wants, by kind.
    """

    project: Callable[[Any], Iterable[Change]]
    publish: Callable[[Any, Recorded], Iterable[Publication]]
    timers: Callable[[Any], Mapping[str, datetime]]


@dataclass(slots=True)
class Touched:
    """An aggregate that a command looked at: its version and wishes before, and the events it saved."""

    aggregate: Any
    version: int
    wanted: Mapping[str, datetime]
    events: list[Any] = field(default_factory=list)


class Session:
    """The staging area of one command."""

    def __init__(self, cache: AggregateCache, reactions: Reactions, to_stored: Callable[[Any], StoredEvent]) -> None:
        self.work = UnitOfWork()
        self.touched: dict[UUID, Touched] = {}
        self._cache = cache
        self._reactions = reactions
        self._to_stored = to_stored

    def find(self, kind: type[A], id_: UUID) -> A | None:
        """The aggregate, as of now and including what earlier commands of this group did; None if there is none."""
        aggregate = self._cache.get(id_)
        if not isinstance(aggregate, kind):
            return None
        if id_ not in self.touched:
            version: int = aggregate.version  # type: ignore[attr-defined]
            self.touched[id_] = Touched(aggregate, version, self._reactions.timers(aggregate))
        return aggregate

    def get(self, kind: type[A], id_: UUID) -> A:
        """As `find`, but raises NotFound."""
        aggregate = self.find(kind, id_)
        if aggregate is None:
            raise NotFound(kind.__name__.lower(), id_)
        return aggregate

    def expect(self, ids: Iterable[UUID]) -> None:
        """Read these streams together, because this command will look at them: one statement instead of one each."""
        self._cache.prefetch(ids)

    def save(self, *aggregates: Any) -> None:
        """Stage the new events of these aggregates, with read rows, publications and timers that follow from them."""
        for aggregate in aggregates:
            events = aggregate.collect_events()
            if not events:
                continue
            recorded = [(event, self._to_stored(event)) for event in events]
            touched = self.touched.get(aggregate.id)
            if touched is None:
                touched = self.touched[aggregate.id] = Touched(aggregate, 0, {})
                self._cache.put(aggregate)
            for _, stored in recorded:
                self.work.add_event(stored)
            touched.events += events
            for event in events:
                for change in self._reactions.project(event):
                    self.work.write(change)
            publications = list(self._reactions.publish(aggregate, recorded))
            for one in publications:
                if len(one.data) > LARGEST_PUBLICATION:
                    raise TooLarge(one.name, len(one.data))
            self.work.publications += publications
            self._reset_timers(touched)

    def write(self, change: Change) -> None:
        """Stage a change of a read table that follows from another service's event."""
        self.work.write(change)

    def move_position(self, producer: str, before: int, sequence: int, stream_sequence: int) -> None:
        """Record that this producer's feed is taken in up to `sequence`."""
        self.work.positions[producer] = (before, sequence, stream_sequence)

    def park(self, letter: DeadLetter) -> None:
        """Put an event aside for an operator."""
        self.work.dead_letters.append(letter)

    def mark_replayed(self, producer: str, sequence: int) -> None:
        """Record that a parked event has been taken in after all."""
        self.work.replayed.append((producer, sequence))

    def mark_fired(self, timer: UUID) -> None:
        """Record that a timer has been answered."""
        self.work.fired_timers.append(timer)

    def _reset_timers(self, touched: Touched) -> None:
        stream = touched.aggregate.id
        before, after = touched.wanted, self._reactions.timers(touched.aggregate)
        for kind, due in after.items():
            if before.get(kind) != due:
                self.work.wish(Timer(timer_id(stream, kind, due), stream, kind, due))
        for kind, due in before.items():
            if after.get(kind) != due:
                self.work.stop(timer_id(stream, kind, due))
        touched.wanted = after


def timer_id(stream: UUID, kind: str, due: datetime) -> UUID:
    """The identifier of a wish: the same wish has the same identifier, so it is answered once.

    The first 16 bytes of the SHA-256 of stream, kind and instant.
    """
    return UUID(bytes=sha256(stream.bytes + _wish(kind, due)).digest()[:16])


@lru_cache(maxsize=1024)  # thousands of cases share the end of a day
def _wish(kind: str, due: datetime) -> bytes:
    return f"{kind}/{due.timestamp():.6f}".encode()
