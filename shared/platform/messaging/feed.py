"""Reading a service's own feeds from PostgreSQL, for the relay and for the HTTP feed.

What the internal feed's oldest rows were packed into (see `event_store.retention`) is read as if they were rows still.
Who reads at the end of the feed, as the relay does, never touches a block: the last row of all is always a row, and
the rows have no gap, so something is packed only where the first row found is not the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection, DataError
from psycopg.rows import class_row, tuple_row

from shared.platform.event_store import blocks
from shared.platform.event_store.blocks import COLUMNS
from shared.platform.messaging.cloudevents import Feed, FeedRow
from shared.platform.messaging.timelines import Timelines

PAGE = 1000
_PUBLIC = """
SELECT sequence, name, stream::text, version, partitionkey, at, recorded, data, jurisdiction, jurisdictionsequence
FROM public_events WHERE sequence > %s ORDER BY sequence LIMIT %s"""
_CHOSEN = f"""
{_PUBLIC.partition("WHERE")[0]} WHERE sequence > %(after)s
  AND (%(jurisdictions)s::text[] IS NULL OR jurisdiction = ANY(%(jurisdictions)s))
  AND (%(names)s::text[] IS NULL OR name = ANY(%(names)s))
ORDER BY sequence LIMIT %(limit)s"""
_INTERNAL = f"""
SELECT {COLUMNS}
FROM internal_events WHERE sequence > %s ORDER BY sequence LIMIT %s"""  # noqa: S608 – a constant
_BOTH = f"""
({_PUBLIC}) UNION ALL (SELECT *, NULL, NULL FROM ({_INTERNAL}) AS internal)"""  # noqa: S608 – our own
_BLOCK = "SELECT body FROM internal_blocks WHERE first <= %s ORDER BY first DESC LIMIT 1"


async def timelines_of(connection: AsyncConnection[Any]) -> dict[Feed, Timelines]:
    """The timelines of each feed."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute("SELECT number, public_after, internal_after FROM timelines", prepare=True)
        rows = await cursor.fetchall()
    return {
        "public": Timelines((number, public) for number, public, _ in rows),
        "internal": Timelines((number, internal) for number, _, internal in rows),
    }


async def read(connection: AsyncConnection[Any], feed: Feed, *, after: int, limit: int) -> list[FeedRow]:
    """The rows of `feed` after `after`, at most `limit` (1 to PAGE) of them, in order."""
    query = _PUBLIC if feed == "public" else _INTERNAL
    limit = min(limit, PAGE)
    async with connection.cursor(row_factory=class_row(FeedRow)) as cursor:
        await cursor.execute(query, (after, limit), prepare=True)
        rows = await cursor.fetchall()
    return rows if feed == "public" else await _with_packed(connection, rows, after, limit)


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
    found["internal"] = await _with_packed(connection, found["internal"], after["internal"], limit)
    return found


async def read_chosen(
    connection: AsyncConnection[Any], jurisdictions: Sequence[str] | None, names: Sequence[str] | None, *, after: int,
    limit: int,
) -> list[FeedRow]:  # fmt: skip
    """The public rows of some jurisdictions and of some event names (None: of all) after `after`, by the feed's own
    sequence."""
    values = {
        "after": after,
        "jurisdictions": list(jurisdictions) if jurisdictions is not None else None,
        "names": list(names) if names is not None else None,
        "limit": min(limit, PAGE),
    }
    async with connection.cursor(row_factory=class_row(FeedRow)) as cursor:
        await cursor.execute(_CHOSEN, values)
        return await cursor.fetchall()


async def hidden(
    connection: AsyncConnection[Any], rows: Sequence[FeedRow], interests: Sequence[str]
) -> frozenset[FeedRow]:  # fmt: skip
    """Those of the rows that tell of something confidential (a table of this name: what, against whom) to somebody who
    belongs to a body that it is against."""
    query = "SELECT id::text FROM confidential WHERE id::text = ANY(%s) AND unit = ANY(%s)"
    keys = list({key for row in rows for key in (row.stream, row.partitionkey)})
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, (keys, list(interests)), prepare=True)
        found = {id_ for (id_,) in await cursor.fetchall()}
    return frozenset(row for row in rows if row.stream in found or row.partitionkey in found)


async def _with_packed(connection: AsyncConnection[Any], rows: list[FeedRow], after: int, limit: int) -> list[FeedRow]:
    """`rows`, found after `after`, with those before them that are packed; at most `limit`.

    Raises psycopg.DataError where an event is neither among the rows nor in a block.
    """
    packed: list[FeedRow] = []
    while rows and after + 1 < rows[0].sequence and len(packed) < limit:
        row = await (await connection.execute(_BLOCK, (after + 1,), prepare=True)).fetchone()
        following = [FeedRow(*one) for one in blocks.unpack(row[0]) if one[0] > after] if row else []
        if not following:
            raise DataError(f"event {after + 1} of the internal feed is missing: restore the database from a backup")
        packed += following
        after = packed[-1].sequence
    return (packed + rows)[:limit]
