"""The relay copies both feeds to the bus in order, and loses nothing whatever dies."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import nats.errors
import psycopg
import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from deploy.local.nats import EmbeddedNats
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.messaging import cloudevents
from shared.platform.messaging import relay as relays
from shared.platform.messaging.handler import Delivery
from shared.platform.messaging.publish import Message, bus_publisher
from shared.platform.messaging.relay import Relay
from tests.support.bus import everything_in, holds, kill
from tests.support.lanes import lane_on
from tests.support.mirror import PRODUCER, PUBLIC_URL, STREAM, inbox_on, numbers, relaying, remarks
from tests.support.proxy import Proxy
from tests.support.sample import inspect, register
from tests.support.seals import sealer
from tests.support.servers import Database, connect
from tests.support.waiting import until

NOTED = "SELECT 1 FROM relay_positions WHERE feed = 'internal' AND sequence = %s"


async def register_lifts(lane: CommandLane, count: int) -> None:
    await asyncio.gather(*[lane.submit(register(new_id())) for _ in range(count)])


async def sent(bus: Client, stream: str = STREAM) -> list[int]:
    return numbers([one.data or b"" for one in await everything_in(bus, stream)])


async def test_a_commit_wakes_the_relay_of_its_process(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.messaging.relay.POLL", 1000)
    async with relaying(database.writer, bus) as relay, lane_on(database.writer, committed=relay.wake) as lane:
        for count in range(1, 6):
            await register_lifts(lane, 1)
            await until(partial(arrived, bus, count))


async def test_a_relay_that_nobody_wakes_looks_by_itself(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 8: a notification is a hint."""
    monkeypatch.setattr("shared.platform.messaging.relay.POLL", 0.05)
    async with relaying(database.writer, bus), lane_on(database.writer) as lane:
        await register_lifts(lane, 2)
        await until(lambda: arrived(bus, 2))
        await register_lifts(lane, 2)
        await until(lambda: arrived(bus, 4))


