"""Reminders by mail: what waits is sent outside the lane, and what became of it is recorded by a command.

Recorded after it was sent, so a kill in between sends it again under the same Message-ID: at least once, and
recognisable. Whoever is told to stop meanwhile, or loses the lease by which one process at a time sends, begins no
other mail and records what became of those that the server has. A dead mail server stops nothing else: each attempt is
an event with its reason, a line of the log and a count, and the next one a timer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
import structlog
from prometheus_client import CollectorRegistry, Counter
from psycopg.rows import class_row

from services.notify.channels.smtp import Mail, Outcome, send
from services.notify.config import MailServer
from shared.platform.event_store.lane import Contended, Unavailable
from shared.platform.messaging.engine import Engine

POLL = 5.0
BATCH = 50
log = structlog.get_logger("mail")

Record = Callable[[UUID, Outcome], Awaitable[None]]
"""Records what became of a reminder's mail; returns when it is committed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One notice that waits. `at` is the date of its mail."""

    id: UUID
    recipients: list[str]
    text: str
    link: str
    at: datetime


class MailChannel:
    """Sends what waits. `addresses`: person → address; `public_url` makes links absolute; `by_day` says whether mail
    that has no haste may go out at an instant."""

    def __init__(
        self,
        engine: Engine,
        server: MailServer,
        addresses: Mapping[str, str],
        record: Record,
        public_url: str,
        by_day: Callable[[datetime], bool],
        registry: CollectorRegistry,
    ) -> None:
        self._engine = engine
        self._lease = engine.peers.lease("mail")
        self._stopping = False
        self._server = server
        self._addresses = addresses
        self._record = record
        self._public_url = public_url
        self._by_day = by_day
        self._outcomes = Counter("bihuan_mails", "Mails by what became of them", ["outcome"], registry=registry)
        for outcome in ("sent", "failed"):  # from 0: what was never there does not increase when it comes
            self._outcomes.labels(outcome)

    async def run(self) -> None:
        """Follow until cancelled; a lost database is tried again."""
        while True:
            await self._lease.wait()
            try:
                while self._lease.held and (rows := await self._waiting()):
                    await self._finish(asyncio.create_task(self._send(rows)))
            except (psycopg.Error, Unavailable, Contended) as error:
                log.warning("channel interrupted", channel="mail", error=type(error).__name__)
            await self._engine.next_commit(POLL)

    async def _waiting(self) -> list[Row]:
        """What may go out now."""
        now = self._engine.clock.now()
        values = {"now": now, "by_day": self._by_day(now), "batch": BATCH}
        async with self._engine.own_pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Row))
            await cursor.execute(
                """SELECT id, recipients, text, link, greatest(queued_at, not_before) AS at FROM notices
                   WHERE state = 'waiting' AND (not_before IS NULL OR (%(by_day)s AND not_before <= %(now)s))
                   ORDER BY number LIMIT %(batch)s""",
                values,
            )
            return await cursor.fetchall()

    async def _finish(self, sending: asyncio.Task[None]) -> None:
        """Wait for it, also when cancelled meanwhile: a mail without its outcome would be sent again."""
        try:
            await asyncio.wait([sending])
        except asyncio.CancelledError:
            self._stopping = True
            while not sending.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([sending])
            if error := sending.exception():
                log.error("mail sent, but not recorded: it will be sent again", error=str(error))
            raise
        sending.result()

    async def _send(self, rows: list[Row]) -> None:
        mails = [self._mail(row) for row in rows]
        outcomes = await asyncio.to_thread(send, self._server, mails, self._may_go_on)
        tried = list(zip(rows, outcomes, strict=False))
        for row, outcome in tried:
            if outcome.error is not None:
                log.error("mail not sent", reminder=str(row.id), reason=outcome.error, server=self._server.host)
            self._outcomes.labels("sent" if outcome.error is None else "failed").inc()
        await asyncio.gather(*[self._record(row.id, outcome) for row, outcome in tried])

    def _may_go_on(self) -> bool:
        return self._lease.held and not self._stopping

    def _mail(self, row: Row) -> Mail:
        addresses = {person: self._addresses[person] for person in row.recipients if person in self._addresses}
        return Mail(row.id, addresses, row.text, f"{self._public_url}{row.link}", row.at)
