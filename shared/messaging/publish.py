"""The only place that publishes: JetStream, with an expected stream and a message id, acknowledged.

A publish without a stream is a core publish: it returns before anything is stored and even "succeeds" on a dead
broker. `tests/test_architecture.py` keeps the raw call out of every other module.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from nats.aio.client import Client
from nats.js import JetStreamContext

from shared.messaging.cloudevents import CONTENT_TYPE


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: `id` makes a repetition within the dedupe window harmless."""

    subject: str
    id: str
    body: bytes


async def publish(jetstream: JetStreamContext, stream: str, messages: Sequence[Message], timeout: float) -> None:
    """Publish in order, all in flight at once, and return when every one is stored.

    Raises TimeoutError when an acknowledgement does not come within `timeout` seconds: whether that message is stored
    is then unknown; publish all again with the same ids.
    """

    async with asyncio.timeout(timeout):  # wait_for may swallow a cancellation that comes with the last answer
        acknowledgements = []
        for message in messages:
            headers = {"Nats-Msg-Id": message.id, "Content-Type": CONTENT_TYPE}
            acknowledgements.append(
                await jetstream.publish_async(message.subject, message.body, stream=stream, headers=headers)
            )
        await asyncio.gather(*acknowledgements)


async def ask(client: Client, subject: str, body: bytes, answers: str) -> None:
    """Ask JetStream's API for something that it sends, in its own time, to the subject `answers`. Stores nothing."""
    await client.publish(subject, body, reply=answers)
