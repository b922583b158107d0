"""The relay: copies a service's feeds to JetStream, in order, at least once.

One is active per service, by an advisory lock on its own connection; a second one waits. It reads and notes its
position on that very connection, which PostgreSQL ends when it falls silent (see `peers`): a relay that was frozen and
wakes up can repeat what it was about to send, under the same message ids, and does no more. It is woken by each commit
of its process and of others, and polls all the same, because a notification is only a hint. A look at both feeds is one
question; what it finds goes out with all messages in flight; on any doubt it is sent again with the same message ids.

At every (re)connection to either side it compares the stream's tail with its stored position and rewinds if the
stream is shorter: nats-server acknowledges before it syncs to disk, so a power cut may lose a tail that PostgreSQL
still has. A stream that is empty because all of it is older than the stream keeps is not shorter. One that ends in a
message without our seal is filled anew: it is from before there were seals, or was written to by somebody else. Where
the stream has what the database has not, the database was put back to an earlier state: then a new timeline begins (see
`timelines`), what was forgotten is noted, and the readers are told. It goes back LIVE_FIRST events at most, so that a
bus that lost everything does not hold up what happens now until the whole history is there. What is missing before
that, or was lost while nothing was interrupted, is the reconciler's affair.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import nats.errors
import nats.js.errors
import psycopg
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.platform import postgres
from shared.platform.messaging import cloudevents, feed, forks, seals, timelines
from shared.platform.messaging.backoff import Backoff
from shared.platform.messaging.cloudevents import Feed, FeedRow
from shared.platform.messaging.forgotten import BeforeTimeline, nothing_before
from shared.platform.messaging.forks import Tail
from shared.platform.messaging.peers import end_when_silent
from shared.platform.messaging.publish import BusPublisher, Message, bus_publisher
from shared.platform.messaging.seals import Sealer
from shared.platform.messaging.streams import PUBLIC_STREAM, internal_stream
from shared.platform.messaging.timelines import Timelines

BATCH = 256
POLL = 1.0
LIVE_FIRST = 5_000
ACKNOWLEDGE_WITHIN = 5.0
AHEAD = "the bus had events that the database did not have"
PREFIX: dict[Feed, str] = {"public": "pub", "internal": "int"}
TROUBLE = (psycopg.Error, nats.errors.Error, nats.js.errors.Error, msgspec.MsgspecError, TimeoutError, OSError)
log = structlog.get_logger("relay")


class Relay:
    """`run` until cancelled, or until `finish`; `wake` after each commit."""

    def __init__(
        self,
        service: str,
        dsn: str,
        client: Client,
        installation: str,
        public_url: str,
        sealer: Sealer,
        registry: CollectorRegistry,
        before: BeforeTimeline = nothing_before,
    ) -> None:
        self._service = service
        self._before = before
        self._sealer = sealer
        self._dsn = dsn
        self._client = client
        self._origin = cloudevents.source(installation, service)
        self._public_url = public_url
        self._woken = asyncio.Event()
        self._timelines: dict[Feed, Timelines] = {name: Timelines() for name in PREFIX}
        self._copied = Counter("bihuan_relay_events", "Events copied to the bus", ["feed"], registry=registry)
        self._position = Gauge("bihuan_relay_position", "Last sequence on the bus", ["feed"], registry=registry)
        self.active = False
        self.caught_up = False
        """Whether all that was committed is on the bus, as far as this relay knows; False where it is not active."""
        self._backoff = Backoff(log, "relay", service=service)
        self._finishing = False

    def wake(self) -> None:
        """Something was committed."""
        self._woken.set()

    def finish(self) -> None:
        """Nothing more will be committed here: `run` returns once all is sent, or sending failed."""
        self._finishing = True
        self._woken.set()

    def trouble(self) -> str | None:
        """Why nothing is copied just now; None where it is, or another process does."""
        return "总线暂不接收事件" if self._backoff.reason is not None else None

    async def run(self) -> None:
        """Copy for ever. Trouble on either side is logged and tried again with back-off."""
        while not self._finishing:
            pause = 0.1
            try:
                async with await postgres.connect(self._dsn, "relay") as connection:
                    # A position lost in a crash costs a repetition under the same ids: not worth a sync of the disk.
                    await connection.execute("SET synchronous_commit = off")
                    await end_when_silent(connection)
                    await self._lead(connection)
                    await self._copy_until_finished(connection)
            except TROUBLE as error:
                pause = self._backoff.failed(error)
            finally:
                self.active = self.caught_up = False
            await asyncio.sleep(pause)

    async def _lead(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Return when this relay is the active one. It asks again and again: a statement that waits holds a snapshot
        all the while, and with it every dead row of the busy one-row tables."""
        while not self.active:
            row = await (await connection.execute("SELECT pg_try_advisory_lock(hashtext('relay'))")).fetchone()
            self.active = bool(row and row[0])
            if not self.active:
                await asyncio.sleep(POLL)

    async def _copy_until_finished(self, connection: psycopg.AsyncConnection[Any]) -> None:
        jetstream = self._client.jetstream(timeout=ACKNOWLEDGE_WITHIN)
        reconnects = -1
        positions: dict[Feed, int] = {}
        async with bus_publisher(self._client) as bus:
            while True:
                if self._client.stats["reconnects"] != reconnects:
                    reconnects, self.caught_up = self._client.stats["reconnects"], False
                    positions = await self._where(connection, jetstream)
                    await self._announce(bus)
                self._woken.clear()
                last = self._finishing
                more = await self._copy(connection, bus, positions)
                self._backoff.worked()
                if not more:
                    self.caught_up = True
                    if last:
                        return
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL):
                            await self._woken.wait()

    async def _copy(
        self, connection: psycopg.AsyncConnection[Any], bus: BusPublisher, positions: dict[Feed, int]
    ) -> bool:
        """Copy what both feeds have, at most a batch of each; whether there may be more that nobody will tell of."""
        found = await feed.read_both(connection, positions, BATCH)
        copied = {name: rows for name, rows in found.items() if rows}
        if copied:
            messages = [self.message(row, name) for name, rows in copied.items() for row in rows]
            await bus.send(messages, ACKNOWLEDGE_WITHIN)
            positions.update({name: rows[-1].sequence for name, rows in copied.items()})
            await _store(connection, positions)
            for name, rows in copied.items():
                self._copied.labels(name).inc(len(rows))
                self._position.labels(name).set(positions[name])
        return any(len(rows) == BATCH for rows in copied.values())

    async def _where(
        self, connection: psycopg.AsyncConnection[Any], jetstream: JetStreamContext
    ) -> dict[Feed, int]:  # fmt: skip
        """The sequence of each feed after which to go on: the lower of the stored position and the stream's tail, but
        no more than LIVE_FIRST before the former."""
        self._timelines = await feed.timelines_of(connection)
        stored = dict(await (await connection.execute("SELECT feed, sequence FROM relay_positions")).fetchall())
        tails: dict[Feed, Tail] = {}
        for name in PREFIX:
            position = int(stored.get(name, 0))
            tail = await self._tail(connection, jetstream, name)
            if tail is None:
                # Nothing there, or nothing that is ours: all is sent again, which harms nobody.
                aged = await self._aged_out(connection, jetstream, name, position)
                tail = Tail(position if aged else 0, self._timelines[name].latest[0])
            if not tail.is_ahead and tail.same < position:
                log.warning("the stream is behind: rewinding", feed=name, stored=position, tail=tail.same)
            tails[name] = tail
        if any(tail.is_ahead for tail in tails.values()):
            await self._begin_timeline(connection, tails)
        positions = {name: int(stored.get(name, 0)) for name in PREFIX}
        return {name: min(at, max(tails[name].same, at - LIVE_FIRST)) for name, at in positions.items()}

    async def _tail(
        self, connection: psycopg.AsyncConnection[Any], jetstream: JetStreamContext, name: Feed
    ) -> Tail | None:
        """What the stream ends in, or None: it holds nothing that is ours."""
        stream = self.stream(name)
        try:
            last = await jetstream.get_last_msg(stream, self.subjects(name))
        except nats.js.errors.NotFoundError:
            return None
        if not self._is_ours(last, name):
            return None
        return await forks.look(
            connection, jetstream, stream, name, self._timelines[name], last, partial(self._is_ours, name=name)
        )

    def _is_ours(self, message: RawStreamMsg, name: Feed) -> bool:
        body, stream = message.data or b"", self.stream(name)
        if name == "internal":
            return (message.headers or {}).get(seals.HEADER) == self._sealer.seal(stream, body)
        try:
            return cloudevents.origin_of(body) == self._origin
        except msgspec.MsgspecError:
            return False

    async def _begin_timeline(self, connection: psycopg.AsyncConnection[Any], tails: Mapping[Feed, Tail]) -> None:
        """The database was put back: from the last event that both sides have on, the feeds begin anew."""
        number = max(tail.timeline for tail in tails.values()) + 1
        after = {name: tail.same for name, tail in tails.items()}
        forgotten = [(name, body) for name, tail in tails.items() for _, _, body in reversed(tail.forgotten)]
        await self._before(number, forgotten)
        await forks.begin(connection, number, after, AHEAD, tails)
        self._timelines = {name: one.with_one(number, after[name]) for name, one in self._timelines.items()}
        log.error(
            "the bus is ahead: this database was put back to an earlier state, a new timeline begins",
            number=number, forgotten=len(forgotten), **{f"{name}_after": sequence for name, sequence in after.items()},
        )  # fmt: skip

    async def _announce(self, bus: BusPublisher) -> None:
        """Tell the readers which timeline lasts."""
        number, after = self._timelines["internal"].latest
        if number == timelines.FIRST:
            return
        stream, body = self.stream("internal"), timelines.announcement(number, after)
        subject = f"bihuan.int.v1.{self._service}.{timelines.SUBJECT}"
        id_ = self._sealer.message_id(timelines.SUBJECT, number)
        await bus.send([Message(stream, subject, id_, body, self._sealer.seal(stream, body))], ACKNOWLEDGE_WITHIN)

    async def _aged_out(
        self, connection: psycopg.AsyncConnection[Any], jetstream: JetStreamContext, name: Feed, stored: int
    ) -> bool:
        """Whether the stream held messages, holds none, and would not keep the last one that was sent any longer. A
        stream made anew never held any; one that lost a younger tail is behind."""
        stream = await jetstream.stream_info(self.stream(name))
        if not stored or not stream.config.max_age or stream.state.messages or not stream.state.last_seq:
            return False
        sent = await feed.read(connection, name, after=stored - 1, limit=1)
        kept_since = datetime.now(UTC) - timedelta(seconds=stream.config.max_age)
        return bool(sent) and datetime.fromisoformat(sent[0].recorded) < kept_since

    def message(self, row: FeedRow, name: Feed) -> Message:
        """The one message that a row becomes."""
        timeline = self._timelines[name].of(row.sequence)
        body = cloudevents.encode(cloudevents.compose(row, self._service, self._origin, self._public_url, timeline))
        place = PREFIX[name] if timeline[0] == timelines.FIRST else f"{PREFIX[name]}@{timeline[0]}"
        stream, id_ = self.stream(name), self._sealer.message_id(place, row.sequence)
        seal = self._sealer.seal(stream, body) if name == "internal" else None
        return Message(stream, cloudevents.subject(row, self._service), id_, body, seal)

    def stream(self, name: Feed) -> str:
        """The stream that holds this feed."""
        return PUBLIC_STREAM if name == "public" else internal_stream(self._service)

    def subjects(self, name: Feed) -> str:
        """Those of this feed's messages; announcements of timelines have one token less."""
        return f"bihuan.{PREFIX[name]}.v1.{self._service}.*.*"


async def _store(connection: psycopg.AsyncConnection[Any], reached: Mapping[Feed, int]) -> None:
    await connection.execute(
        """INSERT INTO relay_positions AS stored (feed, sequence) VALUES ('public', %s), ('internal', %s)
           ON CONFLICT (feed) DO UPDATE SET sequence = excluded.sequence WHERE stored.sequence <> excluded.sequence""",
        (reached["public"], reached["internal"]),
        prepare=True,
    )
