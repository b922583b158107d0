"""The reconciler: compares what the bus holds of a service's feeds with PostgreSQL, and sends again what is missing.

The relay tells by a stream's tail whether it is behind. What is lost before the tail it does not see: a block with a
flipped byte, of which the server leaves out the message; a stream that was deleted, declared anew and written to. So a
pass reads each stream back, all of it, and holds each message against what PostgreSQL says that its bytes and its seal
must be. Of each event a digest of 64 bits is kept, so PostgreSQL is read once, and a pass costs what the bus's answers
cost. A body that says the same in other words (`dataschema` goes with the installation's address, older releases wrote
sequences without zeros) is as good. What is missing, or is there with other bytes alone, goes out again in order, under
an id of its own: within the dedupe window its first one would be taken for a repetition. Behind each batch the last
event goes out again, too, because the relay and the readers tell by the tail. The readers restore the order. A bus that
lost everything gets its history so, beside what happens now: REFILL a second, which readers pass over faster.

A pass is made at the start, after each reconnection, when the stream's figures say that something was lost (looked at
every LOOK seconds), and otherwise every EVERY seconds; then at RATE messages a second, so that it costs little. It
begins only where the relay has caught up, in the process that has the relay. What was sent again is read back at once:
until both sides are equal, `trouble` says so. An internal stream keeps its messages for a while: what is older is not
missing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from time import monotonic, time_ns
from typing import Any

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import StreamInfo
from prometheus_client import CollectorRegistry, Counter, Gauge
from psycopg_pool import AsyncConnectionPool

from shared.platform.messaging import cloudevents, feed, seals
from shared.platform.messaging.backoff import Backoff
from shared.platform.messaging.cloudevents import Feed
from shared.platform.messaging.expected import Expected, Known, digest_of, first_kept, relayed
from shared.platform.messaging.publish import bus_publisher
from shared.platform.messaging.relay import ACKNOWLEDGE_WITHIN, BATCH, PREFIX, TROUBLE, Relay
from shared.platform.messaging.seals import Sealer
from shared.platform.messaging.stored import stored_messages

EVERY = 30.0
LOOK = 5.0
RATE = 300
REFILL = 3_000
_ABSENT, _OTHER, _EQUAL = 0, 1, 2
log = structlog.get_logger("reconciler")


class StreamReplaced(nats.errors.Error):
    """The stream was made anew while it was compared: compare again."""


class Compared(msgspec.Struct, frozen=True):
    """One feed: how many events the bus must hold, how many of them it lacked, or had with other bytes alone, and how
    many were sent again."""

    events: int
    missing: int
    different: int
    republished: int


class Reconciler:
    """`run` until cancelled; `compare_now` makes a pass at once, whoever has the relay; `send_wanted` sends what a
    reader misses."""

    def __init__(
        self, relay: Relay, client: Client, pool: AsyncConnectionPool[Any], sealer: Sealer, registry: CollectorRegistry
    ) -> None:
        self._relay = relay
        self._client = client
        self._pool = pool
        self._sealer = sealer
        self._turn = asyncio.Lock()
        self._expected = {name: Expected(relay, name) for name in PREFIX}
        self._figures: dict[Feed, tuple[Any, ...]] = {}
        self._unequal: dict[Feed, int] = {}
        self._wanted = asyncio.Event()
        self._backoff = Backoff(log, "reconciler")
        self._again = Counter(
            "bihuan_reconciler_republished", "Events sent to the bus again", ["feed"], registry=registry
        )
        self._lacking = Gauge(
            "bihuan_reconciler_missing", "Events that the bus lacks or has otherwise", ["feed"], registry=registry
        )
        for name in PREFIX:
            self._again.labels(name)
            self._lacking.labels(name).set(0)

    def trouble(self) -> str | None:
        """What keeps both sides from being equal, as far as it is known; None when nothing does."""
        if lacking := sum(self._unequal.values()):
            return f"总线上缺少{lacking}个事件，正在补发"
        if self._backoff.reason is not None:
            return "无法核对总线上的事件"
        return self._relay.trouble()

    async def run(self) -> None:
        """Compare for ever. Trouble on either side is logged and tried again with back-off."""
        reconnects, whole = -1, True
        while True:
            try:
                if not self._relay.caught_up:
                    await asyncio.sleep(0.5)
                    continue
                began = monotonic()
                whole = whole or self._client.stats["reconnects"] != reconnects
                reconnects = self._client.stats["reconnects"]
                found = await self._pass(None if whole else RATE)
                self._backoff.worked()
                whole = any(one.republished for one in found.values())  # is it there now?
                if not whole:
                    whole = await self._next(began + EVERY, reconnects)
            except TROUBLE as error:
                await asyncio.sleep(self._backoff.failed(error))
                whole = True

    async def compare_now(self) -> dict[Feed, Compared]:
        """A pass over both feeds, as fast as it goes. Raises what the database and the bus raise."""
        return await self._pass(None)

    async def send_wanted(self, first: int, last: int) -> int:
        """Send these events of the internal feed again, a batch at most, where this process has the relay and it has
        sent them before; how many. A pass over all of them follows: what was lost is seldom alone."""
        if not self._relay.caught_up or first < 1:
            return 0
        async with self._pool.connection(timeout=5) as connection:
            last = min(last, first + BATCH - 1, await relayed(connection, "internal"))
        if last < first:
            return 0
        count = last - first + 1
        self._lacks("internal", max(self._unequal.get("internal", 0), count))
        await self._send_again("internal", range(first, last + 1))
        self._wanted.set()
        return count

    async def _next(self, at: float, reconnects: int) -> bool:
        """Wait for the time of the next pass. True: something happened that makes one necessary at once."""
        self._wanted.clear()
        while (rest := at - monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(rest, LOOK)):
                    await self._wanted.wait()
            if self._wanted.is_set() or not self._relay.active or self._client.stats["reconnects"] != reconnects:
                return True
            for name in PREFIX:
                if self._lost_something(name, await self._info(name)):
                    return True
        return False

    async def _info(self, name: Feed) -> StreamInfo:
        jetstream = self._client.jetstream(timeout=ACKNOWLEDGE_WITHIN)
        return await jetstream.stream_info(self._relay.stream(name))

    def _lost_something(self, name: Feed, info: StreamInfo) -> bool:
        """Whether the stream's figures have changed since they were last looked at as they do by loss alone."""
        state = info.state
        now = (info.created, state.last_seq, state.num_deleted or 0, bool(state.messages))
        before, self._figures[name] = self._figures.get(name, now), now
        created, last, deleted, some = before
        return now[0] != created or now[1] < last or now[2] > deleted or (some and not now[3])

    async def _pass(self, rate: int | None) -> dict[Feed, Compared]:
        async with self._turn:
            return {name: await self._compare(name, rate) for name in PREFIX}

    async def _compare(self, name: Feed, rate: int | None) -> Compared:
        info = await self._info(name)
        self._lost_something(name, info)
        async with self._pool.connection(timeout=5) as connection:
            head = await relayed(connection, name)
            first = await first_kept(connection, name, head, info.config.max_age)
            known = await self._expected[name].up_to(connection, first, head)
        states = await self._read_back(name, known, head, info.state.first_seq, rate)
        if (await self._info(name)).created != info.created:
            raise StreamReplaced(f"{info.config.name} was made anew meanwhile")
        lacking = [first + n for n, state in enumerate(states[first - known.first :]) if state != _EQUAL]
        different = sum(states[number - known.first] == _OTHER for number in lacking)
        self._lacks(name, len(lacking))
        if lacking:
            log.error(
                "events are missing on the bus: sent again", feed=name, missing=len(lacking) - different,
                different=different, ranges=_ranges(lacking),
            )  # fmt: skip
            await self._send_again(name, lacking)
        return Compared(max(head - first + 1, 0), len(lacking) - different, different, len(lacking))

    async def _read_back(self, name: Feed, known: Known, head: int, place: int | None, rate: int | None) -> bytearray:
        """For each event from `known.first` to `head`: what the stream has of it."""
        states = bytearray(max(head - known.first + 1, 0))
        async with stored_messages(self._client, self._relay.stream(name), self._relay.subjects(name)) as stored:
            following: int | None = max(place or 1, 1)
            while following is not None:
                messages, following = await stored.read(following)
                others: dict[int, Msg] = {}
                for message in messages:
                    number = _number(message)
                    if not known.first <= number <= head or states[number - known.first] == _EQUAL:
                        continue
                    same = digest_of(message) == known.digests[number - known.first]
                    states[number - known.first] = _EQUAL if same else _OTHER
                    if not same:
                        others[number] = message
                for number in await self._as_good(name, others):
                    known.digests[number - known.first] = digest_of(others[number])
                    states[number - known.first] = _EQUAL
                await asyncio.sleep(len(messages) / rate if rate else 0)
        return states

    async def _as_good(self, name: Feed, others: Mapping[int, Msg]) -> list[int]:
        """Those whose bytes are others, but who say the same and carry their seal."""
        found = []
        if others:
            async with self._pool.connection(timeout=5) as connection:
                for start, count in _runs(sorted(others)):
                    for row in await feed.read(connection, name, after=start - 1, limit=count):
                        message, body = self._relay.message(row, name), others[row.sequence].data
                        given = (others[row.sequence].headers or {}).get(seals.HEADER)
                        sealed = message.seal is None or given == self._sealer.seal(message.stream, body)
                        if sealed and _gist(body) == _gist(message.body):
                            found.append(row.sequence)
        return found

    async def _send_again(self, name: Feed, numbers: Sequence[int]) -> None:
        async with bus_publisher(self._client) as bus:
            for start, count in _runs(numbers):
                kind = f"{PREFIX[name]}:again:{time_ns()}"
                async with self._pool.connection(timeout=5) as connection:
                    rows = await feed.read(connection, name, after=start - 1, limit=count)
                    if (head := await relayed(connection, name)) >= start + count:
                        rows += await feed.read(connection, name, after=head - 1, limit=1)
                messages = [
                    replace(self._relay.message(row, name), id=self._sealer.message_id(kind, row.sequence))
                    for row in rows
                ]
                await bus.send(messages, ACKNOWLEDGE_WITHIN)
                self._again.labels(name).inc(count)
                self._lacks(name, max(self._unequal[name] - count, 1))  # until it was read back
                await asyncio.sleep(count / REFILL)

    def _lacks(self, name: Feed, count: int) -> None:
        self._unequal[name] = count
        self._lacking.labels(name).set(count)


def _number(message: Msg) -> int:
    """The event's sequence; 0 where it is none of ours."""
    try:
        return cloudevents.decode(message.data).number
    except msgspec.MsgspecError:
        return 0


def _gist(body: bytes) -> dict[str, Any]:
    """What the event says, whatever the installation's address and however long its numbers."""
    event: dict[str, Any] = msgspec.json.decode(body)
    numbers = {key: int(event[key]) for key in ("sequence", "jurisdictionsequence") if key in event}
    return event | numbers | {"dataschema": None}


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers that follow one another, as (first, count), at most a batch each."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == sum(found[-1]) and found[-1][1] < BATCH:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((number, 1))
    return found


def _ranges(numbers: Sequence[int]) -> str:
    """For the log: 3–7, 9, …; twenty at most."""
    breaks = [0, *(n + 1 for n, (one, next_) in enumerate(pairwise(numbers)) if next_ != one + 1), len(numbers)]
    shown = [
        f"{numbers[a]}" if b - a == 1 else f"{numbers[a]}–{numbers[b - 1]}" for a, b in list(pairwise(breaks))[:20]
    ]
    return ", ".join(shown) + (", …" if len(breaks) > 21 else "")
