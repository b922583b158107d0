"""One service reads another's stream: in order, each event once, through whatever happens to the bus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from deploy.local.nats import EmbeddedNats
from shared.kernel.contracts import SERVICES
from shared.platform.event_store.ids import new_id
from shared.platform.messaging import streams
from shared.platform.messaging import subscriber as subscribers
from shared.platform.messaging.handler import Metrics
from shared.platform.messaging.pull import OpenPull
from shared.platform.messaging.subscriber import OrderedSubscriber
from tests.support.bus import holds, kill
from tests.support.lanes import lane_on
from tests.support.mirror import (
    CONSUMER,
    POISON,
    PRODUCER,
    STREAM,
    AlwaysHeld,
    body,
    inbox_on,
    peering,
    position,
    relaying,
    remarks,
    subscribed,
)
from tests.support.proxy import Proxy
from tests.support.sample import inspect, register
from tests.support.seals import sealed
from tests.support.servers import Database
from tests.support.waiting import until

SUBJECT = f"bihuan.int.v1.{PRODUCER}.0.Tested"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fetch that brings nothing ends after a fifth of a second."""
    monkeypatch.setattr(subscribers, "WAIT", 0.2)


async def send(bus: Client, *bodies: bytes) -> None:
    """As they are, in this order, without message ids: the stream takes everything."""
    for one in bodies:
        await bus.jetstream().publish(SUBJECT, one, stream=STREAM, headers=sealed(PRODUCER, one))


def history(lift: UUID, count: int, *, start: int = 1) -> list[bytes]:
    """A lift is registered, then inspected: `count` events in all. The remark is the event's number."""
    inspections = [body(number, "LiftInspected", lift, f"{number}") for number in range(start + 1, start + count)]
    return [body(start, "LiftRegistered", lift), *inspections]


def said(first: int, last: int) -> list[str]:
    return [f"{number}" for number in range(first, last + 1)]


