"""Read tables built from zero beside the live ones, compared, and if wanted put in place.

The history (our own stored events in the order of their notifications, then each producer's internal feed up to where
this service has taken it in, less what is parked) goes through the projector into copies of the tables in a schema of
their own. Most of it is replayed while the service works. What came meanwhile follows in the last transaction, which
compares: it sees one moment of everything, because a row is written in one transaction with its event and with the
position in the feed that brought it. Nobody waits for a comparison. To put the rows that differ in place, the
transaction locks out the writers first, for as long as the rest takes.

A row must follow from the events of one feed, in its order: how two feeds interleaved is not kept. Numbers that the
database counted (`bigserial`) follow from no event: they are taken over from the live row of the same key. Tables that
a service derives from its rows, and not from events (`Derived`), are derived again from the rows that were built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString, Protocol

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg import AsyncConnection, IsolationLevel
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composable, Identifier

from shared.platform.event_store import typed
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.rows import Changes
from shared.platform.messaging import feed
from shared.platform.messaging.handler import Received
from shared.platform.service.projector import Projector

BESIDE = "rebuilt"
"""The schema of the copies; in the rebuild's own connection their names come before the live ones."""
PAGE = 1000
_PARKED = "SELECT producer, sequence FROM dead_letters WHERE replayed IS NULL AND NOT missed"
_STOP_WRITERS = "LOCK TABLE stored_events, consumer_positions, dead_letters IN EXCLUSIVE MODE"
_LOCK = "SELECT pg_try_advisory_lock(hashtext('rebuild'))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('rebuild'))"
_HISTORY = """
SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events
WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s"""
_COUNTED = """
SELECT a.attname FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::regclass AND pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%%'"""


_PUT_RIGHT = "UPDATE public.producer_timelines SET rebuilt = now() WHERE rebuilt IS NULL"
"""Rows that showed what a producer has forgotten (see messaging/turning_back) show it no more."""
_APART = """
SELECT count(*) FROM ((TABLE {old} EXCEPT ALL TABLE {new}) UNION ALL (TABLE {new} EXCEPT ALL TABLE {old})) AS apart"""


class Busy(RuntimeError):
    """Somebody else rebuilds this service's tables at this moment."""


class Derived(Protocol):
    """Tables that a service derives from its read tables, at some time after they are written. Its methods work in the
    tables that come first in the connection's path."""

    tables: tuple[str, ...]
    scratch: tuple[str, ...]
    """Tables that only say what is still to be derived."""

    async def stop(self, connection: AsyncConnection[Any]) -> None:
        """Nobody else derives until the transaction ends."""

    async def catch_up(self, connection: AsyncConnection[Any]) -> None:
        """Derive what is still to be derived."""

    async def derive(self, connection: AsyncConnection[Any]) -> None:
        """Derive everything, into empty tables."""


@dataclass(frozen=True, slots=True)
class Producer:
    """Where a producer's internal feed is read, and its contracts by name."""

    dsn: str
    contracts: Mapping[str, type]


