"""Aggregates kept in memory between commands, and rebuilt when they can no longer be trusted.

The lane is the only writer in its process, so a cached aggregate is current until another process appends. That shows
in the table's highest notification id; then every cached aggregate is brought forward at its next use. A race that
slips through is caught by the primary key (stream, version).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError

from shared.platform.event_store.store import Store


class AggregateCache:
    """At most `capacity` aggregates, least recently used out first. `snapshot` finds a stream's snapshot.

    `staged` holds the events, by stream, of the groups that are not committed yet, in their order.
    """

    def __init__(self, store: Store, snapshot: Callable[[UUID], Any | None], capacity: int) -> None:
        self._store = store
        self._snapshot = snapshot
        self._capacity = capacity
        self._entries: OrderedDict[UUID, tuple[int, Any]] = OrderedDict()
        self._epoch = 0
        self.staged: tuple[Mapping[UUID, list[Any]], ...] = ()

    def get(self, id_: UUID) -> Any | None:
        """The aggregate with all stored and all staged events applied; None if the stream does not exist."""
        entry = self._entries.get(id_)
        if entry is not None:
            epoch, aggregate = entry
            self._entries.move_to_end(id_)
            if epoch != self._epoch:
                aggregate = self._forward(aggregate)
                self._entries[id_] = (self._epoch, aggregate)
            return aggregate
        aggregate = self._load(id_)
        if aggregate is not None:
            self.put(aggregate)
        return aggregate

    def put(self, aggregate: Any) -> None:
        """Keep an aggregate that is current."""
        self._entries[aggregate.id] = (self._epoch, aggregate)
        self._entries.move_to_end(aggregate.id)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def distrust(self) -> None:
        """Another process has appended: bring every aggregate forward at its next use."""
        self._epoch += 1

    def forget(self, ids: Iterable[UUID]) -> None:
        """Drop aggregates that hold changes which were not stored."""
        for id_ in ids:
            self._entries.pop(id_, None)

    def forget_unsaved(self, ids: Iterable[UUID]) -> None:
        """Drop those aggregates that a command changed without saving them."""
        for id_ in ids:
            entry = self._entries.get(id_)
            if entry is not None and entry[1].pending_events:
                del self._entries[id_]

    def _load(self, id_: UUID) -> Any | None:
        aggregate = self._snapshot(id_)
        if aggregate is not None:
            return self._forward(aggregate)
        try:
            aggregate = self._store.repository.get(id_)
        except AggregateNotFoundError:
            aggregate = None
        return self._apply(aggregate, self._staged(id_))

    def _forward(self, aggregate: Any) -> Any:
        events = list(self._store.events.get(aggregate.id, gt=aggregate.version))
        return self._apply(aggregate, [*events, *self._staged(aggregate.id)])

    def _staged(self, id_: UUID) -> list[Any]:
        return [event for group in self.staged for event in group.get(id_, ())]

    @staticmethod
    def _apply(aggregate: Any | None, events: Sequence[Any]) -> Any | None:
        for event in events:
            if aggregate is None or event.originator_version > aggregate.version:
                aggregate = event.mutate(aggregate)
        return aggregate
