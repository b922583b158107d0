"""What was signed and is no longer good: revoked tokens, ended sessions, the seats of disabled accounts.

A signature stays good until its end, so that no request waits for a database. What is recalled before is on a short
list in the access database, which every process of every service reads twice a second; so "at once" is within a second,
and in the process that revokes it is immediate. The list holds marks (see `session.mark_of`), no secret. A token that
nobody recorded is allowed: only who holds the installation's key can have signed it; with the account of its seat it
is refused too. On the way back it is told which API tokens were used, to the minute.

Limits: a process that has not been able to read the list for half a minute refuses everybody who is signed in (503),
visitors are served; a clock that is wrong by more than a minute may shorten what is kept of ended sessions.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from contextlib import suppress

import psycopg
import structlog
from psycopg import AsyncConnection

from shared.platform import postgres
from shared.platform.web.problems import NotSignedIn, ServiceUnavailable
from shared.platform.web.session import Viewer

EVERY = 0.5
STALE = 30.0
TELL_USE_EVERY = 60.0
_LOOK = """
SELECT mark, NULL AS person, NULL AS role, NULL AS unit FROM revoked_tokens
UNION ALL SELECT NULL, person, role, unit FROM disabled_seats"""
_log = structlog.get_logger("shared.platform.web.revocation")


class Revocations:
    """The list as this process last read it; times in seconds. `dsn` is of the access database."""

    def __init__(self, dsn: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._dsn = dsn
        self._clock = clock
        self._marks: frozenset[str] = frozenset()
        self._seats: frozenset[tuple[str, str, str]] = frozenset()
        self._revoked_here: set[str] = set()
        self._used: set[str] = set()
        self._told = clock()
        self._read: float | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to follow the list; the database may come later."""
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def ready(self) -> str | None:
        """None while the list is fresh, else what is missing."""
        return "尚未读到已撤销的登录" if self._stale() else None

    def check(self, viewer: Viewer) -> None:
        """Raises NotSignedIn for who was revoked, ServiceUnavailable while that cannot be known."""
        if self._stale():
            raise ServiceUnavailable()
        mark = viewer.mark
        if mark in self._marks or mark in self._revoked_here or viewer.seat in self._seats:
            raise NotSignedIn("此次登录或令牌已被终止，请重新登录。")
        if viewer.kind == "api":
            self._used.add(mark)

    def revoke_here(self, marks: Collection[str]) -> None:
        """Refuse in this process what was revoked in the database just now."""
        self._revoked_here.update(marks)

    def _stale(self) -> bool:
        return self._read is None or self._clock() - self._read > STALE

    async def _follow(self) -> None:
        while True:
            try:
                async with await postgres.connect(self._dsn, "revocations") as connection:
                    while True:
                        await self._look(connection)
                        await asyncio.sleep(EVERY)
            except (psycopg.Error, OSError) as error:
                _log.warning("the list of what was revoked cannot be read", error=type(error).__name__)
                await asyncio.sleep(EVERY)

    async def _look(self, connection: AsyncConnection) -> None:
        began = self._clock()
        rows = await (await connection.execute(_LOOK, prepare=True)).fetchall()
        self._marks = frozenset(mark for mark, *_ in rows if mark is not None)
        self._seats = frozenset((person, role, unit) for mark, person, role, unit in rows if mark is None)
        self._revoked_here -= self._marks
        self._read = began
        if self._used and began - self._told >= TELL_USE_EVERY:
            used, self._used, self._told = sorted(self._used), set(), began
            await connection.execute("SELECT tokens_used(%s)", (used,))
