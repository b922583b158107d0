"""How often one sender may do one thing: token buckets in the service's database, shared by all its processes.

A bucket is one instant, when it will be full again: taking tokens moves it on by the time that they take to come back,
and is refused where that would lie further ahead than a whole bucket (the generic cell rate algorithm, ITU-T I.371).
So one statement asks, takes and never lets two takers have the same token, and a bucket that is full is as good as
none and is deleted in passing. Of a bucket so large that a thousandth of it is several tokens, a process takes that
thousandth at once and hands it out without asking again.

Senders are not kept: a bucket's name is an HMAC of who it is under a pepper and the day, so yesterday's cannot be told
from today's. Buckets begin anew with the day (UTC) and after a crash of the database.
The table, `rate_limits (bucket bytea PRIMARY KEY, full_at double precision)`, is made by the service's migrations.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

import psycopg
from fastapi import Request
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from shared.platform.event_store.lane import Unavailable
from shared.platform.web import problems

SWEEP_EVERY = 600.0
SECONDS_A_DAY = 86_400
_AHEAD = "greatest(b.full_at, %(now)s) + %(seconds)s"
_INSERT = """
INSERT INTO rate_limits AS b (bucket, full_at) VALUES (%(bucket)s, %(now)s + %(seconds)s)
ON CONFLICT (bucket) DO UPDATE SET full_at = """
_TAKE = f"{_INSERT} {_AHEAD} WHERE {_AHEAD} <= %(now)s + %(span)s RETURNING full_at"
_CHARGE = f"{_INSERT} least({_AHEAD}, %(now)s + %(span)s)"
_LOOK = "SELECT full_at FROM rate_limits WHERE bucket = %(bucket)s"
_SWEEP = "DELETE FROM rate_limits WHERE full_at < %(now)s"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """One limited thing: `burst` tokens at once, `per_hour` come back. `sentence` tells the refused what to do; it may
    say {seconds} or {minutes}."""

    name: str
    burst: int
    per_hour: float
    sentence: str = "请求过于频繁，请在 {seconds} 秒后重试。"


class RateLimiter:
    """Buckets by limit and sender. `factor` multiplies every limit: load tests and demonstrations speak for many from
    one address. Runs on the wall clock: it guards against machines, not campaigns.

    Raises Unavailable when the database does not answer.
    """

    def __init__(
        self, pool: AsyncConnectionPool[Any], pepper: bytes, factor: float = 1.0, wall: Callable[[], float] = time.time
    ) -> None:
        self._pool = pool
        self._pepper = pepper
        self._factor = factor
        self._wall = wall
        self._at_hand: dict[bytes, int] = {}
        self._swept = 0.0

    async def take(self, limit: RateLimit, who: str, tokens: int = 1) -> None:
        """Take tokens, at most a burst of them. Raises problems.TooManyRequests where there are too few; then none is
        taken."""
        wait = await self.wait(limit, who, tokens)
        if wait:
            raise problems.TooManyRequests(wait, limit.sentence)

    async def wait(self, limit: RateLimit, who: str, tokens: int = 1) -> int:
        """Take tokens: 0; or take none and return after how many whole seconds there will be enough."""
        bucket = self._bucket(limit, who)
        left = self._at_hand.get(bucket, 0) - tokens
        if left >= 0:
            self._at_hand[bucket] = left
            return 0
        taken = max(tokens, int(limit.burst * self._factor) // 1000)
        values = self._values(limit, bucket, taken)
        async with self._connection() as connection:
            granted = await (await connection.execute(_TAKE, values, prepare=True)).fetchone() is not None
            full_at = None if granted else await self._full_at(connection, bucket)
            await self._sweep(connection)
        if not granted:
            return _wait(full_at, values)
        if taken > tokens:
            self._at_hand[bucket] = self._at_hand.get(bucket, 0) + taken - tokens
        return 0

    async def check(self, limit: RateLimit, who: str) -> None:
        """Raise problems.TooManyRequests if not one token is left; takes none."""
        bucket = self._bucket(limit, who)
        async with self._connection() as connection:
            full_at = await self._full_at(connection, bucket)
        wait = _wait(full_at, self._values(limit, bucket, 1))
        if wait:
            raise problems.TooManyRequests(wait, limit.sentence)

    async def charge(self, limit: RateLimit, who: str) -> None:
        """Take a token for what has happened, if one is left."""
        async with self._connection() as connection:
            await connection.execute(_CHARGE, self._values(limit, self._bucket(limit, who), 1), prepare=True)
            await self._sweep(connection)

    def _bucket(self, limit: RateLimit, who: str) -> bytes:
        name = f"{self._wall() // SECONDS_A_DAY}\0{limit.name}\0{who}".encode()
        return hmac.digest(self._pepper, name, hashlib.sha256)[:16]

    def _values(self, limit: RateLimit, bucket: bytes, tokens: int) -> dict[str, Any]:
        per_token = 3600 / limit.per_hour
        return {
            "bucket": bucket, "now": self._wall(), "seconds": tokens * per_token / self._factor,
            "span": limit.burst * per_token,
        }  # fmt: skip

    @staticmethod
    async def _full_at(connection: AsyncConnection[Any], bucket: bytes) -> float | None:
        row = await (await connection.execute(_LOOK, {"bucket": bucket}, prepare=True)).fetchone()
        return row[0] if row is not None else None

    async def _sweep(self, connection: AsyncConnection[Any]) -> None:
        now = self._wall()
        if now - self._swept > SWEEP_EVERY:
            self._swept = now
            self._at_hand.clear()
            await connection.execute(_SWEEP, {"now": now})

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable("the database does not answer") from error


def _wait(full_at: float | None, values: dict[str, Any]) -> int:
    """Whole seconds until `seconds` more fit into the bucket."""
    if full_at is None:
        return 0
    late: float = full_at + values["seconds"] - values["span"] - values["now"]
    return max(0, math.ceil(late))


def address_of(request: Request) -> str:
    """Who asks, as far as limits know: the address, which the gateway vouches for; of IPv6 the network of 64 bits, of
    which one subscriber has every address."""
    host = request.client.host if request.client else ""
    if ":" not in host:
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped is not None else f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return host
