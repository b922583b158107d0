"""What a restore has left to people, in the table `taken_back`: what there is, and who has settled it how.

A row whose stream concerns the officials of a body of the reader's is not shown to him, like everything else about it.
What was settled stays settled: a second answer to the same row changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from shared.platform.messaging.engine import Engine

_SHOWN = """NOT EXISTS (
  SELECT FROM confidential AS c WHERE c.id = taken_back.stream AND c.unit = ANY(%(interests)s::text[])
)"""
_LEFT = f"reason IS NOT NULL AND settled_at IS NULL AND {_SHOWN}"
_COLUMNS = "id, producer, number AS timeline, stream, kind, reason, about, at, settled_at, settled_by, settled_how"


@dataclass(frozen=True, slots=True)
class Row:
    """A stream in which something followed from events that are no more, or was forgotten. `reason`: why a person must
    look at it, and `about` of what it speaks; no reason where an event has taken it back."""

    id: UUID
    producer: str
    timeline: int
    stream: UUID
    kind: str
    reason: str | None
    about: str
    at: datetime
    settled_at: datetime | None
    settled_by: str | None
    settled_how: str | None


class LeftToPeople:
    """Of one service. `interests`: the bodies to which the reader belongs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def count(self, interests: Sequence[str]) -> int:
        """How much waits for somebody."""
        async with self._engine.pool.connection() as connection:
            query = f"SELECT count(*) FROM taken_back WHERE {_LEFT}"  # noqa: S608 – fixed parts
            row = await (await connection.execute(query, {"interests": list(interests)})).fetchone()
            return int(row[0]) if row else 0

    async def waiting(self, interests: Sequence[str], limit: int) -> list[Row]:
        """What waits for somebody, the oldest first."""
        return await self._rows(f"{_LEFT} ORDER BY id", interests, limit)

    async def settled(self, interests: Sequence[str], limit: int) -> list[Row]:
        """What somebody has settled, the latest first."""
        return await self._rows(f"settled_at IS NOT NULL AND {_SHOWN} ORDER BY settled_at DESC, id", interests, limit)

    async def by_itself(self, interests: Sequence[str], limit: int) -> list[Row]:
        """What an event has taken back, the latest first."""
        return await self._rows(f"reason IS NULL AND {_SHOWN} ORDER BY id DESC", interests, limit)

    async def after(self, interests: Sequence[str], after: UUID | None, limit: int) -> list[Row]:
        """All of it behind a row, in the order in which it was done."""
        condition = f"(%(after)s::uuid IS NULL OR id > %(after)s::uuid) AND {_SHOWN} ORDER BY id"
        return await self._rows(condition, interests, limit, after=after)

    async def settle(self, ids: Sequence[UUID], by: str, how: str, interests: Sequence[str]) -> int:
        """Note that somebody has seen to these; how many of them waited for it."""
        async with self._engine.own_pool.connection() as connection:
            done = await connection.execute(
                f"UPDATE taken_back SET settled_at = now(), settled_by = %(by)s, settled_how = %(how)s "  # noqa: S608
                f"WHERE id = ANY(%(ids)s) AND {_LEFT}",
                {"ids": list(ids), "by": by, "how": how, "interests": list(interests)},
            )
            return done.rowcount

    async def _rows(self, condition: str, interests: Sequence[str], limit: int, **values: Any) -> list[Row]:
        query = f"SELECT {_COLUMNS} FROM taken_back WHERE {condition} LIMIT %(limit)s"  # noqa: S608 – fixed parts
        parameters = {"interests": list(interests), "limit": limit} | values
        async with (
            self._engine.pool.connection() as connection,
            connection.cursor(row_factory=class_row(Row)) as cursor,
        ):
            return await (await cursor.execute(query, parameters)).fetchall()
