"""Writing a unit of work: one transaction, one statement for each kind of row.

A subclass of the library's recorder, so that mapper, repository and aggregates stay the library's. The lock is the
library's EXCLUSIVE table lock: it makes notification ids visible in order, and under it the feeds get their contiguous
sequences. Its database-function mode skips that lock, so :func:`shared.event_store.store.open_store` refuses it.

No pipeline mode: it stops on large batches over a unix socket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from msgspec import Struct
from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from shared.event_store.unit_of_work import PositionLost, Publication, UnitOfWork

INSERT_EVENTS = """
INSERT INTO stored_events (originator_id, originator_version, topic, state)
SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[]) RETURNING notification_id"""
MOVE_HEADS = """
INSERT INTO feed_heads AS h (feed, sequence) SELECT * FROM unnest(%b::text[], %b::bigint[])
ON CONFLICT (feed) DO UPDATE SET sequence = h.sequence + excluded.sequence RETURNING feed, sequence"""
INSERT_PUBLIC = """
INSERT INTO public_events (sequence, name, stream, version, partitionkey, jurisdiction, jurisdictionsequence, at,
                           recorded, data)
SELECT sequence, name, stream, version, partitionkey, jurisdiction, jurisdictionsequence, at, recorded, data
FROM json_populate_recordset(NULL::public_events, %s::json)"""
INSERT_INTERNAL = """
INSERT INTO internal_events (sequence, name, stream, version, partitionkey, at, recorded, data)
SELECT sequence, name, stream, version, partitionkey, at, recorded, data
FROM json_populate_recordset(NULL::internal_events, %s::json)"""
INSERT_KEYS = """
INSERT INTO idempotency_keys (key, fingerprint, result) SELECT * FROM unnest(%b::text[], %b::bytea[], %b::bytea[])"""
INSERT_TIMERS = """
INSERT INTO timers AS t (id, stream, kind, due)
SELECT id, stream, kind, due FROM json_populate_recordset(NULL::timers, %s::json)
ON CONFLICT (id) DO UPDATE SET stopped = false, fired = NULL, claimed = NULL"""
STOP_TIMERS = "UPDATE timers SET stopped = true WHERE id = ANY(%b::uuid[]) AND fired IS NULL"
FIRE_TIMERS = "UPDATE timers SET fired = now() WHERE id = ANY(%b::uuid[]) AND NOT stopped"
MOVE_POSITION = """
INSERT INTO consumer_positions AS p (producer, sequence, stream_sequence)
SELECT %(producer)s, %(sequence)s, %(hint)s
WHERE %(before)s = 0 OR EXISTS (SELECT FROM consumer_positions WHERE producer = %(producer)s)
ON CONFLICT (producer) DO UPDATE SET sequence = excluded.sequence, stream_sequence = excluded.stream_sequence
WHERE p.sequence = %(before)s"""
INSERT_DEAD_LETTERS = """
INSERT INTO dead_letters (producer, sequence, name, partitionkey, body, reason)
SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::text[], %b::bytea[], %b::text[])
ON CONFLICT (producer, sequence) DO UPDATE SET reason = excluded.reason, replayed = NULL"""
MARK_REPLAYED = "UPDATE dead_letters SET replayed = now() WHERE producer = %s AND sequence = %s"


class GroupRecorder(PostgresApplicationRecorder):
    """Records events alone (`insert_events`, the library's port) or a whole unit of work (`write`)."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        with self.datastore.get_connection() as connection:
            return self.write(connection, UnitOfWork(events=list(stored_events)))

    def write(self, connection: Connection[Any], work: UnitOfWork) -> list[int]:
        """Write everything in `work` in one transaction; the notification ids of its events.

        Raises psycopg.errors.UniqueViolation where another process appended to one of the streams first, PositionLost
        where another process moved a consumer's position, and psycopg.OperationalError where the outcome is unknown.
        """
        with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute("SELECT pg_current_xact_id()::text").fetchone()
            work.transaction = row[0] if row else None
            ids: list[int] = []
            if work.events or work.publications:
                self._lock_table(cursor)  # type: ignore[arg-type]  # it reads no rows, whatever their shape
                self._notify_channel(cursor)  # type: ignore[arg-type]
                ids = self._write_events(cursor, work.events)
                self._write_publications(cursor, work.publications)
            self._write_the_rest(cursor, work)
            work.changes.write(cursor)
        return ids

    def holds(self, connection: Connection[Any], work: UnitOfWork) -> bool:
        """Whether what identifies `work` is stored: its first event, key or position. True if it has none of them."""
        if work.events:
            event = work.events[0]
            query = "SELECT state = %b FROM stored_events WHERE originator_id = %s AND originator_version = %s"
            found = connection.execute(query, (event.state, event.originator_id, event.originator_version)).fetchone()
        elif work.keys:
            key, fingerprint, _ = work.keys[0]
            query = "SELECT fingerprint = %b FROM idempotency_keys WHERE key = %s"
            found = connection.execute(query, (fingerprint, key)).fetchone()
        elif work.positions:
            producer, (_, sequence, _) = next(iter(work.positions.items()))
            query = "SELECT sequence >= %s FROM consumer_positions WHERE producer = %s"
            found = connection.execute(query, (sequence, producer)).fetchone()
        else:
            return True
        return found is not None and bool(found[0])

    def _write_events(self, cursor: Cursor[Any], events: list[StoredEvent]) -> list[int]:
        if not events:
            return []
        arrays = (
            [event.originator_id for event in events],
            [event.originator_version for event in events],
            [event.topic for event in events],
            [event.state for event in events],
        )
        cursor.execute(INSERT_EVENTS, arrays, prepare=True)
        return [row[0] for row in cursor.fetchall()]

    def _write_publications(self, cursor: Cursor[Any], publications: list[Publication]) -> None:
        if not publications:
            return
        counts: dict[str, int] = {}
        for one in publications:
            for feed in _feeds(one):
                counts[feed] = counts.get(feed, 0) + 1
        cursor.execute(MOVE_HEADS, (list(counts), list(counts.values())), prepare=True)
        heads = {feed: last - counts[feed] for feed, last in cursor.fetchall()}
        public: list[FeedEntry] = []
        internal: list[FeedEntry] = []
        for one in publications:
            sequences = []
            for feed in _feeds(one):
                heads[feed] += 1
                sequences.append(heads[feed])
            entry = FeedEntry(
                sequences[0], one.name, one.stream, one.version, one.partitionkey, one.at, one.recorded, one.data,
                one.jurisdiction, sequences[-1],
            )  # fmt: skip
            (internal if one.jurisdiction is None else public).append(entry)
        _insert_json(cursor, INSERT_PUBLIC, public)
        _insert_json(cursor, INSERT_INTERNAL, internal)

    def _write_the_rest(self, cursor: Cursor[Any], work: UnitOfWork) -> None:
        _insert(cursor, INSERT_KEYS, work.keys)
        if work.fired_timers:
            cursor.execute(FIRE_TIMERS, [work.fired_timers], prepare=True)
        if work.stopped_timers:
            cursor.execute(STOP_TIMERS, [list(work.stopped_timers)], prepare=True)
        _insert_json(cursor, INSERT_TIMERS, list(work.timers.values()))
        for producer, (before, sequence, hint) in work.positions.items():
            moved = {"producer": producer, "sequence": sequence, "hint": hint, "before": before}
            cursor.execute(MOVE_POSITION, moved, prepare=True)
            if cursor.rowcount != 1:
                raise PositionLost(producer)
        letters = [(d.producer, d.sequence, d.name, d.partitionkey, d.body, d.reason) for d in work.dead_letters]
        _insert(cursor, INSERT_DEAD_LETTERS, letters)
        for letter in work.replayed:
            cursor.execute(MARK_REPLAYED, letter)


class FeedEntry(Struct, frozen=True):
    """One row of a feed table; the last two are for the public one."""

    sequence: int
    name: str
    stream: UUID
    version: int
    partitionkey: str
    at: str
    recorded: str
    data: str
    jurisdiction: str | None
    jurisdictionsequence: int


def _insert_json(cursor: Cursor[Any], statement: str, rows: Sequence[Struct]) -> None:
    """One document for all rows: PostgreSQL turns it into the table's types, and writing it is quick."""
    if rows:
        cursor.execute(statement, (msgspec.json.encode(rows).decode(),), prepare=True)


def _feeds(publication: Publication) -> tuple[str, ...]:
    if publication.jurisdiction is None:
        return ("internal",)
    return ("public", f"public/{publication.jurisdiction}")


def _insert(cursor: Cursor[Any], statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)], prepare=True)
