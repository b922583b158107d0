"""Looking into the streams of a bus, and killing it."""

from __future__ import annotations

import nats.errors
from nats.aio.client import Client
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from deploy.local.nats import EmbeddedNats


async def everything_in(bus: Client, stream: str) -> list[RawStreamMsg]:
    """All messages of a stream, in its order."""
    jetstream = bus.jetstream()
    state = (await jetstream.stream_info(stream)).state
    found: list[RawStreamMsg] = []
    if not state.messages:
        return found
    for sequence in range(state.first_seq, state.last_seq + 1):
        try:
            found.append(await jetstream.get_msg(stream, sequence))
        except NotFoundError:  # deleted
            continue
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
