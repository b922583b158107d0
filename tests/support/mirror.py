"""A consumer for tests: it mirrors another service's lifts into its own store, so that order and repetition show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
from faststream.nats import NatsBroker
from prometheus_client import CollectorRegistry

from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.rows import insert
from shared.platform.event_store.session import Session
from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import FeedRow
from shared.platform.messaging.engine import end
from shared.platform.messaging.forgotten import BeforeTimeline, nothing_before
from shared.platform.messaging.handler import Delivery, Handler, Metrics, Received
from shared.platform.messaging.inbox import Inbox
from shared.platform.messaging.peers import Lease, Peers
from shared.platform.messaging.reconciler import Reconciler
from shared.platform.messaging.relay import Relay
from shared.platform.messaging.subscriber import subscribe
from shared.platform.postgres import Pool
from tests.support import sample
from tests.support.seals import inspector, sealer
from tests.support.servers import Database

PRODUCER = "intake"
PUBLIC_URL = "https://bihuan.example"
CONSUMER = "cases"
STREAM = "BIHUAN_INTAKE"
POISON = "poison"
REFUSED_BY_THE_DATABASE = "refused by the database"


class LiftChanged(msgspec.Struct):
    """The consumer's idea of the producer's events."""

    lift: UUID
    county: str
    remark: str | None = None


def mirror_registration(session: Session, event: LiftChanged, _: Received) -> None:
    sample.register(event.lift, event.county)(session)


def mirror_inspection(session: Session, event: LiftChanged, _: Received) -> None:
    if event.remark == POISON:
        raise ZeroDivisionError("a mistake in a handler")
    sample.inspect(event.lift, str(event.remark))(session)
    if event.remark == REFUSED_BY_THE_DATABASE:
        session.write(insert("lifts", key="id", id=event.lift, county="140525", inspections=-1))


HANDLERS = {
    "LiftRegistered": Handler(LiftChanged, mirror_registration),
    "LiftInspected": Handler(LiftChanged, mirror_inspection),
}


def delivery(
    number: int, name: str, lift: UUID, remark: str | None = None, *, at: int | None = None, **more: Any
) -> Delivery:
    """Event `number` as it comes from the stream, at stream sequence `at`; `more` are fields nobody knows."""
    return Delivery(body(number, name, lift, remark, **more), at or number)


def history(lift: UUID, *said: str, start: int = 1) -> list[Delivery]:
    """A lift is registered, then inspected with these remarks."""
    inspections = [delivery(start + n, "LiftInspected", lift, remark) for n, remark in enumerate(said, start=1)]
    return [delivery(start, "LiftRegistered", lift), *inspections]


def body(number: int, name: str, lift: UUID, remark: str | None = None, **more: Any) -> bytes:
    data = msgspec.json.encode({"lift": str(lift), "county": "140525", "remark": remark, **more}).decode()
    row = FeedRow(number, name, str(lift), 1, str(lift), sample.AT.isoformat(), sample.AT.isoformat(), data)
    event = cloudevents.compose(row, PRODUCER, cloudevents.source("installation", PRODUCER), PUBLIC_URL)
    return cloudevents.encode(event | more)


@asynccontextmanager
async def inbox_on(database: Database, lane: CommandLane, metrics: Metrics | None = None) -> AsyncIterator[Inbox]:
    """An inbox whose stored position has been read."""
    async with Pool(database.writer, min_size=0, max_size=2) as pool:
        inbox = Inbox(PRODUCER, HANDLERS, lane, pool, metrics or Metrics(CollectorRegistry()))
        await inbox.load()
        yield inbox


async def take_until(inbox: Inbox, events: list[Delivery], batch: int, last: int) -> None:
    """As a subscriber does it: read on, and when interrupted read again behind the stored position."""
    for _ in range(10):
        for first in range(0, len(events), batch):
            await inbox.take(events[first : first + batch])
            if inbox.interrupted:
                break
        if inbox.sequence == last and not inbox.interrupted:
            return
        await inbox.load()
    raise AssertionError(f"stuck at {inbox.sequence}")


@asynccontextmanager
async def peering(dsn: str, own: Callable[[], int | None] = lambda: None) -> AsyncIterator[Peers]:
    """One process among others; `own` is the backend of its lane."""
    peers = Peers(dsn, own, lambda: None, CollectorRegistry())
    task = asyncio.create_task(peers.run())
    try:
        yield peers
    finally:
        await end([task])


class AlwaysHeld(Lease):
    """There is no other process."""

    def __init__(self) -> None:
        pass

    @property
    def held(self) -> bool:
        return True


@asynccontextmanager
async def subscribed(url: str, inbox: Inbox, lease: Lease | None = None) -> AsyncIterator[Any]:
    """The inbox, fed from the bus; yields the subscriber."""
    broker = NatsBroker(
        url, max_reconnect_attempts=-1, connect_timeout=2, ping_interval=1, logger=None,
        reconnect_time_wait=0.05,  # type: ignore[arg-type]  # it is slept, so a fraction will do
    )  # fmt: skip
    subscribe(broker, CONSUMER, inbox, lease or AlwaysHeld(), inspector(PRODUCER, CONSUMER))
    await broker.start()
    try:
        yield broker.subscribers[0]
    finally:
        await broker.stop()


@asynccontextmanager
async def relaying(
    dsn: str, client: Any, service: str = PRODUCER, before: BeforeTimeline = nothing_before
) -> AsyncIterator[Relay]:
    """A relay at work."""
    relay = Relay(service, dsn, client, "installation", PUBLIC_URL, sealer(service), CollectorRegistry(), before)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        await end([task])


@asynccontextmanager
async def reconciling(
    database: Database, client: Any, registry: CollectorRegistry | None = None, service: str = PRODUCER
) -> AsyncIterator[tuple[Relay, Reconciler]]:
    """A relay and a reconciler at work, as an engine has them."""
    async with (
        Pool(database.writer, min_size=0, max_size=2) as pool,
        relaying(database.writer, client, service) as relay,
    ):  # fmt: skip
        reconciler = Reconciler(relay, client, pool, sealer(service), registry or CollectorRegistry())
        task = asyncio.create_task(reconciler.run())
        try:
            yield relay, reconciler
        finally:
            await end([task])


def remarks(database: Database) -> dict[UUID, list[str]]:
    """Lift → the remarks of its inspections, in the order of its stream."""
    query = """SELECT originator_id, array_remove(array_agg(convert_from(state, 'UTF8')::json->'data'->>'remark'
               ORDER BY originator_version), NULL) FROM stored_events GROUP BY 1"""
    return dict(database.rows(query))


def position(database: Database) -> int:
    """How far the producer's feed is taken in."""
    rows = database.rows("SELECT sequence FROM consumer_positions WHERE producer = %s", (PRODUCER,))
    return int(rows[0][0]) if rows else 0


def numbers(bodies: Iterable[bytes]) -> list[int]:
    """The events' numbers."""
    return [cloudevents.decode(one).number for one in bodies]
