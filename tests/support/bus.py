"""Looking into the streams of a bus, and killing it."""

from __future__ import annotations

import nats.errors
from nats.aio.client import Client
from nats.js.api import RawStreamMsg

from deploy.local.nats import EmbeddedNats
from shared.platform.messaging.stored import stored_messages


async def everything_in(bus: Client, stream: str) -> list[RawStreamMsg]:
    """All messages of a stream, in its order."""
    found: list[RawStreamMsg] = []
    async with stored_messages(bus, stream, ">") as stored:
        following: int | None = 1
        while following is not None:
            messages, following = await stored.read(following)
            for one in messages:
                headers = one.headers or {}
                subject, place = headers["Nats-Subject"], int(headers["Nats-Sequence"])
                found.append(RawStreamMsg(subject, place, one.data, headers=headers))
    return found


async def holds(bus: Client, stream: str, count: int) -> bool:
    """Whether the stream holds that many messages; a bus that is away holds nothing."""
    try:
        return (await bus.jetstream().stream_info(stream)).state.messages == count
    except (TimeoutError, nats.errors.Error):
        return False


def kill(server: EmbeddedNats) -> None:
    """kill -9, so that nothing is said to anybody. `start` brings it back on the same port."""
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    server.stop()
