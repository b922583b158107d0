"""Changes of read tables, written beside the events that cause them.

A projection answers an event with `insert(table, …)` or `update(table, key, …)`. Within one unit of work all changes
of the same shape become one statement, and several changes of one row become one, so a read model costs a group of
commands one round trip per shape. The rows travel as one JSON document, which PostgreSQL turns into the table's types:
a sixth of the time that arrays take to be written here, and less in all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, LiteralString

import msgspec
from msgspec import Struct
from psycopg.sql import SQL, Composed, Identifier

Statement = tuple[LiteralString | Composed, tuple[Any, ...]]
"""A statement and its parameters."""


class Change(Struct, frozen=True):
    """One row of one table: a new row, or new values for the row with this key. `key` names one column."""

    table: str
    key: str
    values: Mapping[str, Any]
    new: bool


def insert(table: str, *, key: str, **values: Any) -> Change:
    """A new row; `key` names the column (among `values`) by which later changes in the group find it."""
    return Change(table, key, values, new=True)


def update(table: str, *, key: str, **values: Any) -> Change:
    """New values for the row whose column `key` has the given value."""
    return Change(table, key, values, new=False)


class Changes:
    """The staged changes of a unit of work, one per row, in order of first mention."""

    def __init__(self) -> None:
        self._by_row: dict[tuple[Any, ...], Change] = {}

    def add(self, change: Change) -> None:
        """Add one change; later values of the same row win."""
        row: tuple[Any, ...] = (change.table, change.key, change.values[change.key])
        before = self._by_row.get(row)
        if before is not None and change.new:
            row = (*row, len(self._by_row))  # a second new row is for the database to refuse, not for us to merge
        elif before is not None:
            change = Change(change.table, change.key, {**before.values, **change.values}, before.new)
        self._by_row[row] = change

    def merge(self, other: Changes) -> None:
        for change in other._by_row.values():
            self.add(change)

    def __bool__(self) -> bool:
        return bool(self._by_row)

    def __iter__(self) -> Iterator[Change]:
        return iter(self._by_row.values())

    def statements(self) -> Iterator[Statement]:
        """What writes everything: one statement per (table, columns, new)."""
        shapes: dict[tuple[str, str, bool, tuple[str, ...]], list[Mapping[str, Any]]] = {}
        for change in self._by_row.values():
            shape = (change.table, change.key, change.new, tuple(change.values))
            shapes.setdefault(shape, []).append(_written(change.values))
        for shape, rows in shapes.items():
            yield _statement(*shape), (msgspec.json.encode(rows).decode(),)


def _written(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values as PostgreSQL reads them from JSON: bytes in its hexadecimal notation."""
    if any(type(value) is bytes for value in values.values()):
        return {name: "\\x" + value.hex() if type(value) is bytes else value for name, value in values.items()}
    return values


@cache
def _statement(table: str, key: str, new: bool, names: tuple[str, ...]) -> Composed:
    columns = SQL(", ").join(map(Identifier, names))
    if new:
        return SQL("INSERT INTO {} ({}) SELECT {} FROM json_populate_recordset(NULL::{}, %s::json)").format(
            Identifier(table), columns, columns, Identifier(table)
        )
    assignments = SQL(", ").join(
        SQL("{} = u.{}").format(Identifier(name), Identifier(name)) for name in names if name != key
    )
    return SQL("UPDATE {} AS t SET {} FROM json_populate_recordset(NULL::{}, %s::json) AS u WHERE t.{} = u.{}").format(
        Identifier(table), assignments, Identifier(table), Identifier(key), Identifier(key)
    )
