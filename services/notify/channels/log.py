"""The log as a way out: it reads the rows of `outgoing` after its own position, in order, and moves the position.

The position is stored after the rows were sent, so a kill in between sends them again: at least once. Several processes
take turns, because the position's row is locked meanwhile; PostgreSQL ends the transaction of one that is frozen.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

import psycopg
import structlog
from psycopg.rows import class_row

from shared.platform.messaging.engine import Engine

POLL = 5.0
REST = 0.5
BATCH = 100
log = structlog.get_logger("reminders")


@dataclass(frozen=True, slots=True)
class Row:
    """One message on its way out."""

    number: int
    case_id: UUID
    unit: str
    kind: str
    to_role: str
    link: str


class LogChannel:
    """Writes one line per message to the service's log, without its sentence: the log carries identifiers only."""

    name = "log"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def run(self) -> None:
        """Follow for ever; a lost database is tried again."""
        while True:
            try:
                while await self._send():
                    pass
            except psycopg.Error as error:
                log.warning("channel interrupted", channel=self.name, error=type(error).__name__)
            await asyncio.sleep(REST)  # a line of the log need not come at once, and most commits bring none
            await self._engine.next_commit(POLL - REST)

    async def _send(self) -> int:
        async with self._engine.own_pool.connection() as connection, connection.transaction():
            query = "SELECT number FROM channels WHERE channel = %s FOR UPDATE"
            row = await (await connection.execute(query, (self.name,))).fetchone()
            position = row[0] if row else 0
            async with connection.cursor(row_factory=class_row(Row)) as cursor:
                await cursor.execute(
                    """SELECT number, case_id, unit, kind, to_role, link FROM outgoing
                       WHERE number > %s ORDER BY number LIMIT %s""",
                    (position, BATCH),
                )
                rows = await cursor.fetchall()
            for one in rows:
                log.info(
                    "reminder", number=one.number, kind=one.kind, unit=one.unit, to=one.to_role, case=str(one.case_id),
                    link=one.link,
                )  # fmt: skip
            if rows:
                moved = "UPDATE channels SET number = %s WHERE channel = %s"
                await connection.execute(moved, (rows[-1].number, self.name))
        return len(rows)
