"""What PostgreSQL says that the bus must hold of a feed: a digest of each message, read once and kept."""

from __future__ import annotations

import asyncio
import hashlib
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from nats.aio.msg import Msg
from psycopg import AsyncConnection

from shared.platform.messaging import feed, seals
from shared.platform.messaging.cloudevents import Feed
from shared.platform.messaging.relay import BATCH, Relay

AGE_MARGIN = timedelta(minutes=5)


@dataclass
class Known:
    """What PostgreSQL says of the events from `first` on: a digest each, or of what the bus has and is as good. `last`:
    that of the last, as PostgreSQL has it."""

    first: int
    digests: array[int]
    last: int = 0


class Expected:
    """Of one feed of the service whose relay this is."""

    def __init__(self, relay: Relay, name: Feed) -> None:
        self._relay = relay
        self._name = name
        self._known: Known | None = None

    async def up_to(self, connection: AsyncConnection[Any], first: int, head: int) -> Known:
        """The digests from `first` up to `head` at least. Those of a database that was restored meanwhile are told by
        the last. Raises psycopg.DataError where the feed has a hole."""
        known = self._known
        if known is None or first < known.first or not await self._still_holds(connection, known):
            known = self._known = Known(first, array("Q"))
        while (reached := known.first + len(known.digests) - 1) < head:
            rows = await feed.read(connection, self._name, after=reached, limit=BATCH)
            if not rows:
                raise psycopg.DataError(f"event {reached + 1} of the {self._name} feed is missing")
            for row in rows:
                message = self._relay.message(row, self._name)
                known.last = _digest(message.body, message.seal)
                known.digests.append(known.last)
            await asyncio.sleep(0)
        return known

    async def _still_holds(self, connection: AsyncConnection[Any], known: Known) -> bool:
        if not known.digests:
            return True
        last = known.first + len(known.digests) - 1
        rows = await feed.read(connection, self._name, after=last - 1, limit=1)
        message = self._relay.message(rows[0], self._name) if rows else None
        return message is not None and _digest(message.body, message.seal) == known.last


async def relayed(connection: AsyncConnection[Any], name: Feed) -> int:
    """The last event that the relay knows to be on the bus."""
    query = "SELECT sequence FROM relay_positions WHERE feed = %s"
    row = await (await connection.execute(query, (name,))).fetchone()
    return int(row[0]) if row else 0


async def first_kept(connection: AsyncConnection[Any], name: Feed, head: int, max_age: float | None) -> int:
    """The first event that a stream with this age, in seconds, must still hold."""
    if not max_age or not head:
        return 1
    since = datetime.now(UTC) - timedelta(seconds=max_age) + AGE_MARGIN

    async def is_old(number: int) -> bool:
        rows = await feed.read(connection, name, after=number - 1, limit=1)
        return bool(rows) and datetime.fromisoformat(rows[0].recorded) < since

    if not await is_old(1):
        return 1
    low, high = 2, head + 1
    while low < high:
        middle = (low + high) // 2
        if await is_old(middle):
            low = middle + 1
        else:
            high = middle
    return low


def digest_of(message: Msg) -> int:
    """64 bits of a message that the bus has, its body and its seal."""
    return _digest(message.data, (message.headers or {}).get(seals.HEADER))


def _digest(body: bytes, seal: str | None) -> int:
    found = hashlib.blake2b(body, digest_size=8)
    found.update((seal or "").encode(errors="replace"))
    return int.from_bytes(found.digest(), "big")
