"""How often one address may look up receipts that do not exist: a token bucket per address, shared by all processes.

Only a miss costs a token and writes, so that a village behind one address can follow its tips while nobody can go on
guessing; with no token left, every look-up of that address is refused before any work, hit or miss. Addresses are not
kept: a bucket's name is an HMAC of the address under the pepper and the day, so yesterday's cannot be told from
today's. A bucket that has had the time to fill up is as good as none, and is deleted in passing.
Limits: look-ups that are under way together may each take the last token; a crash of the database forgets.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from shared.platform.event_store.lane import Unavailable

BURST = 20.0
PER_SECOND = 0.2
FULL_AFTER = BURST / PER_SECOND
_TOKENS = "least(%(burst)s, b.tokens + greatest(0, %(now)s - b.since) * %(rate)s)"
_LOOK = f"SELECT {_TOKENS} FROM receipt_misses AS b WHERE bucket = %(bucket)s"  # noqa: S608 – constants
_MISS = f"""
INSERT INTO receipt_misses AS b (bucket, tokens, since) VALUES (%(bucket)s, %(burst)s - 1, %(now)s)
ON CONFLICT (bucket) DO UPDATE SET tokens = greatest(0, {_TOKENS} - 1), since = %(now)s"""  # noqa: S608 – constants
_SWEEP = "DELETE FROM receipt_misses WHERE since < %(now)s - %(full_after)s"


class TooManyMisses(Exception):
    """The address has no token left; `wait` is in whole seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"too many misses: wait {wait} s")
        self.wait = wait


class MissLimiter:
    """Buckets by address. Runs on the wall clock: it guards against machines, not campaigns.

    Raises Unavailable when the database does not answer.
    """

    def __init__(
        self, pool: AsyncConnectionPool[Any], pepper: bytes, wall: Callable[[], float] = time.time
    ) -> None:  # fmt: skip
        self._pool = pool
        self._pepper = pepper
        self._wall = wall
        self._swept = 0.0

    async def check(self, address: str) -> None:
        """Raise TooManyMisses if the address has used up its misses."""
        async with self._connection() as connection:
            row = await (await connection.execute(_LOOK, self._values(address), prepare=True)).fetchone()
        if row is not None and row[0] < 1:
            raise TooManyMisses(math.ceil((1 - row[0]) / PER_SECOND))

    async def missed(self, address: str) -> None:
        """Take a token for a look-up that found nothing."""
        now = self._wall()
        async with self._connection() as connection:
            await connection.execute(_MISS, self._values(address), prepare=True)
            if now - self._swept > FULL_AFTER:
                self._swept = now
                await connection.execute(_SWEEP, {"now": now, "full_after": FULL_AFTER})

    def _values(self, address: str) -> dict[str, Any]:
        now = self._wall()
        day = datetime.fromtimestamp(now, UTC).date().isoformat()
        bucket = hmac.digest(self._pepper, f"{day}\0{address}".encode(), hashlib.sha256)[:16]
        return {"bucket": bucket, "now": now, "burst": BURST, "rate": PER_SECOND}

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        try:
            async with self._pool.connection(timeout=5) as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable("the database does not answer") from error
