"""Reading back what a stream holds of one service: whole batches by one request each, without a consumer.

JetStream's direct get sends the messages from a place in the stream on, filtered by subject, then a message without a
place that says how many more there are. What the server cannot read, because its checksum is wrong, it leaves out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NoStreamResponseError

from shared.platform.messaging.publish import ask

BATCH = 256
ANSWER_WITHIN = 5.0
_PLACE, _MORE = "Nats-Sequence", "Nats-Num-Pending"


class StoredMessages:
    """The messages of `stream` under `subjects`; made by `stored_messages`, read by one at a time."""

    def __init__(self, client: Client, stream: str, subjects: str) -> None:
        self.inbox = client.new_inbox()
        self._client = client
        self._stream = stream
        self._subjects = subjects
        self._count = 0
        self._found: list[Msg] = []
        self._end: asyncio.Future[Msg]

    async def read(self, place: int) -> tuple[list[Msg], int | None]:
        """At most BATCH messages from that place in the stream (from 1) on, and the place with which to go on; None:
        there are no more. Raises TimeoutError, or nats.js.errors.Error where there is no such stream."""
        self._count += 1
        self._found, self._end = [], asyncio.get_running_loop().create_future()
        request = msgspec.json.encode({"seq": place, "next_by_subj": self._subjects, "batch": BATCH})
        answers = f"{self.inbox}.{self._count}"
        await ask(self._client, f"$JS.API.DIRECT.GET.{self._stream}", request, answers)
        async with asyncio.timeout(ANSWER_WITHIN):
            end = await self._end
        headers = end.headers or {}
        if headers.get("Status") == "503":
            raise NoStreamResponseError
        if not self._found or not int(headers.get(_MORE, "0")):
            return self._found, None
        return self._found, int((self._found[-1].headers or {})[_PLACE]) + 1

    async def hear(self, message: Msg) -> None:
        """Take a message of the stream, or the one behind the last."""
        if message.subject != f"{self.inbox}.{self._count}" or self._end.done():
            return
        if (message.headers or {}).get(_PLACE):
            self._found.append(message)
        else:
            self._end.set_result(message)


@asynccontextmanager
async def stored_messages(client: Client, stream: str, subjects: str) -> AsyncIterator[StoredMessages]:
    """With an inbox of its own."""
    made = StoredMessages(client, stream, subjects)
    subscription = await client.subscribe(f"{made.inbox}.*", cb=made.hear)
    try:
        yield made
    finally:
        with contextlib.suppress(nats.errors.Error, OSError):  # the connection may be what failed
            await subscription.unsubscribe()
