"""Calling back what is due: a table, polled, answered once.

A due timer is claimed with FOR UPDATE SKIP LOCKED, so that two processes share the work, and answered by a command in
the lane. If two answer it after all, the second finds an aggregate that no longer wants it (or loses the race for the
stream's next version and looks again): what a timer does must follow from the aggregate's state alone. A claim whose
process died is taken over after five seconds. A wish made again after it was answered or stopped is a new wish. What
fell due while everything was down is answered after the start, in order of due time.

Deadlines fall at midnight together, so several timers are answered by one command; if it fails, by one command each,
so that only the bad one fails. That one is tried again after 1 s, 2 s, 4 s … an hour of the wall clock. After a day
it is parked: it waits for an operator, who sees it among the dead letters and has it tried once more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import psycopg
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from psycopg.rows import class_row

from shared.platform import postgres
from shared.platform.event_store.lane import CommandLane, Contended, Unavailable
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer

POLL = 0.25
CLOCK_MOVED = "clock_moved"
"""The channel on which a simulation tells that it moved the clock: what is due then need not wait for the next poll."""
BATCH = 500
TOGETHER = 50
LONGEST_PAUSE = 3600
PARKED_AFTER = 36
"""Attempts: the pauses between them add up to a day."""
COUNT_EVERY = 10.0
_CLAIM = """
UPDATE timers SET claimed = clock_timestamp() WHERE id IN (
  SELECT id FROM timers WHERE due <= %s AND fired IS NULL AND NOT stopped
    AND (claimed IS NULL OR claimed < clock_timestamp() - interval '5 seconds')
    AND parked IS NULL AND (retry_at IS NULL OR retry_at <= clock_timestamp())
  ORDER BY due, id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, stream, kind, due"""
_FAILED = """
UPDATE timers SET claimed = NULL, attempts = attempts + 1, error = %(error)s,
  retry_at = clock_timestamp() + least(1 << least(attempts, 12), %(longest)s) * interval '1 second',
  parked = CASE WHEN attempts + 1 >= %(parked_after)s THEN clock_timestamp() END
WHERE id = %(id)s AND fired IS NULL RETURNING attempts, parked IS NOT NULL"""
OPEN_AND_PARKED = "parked IS NOT NULL AND fired IS NULL AND NOT stopped"
RETRY = f"UPDATE timers SET parked = NULL, retry_at = NULL WHERE id = %s AND {OPEN_AND_PARKED} RETURNING stream"  # noqa: S608 – a constant
"""An operator's order to try a parked timer once more; if it fails, it is parked again at once."""
log = structlog.get_logger("timers")

Fire = Callable[[Session, Timer, datetime], None]


class Timers:
    """Polls until cancelled. `fire` answers one timer within the lane; `now` is the domain clock."""

    def __init__(
        self, dsn: str, lane: CommandLane, fire: Fire, now: Callable[[], datetime], registry: CollectorRegistry
    ) -> None:
        self._dsn = dsn
        self._lane = lane
        self._fire = fire
        self._now = now
        self._count_at = 0.0
        self._fired = Counter("bihuan_timers_fired", "Timers answered", registry=registry)
        self._failed = Counter("bihuan_timers_failed", "Attempts to answer a timer that failed", registry=registry)
        self._parked = Gauge("bihuan_timers_parked", "Timers put aside after a day of failing", registry=registry)

    async def run(self) -> None:
        """Poll for ever; a lost database is tried again."""
        while True:
            try:
                async with await postgres.connect(self._dsn, "timers") as connection:
                    await connection.execute(f"LISTEN {CLOCK_MOVED}")
                    while True:
                        await self._count_parked(connection)
                        if not await self._answer(connection):
                            async for _ in connection.notifies(timeout=POLL, stop_after=1):
                                pass
            except psycopg.Error as error:
                log.warning("timers interrupted", error=str(error))
                await asyncio.sleep(1.0)

    async def _answer(self, connection: psycopg.AsyncConnection[Any]) -> int:
        now = self._now()
        async with connection.cursor(row_factory=class_row(Timer)) as cursor:
            await cursor.execute(_CLAIM, (now, BATCH), prepare=True)
            due = sorted(await cursor.fetchall(), key=lambda timer: (timer.due, timer.id))
        groups = [due[start : start + TOGETHER] for start in range(0, len(due), TOGETHER)]
        outcomes = await asyncio.gather(*[self._submit(group, now) for group in groups], return_exceptions=True)
        for group, outcome in zip(groups, outcomes, strict=True):
            await self._note(connection, group, outcome, now)
        return len(due)

    def _submit(self, timers: Sequence[Timer], now: datetime) -> asyncio.Future[None]:
        return self._lane.submit(partial(self._fire_all, timers, now), streams=[timer.stream for timer in timers])

    def _fire_all(self, timers: Sequence[Timer], now: datetime, session: Session) -> None:
        for timer in timers:
            session.mark_fired(timer.id)
            self._fire(session, timer, now)

    async def _note(
        self, connection: psycopg.AsyncConnection[Any], timers: Sequence[Timer], outcome: Any, now: datetime
    ) -> None:
        """Take down what became of timers that were answered together; if that failed, answer each alone."""
        if not isinstance(outcome, BaseException):
            self._fired.inc(len(timers))
        elif isinstance(outcome, Unavailable | Contended):
            log.warning("timers put off", timers=len(timers), reason=str(outcome))
        elif len(timers) > 1:
            each = [self._submit([timer], now) for timer in timers]
            for timer, alone in zip(timers, await asyncio.gather(*each, return_exceptions=True), strict=True):
                await self._note(connection, [timer], alone, now)
        else:
            await self._put_off(connection, timers[0], outcome)

    async def _put_off(self, connection: psycopg.AsyncConnection[Any], timer: Timer, error: BaseException) -> None:
        self._failed.inc()
        reason = f"{type(error).__name__}: {error}".replace("\0", "")
        values = {"id": timer.id, "error": reason, "longest": LONGEST_PAUSE, "parked_after": PARKED_AFTER}
        row = await (await connection.execute(_FAILED, values)).fetchone()
        attempts, parked = row or (0, False)
        log.error(
            "timer parked" if parked else "timer failed", timer=str(timer.id), kind=timer.kind,
            stream=str(timer.stream), attempts=attempts, exc_info=error,
        )  # fmt: skip
        if parked:
            self._count_at = 0.0

    async def _count_parked(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Now and then, because other processes park timers too, and an operator lets them go."""
        if time.monotonic() >= self._count_at:
            self._count_at = time.monotonic() + COUNT_EVERY
            query = f"SELECT count(*) FROM timers WHERE {OPEN_AND_PARKED}"  # noqa: S608 – a constant
            row = await (await connection.execute(query, prepare=True)).fetchone()
            self._parked.set(row[0] if row else 0)
