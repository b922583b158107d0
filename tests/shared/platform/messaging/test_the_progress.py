"""What readiness says of a service that does not move, and of one that does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane, Unavailable
from shared.platform.messaging import progress as progresses
from shared.platform.messaging.engine import end
from shared.platform.messaging.progress import Progress
from tests.support.lanes import lane_on
from tests.support.mirror import CONSUMER, PRODUCER, STREAM, body, relaying
from tests.support.proxy import Proxy
from tests.support.sample import AT, in_days, inspect, register
from tests.support.seals import inspector, sealed
from tests.support.servers import Database
from tests.support.waiting import until

SUBJECT = f"bihuan.int.v1.{PRODUCER}.0.Tested"
TAKEN = "INSERT INTO consumer_positions VALUES (%s, %s, 0) ON CONFLICT (producer) DO UPDATE SET sequence = %s"
RELAYED = """INSERT INTO relay_positions VALUES ('internal', %s), ('public', %s)
             ON CONFLICT (feed) DO UPDATE SET sequence = excluded.sequence"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("EVERY", 0.05), ("AGAIN", 0.05), ("STANDS", 0.6), ("LANE_STANDS", 0.3)):
        monkeypatch.setattr(progresses, name, seconds)


@asynccontextmanager
async def progress_of(
    dsn: str, bus: Client, lane: CommandLane, registry: CollectorRegistry | None = None
) -> AsyncIterator[Progress]:
    progress = Progress(dsn, lambda: AT, registry or CollectorRegistry(), lane)
    looking = [
        asyncio.create_task(progress.follow_database()),
        asyncio.create_task(progress.follow_bus(bus, {PRODUCER: inspector(PRODUCER, CONSUMER)})),
    ]
    try:
        yield progress
    finally:
        await end(looking)


async def told(progress: Progress) -> dict[str, str]:
    """What is wrong, by name."""
    asked = {
        "database": progress.database_ready, "writing": progress.writing_ready, "bus": progress.bus_ready,
        "relay": progress.relay_ready, "consumers": progress.consumers_ready, "timers": progress.timers_ready,
    }  # fmt: skip
    return {name: said for name, check in asked.items() if (said := await check()) is not None}


def only(progress: Progress, *names: str) -> Callable[[], object]:
    async def asked() -> bool:
        return set(await told(progress)) == set(names)

    return asked


