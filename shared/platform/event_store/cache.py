"""Aggregates kept in memory between commands, and rebuilt when they can no longer be trusted.

The lane is the only writer in its process, so a cached aggregate is current until another process appends. That shows
in the table's highest notification id; then every cached aggregate is brought forward at its next use. A race that
slips through is caught by the primary key (stream, version).

Streams that are known to be wanted are fetched together, with one statement: otherwise a cold stream costs a busy lane
two round trips, and a stale one costs one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import StoredEvent
from psycopg import Connection

from shared.platform.event_store import snapshots
from shared.platform.event_store.store import Store

_FETCH = """
WITH wanted AS (SELECT id, version FROM unnest(%b::uuid[], %b::bigint[]) AS w (id, version))
SELECT s.stream, 0 AS version, s.schema AS topic, s.state
FROM wanted AS w JOIN snapshots AS s ON s.stream = w.id WHERE w.version = 0
UNION ALL
SELECT e.originator_id, e.originator_version, e.topic, e.state
FROM wanted AS w LEFT JOIN snapshots AS s ON s.stream = w.id AND w.version = 0
JOIN stored_events AS e ON e.originator_id = w.id AND e.originator_version > coalesce(s.version, w.version)
ORDER BY 1, 2"""
log = structlog.get_logger("lane")


class AggregateCache:
    """At most `capacity` aggregates, least recently used out first. `read` gives a connection to read with.

    `staged` holds the events, by stream, of the groups that are not committed yet, in their order.
    """

    def __init__(self, store: Store, read: Callable[[], Connection[Any]], capacity: int) -> None:
        self._store = store
        self._read = read
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

    def prefetch(self, ids: Iterable[UUID]) -> None:
        """Bring those of these streams that are not current here up to date, all with one statement.

        What cannot be read is left to the command that asks for it, which then fails alone.
        """
        wanted = {id_: version for id_ in ids if (version := self._missing_after(id_)) is not None}
        if not wanted:
            return
        rows = self._read().execute(_FETCH, (list(wanted), list(wanted.values())), prepare=True).fetchall()
        found = {id_: [row[1:] for row in own] for id_, own in groupby(rows, key=lambda row: row[0])}
        for id_, version in wanted.items():
            try:
                aggregate = self._restore(id_, version, found.get(id_, []))
            except Exception as error:  # noqa: BLE001 – whatever a stored event makes its reader raise
                log.warning("not prefetched", stream=str(id_), error=f"{type(error).__name__}: {error}")
                self.forget([id_])
            else:
                if aggregate is not None:
                    self.put(aggregate)

    def put(self, aggregate: Any) -> None:
        """Keep an aggregate that is current."""
        self._entries[aggregate.id] = (self._epoch, aggregate)
        self._entries.move_to_end(aggregate.id)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def distrust(self) -> None:
        """Another process has appended: bring every aggregate forward at its next use."""
        self._epoch += 1

    def clear(self) -> None:
        """Drop all: what is stored may have become less."""
        self._entries.clear()

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

    def _missing_after(self, id_: UUID) -> int | None:
        """The version after which events of a stream may be missing here, 0 for all of them; None if none is."""
        entry = self._entries.get(id_)
        if entry is None:
            return 0
        epoch, aggregate = entry
        return None if epoch == self._epoch else aggregate.version

    def _restore(self, id_: UUID, version: int, rows: list[tuple[int, str, bytes]]) -> Any | None:
        """The aggregate, made of what was fetched (where the version is 0, a snapshot) and what is staged."""
        aggregate = self._entries[id_][1] if version else None
        if rows and rows[0][0] == 0:
            _, schema, state = rows.pop(0)
            aggregate = snapshots.restore(id_, schema, state)
            if aggregate is None:
                return None  # the events before it were not fetched
        events = [self._store.mapper.to_domain_event(StoredEvent(id_, *row)) for row in rows]
        return self._apply(aggregate, [*events, *self._staged(id_)])

    def _load(self, id_: UUID) -> Any | None:
        aggregate = snapshots.load(self._read(), id_)
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
