"""Reading a producer's internal stream through FastStream, with a pull loop of our own.

FastStream declares the subscriber (AsyncAPI) and starts and stops it. Its batch pull loop is replaced, because it
stranded messages until `ack_wait` and spins when the client has given up reconnecting; and a batch goes to the inbox
without its middlewares and injected arguments, which nothing here uses and which cost more than taking in. The
consumer is durable, one per (service, producer), without acknowledgements: the position is in PostgreSQL, so at every
start, gap or reconnection the consumer is set back to it. What is not the producer's own (see `seals`) is passed over;
the genuine event of that number is behind it, or is sent again.

Of several processes of a service the one that holds the lease reads; the others wait for it. Whoever lost it, or was
frozen and wakes up, may still have messages in hand: the position, which moves in the transaction, refuses them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import nats.errors
import nats.js.errors
import psycopg
import structlog
from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber
from nats.aio.msg import Msg

from shared.platform.messaging import cloudevents
from shared.platform.messaging.backoff import Backoff
from shared.platform.messaging.handler import Delivery
from shared.platform.messaging.inbox import Inbox
from shared.platform.messaging.peers import Lease
from shared.platform.messaging.pull import OpenPull
from shared.platform.messaging.seals import Inspector
from shared.platform.messaging.streams import internal_stream
from shared.platform.messaging.wanted import want

BATCH = 100
WAIT = 5.0
GAP_PATIENCE = 2
TROUBLE = (nats.errors.Error, nats.js.errors.Error, psycopg.Error, TimeoutError, OSError)
log = structlog.get_logger("subscriber")


class OrderedSubscriber(BatchPullStreamSubscriber):
    """A batch subscriber whose loop seeks by the inbox's position while it holds the lease. `subscribe` sets these, and
    `patience`: for how many seconds an event may wait for others to be taken in with it. `subscription` is the pull
    while it is on course; without it the loop seeks."""

    inbox: Inbox
    lease: Lease
    inspector: Inspector
    patience: float
    backoff: Backoff
    """Its reason is why nothing is read now."""
    subscription: OpenPull | None  # type: ignore[assignment]  # the class is replaced with the loop
    _reconnects: int = -1
    _pull: OpenPull | None = None

    async def stop(self) -> None:
        """Also when it is off course."""
        await super().stop()
        await self._drop()

    async def _create_subscription(self) -> None:
        if self.subscription is None:
            self.add_task(self._consume_pull)

    async def _consume_pull(self) -> None:
        gap = _Gap()
        while self.running:
            try:
                if not self.lease.held:
                    await self._drop()
                    await self.lease.wait()
                if self.subscription is None or self._reconnected():
                    await self._seek(from_start=gap.in_vain > 1)
                messages = await self._fetch()
                self.backoff.worked()
                if messages:
                    with self.lock:  # FastStream waits for it when it stops
                        await self.inbox.take(self._genuine(messages, self.inbox.pass_over))
                    if self.inbox.interrupted:
                        self.subscription = None
                        await asyncio.sleep(0.5)
                elif await self._is_behind() or await self.inbox.was_moved():
                    self.subscription = None
                if gap.is_to_be_sought(self.inbox, nothing_came=not messages):
                    await want(self.connection, self.inbox.producer, *self.inbox.gap)
                    self.subscription = None
            except TROUBLE as error:
                self.subscription = None
                await asyncio.sleep(self.backoff.failed(error))
            except Exception:  # the position has not moved over what failed: read it again
                log.exception("taking in failed", producer=self.inbox.producer)
                self.subscription = None
                await asyncio.sleep(0.5)

    async def _drop(self) -> None:
        """Read no more."""
        self.subscription, pull, self._pull = None, self._pull, None
        if pull is not None:
            with contextlib.suppress(*TROUBLE):
                await pull.unsubscribe()

    async def _fetch(self) -> list[Msg]:
        if self.subscription is None:
            return []
        return await self.subscription.fetch(WAIT if not self.inbox.has_gap else 0.5, self.patience)

    async def _seek(self, *, from_start: bool) -> None:
        """Set the consumer behind the stored position, or to the start where the stream was rebuilt."""
        self.subscription = None
        await self.inbox.load()
        if await self.inbox.missed.look(self.inbox.sequence):
            await self._take_missed()
            await self.inbox.load()  # cases may have been parked
        hint = 0 if from_start else await self._verified_hint(self.stream.name)
        self.subscription = await self._read_behind(hint)

    async def _take_missed(self) -> None:
        """Read the stream from its beginning until every handler has what it missed, or there is no more of it. Raises
        TimeoutError while the bus does not send what it has."""
        pull, seen = await self._read_behind(0), 0
        while pull is not None and self.running and self.lease.held:
            messages = await pull.fetch(WAIT, 0.0)
            if await self.inbox.missed.take(self._genuine(messages, lambda _: None)):
                return
            seen = messages[-1].metadata.sequence.stream if messages else seen
            if not messages and await self._has_sent_all(seen):
                self.inbox.missed.give_up()
                return

    async def _has_sent_all(self, seen: int) -> bool:
        info = await self.jetstream.consumer_info(self.stream.name, str(self.config.durable_name))
        if info.num_pending or (info.delivered is not None and info.delivered.stream_seq > seen):
            raise TimeoutError("the bus has more of the history than it sends")
        return True

    async def _read_behind(self, hint: int) -> OpenPull | None:
        """The pull, with the consumer set behind this message of the stream; None without the lease."""
        stream, durable = self.stream.name, str(self.config.durable_name)
        if self._pull is None:
            self._pull = await OpenPull.open(self.connection, stream, durable, BATCH)
            await self._pull.unattended(WAIT)
        if not self.lease.held:
            return None  # it was lost meanwhile, and another process may be reading by now
        self._reconnects = self.connection.stats["reconnects"]
        await self._pull.reset(hint + 1)
        return self._pull

    def _genuine(self, messages: Sequence[Msg], other: Callable[[int], None]) -> list[Delivery]:
        """Those that are the producer's own; `other` is told the place in the stream of each that is not."""
        found = []
        for message in messages:
            place = message.metadata.sequence.stream
            if self.inspector.passes(self.stream.name, message.data, message.headers):
                found.append(Delivery(message.data, place))
            else:
                other(place)
        return found

    async def _verified_hint(self, stream: str) -> int:
        """The stored stream sequence, if that message is still the one at the stored position; else 0."""
        if not self.inbox.stream_sequence:
            return 0
        try:
            message = await self.jetstream.get_msg(stream, seq=self.inbox.stream_sequence)
            body = message.data or b""
            same = cloudevents.decode(body).number == self.inbox.sequence
            same = same and self.inspector.passes(stream, body, message.headers)
        except (nats.js.errors.NotFoundError, msgspec.MsgspecError):
            same = False
        return self.inbox.stream_sequence if same else 0

    async def _is_behind(self) -> bool:
        """Whether the server delivered messages that never came: sent into a connection that was dying."""
        info = await self.jetstream.consumer_info(self.stream.name, str(self.config.durable_name))
        delivered = info.delivered.stream_seq if info.delivered else 0
        missed = delivered and delivered > self.inbox.seen and info.num_pending == 0
        return bool(missed and self.subscription is not None and not self.subscription.holds_messages)

    def _reconnected(self) -> bool:
        return bool(self.connection.stats["reconnects"] != self._reconnects)


