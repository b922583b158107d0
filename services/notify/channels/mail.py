"""Reminders by mail: what waits is sent outside the lane, and what became of it is recorded by a command.

All that waits for one person is one mail, but what tells of danger to life. Before others go out, what the other
services have told is taken in: it may say that what a mail asks for is done.

Recorded after it was sent, so a kill in between sends it again under the same Message-ID: at least once, and
recognisable. Whoever is told to stop meanwhile, or loses the lease by which one process at a time sends, begins no
other mail and records what became of those that the server has. A dead mail server stops nothing else: each attempt is
an event with its reason, a line of the log and a count, and the next one a timer.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

import psycopg
import structlog
from prometheus_client import CollectorRegistry, Counter
from psycopg.rows import class_row

from services.notify.channels.smtp import Line, Mail, Outcome, send
from services.notify.config import MailServer
from services.notify.domain.values import MOST_URGENT
from shared.platform.event_store.lane import Contended, Unavailable
from shared.platform.messaging.engine import Engine

POLL = 5.0
PEOPLE = 20
"""Whose mails are sent at a time, over one connection."""
PATIENCE = 60.0
log = structlog.get_logger("mail")

Record = Callable[[UUID, Outcome], Awaitable[None]]
"""Records what became of a reminder's mail; returns when it is committed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One notice that waits. `at` is the date of its mail; `at_once` says that it waits for no other."""

    id: UUID
    recipients: list[str]
    kind: str
    text: str
    link: str
    due: datetime | None
    at: datetime
    at_once: bool


def gathered(rows: Sequence[Row]) -> list[list[Row]]:
    """What goes out in one mail: to one person all that has no haste, the most urgent first, as `MOST_URGENT` and the
    dates have it. What tells of danger to life goes by itself, and before all others."""
    alone = [[row] for row in rows if row.at_once]
    heaps: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if not row.at_once:
            heaps.setdefault(tuple(row.recipients), []).append(row)
    return alone + [sorted(heap, key=_urgency) for heap in heaps.values()]


def _urgency(row: Row) -> tuple[int, bool, float]:
    rank = MOST_URGENT.index(row.kind) if row.kind in MOST_URGENT else len(MOST_URGENT)
    return rank, row.due is None, row.due.timestamp() if row.due is not None else 0.0


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
        self._unheard_since: float | None = None
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
        values = {"now": now, "by_day": self._by_day(now), "people": PEOPLE}
        async with self._engine.own_pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Row))
            await cursor.execute(
                """WITH ripe AS (
                     SELECT number, id, recipients, kind, text, link, due, greatest(queued_at, not_before) AS at,
                            not_before IS NULL AS at_once
                     FROM notices
                     WHERE state = 'waiting' AND (not_before IS NULL OR (%(by_day)s AND not_before <= %(now)s))
                   ), whose AS (
                     SELECT recipients FROM ripe GROUP BY recipients
                     ORDER BY bool_or(at_once) DESC, min(number) LIMIT %(people)s
                   )
                   SELECT id, recipients, kind, text, link, due, at, at_once FROM ripe JOIN whose USING (recipients)
                   ORDER BY number""",
                values,
            )
            rows = await cursor.fetchall()
        return [row for row in rows if row.at_once or self._knows_all()]

    def _knows_all(self) -> bool:
        """Whether all that others told is known, by which a mail may have become needless; or that was waited for long
        enough: a bus that is away stops no mail."""
        if self._engine.has_heard_all:
            self._unheard_since = None
            return True
        self._unheard_since = self._unheard_since or time.monotonic()
        return time.monotonic() - self._unheard_since > PATIENCE

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
        heaps = gathered(rows)
        outcomes = await asyncio.to_thread(send, self._server, [self._mail(heap) for heap in heaps], self._may_go_on)
        tried = list(zip(heaps, outcomes, strict=False))
        for heap, outcome in tried:
            if outcome.error is not None:
                log.error("mail not sent", notice=str(heap[0].id), reason=outcome.error, server=self._server.host)
            self._outcomes.labels("sent" if outcome.error is None else "failed").inc()
        await asyncio.gather(*[self._record(row.id, outcome) for heap, outcome in tried for row in heap])

    def _may_go_on(self) -> bool:
        return self._lease.held and not self._stopping

    def _mail(self, heap: list[Row]) -> Mail:
        people = heap[0].recipients
        addresses = {person: self._addresses[person] for person in people if person in self._addresses}
        lines = tuple(Line(row.text, f"{self._public_url}{row.link}") for row in heap)
        id_ = heap[0].id if len(heap) == 1 else uuid5(min(row.id for row in heap), "".join(str(row.id) for row in heap))
        return Mail(id_, addresses, lines, max(row.at for row in heap))
