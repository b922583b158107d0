"""Whether a service moves: what `/ready` and the metrics say of its store, lane, relay, consumers and timers.

Two loops look, every two seconds, one at the database and one at the bus, each with a time-out, so that neither holds
the other up; `/ready` reads what they found and waits for nothing. What has work and stays in the same place for STANDS
seconds stands still; ordinary load moves. Positions are those in the database: where another process of the service
holds a lease, it is judged by what it has done, as this process is.

A consumer is behind what the last genuine message of the producer's stream says. That the store can be written to is
tried: by a message of no meaning in PostgreSQL's log, and, after commands failed or hung, by a command that keeps its
key. Limits: a disk too full for a table to grow shows in the first command that fails; what the bus has lost altogether
does not show here, for nothing is known to be missing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import nats.errors
import nats.js.errors
import psycopg
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from prometheus_client import CollectorRegistry, Gauge

from shared.platform import postgres
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.messaging import cloudevents
from shared.platform.messaging.seals import Inspector
from shared.platform.messaging.streams import internal_stream
from shared.platform.messaging.timelines import FIRST, Timelines

EVERY = 2.0
AGAIN = 0.5
ANSWER_WITHIN = 3.0
WRITE_EVERY = 10.0
STANDS = 10.0
LANE_STANDS = 5.0
NO_STREAM = 10059  # JetStream's error code
_LOOK = """
SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool,
  (SELECT coalesce(json_object_agg(feed, sequence), '{}') FROM feed_heads WHERE feed IN ('public', 'internal')),
  (SELECT coalesce(json_object_agg(feed, sequence), '{}') FROM relay_positions),
  (SELECT coalesce(json_object_agg(producer, sequence), '{}') FROM consumer_positions),
  (SELECT coalesce(json_object_agg(producer, begun), '{}') FROM (
    SELECT producer, json_agg(ARRAY[number, after]) AS begun FROM producer_timelines GROUP BY producer) AS met),
  (SELECT coalesce(json_agg(DISTINCT producer), '[]') FROM producer_timelines WHERE rebuilt IS NULL),
  (SELECT count(*) FROM dead_letters WHERE replayed IS NULL),
  (SELECT coalesce(extract(epoch FROM max(began)), 0)::float8 FROM timelines),
  extract(epoch FROM clock_timestamp())::float8,
  timer.id, extract(epoch FROM %(now)s - timer.due)::float8
FROM (VALUES (1)) AS one LEFT JOIN (
  SELECT id, due FROM timers
  WHERE due <= %(now)s AND fired IS NULL AND NOT stopped AND parked IS NULL AND retry_at IS NULL
  ORDER BY due, id LIMIT 1) AS timer ON true"""
_WRITE = "SELECT pg_logical_emit_message(true, 'bihuan', '')"
log = structlog.get_logger("progress")


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says: whether it takes no writes, the heads of the feeds, how far each was relayed, how far
    each producer was taken in, the timelines of producers, those of whom read tables still show what they have
    forgotten, how many events are put aside, when its own last timeline began and what its clock says (seconds since
    1970; 0: none began), and the oldest timer that is due, with the seconds for which it has been."""

    read_only: bool
    heads: Mapping[str, int]
    relayed: Mapping[str, int]
    taken: Mapping[str, int]
    timelines: Mapping[str, Sequence[tuple[int, int]]]
    to_be_rebuilt: Sequence[str]
    letters: int
    timeline_began: float
    clock: float
    timer: UUID | None
    late: float | None


@dataclass(slots=True)
class Still:
    """For how many seconds something that has work was seen in the same place."""

    seconds: float = 0.0
    _place: object = None
    _since: float = 0.0

    def look(self, place: object, *, has_work: bool) -> None:
        """It is seen there now."""
        now = time.monotonic()
        if not has_work or place != self._place:
            self._place, self._since = place, now
        self.seconds = now - self._since


@dataclass(slots=True)
class Side:
    """One of the two loops: when it last succeeded (monotonic seconds), and why it does not."""

    seen: float | None = None
    trouble: str | None = None

    def why_not(self) -> str | None:
        """None while what it found is of now."""
        if self.trouble is None and self.seen is None:
            return "尚未检查"
        if self.trouble is None and self.seen is not None and time.monotonic() - self.seen > STANDS:
            return "检查停滞"
        return self.trouble


