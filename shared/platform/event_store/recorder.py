"""Writing a unit of work: one transaction, one statement for its rows, and few round trips.

A subclass of the library's recorder, so that mapper, repository and aggregates stay the library's. The lock is the
library's EXCLUSIVE table lock: it makes notification ids visible in order, and under it the feeds get their contiguous
sequences. Its database-function mode skips that lock, so :func:`.store.open_store` refuses it.

Each answer of PostgreSQL that is waited for costs a turn of the interpreter's lock and a tenth of a millisecond, so a
group takes two: one for the lock, and one for everything else, which is sent in one pipeline.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import Any, cast
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from msgspec import Struct, structs
from psycopg import Connection
from psycopg.generators import send
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed, Identifier

from shared.platform.event_store.rows import Statement
from shared.platform.event_store.unit_of_work import PositionLost, Publication, UnitOfWork

BEGIN = SQL("BEGIN; SELECT pg_current_xact_id()::text")
INSERT_EVENTS = """
INSERT INTO stored_events (originator_id, originator_version, topic, state)
SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[]) RETURNING notification_id"""
INSERT_KEYS = """
INSERT INTO idempotency_keys (key, fingerprint, result) SELECT * FROM unnest(%b::text[], %b::bytea[], %b::bytea[])"""
WRITE = f"""
WITH
events AS ({INSERT_EVENTS}),
keys AS ({INSERT_KEYS}),
wishes AS (
  INSERT INTO timers AS t (id, stream, kind, due)
  SELECT id, stream, kind, due FROM json_populate_recordset(NULL::timers, %s::json)
  ON CONFLICT (id) DO UPDATE SET stopped = false, fired = NULL, claimed = NULL,
                                 attempts = 0, retry_at = NULL, error = NULL, parked = NULL
),
heads AS (
  INSERT INTO feed_heads AS h (feed, sequence) SELECT * FROM unnest(%b::text[], %b::bigint[])
  ON CONFLICT (feed) DO UPDATE SET sequence = h.sequence + excluded.sequence RETURNING feed, sequence
),
outside AS (
  INSERT INTO public_events (sequence, name, stream, version, partitionkey, jurisdiction, jurisdictionsequence, at,
                             recorded, data)
  SELECT head.sequence - e.sequence, e.name, e.stream, e.version, e.partitionkey, e.jurisdiction,
         local.sequence - e.jurisdictionsequence, e.at, e.recorded, e.data
  FROM ROWS FROM (
    json_to_recordset(%s::json) AS (sequence bigint, name text, stream uuid, version bigint, partitionkey text,
                                    at text, recorded text, jurisdiction text, jurisdictionsequence bigint),
    unnest(%b::text[])
  ) AS e (sequence, name, stream, version, partitionkey, at, recorded, jurisdiction, jurisdictionsequence, data)
  JOIN heads AS head ON head.feed = 'public' JOIN heads AS local ON local.feed = 'public/' || e.jurisdiction
),
inside AS (
  INSERT INTO internal_events (sequence, name, stream, version, partitionkey, at, recorded, data)
  SELECT head.sequence - e.sequence, e.name, e.stream, e.version, e.partitionkey, e.at, e.recorded, e.data
  FROM ROWS FROM (
    json_to_recordset(%s::json) AS (sequence bigint, name text, stream uuid, version bigint, partitionkey text,
                                    at text, recorded text),
    unnest(%b::text[])
  ) AS e (sequence, name, stream, version, partitionkey, at, recorded, data)
  JOIN heads AS head ON head.feed = 'internal'
)
SELECT notification_id FROM events ORDER BY notification_id"""  # noqa: S608 – only our own statements
STOP_TIMERS = "UPDATE timers SET stopped = true WHERE id = ANY(%b::uuid[]) AND fired IS NULL"
FIRE_TIMERS = "UPDATE timers SET fired = now() WHERE id = ANY(%b::uuid[]) AND NOT stopped"
MOVE_POSITION = """
INSERT INTO consumer_positions AS p (producer, sequence, stream_sequence)
SELECT %(producer)s, %(sequence)s, %(hint)s
WHERE %(before)s = 0 OR EXISTS (SELECT FROM consumer_positions WHERE producer = %(producer)s)
ON CONFLICT (producer) DO UPDATE SET sequence = excluded.sequence, stream_sequence = excluded.stream_sequence
WHERE p.sequence = %(before)s"""
INSERT_DEAD_LETTERS = """
INSERT INTO dead_letters AS l (producer, sequence, name, partitionkey, body, reason, missed)
SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::text[], %b::bytea[], %b::text[], %b::bool[])
ON CONFLICT (producer, sequence) DO UPDATE SET
  reason = excluded.reason, missed = l.missed OR excluded.missed,
  replayed = CASE WHEN excluded.missed THEN NULL ELSE l.replayed END"""
MARK_REPLAYED = """
UPDATE dead_letters SET replayed = now() WHERE producer = %s AND sequence = %s AND replayed IS NULL"""


class GroupRecorder(PostgresApplicationRecorder):
    """Records events alone (`insert_events`, the library's port) or a whole unit of work (`write`)."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        work = UnitOfWork(events=list(stored_events))
        with self.datastore.get_connection() as connection:
            *_, ids = self.write(connection, work, statements_of(work))
        return ids

    def write(
        self, connection: Connection[Any], work: UnitOfWork, statements: Sequence[Statement]
    ) -> Iterator[list[int]]:
        """Write everything in `work` in one transaction, in two turns: the first sends all of it, the commit included,
        and gives nothing yet; the second waits for the answers and gives the notification ids of the events. Between
        the two PostgreSQL works, and so may the caller. `statements` are those of `work`, made beforehand.

        Raises psycopg.errors.UniqueViolation where another process appended to one of the streams first, PositionLost
        where another process moved a consumer's position or replayed the same dead letter, and
        psycopg.OperationalError where the outcome is unknown.
        """
        try:
            work.transaction = _last_value(connection, self._begin if work.events or work.publications else BEGIN)
            _move_positions(connection, work)
            with connection.pipeline() as pipeline:
                sent = [
                    connection.cursor(row_factory=tuple_row).execute(statement, parameters, prepare=True)
                    for statement, parameters in statements
                ]
                _send_commit(connection)
                yield []
                pipeline.sync()
        except BaseException:
            with contextlib.suppress(psycopg.Error):  # the connection may be what failed
                connection.rollback()
            raise
        yield [row[0] for row in sent[0].fetchall()] if work.events else []

    @cached_property
    def _begin(self) -> Composed:
        """Begin with the library's lock and its notice that events were appended."""
        lock = SQL("; ").join(cast("list[Composed]", self.lock_table_statements))
        notify = SQL("NOTIFY {}").format(Identifier(self.channel_name))
        return SQL("BEGIN; {}; {}; SELECT pg_current_xact_id()::text").format(lock, notify)

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


class FeedEntry(Struct, frozen=True):
    """One row of a feed table but for its data, which travels beside it as it is: inside a JSON document it would be
    escaped and parsed once more. Sequences are told as the number of entries that follow in the same feed of this
    group, because only the database knows the heads; those of the jurisdiction are for the public table."""

    sequence: int
    name: str
    stream: UUID
    version: int
    partitionkey: str
    at: datetime
    recorded: datetime
    jurisdiction: str | None
    jurisdictionsequence: int


def statements_of(work: UnitOfWork) -> list[Statement]:
    """What a unit of work writes but for the positions; the events first. Made before the lock is taken."""
    found: list[Statement] = []
    if work.events or work.publications or work.keys or work.timers:
        found.append((WRITE, _rows(work)))
    if work.fired_timers:
        found.append((FIRE_TIMERS, (work.fired_timers,)))
    if work.stopped_timers:
        found.append((STOP_TIMERS, (list(work.stopped_timers),)))
    if letters := [structs.astuple(letter) for letter in work.dead_letters]:
        found.append((INSERT_DEAD_LETTERS, tuple(list(column) for column in zip(*letters, strict=True))))
    found += work.changes.statements()
    return found


def _rows(work: UnitOfWork) -> tuple[Any, ...]:
    """The parameters of WRITE."""
    events = work.events
    moves = Counter(feed for one in work.publications for feed in _feeds(one.jurisdiction))
    public, internal = _feed_entries(work.publications, moves.copy())
    return (
        [event.originator_id for event in events],
        [event.originator_version for event in events],
        [event.topic for event in events],
        [event.state for event in events],
        [key for key, _, _ in work.keys],
        [fingerprint for _, fingerprint, _ in work.keys],
        [result for _, _, result in work.keys],
        _json(list(work.timers.values())),
        list(moves),
        list(moves.values()),
        _json(public),
        [one.data for one in work.publications if one.jurisdiction is not None],
        _json(internal),
        [one.data for one in work.publications if one.jurisdiction is None],
    )


def _feed_entries(publications: list[Publication], left: Counter[str]) -> tuple[list[FeedEntry], list[FeedEntry]]:
    """The rows of the public and of the internal feed; `left` counts how many are still to come in each."""
    public: list[FeedEntry] = []
    internal: list[FeedEntry] = []
    for one in publications:
        for feed in (feeds := _feeds(one.jurisdiction)):
            left[feed] -= 1
        entry = FeedEntry(
            left[feeds[0]], one.name, one.stream, one.version, one.partitionkey, one.at, one.recorded,
            one.jurisdiction, left[feeds[-1]],
        )  # fmt: skip
        (internal if one.jurisdiction is None else public).append(entry)
    return public, internal


@cache
def _feeds(jurisdiction: str | None) -> tuple[str, ...]:
    return ("internal",) if jurisdiction is None else ("public", f"public/{jurisdiction}")


def _json(rows: Sequence[Struct]) -> str:
    """One document for all rows: PostgreSQL turns it into the table's types, and writing it is quick."""
    return msgspec.json.encode(rows).decode()


def _move_positions(connection: Connection[Any], work: UnitOfWork) -> None:
    """And replayed letters. Not in the pipeline: the commit must not be sent where another process was faster."""
    for producer, (before, sequence, hint) in work.positions.items():
        moved = {"producer": producer, "sequence": sequence, "hint": hint, "before": before}
        if connection.execute(MOVE_POSITION, moved, prepare=True).rowcount != 1:
            raise PositionLost(producer)
    for producer, sequence in work.replayed:
        if connection.execute(MARK_REPLAYED, (producer, sequence), prepare=True).rowcount != 1:
            raise PositionLost(producer)


def _send_commit(connection: Connection[Any]) -> None:
    """And whatever still waits to be sent, where the way took less than all at once."""
    connection.execute("COMMIT", prepare=False)
    connection.wait(send(connection.pgconn))


def _last_value(connection: Connection[Any], statements: SQL | Composed) -> Any:
    """Run several statements in one round trip; the value that the last one answers."""
    cursor = connection.cursor(row_factory=tuple_row).execute(statements, prepare=False)
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    return row[0] if row else None
