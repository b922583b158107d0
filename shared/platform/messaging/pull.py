"""A pull request to a JetStream consumer that stays open: one request serves many messages.

nats-py's `fetch` asks twice for every handful of messages and hears a refusal in between, which costs a quiet stream
more than the messages do. Here the server holds one request and sends what comes, until it has sent as many as were
asked for or the request has expired; then the next one is made. So no more than that many messages wait in memory.
"""

from __future__ import annotations

import asyncio
import contextlib

import msgspec
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import Header, StatusCode

from shared.platform.messaging.publish import ask

_NOTHING_MORE = (StatusCode.REQUEST_TIMEOUT, StatusCode.NO_MESSAGES)


class OpenPull:
    """Make one with `open`, read with `fetch`, end with `unsubscribe`."""

    def __init__(self, client: Client, stream: str, durable: str, batch: int) -> None:
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = client.new_inbox()
        self._batch = batch
        self._subscription: Subscription | None = None
        self._left = 0  # how many messages the open request may still bring
        self._arrived: list[Msg] = []
        self._refusal: Msg | None = None
        self._something = asyncio.Event()

    @classmethod
    async def open(cls, client: Client, stream: str, durable: str, batch: int) -> OpenPull:
        """Ready to fetch from the durable consumer of a stream, at most `batch` messages at a time."""
        pull = cls(client, stream, durable, batch)
        pull._subscription = await client.subscribe(pull._inbox, cb=pull._take)
        return pull

    @property
    def holds_messages(self) -> bool:
        """Whether something has come that was not fetched yet."""
        return bool(self._arrived)

    async def fetch(self, within: float, patience: float) -> list[Msg]:
        """What has come; nothing if nothing came `within` so many seconds.

        From the first message on it waits `patience` seconds for more. Raises nats.js.errors.APIError when the server
        refuses, as it does when the consumer is gone.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not self._arrived:
                    if self._refusal is not None:
                        raise nats.js.errors.APIError.from_msg(self._refusal)
                    if self._left <= 0:
                        await self._ask(within)
                    self._something.clear()
                    await self._something.wait()
        if self._arrived and patience:
            await asyncio.sleep(patience)
        messages, self._arrived = self._arrived, []
        return messages

    async def unsubscribe(self) -> None:
        """Hear no more; the server forgets the open request with the subscription."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()

    async def _ask(self, expires: float) -> None:
        self._left = self._batch
        request = {"batch": self._batch, "expires": int(expires * 1e9)}
        await ask(self._client, self._subject, msgspec.json.encode(request), self._inbox)

    async def _take(self, message: Msg) -> None:
        status = (message.headers or {}).get(Header.STATUS)
        if status is None:
            self._left -= 1
            self._arrived.append(message)
        else:
            self._left = 0
            if status not in _NOTHING_MORE:
                self._refusal = message
        self._something.set()