@dataclass
class Progress:
    """`follow_database` and `follow_bus` until cancelled; the other methods say what is wrong, or None."""

    dsn: str
    now: Callable[[], datetime]
    registry: CollectorRegistry
    lane: CommandLane | None = None
    found: Found | None = None
    sent: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The number of the last event in each producer's stream, and of its timeline."""

    def __post_init__(self) -> None:
        self._database, self._bus = Side(), Side()
        self._client: Client | None = None
        self._lost_streams: set[str] = set()
        self._still: dict[str, Still] = {}
        self._wrote = 0.0
        self._trial: asyncio.Future[None] | None = None
        of = self.registry
        self._relay_lag = Gauge("bihuan_relay_lag", "Events not yet on the bus", ["feed"], registry=of)
        self._inbox_lag = Gauge("bihuan_inbox_lag", "Events not yet taken in", ["producer"], registry=of)
        self._late = Gauge("bihuan_timers_late_seconds", "Age of the oldest timer that is due", registry=of)
        self._writable = Gauge("bihuan_store_writable", "Whether the database answers and takes writes", registry=of)
        self._letters = Gauge("bihuan_dead_letters", "Events put aside that wait for somebody", registry=of)
        self._began = Gauge(
            "bihuan_timeline_began_timestamp_seconds", "When the database was last found put back; 0 never", registry=of
        )
        self._apart = Gauge("bihuan_clock_apart_seconds", "The database's clock less this process's", registry=of)
        self._version = Gauge("bihuan_postgres_version", "server_version_num, such as 180006 for 18.6", registry=of)
        lane = Gauge("bihuan_lane_standing_seconds", "How long commands have waited, none succeeding", registry=of)
        lane.set_function(lambda: self.lane.stands_for if self.lane is not None else 0.0)
        self._standing = Gauge(
            "bihuan_standing_seconds", "How long what has work was seen in the same place", ["what"], registry=of
        )

    # --- what is wrong ---

    async def database_ready(self) -> str | None:
        """Whether the database answers."""
        return self._database.why_not()

    async def writing_ready(self) -> str | None:
        """Whether commands are committed."""
        if self.lane is None or self.found is None:
            return "尚未连接数据库"
        if self.found.read_only:
            return "数据库为只读或正在恢复，不能写入"
        if (seconds := self.lane.stands_for) > LANE_STANDS:
            return f"写入停滞：已有 {seconds:.0f} 秒没有命令办成"
        return None

    async def bus_ready(self) -> str | None:
        """Whether the bus is connected and answers."""
        if self._client is None or not self._client.is_connected:
            return "未连接消息总线"
        if self._lost_streams:
            return f"消息总线上没有 {'、'.join(sorted(self._lost_streams))} 的消息流"
        return self._bus.why_not()

    async def relay_ready(self) -> str | None:
        """Whether the feeds go out."""
        lags = self._relay_lags()
        return self._told({f"relay/{feed}": f"{feed} 有 {lag} 条未发出" for feed, lag in lags.items()}, "中继停滞")

    async def consumers_ready(self) -> str | None:
        """Whether the events of others are taken in."""
        lags = self._inbox_lags()
        told = {f"consumer/{producer}": f"{producer} 有 {lag} 条未接收" for producer, lag in lags.items()}
        return self._told(told, "接收停滞")

    async def timers_ready(self) -> str | None:
        """Whether what is due is done."""
        late = (self.found.late if self.found is not None else None) or 0.0
        return self._told({"timers": f"最早的到期 {late:.0f} 秒"}, "到期事项停滞")

    async def read_tables_ready(self) -> str | None:
        """Whether no row shows what a producer has forgotten (see `turning_back`)."""
        if self.found is None or not self.found.to_be_rebuilt:
            return None
        return f"{'、'.join(self.found.to_be_rebuilt)} 的数据库已恢复到较早状态，查询表待重建：./bihuan rebuild --swap"

    def _told(self, what: Mapping[str, str], title: str) -> str | None:
        standing = {name: still.seconds for name in what if (still := self._still.get(name)) and still.seconds > STANDS}
        said = [f"{what[name]}，已 {seconds:.0f} 秒未动" for name, seconds in standing.items()]
        return f"{title}：{'；'.join(said)}" if said else None

    @property
    def has_heard_all(self) -> bool:
        """Whether all that was on the bus at the last look had been taken in; not before there was one."""
        lags = self._inbox_lags()
        return bool(lags) and not any(lag > 0 for lag in lags.values())

    # --- looking ---

    async def follow_database(self) -> None:
        """Look for ever; a lost database is tried again."""
        while True:
            try:
                async with await postgres.connect(self.dsn, "progress", answer_within=ANSWER_WITHIN) as connection:
                    self._version.set(connection.info.server_version)
                    while True:
                        await self._look(connection)
                        self._database.seen, self._database.trouble = time.monotonic(), None
                        self._try_the_lane()
                        await asyncio.sleep(EVERY)
            except (psycopg.Error, OSError) as error:
                code = error.sqlstate if isinstance(error, psycopg.Error) else None
                self._database.trouble = f"数据库未应答（{type(error).__name__}{f' {code}' if code else ''}）"
                self._writable.set(0)
                log.warning("the database cannot be looked at", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(AGAIN)

    async def _look(self, connection: postgres.AsyncConnection) -> None:
        row = await (await connection.execute(_LOOK, {"now": self.now()}, prepare=True)).fetchone()
        assert row is not None
        self.found = Found(*row)
        self._letters.set(self.found.letters)
        self._began.set(self.found.timeline_began)
        self._apart.set(self.found.clock - time.time())
        if not self.found.read_only and time.monotonic() - self._wrote > WRITE_EVERY:
            await connection.execute(_WRITE, prepare=True)
            self._wrote = time.monotonic()
        self._writable.set(not self.found.read_only)
        self._late.set(self.found.late or 0.0)
        for feed, lag in self._relay_lags().items():
            self._relay_lag.labels(feed).set(lag)
            self._see(f"relay/{feed}", self.found.relayed.get(feed, 0), has_work=lag > 0)
        for producer, lag in self._inbox_lags().items():
            self._inbox_lag.labels(producer).set(lag)
            own = {name: at for name, at in self.found.taken.items() if name.partition("/")[0] == producer}
            self._see(f"consumer/{producer}", own, has_work=lag > 0)  # with those of handlers that missed something
        self._see("timers", self.found.timer, has_work=self.found.timer is not None)

    def _see(self, what: str, place: object, *, has_work: bool) -> None:
        still = self._still.setdefault(what, Still())
        still.look(place, has_work=has_work)
        self._standing.labels(what).set(still.seconds)

    def _relay_lags(self) -> dict[str, int]:
        if self.found is None:
            return {}
        return {feed: head - self.found.relayed.get(feed, 0) for feed, head in self.found.heads.items()}

    def _inbox_lags(self) -> dict[str, int]:
        if self.found is None:
            return {}
        return {producer: self.last_known(producer) - self.found.taken.get(producer, 0) for producer in self.sent}

    def last_known(self, producer: str) -> int:
        """The number of the last event of the producer that is on the bus; 0 where nothing is known."""
        if self.found is None or producer not in self.sent:
            return 0
        last, timeline = self.sent[producer]
        begun = Timelines((number, after) for number, after in self.found.timelines.get(producer, ()))
        return last if begun.hold(last, timeline) else begun.latest[1]  # what was abandoned is not to be read

    def _try_the_lane(self) -> None:
        """After it stood still, whether it moves again: it may be that nobody else asks it to."""
        if self.lane is not None and self.lane.stands_for and (self._trial is None or self._trial.done()):
            self._trial = self.lane.submit(lambda _: None, key=f"trial:{new_id()}")
            self._trial.add_done_callback(lambda trial: trial.cancelled() or trial.exception())

    async def follow_bus(self, client: Client, producers: Mapping[str, Inspector]) -> None:
        """Look for ever at the last message of each producer's stream."""
        self._client = client
        jetstream = client.jetstream(timeout=ANSWER_WITHIN)
        while True:
            try:
                for producer, inspector in producers.items() if client.is_connected else ():
                    await self._look_at(jetstream, producer, inspector)
                self._bus.seen, self._bus.trouble = time.monotonic(), None
                await asyncio.sleep(EVERY)
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError) as error:
                self._bus.trouble = f"消息总线未应答（{type(error).__name__}）"
                log.warning("the bus cannot be looked at", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(AGAIN)

    async def _look_at(self, jetstream: JetStreamContext, producer: str, inspector: Inspector) -> None:
        stream = internal_stream(producer)
        try:
            last: Any = await jetstream.get_last_msg(stream, f"bihuan.int.v1.{producer}.*.*")
        except nats.js.errors.NotFoundError as error:
            if error.err_code == NO_STREAM:
                self._lost_streams.add(producer)
            else:
                self._lost_streams.discard(producer)
                self.sent[producer] = (0, FIRST)
            return
        self._lost_streams.discard(producer)
        body = last.data or b""
        try:
            if inspector.passes(stream, body, last.headers):
                event = cloudevents.decode(body)
                self.sent[producer] = (event.number, event.timeline)
        except msgspec.MsgspecError:
            log.warning("the last message of a stream is no event", producer=producer)