class _Gap:
    """How long to wait for a missing event before it is sought again: twice as long each time that was in vain.

    It is sought behind the stored position first, and from the start of the stream after that: in a stream that was
    reordered it may lie before the message of the position. Each time the producer is asked for it, too (see `wanted`).
    """

    def __init__(self) -> None:
        self.in_vain = 0
        self._sequence = -1
        self._waits = 0

    def is_to_be_sought(self, inbox: Inbox, *, nothing_came: bool) -> bool:
        """To be asked after each fetch."""
        if not inbox.has_gap or inbox.sequence != self._sequence:
            self._sequence, self._waits, self.in_vain = inbox.sequence, 0, 0
        elif nothing_came:
            self._waits += 1
            if self._waits > GAP_PATIENCE << min(self.in_vain, 5):
                self._waits = 0
                self.in_vain += 1
                log.warning("an event is missing", producer=inbox.producer, sequence=inbox.sequence + 1)
                return True
        return False


def subscribe(
    broker: NatsBroker, service: str, inbox: Inbox, lease: Lease, inspector: Inspector, patience: float = 0.0
) -> None:
    """Declare that `service` reads the producer's internal stream into `inbox` while it holds the lease."""
    subscriber: Any = broker.subscriber(
        subject=f"bihuan.int.v1.{inbox.producer}.>",
        stream=JStream(internal_stream(inbox.producer), declare=False),
        pull_sub=PullSub(batch_size=BATCH, timeout=WAIT, batch=True),
        durable=service,
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        title=f"{inbox.producer}-to-{service}",
        description=f"{service} takes in the events of {inbox.producer}, in order.",
    )
    subscriber.__class__ = OrderedSubscriber  # the factory knows no other way to choose the class
    subscriber.inbox, subscriber.lease, subscriber.inspector, subscriber.patience = inbox, lease, inspector, patience
    subscriber.backoff = Backoff(log, "reading", producer=inbox.producer)

    async def take(_: NatsMessage) -> None:
        """Take in a batch of the producer's events."""

    subscriber(take)  # for the description alone: the loop hands its batches to the inbox itself