async def test_a_relay_that_is_stopped_in_the_moment_of_being_woken_stops(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """asyncio.wait_for would swallow the cancellation, and the service would never end."""
    monkeypatch.setattr("shared.platform.messaging.relay.POLL", 1000)
    relay = Relay(PRODUCER, database.writer, bus, "installation", PUBLIC_URL, sealer(PRODUCER), CollectorRegistry())
    task = asyncio.create_task(relay.run())
    async with lane_on(database.writer, committed=relay.wake) as lane:
        await register_lifts(lane, 1)
    await until(lambda: database.rows(NOTED, (1,)))
    await asyncio.sleep(0.2)  # it has nothing more to do, and waits
    relay.wake()
    task.cancel()
    await asyncio.wait({task}, timeout=10)
    assert task.cancelled()


async def test_a_relay_that_is_told_to_finish_sends_what_is_committed_and_ends(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.messaging.relay.BATCH", 2)
    monkeypatch.setattr("shared.platform.messaging.relay.POLL", 5)
    relay = Relay(PRODUCER, database.writer, bus, "installation", PUBLIC_URL, sealer(PRODUCER), CollectorRegistry())
    task = asyncio.create_task(relay.run())
    await until(lambda: relay.active)
    await asyncio.sleep(0.2)  # it has nothing to do, and waits
    async with lane_on(database.writer) as lane:
        await register_lifts(lane, 5)
    relay.finish()
    await asyncio.wait_for(task, 2)
    assert await sent(bus) == [1, 2, 3, 4, 5]


async def test_a_relay_that_falls_silent_loses_its_turn_and_cannot_move_the_position_back(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is frozen does, and wakes up again."""
    monkeypatch.setattr("shared.platform.messaging.peers._END_WHEN_SILENT", "SET idle_session_timeout = '300ms'")
    frozen, awake, refused = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def freeze(connection: Any, *_: Any) -> bool:
        frozen.set()
        await awake.wait()
        try:
            await relays._store(connection, {"public": 0, "internal": 0})
        except psycopg.OperationalError:
            refused.set()
        return False

    async with lane_on(database.writer) as lane, relaying(database.writer, bus) as first:
        monkeypatch.setattr(first, "_copy", freeze)
        await asyncio.wait_for(frozen.wait(), 30)
        monkeypatch.setattr("shared.platform.messaging.relay.POLL", 0.05)
        async with relaying(database.writer, bus) as second:
            await until(lambda: second.active)
            await register_lifts(lane, 2)
            await until(lambda: database.rows(NOTED, (2,)))
            awake.set()
            await asyncio.wait_for(refused.wait(), 30)
    assert database.rows(NOTED, (2,))


async def test_more_than_a_batch_is_copied_in_order(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.messaging.relay.BATCH", 7)
    async with lane_on(database.writer) as lane:
        await register_lifts(lane, 50)
        async with relaying(database.writer, bus):
            await until(lambda: arrived(bus, 50))
    assert await sent(bus) == list(range(1, 51))
    assert await sent(bus, "BIHUAN_PUBLIC") == list(range(1, 51))
    assert database.rows("SELECT * FROM relay_positions ORDER BY feed") == [("internal", 50), ("public", 50)]


async def test_a_relay_that_is_started_again_goes_on_where_it_was(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane:
        for total in (3, 6, 9):
            async with relaying(database.writer, bus):
                await register_lifts(lane, 3)
                await until(partial(arrived, bus, total))
    assert await sent(bus) == list(range(1, 10))


@pytest.mark.parametrize("window", [120.0, 0.1], ids=["within the dedupe window", "after the dedupe window"])
async def test_a_relay_that_died_before_it_noted_its_position_repeats_without_effect(
    database: Database, consumer: Database, bus: Client, window: float
) -> None:
    """After the window the messages are in the stream twice: the inbox knows by itself what it has taken in."""
    jetstream = bus.jetstream()
    config = (await jetstream.stream_info(STREAM)).config
    config.duplicate_window = window
    await jetstream.update_stream(config)
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await lane.submit(inspect(lift, "door"))
        async with relaying(database.writer, bus):
            await until(lambda: holds(bus, STREAM, 2))
            await until(lambda: database.rows(NOTED, (2,)))
        database.rows("UPDATE relay_positions SET sequence = 0")
        await asyncio.sleep(0 if window > 1 else 5 * window)
        await lane.submit(inspect(lift, "rope"))
        async with relaying(database.writer, bus):
            await until(lambda: database.rows(NOTED, (3,)))
    expected = [1, 2, 3] if window > 1 else [1, 2, 1, 2, 3]
    assert await sent(bus) == expected
    async with lane_on(consumer.writer) as lane, inbox_on(consumer, lane) as inbox:
        await inbox.take([Delivery(one.data or b"", int(one.seq or 0)) for one in await everything_in(bus, STREAM)])
    assert remarks(consumer) == {lift: ["door", "rope"]}


async def test_publishing_to_a_dead_bus_fails_instead_of_seeming_to_succeed(
    mortal: EmbeddedNats, mortal_bus: Client
) -> None:
    """Trap 2: the raw call, without a stream, returns without complaint."""
    async with bus_publisher(mortal_bus) as bus:
        await asyncio.to_thread(kill, mortal)
        await until(lambda: not mortal_bus.is_connected)
        with pytest.raises((TimeoutError, nats.errors.Error)):
            await bus.send([Message(STREAM, f"bihuan.int.v1.{PRODUCER}.0.Tested", "test:1", b"")], 0.3)


async def test_what_is_committed_while_the_bus_is_dead_arrives_when_it_lives_again(
    database: Database, mortal: EmbeddedNats, mortal_bus: Client
) -> None:
    lifts = [new_id() for _ in range(9)]
    async with lane_on(database.writer) as lane, relaying(database.writer, mortal_bus):
        await asyncio.gather(*[lane.submit(register(lift)) for lift in lifts[:3]])
        await until(lambda: holds(mortal_bus, STREAM, 3))
        await asyncio.to_thread(kill, mortal)
        await asyncio.gather(*[lane.submit(register(lift)) for lift in lifts[3:6]])
        await asyncio.to_thread(mortal.start)
        await asyncio.gather(*[lane.submit(register(lift)) for lift in lifts[6:]])
        await until(lambda: arrived(mortal_bus, 9))
    sent = [cloudevents.decode(one.data or b"").number for one in await everything_in(mortal_bus, STREAM)]
    assert sent == list(range(1, 10))


async def arrived(bus: Client, count: int) -> bool:
    return await holds(bus, STREAM, count) and await holds(bus, "BIHUAN_PUBLIC", count)


async def test_a_stream_that_lost_its_tail_gets_it_again(
    database: Database, mortal: EmbeddedNats, mortal_bus: Client, tmp_path: Path
) -> None:
    """Trap 9: what a power cut does to a store that was acknowledged before it was synced."""
    store, older = mortal.layout.nats / "store", tmp_path / "older"
    async with lane_on(database.writer) as lane, relaying(database.writer, mortal_bus) as relay:

        async def register_some(total: int) -> None:
            await asyncio.gather(*[lane.submit(register(new_id())) for _ in range(3)])
            relay.wake()
            await until(lambda: arrived(mortal_bus, total))

        await register_some(3)
        await asyncio.to_thread(mortal.stop)
        shutil.copytree(store, older)
        await asyncio.to_thread(mortal.start)
        await register_some(6)
        await asyncio.to_thread(mortal.stop)
        shutil.rmtree(store)
        shutil.copytree(older, store)
        await asyncio.to_thread(mortal.start)
        await until(lambda: arrived(mortal_bus, 6))
        await register_some(9)
    for stream in (STREAM, "BIHUAN_PUBLIC"):
        sent = [cloudevents.decode(one.data or b"").number for one in await everything_in(mortal_bus, stream)]
        assert sent == list(range(1, 10))


async def test_acknowledgements_that_are_lost_make_the_relay_send_again_and_nothing_come_twice(
    database: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 4."""
    monkeypatch.setattr("shared.platform.messaging.relay.ACKNOWLEDGE_WITHIN", 0.3)
    async with Proxy(nats_server.port) as proxy, lane_on(database.writer) as lane:
        client = await connect(nats_server.admin_url.replace(str(nats_server.port), str(proxy.port)))
        async with relaying(database.writer, client):
            await register_lifts(lane, 2)
            await until(lambda: arrived(bus, 2))
            proxy.deaf = True
            await register_lifts(lane, 2)
            await until(lambda: holds(bus, "BIHUAN_PUBLIC", 4))
            proxy.deaf = False
            proxy.cut()
            await register_lifts(lane, 2)
            await until(lambda: arrived(bus, 6))
        await client.close()
    assert await sent(bus) == [1, 2, 3, 4, 5, 6]
    assert await sent(bus, "BIHUAN_PUBLIC") == [1, 2, 3, 4, 5, 6]


async def test_a_relay_whose_database_connection_was_killed_carries_on(database: Database, bus: Client) -> None:
    killing = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay' "
    killing += "AND datname = current_database()"
    async with lane_on(database.writer) as lane, relaying(database.writer, bus):
        await register_lifts(lane, 2)
        await until(lambda: arrived(bus, 2))
        assert database.rows(killing) == [(True,)]
        await register_lifts(lane, 2)
        await until(lambda: arrived(bus, 4))
    assert await sent(bus) == [1, 2, 3, 4]


async def test_of_two_relays_one_is_active_and_the_other_takes_over(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.messaging.relay.POLL", 0.05)
    async with lane_on(database.writer) as lane, relaying(database.writer, bus) as second:
        async with relaying(database.writer, bus) as first:
            await until(lambda: first.active or second.active)
            await register_lifts(lane, 3)
            await until(lambda: arrived(bus, 3))
            assert first.active is not second.active
            holder = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            holder += "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            assert database.rows(holder) == [(True,)]
            await register_lifts(lane, 3)
            await until(lambda: arrived(bus, 6))
        await until(lambda: second.active)
        await register_lifts(lane, 3)
        await until(lambda: arrived(bus, 9))
    assert await sent(bus) == list(range(1, 10))


async def test_a_relay_that_waits_for_its_turn_keeps_no_dead_rows_alive(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that waits for the lock would hold a snapshot for as long as the other relay lives."""
    monkeypatch.setattr("shared.platform.messaging.relay.POLL", 0.05)
    waiting = "SELECT backend_xmin FROM pg_stat_activity WHERE application_name = 'relay' AND state = 'idle' "
    waiting += "AND datname = current_database()"
    async with relaying(database.writer, bus), relaying(database.writer, bus):
        assert await until(lambda: len(found := database.rows(waiting)) == 2 and found) == [(None,), (None,)]


async def test_foreign_bytes_at_the_end_of_the_stream_do_not_stop_the_relay(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane:
        async with relaying(database.writer, bus):
            await register_lifts(lane, 2)
            await until(lambda: arrived(bus, 2))
        foreign = f"bihuan.int.v1.{PRODUCER}.0.Tested"
        await bus.jetstream().publish(foreign, b"not one of ours", stream=STREAM)
        async with relaying(database.writer, bus):
            await register_lifts(lane, 2)
            await until(lambda: holds(bus, STREAM, 5))
    bodies = [one.data or b"" for one in await everything_in(bus, STREAM)]
    assert numbers(one for one in bodies if one != b"not one of ours") == [1, 2, 3, 4]


async def test_two_services_share_the_public_stream_and_each_finds_its_own_tail(
    database: Database, consumer: Database, bus: Client
) -> None:
    async with lane_on(database.writer) as intake, lane_on(consumer.writer) as cases:
        for total in (5, 10):
            async with relaying(database.writer, bus), relaying(consumer.writer, bus, "cases"):
                await asyncio.gather(register_lifts(intake, 3), register_lifts(cases, 2))
                await until(partial(holds, bus, "BIHUAN_PUBLIC", total))
    by_source: dict[str, list[int]] = {}
    for one in await everything_in(bus, "BIHUAN_PUBLIC"):
        event = cloudevents.decode(one.data or b"")
        by_source.setdefault(event.type.split(".")[1], []).append(event.number)
    assert by_source == {"intake": [1, 2, 3, 4, 5, 6], "cases": [1, 2, 3, 4]}
