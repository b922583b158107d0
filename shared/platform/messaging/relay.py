"""The relay: copies a service's feeds to JetStream, in order, at least once.

One is active per service, by an advisory lock on its own connection; a second one waits. It reads and notes its
position on that very connection, which PostgreSQL ends when it falls silent (see `peers`): a relay that was frozen and
wakes up can repeat what it was about to send, under the same message ids, and does no more. It is woken by each commit
of its process and of others, and polls all the same, because a notification is only a hint. A look at both feeds is one
question; what it finds goes out with all messages in flight; on any doubt it is sent again with the same message ids.

At every (re)connection to either side it compares the stream's tail with its stored position and rewinds if the
stream is shorter: nats-server acknowledges before it syncs to disk, so a power cut may lose a tail that PostgreSQL
still has. A stream that is empty because all of it is older than the stream keeps is not shorter. One that ends in a
message without our seal is filled anew: it is from before there were seals, or was written to by somebody else. What
is missing before the tail, or was lost while nothing was interrupted, is the reconciler's affair.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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
from shared.platform.messaging import cloudevents, feed, seals
from shared.platform.messaging.backoff import Backoff
from shared.platform.messaging.cloudevents import Feed, FeedRow
from shared.platform.messaging.peers import end_when_silent
from shared.platform.messaging.publish import BusPublisher, Message, bus_publisher
from shared.platform.messaging.seals import Sealer
from shared.platform.messaging.streams import PUBLIC_STREAM, internal_stream

BATCH = 256
POLL = 1.0
ACKNOWLEDGE_WITHIN = 5.0
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
    ) -> None:
        self._service = service
        self._sealer = sealer
        self._dsn = dsn
        self._client = client
        self._origin = cloudevents.source(installation, service)
        self._public_url = public_url
        self._woken = asyncio.Event()
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
                    for name in PREFIX:
                        positions[name] = await self._where(connection, jetstream, name)
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

    async def _where(self, connection: psycopg.AsyncConnection[Any], jetstream: JetStreamContext, name: Feed) -> int:
        """The sequence after which to go on: the lower of the stored position and the stream's tail."""
        query = "SELECT sequence FROM relay_positions WHERE feed = %s"
        row = await (await connection.execute(query, (name,))).fetchone()
        stored = int(row[0]) if row else 0
        subjects = self.subjects(name)
        try:
            last = await jetstream.get_last_msg(self.stream(name), subjects)
            tail = self._number(last, name)
        except (nats.js.errors.NotFoundError, msgspec.MsgspecError):
            if await self._aged_out(connection, jetstream, name, stored):
                return stored
            tail = 0  # nothing there, or nothing that is ours: send all again, which harms nobody
        if tail < stored:
            log.warning("the stream is behind: rewinding", feed=name, stored=stored, tail=tail)
        return min(stored, tail)

    def _number(self, last: RawStreamMsg, name: Feed) -> int:
        """The sequence of the stream's last message of ours, or 0: it is none."""
        body, stream = last.data or b"", self.stream(name)
        if name == "internal" and (last.headers or {}).get(seals.HEADER) != self._sealer.seal(stream, body):
            return 0
        return cloudevents.decode(body).number

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
        body = cloudevents.encode(cloudevents.compose(row, self._service, self._origin, self._public_url))
        stream, id_ = self.stream(name), self._sealer.message_id(PREFIX[name], row.sequence)
        seal = self._sealer.seal(stream, body) if name == "internal" else None
        return Message(stream, cloudevents.subject(row, self._service), id_, body, seal)

    def stream(self, name: Feed) -> str:
        """The stream that holds this feed."""
        return PUBLIC_STREAM if name == "public" else internal_stream(self._service)

    def subjects(self, name: Feed) -> str:
        """Those of this feed's messages."""
        return f"bihuan.{PREFIX[name]}.v1.{self._service}.>"


async def _store(connection: psycopg.AsyncConnection[Any], reached: Mapping[Feed, int]) -> None:
    await connection.execute(
        """INSERT INTO relay_positions AS stored (feed, sequence) VALUES ('public', %s), ('internal', %s)
           ON CONFLICT (feed) DO UPDATE SET sequence = excluded.sequence WHERE stored.sequence <> excluded.sequence""",
        (reached["public"], reached["internal"]),
        prepare=True,
    )
