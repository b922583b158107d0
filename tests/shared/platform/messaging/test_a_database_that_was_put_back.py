"""A producer's database is put back to an earlier state while the bus runs on: nobody keeps what it has forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
import pytest
from msgspec import structs
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from deploy.local.nats import EmbeddedNats
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.session import Session
from shared.platform.messaging import cloudevents, forks
from shared.platform.messaging import relay as relays
from shared.platform.messaging import subscriber as subscribers
from shared.platform.messaging.handler import Handler, Metrics, Received
from shared.platform.messaging.inbox import Inbox
from shared.platform.messaging.streams import PUBLIC_STREAM
from shared.platform.messaging.turning_back import Abandoned, Followed
from shared.platform.postgres import Pool
from tests.support import sample
from tests.support.bus import everything_in
from tests.support.lanes import lane_on
from tests.support.mirror import (
    PRODUCER,
    STREAM,
    LiftChanged,
    numbers,
    position,
    reconciling,
    relaying,
    remarks,
    subscribed,
)
from tests.support.restoring import copied, put_back
from tests.support.sample import Lift, inspect, register
from tests.support.servers import Database
from tests.support.waiting import until

SOMEBODY = "somebody has acted on it"
RULE = Actor(id="system:mirrors", role="system", unit="city")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "WAIT", 0.2)
    monkeypatch.setattr(relays, "POLL", 0.1)


def because(received: Received) -> Envelope:
    return structs.replace(sample.envelope(received.reference), actor=RULE, causation=received.reference)


def mirror_registration(session: Session, event: LiftChanged, received: Received) -> None:
    session.save(Lift.register(because(received), event.lift, event.county))


def mirror_inspection(session: Session, event: LiftChanged, received: Received) -> None:
    lift = session.get(Lift, event.lift)
    lift.inspect(because(received), str(event.remark))
    session.save(lift)


def take_back(session: Session, followed: Followed, why: Abandoned) -> str | None:
    """A lift of which the producer knows nothing is scrapped, unless somebody has inspected it here."""
    if not (followed.began_so and followed.only_by_rule):
        return SOMEBODY
    lift = session.get(Lift, followed.stream)
    lift.scrap(structs.replace(sample.envelope(), actor=RULE, causation=why.cause))
    session.save(lift)
    return None


HANDLERS = {
    "LiftRegistered": Handler(LiftChanged, mirror_registration),
    "LiftInspected": Handler(LiftChanged, mirror_inspection),
}


@asynccontextmanager
async def mirroring(consumer: Database, url: str) -> AsyncIterator[CommandLane]:
    """The consumer at work; its lane."""
    async with (
        lane_on(consumer.writer) as lane,
        Pool(consumer.writer, min_size=0, max_size=2) as pool,
    ):
        inbox = Inbox(PRODUCER, HANDLERS, lane, pool, Metrics(CollectorRegistry()), take_back)
        await inbox.load()
        async with subscribed(url, inbox):
            yield lane


@asynccontextmanager
async def producing(database: Database, bus: Client) -> AsyncIterator[CommandLane]:
    async with relaying(database.writer, bus) as relay, lane_on(database.writer, committed=relay.wake) as lane:
        yield lane


async def register_lifts(lane: CommandLane, count: int) -> list[UUID]:
    lifts = [new_id() for _ in range(count)]
    await asyncio.gather(*[lane.submit(register(lift)) for lift in lifts])
    return lifts


def standing(database: Database) -> set[UUID]:
    """The lifts that are not scrapped."""
    return {id_ for (id_,) in database.rows("SELECT id FROM lifts WHERE NOT coalesce(scrapped, false)")}


def head(database: Database) -> int:
    return int(database.one("SELECT sequence FROM feed_heads WHERE feed = 'internal'"))


def taken_back(database: Database) -> dict[UUID, str | None]:
    return dict(database.rows("SELECT stream, reason FROM taken_back"))


async def agree(database: Database, consumer: Database) -> None:
    """Both sides know the same lifts, and the consumer has read all."""
    await until(lambda: position(consumer) == head(database) and standing(consumer) == standing(database))


async def test_what_was_sent_again_behind_later_events_is_not_taken_for_the_place_where_the_sides_part(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async with mirroring(consumer, nats_server.admin_url):
        async with producing(database, bus) as lane:
            kept = await register_lifts(lane, 5)
            await until(lambda: position(consumer) == 5)
        with copied(database) as copy:
            async with producing(database, bus) as lane:
                forgotten = await register_lifts(lane, 3)
                await until(lambda: position(consumer) == 8)
            for stream in (STREAM, PUBLIC_STREAM):
                await bus.jetstream().delete_msg(stream, 2)
            async with reconciling(database, bus) as (relay, reconciler):
                await until(lambda: relay.caught_up)
                await reconciler.compare_now()
            assert [await last_in(bus, stream) for stream in (STREAM, PUBLIC_STREAM)] == [[2, 8]] * 2
            put_back(database, copy)
            async with producing(database, bus) as lane:
                new = await register_lifts(lane, 1)
                await agree(database, consumer)
    assert standing(consumer) == {*kept, *new}
    assert taken_back(consumer) == dict.fromkeys(forgotten)
    assert database.rows("SELECT number, public_after, internal_after FROM timelines") == [(2, 5, 5)]


async def last_in(bus: Client, stream: str) -> list[int]:
    """The numbers of the last two events."""
    return numbers([one.data or b"" for one in await everything_in(bus, stream)])[-2:]


async def test_what_the_producer_has_forgotten_is_taken_back_and_what_came_instead_is_taken_in(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async with mirroring(consumer, nats_server.admin_url):
        async with producing(database, bus) as lane:
            kept = await register_lifts(lane, 5)
            await until(lambda: position(consumer) == 5)
        with copied(database) as copy:
            async with producing(database, bus) as lane:
                forgotten = await register_lifts(lane, 3)
                await until(lambda: position(consumer) == 8)
            put_back(database, copy)
            async with producing(database, bus) as lane:
                new = await register_lifts(lane, 4)
                await agree(database, consumer)
    assert standing(consumer) == {*kept, *new}
    assert taken_back(consumer) == dict.fromkeys(forgotten)
    assert database.rows("SELECT number, public_after, internal_after FROM timelines") == [(2, 5, 5)]
    noted = "SELECT feed, array_agg(sequence ORDER BY sequence) FROM abandoned_events GROUP BY 1 ORDER BY 1"
    assert database.rows(noted) == [("internal", [6, 7, 8]), ("public", [6, 7, 8])]
    assert consumer.rows("SELECT number, after, position FROM producer_timelines") == [(2, 5, 8)]
    bodies = [one.data or b"" for one in await everything_in(bus, STREAM)]
    last = [cloudevents.decode(body) for body in bodies if b'"data"' in body]
    assert [(one.number, one.timeline, one.after) for one in last[-4:]] == [(n, 2, 5) for n in (6, 7, 8, 9)]


async def test_readers_turn_back_although_nothing_new_comes(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async with mirroring(consumer, nats_server.admin_url):
        async with producing(database, bus) as lane:
            kept = await register_lifts(lane, 2)
            await until(lambda: position(consumer) == 2)
        with copied(database) as copy:
            async with producing(database, bus) as lane:
                await register_lifts(lane, 2)
                await until(lambda: position(consumer) == 4)
            put_back(database, copy)
            async with producing(database, bus):
                await agree(database, consumer)
    assert standing(consumer) == set(kept)


async def test_a_database_may_be_put_back_under_a_service_that_works(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    """What its lane remembers of the forgotten time must not go on: a stream would have a hole."""
    async with mirroring(consumer, nats_server.admin_url):
        async with producing(database, bus) as lane:
            lifts = await register_lifts(lane, 2)
            await until(lambda: position(consumer) == 2)
        with copied(database) as copy:
            async with producing(database, bus) as lane:
                for lift in lifts:
                    await lane.submit(inspect(lift, "forgotten"))
                await until(lambda: position(consumer) == 4)
                put_back(database, copy)
                for lift in lifts:
                    await lane.submit(inspect(lift, "instead"))
                await until(lambda: set(map(tuple, remarks(consumer).values())) == {("forgotten", "instead")})
    assert remarks(database) == {lift: ["instead"] for lift in lifts}
    assert [[version for version, _ in database.events_of(lift)] for lift in lifts] == [[1, 2], [1, 2]]
    assert taken_back(consumer) == dict.fromkeys(lifts, SOMEBODY)


async def test_what_somebody_has_acted_on_is_left_to_a_person(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async with mirroring(consumer, nats_server.admin_url) as other:
        async with producing(database, bus) as lane:
            await register_lifts(lane, 1)
            await until(lambda: position(consumer) == 1)
        with copied(database) as copy:
            async with producing(database, bus) as lane:
                (forgotten,) = await register_lifts(lane, 1)
                await until(lambda: position(consumer) == 2)
            await other.submit(inspect(forgotten, "an inspector was there"))
            put_back(database, copy)
            async with producing(database, bus):
                await until(lambda: position(consumer) == 1)
    assert taken_back(consumer) == {forgotten: SOMEBODY}
    assert forgotten in standing(consumer)


async def test_reader_and_producer_put_back_together_keep_nothing_of_the_forgotten_time(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async with mirroring(consumer, nats_server.admin_url), producing(database, bus) as lane:
        await register_lifts(lane, 3)
        await until(lambda: position(consumer) == 3)
    with copied(database) as copy, copied(consumer) as other:
        async with mirroring(consumer, nats_server.admin_url), producing(database, bus) as lane:
            await register_lifts(lane, 3)
            await until(lambda: position(consumer) == 6)
        put_back(database, copy)
        put_back(consumer, other)
        async with mirroring(consumer, nats_server.admin_url), producing(database, bus) as lane:
            await register_lifts(lane, 1)
            await agree(database, consumer)


async def test_a_reader_that_is_put_back_reads_again(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async with producing(database, bus) as lane:
        async with mirroring(consumer, nats_server.admin_url):
            await register_lifts(lane, 3)
            await until(lambda: position(consumer) == 3)
        with copied(consumer) as copy:
            async with mirroring(consumer, nats_server.admin_url):
                await register_lifts(lane, 3)
                await until(lambda: position(consumer) == 6)
            put_back(consumer, copy)
            async with mirroring(consumer, nats_server.admin_url):
                await agree(database, consumer)


async def test_each_time_that_it_is_put_back_the_timeline_has_a_number_that_none_had(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    """Also back to before the last new timeline, of which it then knows nothing."""
    async with mirroring(consumer, nats_server.admin_url):
        async with producing(database, bus) as lane:
            await register_lifts(lane, 2)
            await until(lambda: position(consumer) == 2)
        for expected in (2, 3, 4):
            with copied(database) as copy:
                async with producing(database, bus) as lane:
                    await register_lifts(lane, 2)
                    await agree(database, consumer)
                put_back(database, copy)
            async with producing(database, bus) as lane:
                await agree(database, consumer)
            assert database.one("SELECT max(number) FROM timelines") == expected
            database.rows("DELETE FROM abandoned_events")
            if expected == 3:
                database.rows("DELETE FROM timelines")


async def test_a_restore_begins_a_timeline_by_itself_so_that_a_lost_bus_does_no_harm(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    """The bus is the relay's only witness; who restores knows it anyway."""
    async with producing(database, bus) as lane, mirroring(consumer, nats_server.admin_url):
        await register_lifts(lane, 2)
        await until(lambda: position(consumer) == 2)
    with copied(database) as copy:
        async with producing(database, bus) as lane, mirroring(consumer, nats_server.admin_url):
            await register_lifts(lane, 3)
            await until(lambda: position(consumer) == 5)
        put_back(database, copy)
        async with await psycopg.AsyncConnection.connect(database.writer, autocommit=True) as connection:
            number = await forks.begin_after_restore(connection)
        for name in (STREAM, "BIHUAN_PUBLIC"):
            await bus.jetstream().purge_stream(name)
        async with producing(database, bus) as lane, mirroring(consumer, nats_server.admin_url):
            await register_lifts(lane, 1)
            await agree(database, consumer)
    assert number > 2
    assert consumer.rows("SELECT number, after, position FROM producer_timelines") == [(number, 2, 5)]


async def test_a_reader_that_is_put_back_while_it_reads_reads_again_although_nothing_new_comes(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async with producing(database, bus) as lane:
        async with mirroring(consumer, nats_server.admin_url):
            await register_lifts(lane, 3)
            await until(lambda: position(consumer) == 3)
        with copied(consumer) as copy:
            async with mirroring(consumer, nats_server.admin_url):
                await register_lifts(lane, 3)
                await until(lambda: position(consumer) == 6)
                put_back(consumer, copy)
                await agree(database, consumer)
