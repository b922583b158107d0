"""The floor of `bihuan bench append`: the rows of recorded units of work, inserted bare.

One array insert (`unnest`) a table, in batches of 100 commands, one transaction each; nothing is decided, looked up or
numbered on the way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from shared.platform.event_store.recorder import INSERT_EVENTS, INSERT_KEYS
from shared.platform.event_store.unit_of_work import UnitOfWork

BATCH = 100


def opens_cases(work: UnitOfWork) -> bool:
    """Whether a unit of work opens cases."""
    return any(change.new for change in work.changes)


def floor(dsn: str, works: list[UnitOfWork]) -> float:
    """Insert the rows of `works` bare: per batch of 100 commands one transaction, one array insert a table."""
    events = [event for work in works for event in work.events]
    public = [one for work in works for one in work.publications if one.jurisdiction is not None]
    internal = [one for work in works for one in work.publications if one.jurisdiction is None]
    keys = [key for work in works for key in work.keys]
    timers = [timer for work in works for timer in work.timers.values()]
    changes = [change for work in works for change in work.changes]
    base = 0 if opens_cases(works[0]) else 10**9
    with psycopg.connect(dsn, autocommit=True) as connection:
        arrays = Arrays(connection)
        batches = [
            [
                (INSERT_EVENTS, [(e.originator_id, e.originator_version, e.topic, e.state) for e in part(events)]),
                (
                    arrays.insert("public_events", PUBLIC),
                    [_public(base + at + n, one) for n, one in enumerate(part(public))],
                ),
                (
                    arrays.insert("internal_events", INTERNAL),
                    [_internal(base + 2 * at + n, one) for n, one in enumerate(part(internal))],
                ),
                (INSERT_KEYS, part(keys)),
                (arrays.insert("timers", TIMER), [(t.id, t.stream, t.kind, t.due) for t in part(timers)]),
                *_shapes(arrays, part(changes)),
            ]
            for at, part in _parts(len(events))
        ]
        start = time.perf_counter()
        for batch in batches:
            with connection.transaction(), connection.cursor() as cursor:
                for statement, rows in batch:
                    if rows:
                        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)], prepare=True)
        return len(events) / (time.perf_counter() - start)


def _parts(count: int) -> list[tuple[int, Callable[[list[Any]], list[Any]]]]:
    """For each batch: where it starts, and how to cut its share out of a list of any length."""

    def share(at: int) -> Callable[[list[Any]], list[Any]]:
        end = min(at + BATCH, count)
        return lambda rows: rows[len(rows) * at // count : len(rows) * end // count]

    return [(at, share(at)) for at in range(0, count, BATCH)]


def _public(sequence: int, one: Any) -> tuple[Any, ...]:
    place = (one.jurisdiction, sequence)
    return (sequence, one.name, one.stream, one.version, one.partitionkey, *place, *_times(one), one.data)


def _internal(sequence: int, one: Any) -> tuple[Any, ...]:
    return (sequence, one.name, one.stream, one.version, one.partitionkey, *_times(one), one.data)


def _times(one: Any) -> tuple[str, str]:
    return (one.at.isoformat(), one.recorded.isoformat())


PUBLIC = (
    "sequence", "name", "stream", "version", "partitionkey", "jurisdiction", "jurisdictionsequence", "at", "recorded",
    "data",
)  # fmt: skip
INTERNAL = ("sequence", "name", "stream", "version", "partitionkey", "at", "recorded", "data")
TIMER = ("id", "stream", "kind", "due")


class Arrays:
    """Statements that write rows of any table from one array a column."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        found = connection.execute(
            """SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
               FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0"""
        ).fetchall()
        self._types = {(table, column): type_ for table, column, type_ in found}

    def insert(self, table: str, names: tuple[str, ...]) -> Composed:
        """New rows."""
        listed = SQL(", ").join(map(Identifier, names))
        return SQL("INSERT INTO {} ({}) SELECT * FROM unnest({})").format(
            Identifier(table), listed, self._arrays(table, names)
        )

    def update(self, table: str, key: str, names: tuple[str, ...]) -> Composed:
        """New values for rows found by `key`."""
        listed = SQL(", ").join(map(Identifier, names))
        sets = SQL(", ").join(SQL("{} = u.{}").format(Identifier(n), Identifier(n)) for n in names if n != key)
        return SQL("UPDATE {} AS t SET {} FROM unnest({}) AS u({}) WHERE t.{} = u.{}").format(
            Identifier(table), sets, self._arrays(table, names), listed, Identifier(key), Identifier(key)
        )

    def _arrays(self, table: str, names: tuple[str, ...]) -> Composed:
        return SQL(", ").join(SQL("%s::" + self._types[table, name] + "[]") for name in names)


def _shapes(arrays: Arrays, changes: list[Any]) -> list[tuple[Any, list[tuple[Any, ...]]]]:
    shapes: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for change in changes:
        shape = (change.table, change.key, change.new, tuple(change.values))
        shapes.setdefault(shape, []).append(tuple(change.values.values()))
    return [
        (arrays.insert(table, names) if new else arrays.update(table, key, names), rows)
        for (table, key, new, names), rows in shapes.items()
    ]
