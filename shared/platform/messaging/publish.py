"""The only place that publishes: JetStream, with an expected stream and a message id, acknowledged.

A publish without a stream is a core publish: it returns before anything is stored and even "succeeds" on a dead
broker. `tests/test_architecture.py` keeps the raw call out of every other module. The acknowledgements of a batch are
waited for as one: nats-py's `publish_async` makes a future, a timer and random bytes for every message.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import APIError, NoStreamResponseError

from shared.platform.messaging import seals
from shared.platform.messaging.cloudevents import CONTENT_TYPE


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: `id` makes a repetition within the dedupe window harmless; `seal` see `seals`."""

    stream: str
    subject: str
    id: str
    body: bytes
    seal: str | None = None


class Acknowledgement(msgspec.Struct):
    """JetStream's answer to a publish: it is stored, unless there is an error."""

    error: dict[str, Any] | None = None


class BusPublisher:
    """Publishes batch after batch, one at a time; made by `bus_publisher`."""

    def __init__(self, client: Client) -> None:
        self.inbox = client.new_inbox()
        self._client = client
        self._count = 0
        self._missing: set[str] = set()
        self._all_here: asyncio.Future[None]

    async def send(self, messages: Sequence[Message], timeout: float) -> None:
        """Publish in order, all in flight at once, and return when every one is stored.

        Raises TimeoutError when an acknowledgement does not come within `timeout` seconds: whether that message is
        stored is then unknown; publish all again with the same ids. Raises nats.js.errors.Error when one is refused.
        """
        if not messages:
            return
        answers = [f"{self.inbox}.{self._count + n}" for n in range(len(messages))]
        self._count += len(messages)
        self._missing = set(answers)
        self._all_here = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(timeout):  # wait_for may swallow a cancellation that comes with the last answer
            for message, answer in zip(messages, answers, strict=True):
                headers = {
                    "Nats-Msg-Id": message.id,
                    "Nats-Expected-Stream": message.stream,
                    "Content-Type": CONTENT_TYPE,
                }
                if message.seal is not None:
                    headers[seals.HEADER] = message.seal
                await self._client.publish(message.subject, message.body, reply=answer, headers=headers)
            await self._all_here

    async def hear(self, answer: Msg) -> None:
        """Take an acknowledgement; one of an earlier batch is late and no longer waited for."""
        if answer.subject not in self._missing or self._all_here.done():
            return
        self._missing.remove(answer.subject)
        try:
            _check(answer)
        except (APIError, NoStreamResponseError, msgspec.MsgspecError) as error:
            self._all_here.set_exception(error)
        else:
            if not self._missing:
                self._all_here.set_result(None)


def _check(answer: Msg) -> None:
    if not answer.data:  # nobody listens to the subject: there is no such stream
        raise NoStreamResponseError
    acknowledgement = msgspec.json.decode(answer.data, type=Acknowledgement)
    if acknowledgement.error is not None:
        raise APIError.from_error(acknowledgement.error)


@asynccontextmanager
async def bus_publisher(client: Client) -> AsyncIterator[BusPublisher]:
    """A publisher with an inbox of its own."""
    made = BusPublisher(client)
    subscription = await client.subscribe(f"{made.inbox}.*", cb=made.hear)
    try:
        yield made
    finally:
        with contextlib.suppress(nats.errors.Error, OSError):  # the connection may be what failed
            await subscription.unsubscribe()


async def ask(client: Client, subject: str, body: bytes, answers: str = "") -> None:
    """Ask for something that is sent in its own time: by JetStream's API to the subject `answers`, by a producer to its
    stream. Stores nothing."""
    await client.publish(subject, body, reply=answers)
