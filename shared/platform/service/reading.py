"""How everything is read: in a transaction that names what the viewer may see, for the reader's role sees only that
(row-level security, the second wall behind the application's checks)."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from shared.platform.messaging.engine import Engine
from shared.platform.text import BRACKETS, without_brackets
from shared.platform.web import problems
from shared.platform.web.session import Viewer

T = TypeVar("T")
Scope = Callable[[Viewer | None], Mapping[str, str]]
"""The settings of PostgreSQL by which policies let a viewer's rows through; None: of what is computed over all rows."""


class Reading:
    """Opens reading transactions. Raises problems.ServiceUnavailable while the database does not answer."""

    def __init__(self, engine: Engine, scope: Scope) -> None:
        self.engine = engine
        self._scope = scope

    def settings_of(self, viewer: Viewer | None) -> Mapping[str, str]:
        """By what the policies let this viewer's rows through."""
        return self._scope(viewer)

    @asynccontextmanager
    async def of(self, viewer: Viewer | None, *, snapshot: bool = False) -> AsyncIterator[AsyncConnection[Any]]:
        """A transaction in which this viewer's rows show; with `snapshot`, as they are at one moment."""
        settings = self.settings_of(viewer)
        calls = ", ".join(["set_config(%s, %s, true)"] * len(settings))
        try:
            async with self.engine.pool.connection() as connection, connection.transaction():
                if snapshot:
                    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                if settings:
                    await connection.execute(f"SELECT {calls}", [part for pair in settings.items() for part in pair])
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise problems.ServiceUnavailable() from error

    async def rows(self, viewer: Viewer | None, query: str, values: Any, kind: type[T]) -> list[T]:
        """The rows of a query as dataclasses."""
        async with self.of(viewer) as connection, connection.cursor(row_factory=class_row(kind)) as cursor:
            await cursor.execute(query, values)
            return await cursor.fetchall()

    async def dicts(self, viewer: Viewer | None, query: str, values: Any) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries."""
        async with self.of(viewer) as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query, values)
            return await cursor.fetchall()

    async def value(self, viewer: Viewer | None, query: str, values: Any) -> Any:
        """The first column of the first row; None where there is none."""
        async with self.of(viewer) as connection:
            row = await (await connection.execute(query, values)).fetchone()
        return row[0] if row else None


def finds(*columns: str) -> str:
    """A condition: one of these columns holds `%(text)s`, a pattern made by `like`.

    Both sides are compared without width and without brackets, for a number is copied with those at hand:
    （特设）移〔2022〕17号, (特设)移[2022]17号.
    """
    plain = (f"translate(normalize({column}, NFKC), '{BRACKETS}', '')" for column in columns)
    return f"({' OR '.join(f'{one} ILIKE %(text)s' for one in plain)})"


def like(text: str) -> str:
    """A pattern for `finds` that finds `text` anywhere, taken as it stands; of brackets alone it finds nothing."""
    return f"%{escaped(without_brackets(text) or unicodedata.normalize('NFKC', text))}%"


def escaped(text: str) -> str:
    """What LIKE takes as it stands."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