@dataclass(frozen=True, slots=True)
class Compared:
    """One table: rows built anew, and how many of the live ones differ, are missing, or are too many."""

    rows: int
    differing: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of one service. `events`: how many were read, its own and those of others."""

    events: int
    tables: dict[str, Compared]


@dataclass(slots=True)
class _Reached:
    """How far the history has been replayed."""

    own: int = 0
    feeds: dict[str, int] = field(default_factory=dict)
    parked: dict[tuple[str, int], Any] = field(default_factory=dict)
    events: int = 0


Progress = Callable[[int, int], None]
"""Told (events read, events known of)."""


async def rebuild(
    dsn: str, projector: Projector, producers: Mapping[str, Producer], *, swap: bool = False,
    progress: Progress = lambda _, __: None, derived: Derived | None = None,
) -> Rebuilt:  # fmt: skip
    """Build, compare and, with `swap`, put in place; `dsn` is the owner's. Raises Busy and psycopg.Error; the live
    tables are then as before."""
    async with await AsyncConnection.connect(
        dsn, autocommit=True, row_factory=tuple_row, options=f"-c search_path={BESIDE},public"
    ) as connection:
        found = await (await connection.execute(_LOCK)).fetchone()
        if not (found and found[0]):
            raise Busy("another rebuild of this service is running: wait for it, or end it")
        one = _Rebuild(connection, projector, producers, progress, derived)
        await one.make_tables()
        try:
            return await one.run(swap)
        finally:
            await connection.execute(f"DROP SCHEMA IF EXISTS {BESIDE} CASCADE")
            await connection.execute(_UNLOCK)  # PostgreSQL notices only later that a session was closed


class _Rebuild:
    def __init__(
        self, connection: AsyncConnection[Any], projector: Projector, producers: Mapping[str, Producer],
        progress: Progress, derived: Derived | None,
    ) -> None:  # fmt: skip
        self._derived = derived
        self._connection = connection
        self._projector = projector
        self._producers = producers
        self._progress = progress
        self._mapper = EventMapper(CanonicalTranscoder())
        self._reached = _Reached()

    async def make_tables(self) -> None:
        """Empty copies of every table, without row security and foreign keys."""
        await self._connection.execute(f"DROP SCHEMA IF EXISTS {BESIDE} CASCADE")
        await self._connection.execute(f"CREATE SCHEMA {BESIDE}")
        more = (*self._derived.tables, *self._derived.scratch) if self._derived is not None else ()
        for table in (*self._projector.tables, *more):
            await self._connection.execute(
                SQL("CREATE UNLOGGED TABLE {} (LIKE {} INCLUDING ALL)").format(
                    Identifier(BESIDE, table), Identifier("public", table)
                )
            )

    async def run(self, swap: bool) -> Rebuilt:
        await self._replay()
        if not swap:
            await self._connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        async with self._connection.transaction():
            if self._derived is not None:
                await self._derived.stop(self._connection)  # first of all, or the moment that is seen is before it
            if swap:
                await self._connection.execute(_STOP_WRITERS)
            await self._replay()
            tables = {table: await self._compare(table) for table in self._projector.tables}
            if swap:
                for table, compared in tables.items():
                    if compared.differing:
                        await self._put_in_place(table)
                await self._connection.execute(_PUT_RIGHT)
            if self._derived is not None:
                tables |= await self._derive(self._derived, swap)
        await self._connection.set_isolation_level(None)
        return Rebuilt(self._reached.events, tables)

    # --- replaying ---

    async def _replay(self) -> None:
        """Replay what is known now and has not been replayed yet."""
        reached = self._reached
        last = await self._value("SELECT coalesce(max(notification_id), 0) FROM stored_events")
        positions = dict(await self._rows("SELECT producer, sequence FROM consumer_positions"))
        parked = set(await self._rows(_PARKED))
        known = reached.events + await self._value(
            "SELECT count(*) FROM stored_events WHERE notification_id > %s", reached.own
        )
        known += sum(positions.get(name, 0) - reached.feeds.get(name, 0) for name in self._producers)
        await self._own(last, known)
        for name, producer in self._producers.items():
            if (end := positions.get(name, 0)) > reached.feeds.get(name, 0) or reached.parked:
                await self._taken_in(name, producer, end, parked, known)

    async def _own(self, last: int, known: int) -> None:
        while rows := await self._rows(_HISTORY, self._reached.own, last, PAGE):
            changes = Changes()
            for _, id_, version, topic, state in rows:
                stored = StoredEvent(id_, version, topic, bytes(state))
                for change in self._projector.project(self._mapper.to_domain_event(stored)):
                    changes.add(change)
            await self._write(changes)
            self._reached.own = rows[-1][0]
            self._read(len(rows), known)

    async def _taken_in(
        self, name: str, producer: Producer, end: int, parked: set[tuple[str, int]], known: int
    ) -> None:
        """What this service took in of a producer's feed; what was parked at first and is no longer comes last, as it
        did to the service."""
        reached = self._reached
        async with await AsyncConnection.connect(producer.dsn, autocommit=True) as connection:
            timelines = (await feed.timelines_of(connection))["internal"]
            while (after := reached.feeds.get(name, 0)) < end:
                rows = await feed.read(connection, "internal", after=after, limit=min(PAGE, end - after))
                if not rows:
                    raise psycopg.DataError(f"{name} has no event {after + 1}, which was taken in: restore its backup")
                changes = Changes()
                for row in rows:
                    contract = producer.contracts.get(row.name)
                    if contract is None or contract not in self._projector:
                        continue
                    at = datetime.fromisoformat(row.at)
                    timeline, _ = timelines.of(row.sequence)
                    received = Received(name, row.name, row.partitionkey, row.sequence, at, timeline)
                    told: tuple[Any, Received] = (typed.decode(row.data.encode(), contract), received)
                    if (name, row.sequence) in parked:
                        reached.parked[name, row.sequence] = told
                        continue
                    for change in self._projector.project(*told):
                        changes.add(change)
                await self._write(changes)
                reached.feeds[name] = rows[-1].sequence
                self._read(len(rows), known)
        changes = Changes()
        for key in [key for key in reached.parked if key[0] == name and key not in parked]:
            for change in self._projector.project(*reached.parked.pop(key)):
                changes.add(change)
        await self._write(changes)

    async def _write(self, changes: Changes) -> None:
        for statement, values in changes.statements():
            await self._connection.execute(statement, values)

    def _read(self, count: int, known: int) -> None:
        self._reached.events += count
        self._progress(self._reached.events, max(known, self._reached.events))

    # --- comparing ---

    async def _compare(self, table: str) -> Compared:
        for column in await self._rows(_COUNTED, f"public.{table}"):
            await self._on(
                table, "UPDATE {new} AS n SET {column} = o.{column} FROM {old} AS o WHERE o.{key} = n.{key}",
                column=Identifier(*column),
            )  # fmt: skip
        (rows,) = await self._on(table, "SELECT count(*) FROM {new}")
        (differing,) = await self._on(
            table,
            "SELECT count(*) FROM {old} AS o FULL JOIN {new} AS n ON n.{key} = o.{key} "
            "WHERE (o.*)::text IS DISTINCT FROM (n.*)::text",
        )
        return Compared(rows, differing)

    async def _put_in_place(self, table: str) -> None:
        await self._on(
            table,
            "DELETE FROM {old} AS o WHERE NOT EXISTS "
            "(SELECT FROM {new} AS n WHERE n.{key} = o.{key} AND (n.*)::text = (o.*)::text)",
        )
        await self._on(
            table,
            "INSERT INTO {old} SELECT n.* FROM {new} AS n WHERE NOT EXISTS "
            "(SELECT FROM {old} AS o WHERE o.{key} = n.{key})",
        )

    # --- what is derived ---

    async def _derive(self, derived: Derived, swap: bool) -> dict[str, Compared]:
        """Bring the live tables up to date, derive them beside, compare them as bags of rows."""
        await self._connection.execute("SET LOCAL search_path = public")
        await derived.catch_up(self._connection)
        await self._connection.execute(SQL("SET LOCAL search_path = {}, public").format(Identifier(BESIDE)))
        await derived.derive(self._connection)
        found = {}
        for table in derived.tables:
            names = {"old": Identifier("public", table), "new": Identifier(BESIDE, table)}
            rows = await self._value(SQL("SELECT count(*) FROM {new}").format(**names))
            differing = await self._value(SQL(_APART).format(**names))
            found[table] = Compared(rows, differing)
            if swap and differing:
                await self._connection.execute(SQL("TRUNCATE {old}").format(**names))
                await self._connection.execute(SQL("INSERT INTO {old} SELECT * FROM {new}").format(**names))
        return found

    async def _on(self, table: str, statement: LiteralString, **names: Composable) -> tuple[Any, ...]:
        """A statement on the live table ({old}), its copy ({new}) and their key; the first row that it answers."""
        known = {
            "old": Identifier("public", table), "new": Identifier(BESIDE, table),
            "key": Identifier(self._projector.keys[table]),
        }  # fmt: skip
        cursor = await self._connection.execute(SQL(statement).format(**known, **names))
        return (await cursor.fetchone() or ()) if cursor.description else ()

    # --- asking ---

    async def _rows(self, query: Any, *values: Any) -> list[Any]:
        return await (await self._connection.execute(query, values)).fetchall()

    async def _value(self, query: Any, *values: Any) -> Any:
        (row,) = await self._rows(query, *values)
        return row[0]
