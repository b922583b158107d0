"""Changes of read tables, written beside the events that cause them.

A projection answers an event with `insert(table, …)` or `update(table, key, …)`. Within one unit of work all changes
of the same shape become one statement over arrays, and several changes of one row become one, so a read model costs
a group of commands one round trip per shape. Column types are read from the database once (:class:`Tables`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from psycopg import Connection, Cursor
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed, Identifier


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

    def write(self, cursor: Cursor[Any], tables: Tables) -> None:
        """Write everything: one statement per (table, columns, new)."""
        shapes: dict[tuple[str, str, bool, tuple[str, ...]], list[Change]] = {}
        for change in self._by_row.values():
            shapes.setdefault((change.table, change.key, change.new, tuple(change.values)), []).append(change)
        for (table, key, new, names), changes in shapes.items():
            arrays = [[change.values[name] for change in changes] for name in names]
            cursor.execute(tables.statement(table, key, new, names), arrays, prepare=True)


class Tables:
    """The read tables' column types, and the statements made from them."""

    def __init__(self, connection: Connection[Any]) -> None:
        cursor = connection.cursor(row_factory=tuple_row)
        found = cursor.execute(
            """SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
               FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
                 AND NOT a.attisdropped"""
        ).fetchall()
        self._types = {(row[0], row[1]): row[2] for row in found}
        self._statements: dict[tuple[str, str, bool, tuple[str, ...]], Composed] = {}

    def statement(self, table: str, key: str, new: bool, names: tuple[str, ...]) -> Composed:
        """The array statement for one shape of change. Raises KeyError for a column that no migration made."""
        shape = (table, key, new, names)
        if shape not in self._statements:
            arrays = SQL(", ").join(SQL("%s::" + self._types[table, name] + "[]") for name in names)
            listed = SQL(", ").join(map(Identifier, names))
            if new:
                text = SQL("INSERT INTO {} ({}) SELECT * FROM unnest({})").format(Identifier(table), listed, arrays)
            else:
                assignments = SQL(", ").join(
                    SQL("{} = u.{}").format(Identifier(name), Identifier(name)) for name in names if name != key
                )
                text = SQL("UPDATE {} AS t SET {} FROM unnest({}) AS u({}) WHERE t.{} = u.{}").format(
                    Identifier(table), assignments, arrays, listed, Identifier(key), Identifier(key)
                )
            self._statements[shape] = text
        return self._statements[shape]
