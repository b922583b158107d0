"""What a reader misses of a producer's feed, asked of the producer.

A reader that stands before a gap, because the bus lost what was to come next, does not wait until the producer's
reconciler comes by: it names the events that it misses, and the process that has the relay sends them again, from the
feed in its database, a batch at a time. What the reader then takes in comes by the stream, under its seal, like
everything else; nothing is answered. A question that is lost is asked again, and the reconciler comes in any case.

Each service has a subject of its own for this, in its own account on the bus (see deploy/nats/config.py). Whoever may
ask can cause at most a batch of messages every PAUSE seconds, of events that it may read anyway; that is enough, for
after each the reconciler compares everything and sends whatever else is missing.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.platform.messaging.publish import ask

PAUSE = 30.0
log = structlog.get_logger("wanted")


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events of the internal feed, from the first to the last."""

    first: int
    last: int


def subject(producer: str) -> str:
    """Where the producer is asked."""
    return f"bihuan.wanted.v1.{producer}"


async def want(client: Client, producer: str, first: int, last: int) -> None:
    """Ask for these events, which the reader has in vain sought in the stream."""
    await ask(client, subject(producer), msgspec.json.encode(Range(first, last)))


class Wanted:
    """Hears what readers want and has it sent. `send(first, last)` returns how many it has sent."""

    def __init__(self, service: str, send: Callable[[int, int], Awaitable[int]]) -> None:
        self._service = service
        self._send = send
        self._next = 0.0

    async def listen(self, client: Client) -> None:
        """From now on, also after reconnections."""
        await client.subscribe(subject(self._service), cb=self._hear)

    async def _hear(self, message: Msg) -> None:
        if time.monotonic() < self._next:
            return
        try:
            asked = msgspec.json.decode(message.data, type=Range)
        except msgspec.MsgspecError:
            log.warning("not understood")
            return
        if sent := await self._send(asked.first, asked.last):
            self._next = time.monotonic() + PAUSE
            log.error("a reader misses events: sent again", first=asked.first, last=asked.last, sent=sent)
