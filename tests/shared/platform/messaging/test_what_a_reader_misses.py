"""A reader does not wait for the reconciler: it asks for what it misses, and what happens now comes before history."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from nats.aio.client import Client

from deploy.local.nats import EmbeddedNats
from shared.kernel.contracts import SERVICES
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.messaging import streams
from shared.platform.messaging.wanted import Wanted, subject, want
from tests.support.bus import everything_in
from tests.support.lanes import lane_on
from tests.support.mirror import (
    PRODUCER,
    STREAM,
    inbox_on,
    numbers,
    position,
    reconciling,
    relaying,
    remarks,
    subscribed,
)
from tests.support.sample import inspect, register
from tests.support.servers import Database
from tests.support.waiting import until

LIVE_FIRST = 5


@pytest.fixture(autouse=True)
def rare(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reconciler's next pass is far away."""
    monkeypatch.setattr("shared.platform.messaging.reconciler.EVERY", 600.0)
    monkeypatch.setattr("shared.platform.messaging.reconciler.LOOK", 600.0)
    monkeypatch.setattr("shared.platform.messaging.subscriber.WAIT", 0.2)


async def inspected(lane: CommandLane, lift: UUID, first: int, last: int) -> None:
    """The remark is the event's number."""
    for number in range(first, last + 1):
        await lane.submit(inspect(lift, f"{number}"))


async def on_the_bus(bus: Client) -> list[int]:
    return numbers([one.data or b"" for one in await everything_in(bus, STREAM)])


async def has(bus: Client, *expected: int) -> bool:
    return await on_the_bus(bus) == list(expected)


async def test_what_the_bus_lost_before_it_was_read_is_sent_again_when_the_reader_asks(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    lift = new_id()
    async with (
        reconciling(database, bus) as (relay, reconciler),
        lane_on(database.writer, committed=relay.wake) as lane,
        lane_on(consumer.writer) as other,
    ):
        await Wanted(PRODUCER, reconciler.send_wanted).listen(bus)
        await lane.submit(register(lift))
        await inspected(lane, lift, 2, 12)
        await until(lambda: has(bus, *range(1, 13)))
        for place in (4, 5, 9):
            await bus.jetstream().delete_msg(STREAM, place)
        async with inbox_on(consumer, other) as inbox, subscribed(nats_server.admin_url, inbox):
            await until(lambda: position(consumer) == 12, 20)
        assert reconciler.trouble() is None or await until(lambda: reconciler.trouble() is None)
    assert remarks(consumer) == {lift: [f"{n}" for n in range(2, 13)]}


@pytest.mark.parametrize(
    "asked", [b"", b"{}", b'{"first": 0, "last": 9}', b'{"first": 9, "last": 3}', b'{"first": 13, "last": 99}']
)
async def test_a_question_for_what_there_is_not_sends_nothing(database: Database, bus: Client, asked: bytes) -> None:
    async with (
        reconciling(database, bus) as (relay, reconciler),
        lane_on(database.writer, committed=relay.wake) as lane,
    ):
        heard: list[tuple[int, int]] = []

        async def send(first: int, last: int) -> int:
            heard.append((first, last))
            return await reconciler.send_wanted(first, last)

        await Wanted(PRODUCER, send).listen(bus)
        lift = new_id()
        await lane.submit(register(lift))
        await inspected(lane, lift, 2, 12)
        await until(lambda: has(bus, *range(1, 13)))
        await until(lambda: relay.caught_up)
        await bus.publish(subject(PRODUCER), asked)
        await bus.flush()
        await asyncio.sleep(0.3)
        assert await has(bus, *range(1, 13))
        await want(bus, PRODUCER, 12, 99)  # the next one is heard, and then none for a while
        await until(lambda: has(bus, *range(1, 13), 12))
        for _ in range(5):
            await want(bus, PRODUCER, 1, 12)
        await bus.flush()
        await asyncio.sleep(0.3)
        assert heard[-1] == (12, 99)
        assert await has(bus, *range(1, 13), 12)


async def test_a_stream_that_was_lost_begins_with_what_is_new_and_the_reader_that_was_behind_gets_all(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.messaging.relay.LIVE_FIRST", LIVE_FIRST)
    lift = new_id()
    async with (
        lane_on(database.writer) as lane, lane_on(consumer.writer) as other, inbox_on(consumer, other) as inbox
    ):  # fmt: skip
        async with relaying(database.writer, bus) as relay:
            await lane.submit(register(lift))
            await inspected(lane, lift, 2, 10)
            async with subscribed(nats_server.admin_url, inbox):
                await until(lambda: position(consumer) == 10)
            await inspected(lane, lift, 11, 30)
            relay.wake()
            await until(lambda: has(bus, *range(1, 31)))
        for stream in (STREAM, streams.PUBLIC_STREAM):
            await bus.jetstream().delete_stream(stream)
        await streams.declare(bus.jetstream(), SERVICES)
        await inspected(lane, lift, 31, 32)
        async with reconciling(database, bus) as (_, reconciler), subscribed(nats_server.admin_url, inbox):
            await until(lambda: position(consumer) == 32)
            await until(lambda: reconciler.trouble() is None)
            assert set(await on_the_bus(bus)) == set(range(1, 33))
    assert (await on_the_bus(bus))[: LIVE_FIRST + 2] == list(range(31 - LIVE_FIRST, 33))
    assert remarks(consumer) == {lift: [f"{n}" for n in range(2, 33)]}
