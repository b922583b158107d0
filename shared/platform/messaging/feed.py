"""Reading a service's own feeds from PostgreSQL, for the relay and for the HTTP feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from shared.platform.messaging.cloudevents import Feed, FeedRow

PAGE = 1000
_PUBLIC = """
SELECT sequence, name, stream::text, version, partitionkey, at, recorded, data, jurisdiction, jurisdictionsequence
FROM public_events WHERE sequence > %s {only} ORDER BY sequence LIMIT %s"""
_INTERNAL = """
SELECT sequence, name, stream::text, version, partitionkey, at, recorded, data
FROM internal_events WHERE sequence > %s ORDER BY sequence LIMIT %s"""
_BOTH = f"""
({_PUBLIC.format(only="")}) UNION ALL (SELECT *, NULL, NULL FROM ({_INTERNAL}) AS internal)"""  # noqa: S608 – our own


async def read(connection: AsyncConnection[Any], feed: Feed, *, after: int, limit: int) -> list[FeedRow]:
    """The rows of `feed` after `after`, at most `limit` (1 to PAGE) of them, in order."""
    query = _PUBLIC.format(only="") if feed == "public" else _INTERNAL
    async with connection.cursor(row_factory=class_row(FeedRow)) as cursor:
        await cursor.execute(query, (after, min(limit, PAGE)), prepare=True)
        return await cursor.fetchall()


async def read_both(
    connection: AsyncConnection[Any], after: Mapping[Feed, int], limit: int
) -> dict[Feed, list[FeedRow]]:
    """The rows of each feed after its number in `after`, at most `limit` of each, in order; in one round trip."""
    found: dict[Feed, list[FeedRow]] = {"public": [], "internal": []}
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_BOTH, (after["public"], limit, after["internal"], limit), prepare=True)
        for values in await cursor.fetchall():
            row = FeedRow(*values)
            found["internal" if row.jurisdiction is None else "public"].append(row)
    return found


async def read_jurisdictions(
    connection: AsyncConnection[Any], jurisdictions: Sequence[str], *, after: int, limit: int
) -> list[FeedRow]:
    """The public rows of some jurisdictions after `after`, by the feed's own sequence."""
    async with connection.cursor(row_factory=class_row(FeedRow)) as cursor:
        query = _PUBLIC.format(only="AND jurisdiction = ANY(%s)")
        values = (after, list(jurisdictions), min(limit, PAGE))
        await cursor.execute(query, values, prepare=True)
        return await cursor.fetchall()
