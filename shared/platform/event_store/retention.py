"""What grows without bound, and what becomes of it.

    stored_events, public_events  stay for ever
    idempotency_keys              deleted 30 days after the command: nobody repeats a request for so long
    timers                        deleted 30 days after they were answered, or would have been had they not been stopped
    dead_letters                  deleted 90 days after they were replayed; those that wait, wait
    internal_events               packed into internal_blocks an hour after they were recorded, once they are on the bus
    refused_forms                 deleted an hour after they were refused
    snapshots                     one a stream, replaced
    timelines, abandoned_events   stay for ever: what a restore took away
    producer_timelines            stays for ever, as does
    taken_back                    what was undone because of it or is left to people, and who settled that how
    streams of the bus            see `shared.platform.messaging.streams`

One process of a service at a time (an advisory lock) goes round every ten minutes of the wall clock. Deletion needs no
index, which every command would have to pay for: each round looks through the next pages of a table, at most
PAGES_A_ROUND of them, and the next round goes on from there. So a table is gone through once a day up to 4 GB, and more
seldom beyond; nothing waits for it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog
from prometheus_client import CollectorRegistry, Counter
from psycopg.sql import SQL, Identifier

from shared.platform import postgres
from shared.platform.event_store import blocks
from shared.platform.event_store.blocks import BLOCK, COLUMNS

EVERY = 600.0
ANSWER_WITHIN = 60.0
PAGES = 32
PAGES_A_ROUND = 4096
_OLDEST = f"""
SELECT {COLUMNS} FROM internal_events
WHERE sequence <= (SELECT sequence FROM relay_positions WHERE feed = 'internal')
  AND sequence < (SELECT max(sequence) FROM internal_events)
ORDER BY sequence LIMIT {BLOCK}"""  # noqa: S608 – constants
log = structlog.get_logger("retention")


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` are deleted once the SQL condition `over`, which knows `kept`, holds of them."""

    table: str
    kept: timedelta
    over: str


RULES = (
    Rule("idempotency_keys", timedelta(days=30), "recorded < now() - %(kept)s"),
    Rule("timers", timedelta(days=30), "CASE WHEN stopped THEN due ELSE fired END < now() - %(kept)s"),
    Rule("refused_forms", timedelta(hours=1), "at < now() - %(kept)s"),
    Rule("dead_letters", timedelta(days=90), "replayed < now() - %(kept)s"),
)


class Retention:
    """`run` until cancelled. `packed_after`: how long a row of the internal feed stays a row."""

    def __init__(self, dsn: str, registry: CollectorRegistry, *, packed_after: timedelta = timedelta(hours=1)) -> None:
        self._dsn = dsn
        self._packed_after = packed_after
        self._next_page = {rule.table: 0 for rule in RULES}
        self._rows = Counter("bihuan_retention_rows", "Rows deleted or packed", ["table"], registry=registry)

    async def run(self) -> None:
        """Go round for ever; trouble with the database is logged, and left to the next round."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.round()
            except psycopg.Error as error:
                log.warning("retention interrupted", error=str(error))

    async def round(self) -> None:
        """Go round once, unless another process is at it."""
        async with await postgres.connect(self._dsn, "retention", answer_within=ANSWER_WITHIN) as connection:
            row = await (await connection.execute("SELECT pg_try_advisory_lock(hashtext('retention'))")).fetchone()
            if not (row and row[0]):
                return
            for rule in RULES:
                await self._delete(connection, rule)
            while await self._pack(connection):
                pass

    async def _delete(self, connection: psycopg.AsyncConnection[Any], rule: Rule) -> None:
        statement = SQL("DELETE FROM {} WHERE ctid >= %(first)s::tid AND ctid < %(end)s::tid AND {}").format(
            Identifier(rule.table), SQL(rule.over)
        )  # fmt: skip
        size = "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::int"
        row = await (await connection.execute(size, (rule.table,))).fetchone()
        pages = row[0] if row else 0
        page = self._next_page[rule.table]
        for first in range(page, min(page + PAGES_A_ROUND, pages), PAGES):
            tids = {"first": f"({first},0)", "end": f"({first + PAGES},0)"}
            deleted = await connection.execute(statement, tids | {"kept": rule.kept})
            self._rows.labels(rule.table).inc(deleted.rowcount)
        page += PAGES_A_ROUND
        self._next_page[rule.table] = page if page < pages else 0

    async def _pack(self, connection: psycopg.AsyncConnection[Any]) -> bool:
        """Pack one block, if there is one. The last row of all is never packed: so who finds no row has them all."""
        async with connection.transaction():
            rows = await (await connection.execute(_OLDEST)).fetchall()
            if len(rows) < BLOCK or not self._is_old(rows[-1]):
                return False
            first, last = rows[0][0], rows[-1][0]
            body = await asyncio.to_thread(blocks.pack, rows)
            await connection.execute("INSERT INTO internal_blocks VALUES (%s, %s, %s)", (first, last, body))
            await connection.execute("DELETE FROM internal_events WHERE sequence BETWEEN %s AND %s", (first, last))
        self._rows.labels("internal_events").inc(BLOCK)
        return True

    def _is_old(self, row: tuple[Any, ...]) -> bool:
        return datetime.fromisoformat(row[6]) <= datetime.now(UTC) - self._packed_after