async def test_what_one_service_commits_the_other_takes_in(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    lifts = [new_id() for _ in range(5)]
    async with (
        relaying(database.writer, bus) as relay,
        lane_on(database.writer, committed=relay.wake) as lane,
        lane_on(consumer.writer) as other,
        inbox_on(consumer, other) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await asyncio.gather(*[lane.submit(register(lift)) for lift in lifts])
        await asyncio.gather(*[lane.submit(inspect(lift, f"{n}")) for n in range(60) for lift in lifts])
        await until(lambda: position(consumer) == 305)
    assert remarks(consumer) == remarks(database) == {lift: [f"{n}" for n in range(60)] for lift in lifts}


async def test_a_restart_resumes_from_the_stored_position(
    consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    lift, registry = new_id(), CollectorRegistry()
    events = history(lift, 9)

    def reached(last: int) -> bool:
        return position(consumer) == last

    async with lane_on(consumer.writer) as lane, inbox_on(consumer, lane, Metrics(registry)) as inbox:
        for last in (3, 6, 9):
            await send(bus, *events[last - 3 : last])
            async with subscribed(nats_server.admin_url, inbox):
                await until(partial(reached, last))
    assert remarks(consumer) == {lift: said(2, 9)}
    assert registry.get_sample_value("bihuan_inbox_events_total", {"producer": PRODUCER}) == 9


async def test_duplicates_and_reorderings_in_the_stream_change_nothing(
    consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    """Trap 6, and a dedupe window that has passed."""
    lift = new_id()
    one, two, three, four, five = history(lift, 5)
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await send(bus, two, one, one, two, four)
        await until(lambda: position(consumer) == 2)
        await send(bus, two, five, three, one, five)
        await until(lambda: position(consumer) == 5)
    assert remarks(consumer) == {lift: said(2, 5)}


async def test_a_missing_event_that_is_supplied_far_behind_is_found(
    consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    lift = new_id()
    events = history(lift, 700)
    await send(bus, *events[:2], *events[3:])
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await until(lambda: position(consumer) == 2)
        await send(bus, events[2])
        await until(lambda: position(consumer) == 700)
    assert remarks(consumer) == {lift: said(2, 700)}


async def test_an_event_that_lies_before_the_stored_position_in_the_stream_is_found(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream was reordered, and the process ended between two commits."""
    monkeypatch.setattr(subscribers, "GAP_PATIENCE", 0)
    lift = new_id()
    one, two, three, four = history(lift, 4)
    await send(bus, one, three, four, two)
    async with lane_on(consumer.writer) as lane, inbox_on(consumer, lane) as inbox:
        await lane.submit(lambda session: session.move_position(PRODUCER, 0, 2, 4))
        await lane.submit(register(lift))
        async with subscribed(nats_server.admin_url, inbox):
            await asyncio.sleep(0.5)
            await send(bus, body(5, "LiftInspected", lift, "5"))
            await until(lambda: position(consumer) == 5)
    assert remarks(consumer) == {lift: ["3", "4", "5"]}


async def test_a_poison_event_parks_its_case_and_lets_the_stream_flow(
    consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    sick, well = new_id(), new_id()
    await send(
        bus,
        body(1, "LiftRegistered", sick),
        body(2, "LiftRegistered", well),
        body(3, "LiftInspected", sick, POISON),
        body(4, "LiftInspected", well, "one"),
        body(5, "LiftInspected", sick, "after"),
        body(6, "LiftInspected", well, "two"),
    )
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await until(lambda: position(consumer) == 6)
        await send(bus, body(7, "LiftInspected", well, "three"))
        await until(lambda: position(consumer) == 7)
    assert remarks(consumer) == {sick: [], well: ["one", "two", "three"]}
    assert consumer.rows("SELECT sequence FROM dead_letters ORDER BY 1") == [(3,), (5,)]


class Count:
    """Counts the calls of a method of the subscriber."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.calls = 0
        original = getattr(OrderedSubscriber, name)

        async def counted(subscriber: Any, *arguments: Any, **named: Any) -> Any:
            self.calls += 1
            return await original(subscriber, *arguments, **named)

        monkeypatch.setattr(OrderedSubscriber, name, counted)


async def test_foreign_bytes_and_duplicates_at_the_end_are_looked_at_once(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift, registry = new_id(), CollectorRegistry()
    seeks, looks = Count(monkeypatch, "_seek"), Count(monkeypatch, "_is_behind")
    events = history(lift, 3)
    await send(bus, b"not one of ours", *events, events[1], b"nor this")
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane, Metrics(registry)) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await until(lambda: looks.calls >= 4)
    assert remarks(consumer) == {lift: said(2, 3)}
    assert seeks.calls == 1
    assert registry.get_sample_value("bihuan_inbox_foreign_total", {"producer": PRODUCER}) == 2


async def test_messages_delivered_to_nobody_are_fetched_again(
    consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    """The server handed them over, into a connection that was dying: here somebody else takes them from it."""
    lift = new_id()
    events = history(lift, 6)
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await send(bus, *events[:3])
        await until(lambda: position(consumer) == 3)
        thief = await bus.jetstream().pull_subscribe_bind(CONSUMER, stream=STREAM)
        stolen: list[Any] = []
        number = 3
        while not stolen:  # whether it is the thief's turn or the subscriber's is up to the server
            fetching = asyncio.create_task(thief.fetch(1, timeout=5))
            await asyncio.sleep(0.25)
            await send(bus, events[number])
            number += 1
            done, _ = await asyncio.wait({fetching}, timeout=1)
            stolen = [one for task in done if not task.exception() for one in task.result()]
            fetching.cancel()
        await until(lambda: position(consumer) == number)
    assert remarks(consumer) == {lift: said(2, number)}


async def test_a_connection_that_swallows_messages_and_then_dies_costs_nothing(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribers, "WAIT", 2.0)
    lift = new_id()
    events = history(lift, 9)

    async def fetches_are_waiting() -> bool:
        return bool((await bus.jetstream().consumer_info(STREAM, CONSUMER)).num_waiting == 1)

    async def something_was_delivered() -> bool:
        delivered = (await bus.jetstream().consumer_info(STREAM, CONSUMER)).delivered
        return delivered is not None and delivered.stream_seq > 3

    async with (
        Proxy(nats_server.port) as proxy,
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(nats_server.admin_url.replace(str(nats_server.port), str(proxy.port)), inbox),
    ):
        await send(bus, *events[:3])
        await until(lambda: position(consumer) == 3)
        await until(fetches_are_waiting)
        proxy.deaf = True
        await send(bus, *events[3:6])
        await until(something_was_delivered)
        proxy.deaf = False
        proxy.cut()
        await send(bus, *events[6:])
        await until(lambda: position(consumer) == 9)
    assert remarks(consumer) == {lift: said(2, 9)}


async def test_a_stream_that_was_deleted_and_filled_again_is_read_on(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    lift = new_id()
    jetstream = bus.jetstream()
    async with (
        lane_on(database.writer) as lane,
        lane_on(consumer.writer) as other,
        inbox_on(consumer, other) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await lane.submit(register(lift))
        await lane.submit(inspect(lift, "before"))
        async with relaying(database.writer, bus):
            await until(lambda: position(consumer) == 2)
        await jetstream.delete_stream(STREAM)
        await streams.declare(jetstream, SERVICES)
        await send(bus, b"something else comes first", b"and something more")
        await lane.submit(inspect(lift, "after"))
        async with relaying(database.writer, bus):
            await until(lambda: position(consumer) == 3)
    assert remarks(consumer) == {lift: ["before", "after"]}


async def test_a_database_that_is_away_for_a_while_loses_nothing(
    consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    lift = new_id()
    events = history(lift, 6)
    async with (
        Proxy(consumer.server.port) as proxy,
        lane_on(consumer.writer_through(proxy.port), patience=0.2) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await send(bus, *events[:3])
        await until(lambda: position(consumer) == 3)
        await proxy.down()
        await send(bus, *events[3:])
        await until(lambda: inbox.interrupted)
        await proxy.up()
        await until(lambda: position(consumer) == 6)
    assert remarks(consumer) == {lift: said(2, 6)}
    assert consumer.rows("SELECT * FROM dead_letters") == []


async def test_a_bus_that_is_killed_and_comes_back_is_waited_for_without_spinning(
    consumer: Database, mortal: EmbeddedNats, mortal_bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 3. While the bus is away the loop turns a few times a second at most, and the process hardly works."""
    lift = new_id()
    events = history(lift, 6)
    fetches, seeks = Count(monkeypatch, "_fetch"), Count(monkeypatch, "_seek")
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(mortal.admin_url, inbox) as subscriber,
    ):
        await send(mortal_bus, *events[:3])
        await until(lambda: position(consumer) == 3)
        await asyncio.to_thread(kill, mortal)
        await until(lambda: not subscriber.connection.is_connected)
        turns, worked = fetches.calls + seeks.calls, time.process_time()
        await asyncio.sleep(3)
        turns, worked = fetches.calls + seeks.calls - turns, time.process_time() - worked
        await asyncio.to_thread(mortal.start)
        await until(lambda: holds(mortal_bus, STREAM, 3))
        await send(mortal_bus, *events[3:])
        await until(lambda: position(consumer) == 6)
    assert remarks(consumer) == {lift: said(2, 6)}
    assert turns <= 20
    assert worked < 1.5


async def test_seeking_again_and_again_leaves_no_subscription_behind(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift = new_id()
    seeks = Count(monkeypatch, "_seek")
    events = history(lift, 4)
    monkeypatch.setattr(subscribers, "GAP_PATIENCE", 0)
    await send(bus, events[0], events[3])
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(nats_server.admin_url, inbox) as subscriber,
    ):
        await until(lambda: seeks.calls >= 2)
        before = len(subscriber.connection._subs)
        await until(lambda: seeks.calls >= 4)
        assert len(subscriber.connection._subs) <= before + 1
        await send(bus, *events[1:3])
        await until(lambda: position(consumer) == 4)


async def test_what_comes_within_its_patience_is_taken_in_together(
    consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    lift = new_id()
    events = history(lift, 20)
    commits: list[int] = []
    async with (
        lane_on(consumer.writer, committed=lambda: commits.append(1)) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(nats_server.admin_url, inbox) as subscriber,
    ):
        subscriber.patience = 0.5
        await until(lambda: subscriber.subscription is not None)
        await send(bus, *events)
        await until(lambda: position(consumer) == 20)
    assert remarks(consumer) == {lift: said(2, 20)}
    assert len(commits) <= 2


@asynccontextmanager
async def process(consumer: Database, url: str) -> AsyncIterator[Callable[[], bool]]:
    """One of several processes of a service that reads the producer; yields whether it reads."""
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane) as inbox,
        peering(consumer.writer) as peers,
        subscribed(url, inbox, peers.lease("consumer")) as subscriber,
    ):
        yield lambda: subscriber.subscription is not None


async def test_of_two_processes_one_reads_and_the_other_goes_on_where_it_stopped(
    consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    lift = new_id()
    events = history(lift, 9)

    async def sent_since_reset() -> int:
        delivered = (await bus.jetstream().consumer_info(STREAM, CONSUMER)).delivered
        return delivered.consumer_seq if delivered else 0

    async with AsyncExitStack() as first_life:
        first_reads = await first_life.enter_async_context(process(consumer, nats_server.admin_url))
        await until(first_reads)
        async with process(consumer, nats_server.admin_url) as second_reads:
            for event in events[:5]:
                await asyncio.sleep(0.3)
                await send(bus, event)
            await until(lambda: position(consumer) == 5)
            assert not second_reads()
            assert await sent_since_reset() == 5
            await first_life.aclose()
            await send(bus, *events[5:])
            await until(lambda: position(consumer) == 9, 10)
            assert second_reads()
    assert remarks(consumer) == {lift: said(2, 9)}


async def test_a_process_that_lost_its_lease_while_it_sought_leaves_the_consumer_alone(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was frozen in the midst of it, and another process reads by now."""
    pull = await OpenPull.open(bus, STREAM, CONSUMER, 1)
    await pull.reset(8)

    class Lost(AlwaysHeld):
        gone = False

        @property
        def held(self) -> bool:
            return not self.gone

        async def wait(self) -> None:
            await asyncio.sleep(1000)

    lease = Lost()
    async with lane_on(consumer.writer) as lane, inbox_on(consumer, lane) as inbox:
        original = inbox.load

        async def load() -> None:
            await original()
            lease.gone = True

        monkeypatch.setattr(inbox, "load", load)
        async with subscribed(nats_server.admin_url, inbox, lease):
            await until(lambda: lease.gone)
            await asyncio.sleep(0.5)
    delivered = (await bus.jetstream().consumer_info(STREAM, CONSUMER)).delivered
    assert delivered is not None
    assert delivered.stream_seq == 7
