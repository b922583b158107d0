"""Calling back what is due: a table, polled, answered once.

A due timer is claimed with FOR UPDATE SKIP LOCKED, so that two processes share the work, and answered by a command in
the lane. If two answer it after all, the second finds an aggregate that no longer wants it (or loses the race for the
stream's next version and looks again): what a timer does must follow from the aggregate's state alone. A claim whose
process died is taken over after five seconds. A wish made again after it was answered or stopped is a new wish. What
fell due while everything was down is answered after the start, in order of due time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import psycopg
import structlog
from prometheus_client import CollectorRegistry, Counter
from psycopg.rows import class_row

from shared.platform.event_store.lane import CommandLane, Contended, Unavailable
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer

POLL = 0.25
CLOCK_MOVED = "clock_moved"
"""The channel on which a simulation tells that it moved the clock: what is due then need not wait for the next poll."""
BATCH = 100
_CLAIM = """
UPDATE timers SET claimed = clock_timestamp() WHERE id IN (
  SELECT id FROM timers WHERE due <= %s AND fired IS NULL AND NOT stopped
    AND (claimed IS NULL OR claimed < clock_timestamp() - interval '5 seconds')
  ORDER BY due, id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, stream, kind, due"""
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
        self._fired = Counter("bihuan_timers_fired", "Timers answered", registry=registry)

    async def run(self) -> None:
        """Poll for ever; a lost database is tried again."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, application_name="timers", connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {CLOCK_MOVED}")
                    while True:
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
        answers = [self._lane.submit(partial(self._one, timer, now)) for timer in due]
        for timer, outcome in zip(due, await asyncio.gather(*answers, return_exceptions=True), strict=True):
            if isinstance(outcome, Unavailable | Contended):
                log.warning("timer put off", timer=str(timer.id), reason=str(outcome))
            elif isinstance(outcome, BaseException):
                log.error("timer failed", kind=timer.kind, stream=str(timer.stream), exc_info=outcome)
            else:
                self._fired.inc()
        return len(due)

    def _one(self, timer: Timer, now: datetime, session: Session) -> dict[str, str]:
        session.mark_fired(timer.id)
        self._fire(session, timer, now)
        return {"kind": timer.kind}
