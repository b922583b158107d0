"""A pull request to a JetStream consumer that stays open: one request serves many messages.

nats-py's `fetch` asks twice for every handful of messages and hears a refusal in between, which costs a quiet stream
more than the messages do. Here the server holds one request and sends what comes, until it has sent as many as were
asked for or the request has expired; then the next one is made. So no more than that many messages wait in memory.

The consumer is the administrator's, made when streams are declared: who may make one may have it deliver to any subject
of the account that holds the streams, also to another service's. A service may only reset its own, to the message with
which it goes on. A request that is open then stays open and brings what comes from there, so one inbox serves until the
end; a request that somebody else left open would swallow messages, so before the first one it is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import msgspec
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import Header, StatusCode

from shared.platform.messaging.publish import ask

ANSWER_WITHIN = 5.0
_NOTHING_MORE = (StatusCode.REQUEST_TIMEOUT, StatusCode.NO_MESSAGES)


class OpenPull:
    """Make one with `open`, read with `fetch`, end with `unsubscribe`."""

    def __init__(self, client: Client, stream: str, durable: str, batch: int) -> None:
        self._client = client
        self._consumer = f"{stream}.{durable}"
        self._reconnects = -1
        self._inbox = client.new_inbox()
        self._batch = batch
        self._subscription: Subscription | None = None
        self._left = 0  # how many messages the open request may still bring …
        self._until = 0.0  # … until when
        self._arrived: list[Msg] = []
        self._refusal: Msg | None = None
        self._something = asyncio.Event()
        self._all = asyncio.Event()

    @classmethod
    async def open(cls, client: Client, stream: str, durable: str, batch: int) -> OpenPull:
        """Ready to `reset`, then to fetch from the durable consumer of a stream, at most `batch` messages at a time."""
        pull = cls(client, stream, durable, batch)
        pull._subscription = await client.subscribe(pull._inbox, cb=pull._take)
        return pull

    async def reset(self, first: int) -> None:
        """Go on with this message of the stream (from 1), or with the next one that it has. What came from elsewhere is
        forgotten, but some of it may still be under way. Raises nats.js.errors.APIError where there is no consumer."""
        self._arrived, self._refusal = [], None  # not after the answer: an open request brings messages before that
        answer = await self._request("RESET", {"seq": first})
        if "error" in answer:
            raise nats.js.errors.APIError.from_error(answer["error"])
        if self._client.stats["reconnects"] != self._reconnects:
            self._reconnects, self._left = self._client.stats["reconnects"], 0

    async def unattended(self, within: float) -> None:
        """Return once no request of anybody is open, or after so many seconds."""
        for _ in range(int(within / 0.1)):
            if not (await self._request("INFO", {})).get("num_waiting"):
                return
            await asyncio.sleep(0.1)

    async def _request(self, what: str, body: dict[str, int]) -> dict[str, Any]:
        subject = f"$JS.API.CONSUMER.{what}.{self._consumer}"
        answer = await self._client.request(subject, msgspec.json.encode(body), timeout=ANSWER_WITHIN)
        return msgspec.json.decode(answer.data, type=dict[str, Any])

    @property
    def holds_messages(self) -> bool:
        """Whether something has come that was not fetched yet."""
        return bool(self._arrived)

    async def fetch(self, within: float, patience: float) -> list[Msg]:
        """What has come; nothing if nothing came `within` so many seconds.

        From the first message on it waits `patience` seconds for more, unless all that were asked for are here. Raises
        nats.js.errors.APIError when the server refuses, as it does when the consumer is gone.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not self._arrived:
                    if self._refusal is not None:
                        raise nats.js.errors.APIError.from_msg(self._refusal)
                    if self._left <= 0 or time.monotonic() > self._until:
                        await self._ask(within)
                    self._something.clear()
                    await self._something.wait()
        if self._arrived and patience:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._all.wait()
        messages, self._arrived = self._arrived, []
        return messages

    async def unsubscribe(self) -> None:
        """Hear no more; the server forgets the open request with the subscription."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()

    async def _ask(self, expires: float) -> None:
        self._left, self._until = self._batch, time.monotonic() + expires
        self._all.clear()
        request = {"batch": self._batch, "expires": int(expires * 1e9)}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._consumer}"
        await ask(self._client, subject, msgspec.json.encode(request), self._inbox)

    async def _take(self, message: Msg) -> None:
        if message.reply:  # a message of the stream, whatever its headers say
            self._left -= 1
            self._arrived.append(message)
        else:
            status = (message.headers or {}).get(Header.STATUS)
            self._left = 0
            if status not in _NOTHING_MORE:
                self._refusal = message
        if self._left <= 0:
            self._all.set()
        self._something.set()