async def test_a_service_with_nothing_to_do_is_well(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane, progress_of(database.writer, bus, lane) as progress:
        assert await progress.database_ready() == "尚未检查"
        await until(only(progress))
        await asyncio.sleep(1.0)
        assert await told(progress) == {}


async def test_a_relay_that_has_something_to_send_and_does_not_is_told(database: Database, bus: Client) -> None:
    registry = CollectorRegistry()
    async with lane_on(database.writer) as lane, progress_of(database.writer, bus, lane, registry) as progress:
        await until(only(progress))
        await lane.submit(register(new_id()))
        await until(lambda: registry.get_sample_value("bihuan_relay_lag", {"feed": "internal"}) == 1)
        assert await told(progress) == {}  # not yet: it may be about to
        await until(only(progress, "relay"))
        assert "internal 有 1 条未发出" in (await told(progress))["relay"]
        assert (registry.get_sample_value("bihuan_standing_seconds", {"what": "relay/internal"}) or 0) > 0.6
        async with relaying(database.writer, bus):
            await until(only(progress))
    assert registry.get_sample_value("bihuan_relay_lag", {"feed": "internal"}) == 0


async def test_a_relay_that_is_behind_but_moves_is_well(database: Database, bus: Client) -> None:
    """Whichever process it is in: the position in the database tells."""
    async with lane_on(database.writer) as lane, progress_of(database.writer, bus, lane) as progress:
        await asyncio.gather(*[lane.submit(register(new_id())) for _ in range(50)])
        await until(only(progress))
        for position in range(1, 13):
            database.rows(RELAYED, (position, position))
            await asyncio.sleep(0.15)
            assert await told(progress) == {}


async def test_a_consumer_that_leaves_events_where_they_are_is_told(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane, progress_of(database.writer, bus, lane) as progress:
        await until(only(progress))
        for number in (1, 2, 3):
            message = body(number, "LiftRegistered", new_id())
            await bus.jetstream().publish(SUBJECT, message, stream=STREAM, headers=sealed(PRODUCER, message))
        await until(only(progress, "consumers"))
        assert f"{PRODUCER} 有 3 条未接收" in (await told(progress))["consumers"]
        database.rows(TAKEN, (PRODUCER, 3, 3))
        await until(only(progress))


async def test_what_is_not_the_producers_own_is_nothing_to_wait_for(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane, progress_of(database.writer, bus, lane) as progress:
        await bus.jetstream().publish(SUBJECT, body(900, "LiftRegistered", new_id()), stream=STREAM)
        await until(only(progress))
        await asyncio.sleep(1.0)
        assert await told(progress) == {}


async def test_a_consumer_that_gives_handlers_what_they_missed_moves(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane, progress_of(database.writer, bus, lane) as progress:
        message = body(1, "LiftRegistered", new_id())
        await bus.jetstream().publish(SUBJECT, message, stream=STREAM, headers=sealed(PRODUCER, message))
        for position in range(1, 13):
            database.rows(TAKEN, (f"{PRODUCER}/LiftRegistered", position, position))
            await asyncio.sleep(0.15)
            assert "consumers" not in await told(progress)


async def test_a_stream_that_is_gone_is_told(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane, progress_of(database.writer, bus, lane) as progress:
        await until(only(progress))
        await bus.jetstream().delete_stream(STREAM)
        await until(only(progress, "bus"))
        assert PRODUCER in (await told(progress))["bus"]


async def test_timers_that_are_due_and_stay_so_are_told(database: Database, bus: Client) -> None:
    registry = CollectorRegistry()
    async with lane_on(database.writer) as lane, progress_of(database.writer, bus, lane, registry) as progress:
        await lane.submit(register(new_id(), inspect_by=in_days(-1)))
        database.rows(RELAYED, (1, 1))
        await until(only(progress, "timers"))
        assert registry.get_sample_value("bihuan_timers_late_seconds") == 86_400
        database.rows("UPDATE timers SET retry_at = now() + interval '1 hour'")  # it failed, which is told
        await until(only(progress))  # elsewhere
        database.rows("UPDATE timers SET retry_at = NULL, fired = now()")
        await asyncio.sleep(0.2)
        assert registry.get_sample_value("bihuan_timers_late_seconds") == 0


async def test_what_was_put_aside_when_a_timeline_began_and_whose_clock_it_is_can_be_measured(
    database: Database, bus: Client
) -> None:
    def read(name: str) -> float:
        return registry.get_sample_value(name) or 0.0

    registry = CollectorRegistry()
    async with lane_on(database.writer) as lane, progress_of(database.writer, bus, lane, registry):
        await until(lambda: read("bihuan_postgres_version") >= 180_000)
        assert read("bihuan_dead_letters") == read("bihuan_timeline_began_timestamp_seconds") == 0
        database.rows(
            "INSERT INTO dead_letters (producer, sequence, name, partitionkey, body, reason) VALUES "
            "('other', 1, 'Tested', 'k', '{}', 'broken'), ('other', 2, 'Tested', 'k', '{}', 'broken')"
        )
        database.rows("UPDATE dead_letters SET replayed = now() WHERE sequence = 2")
        database.rows("INSERT INTO timelines VALUES (2, 0, 0, 'a test', to_timestamp(1000))")
        await until(lambda: read("bihuan_dead_letters") == 1)
        await until(lambda: read("bihuan_timeline_began_timestamp_seconds") == 1000)
        assert 0 < abs(read("bihuan_clock_apart_seconds")) < 1


async def test_a_database_that_takes_no_writes_is_told(database: Database, bus: Client) -> None:
    registry = CollectorRegistry()
    async with lane_on(database.writer) as lane:
        database.rows(f'ALTER DATABASE "{database.name}" SET default_transaction_read_only = on')
        async with progress_of(database.writer, bus, lane, registry) as progress:
            await until(only(progress, "writing"))
            assert "只读" in (await told(progress))["writing"]
            assert registry.get_sample_value("bihuan_store_writable") == 0


async def test_a_database_that_does_not_answer_is_told_and_seen_again_at_once(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progresses, "ANSWER_WITHIN", 0.5)
    async with (
        Proxy(database.server.port) as proxy,
        lane_on(database.writer) as lane,
        progress_of(database.writer_through(proxy.port), bus, lane) as progress,
    ):
        await until(only(progress))
        proxy.deaf = True
        await until(only(progress, "database"), 3)
        assert "未应答" in (await told(progress))["database"]
        proxy.deaf = False
        await until(only(progress), 6)


async def test_a_lane_that_stood_still_is_tried_until_it_moves_though_nobody_asks_it(
    database: Database, bus: Client
) -> None:
    async with (
        Proxy(database.server.port) as proxy,
        lane_on(database.writer_through(proxy.port), patience=0.5) as lane,
        progress_of(database.writer, bus, lane) as progress,
    ):
        lift = new_id()
        await lane.submit(register(lift))
        database.rows(RELAYED, (1, 1))
        await until(only(progress))
        await proxy.down()
        with pytest.raises(Unavailable):
            await lane.submit(inspect(lift))
        await until(only(progress, "writing"))
        began = time.monotonic()
        await proxy.up()
        await until(only(progress))
        assert time.monotonic() - began < 5
