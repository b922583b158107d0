"""The reconciler finds what the bus lost before its tail, and sends it again."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import msgspec
import nats
import nats.js.errors
import pytest
import structlog
from nats.aio.client import Client
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from deploy.local.nats import EmbeddedNats
from deploy.nats.config import inbox_prefix
from shared.kernel.contracts import SERVICES
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.messaging import seals, streams
from shared.platform.messaging.backoff import Backoff
from shared.platform.messaging.reconciler import Compared, Reconciler
from tests.support.bus import everything_in, holds
from tests.support.lanes import lane_on
from tests.support.mirror import (
    PRODUCER,
    STREAM,
    body,
    inbox_on,
    numbers,
    position,
    reconciling,
    relaying,
    remarks,
    subscribed,
)
from tests.support.sample import inspect, register
from tests.support.seals import sealed
from tests.support.servers import Database
from tests.support.waiting import until

SUBJECT = f"bihuan.int.v1.{PRODUCER}.0.Tested"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.platform.messaging.reconciler.EVERY", 1.0)
    monkeypatch.setattr("shared.platform.messaging.reconciler.LOOK", 0.2)
    monkeypatch.setattr("shared.platform.messaging.subscriber.WAIT", 0.5)


async def registered(lane: CommandLane, count: int) -> None:
    """So many events in both feeds."""
    await asyncio.gather(*[lane.submit(register(new_id())) for _ in range(count)])


async def noted(database: Database, head: int) -> None:
    """Return once the relay has noted that all is on the bus."""
    await until(lambda: len(database.rows("SELECT 1 FROM relay_positions WHERE sequence = %s", (head,))) == 2)


async def on_the_bus(bus: Client, stream: str = STREAM) -> set[int]:
    return set(numbers([one.data or b"" for one in await everything_in(bus, stream)]))


async def has_all(bus: Client, count: int) -> bool:
    return set(range(1, count + 1)) == await on_the_bus(bus) == await on_the_bus(bus, "BIHUAN_PUBLIC")


async def lose(bus: Client, stream: str, *places: int) -> None:
    """The messages at these places of the stream, as the server forgets what it cannot read."""
    for place in places:
        await bus.jetstream().delete_msg(stream, place)


async def test_equal_sides_are_left_alone(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane, reconciling(database, bus) as (_, reconciler):
        await registered(lane, 5)
        await until(lambda: has_all(bus, 5))
        await noted(database, 5)
        assert await reconciler.compare_now() == {
            "public": Compared(5, 0, 0, 0), "internal": Compared(5, 0, 0, 0),
        }  # fmt: skip
        assert reconciler.trouble() is None
        assert await holds(bus, STREAM, 5)


async def test_what_is_missing_is_sent_again_counted_and_told(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, troubles = CollectorRegistry(), []
    send_again = Reconciler._send_again

    async def told(reconciler: Reconciler, *what: Any) -> None:
        troubles.append(reconciler.trouble())
        await send_again(reconciler, *what)

    monkeypatch.setattr(Reconciler, "_send_again", told)
    async with lane_on(database.writer) as lane, reconciling(database, bus, registry) as (_, reconciler):
        await registered(lane, 12)
        await until(lambda: has_all(bus, 12))
        await lose(bus, STREAM, 3, 4, 9)
        await lose(bus, "BIHUAN_PUBLIC", 1)
        await until(lambda: has_all(bus, 12))
        await until(lambda: reconciler.trouble() is None)
    assert troubles
    assert all(troubles)
    again = {
        name: registry.get_sample_value("bihuan_reconciler_republished_total", {"feed": name})
        for name in ("internal", "public")
    }
    assert again == {"internal": 3, "public": 1}
    sent = numbers([one.data or b"" for one in await everything_in(bus, STREAM)])
    assert sent[-5:] == [3, 4, 12, 9, 12]  # in order, and behind each batch the tail


async def test_after_that_a_relay_that_is_started_again_repeats_nothing(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane:
        async with reconciling(database, bus) as (_, reconciler):
            await registered(lane, 12)
            await until(lambda: has_all(bus, 12))
            await lose(bus, STREAM, 3)
            await until(lambda: has_all(bus, 12))
            await until(lambda: reconciler.trouble() is None)
        before = len(await everything_in(bus, STREAM))
        async with relaying(database.writer, bus) as relay:
            await until(lambda: relay.caught_up)
    assert len(await everything_in(bus, STREAM)) == before == 13


async def test_a_message_with_other_bytes_does_not_count_as_the_event(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane, reconciling(database, bus) as (_, reconciler):
        await registered(lane, 6)
        await until(lambda: has_all(bus, 6))
        await noted(database, 6)
        (third,) = [one for one in await everything_in(bus, STREAM) if one.seq == 3]
        event = msgspec.json.decode(third.data or b"")
        for body in (msgspec.json.encode(event | {"partitionkey": "another"}), msgspec.json.encode(event)):
            await bus.jetstream().publish(str(third.subject), body, stream=STREAM)  # the second has no seal
        await lose(bus, STREAM, 3)
        found = await reconciler.compare_now()
        assert found["internal"] in (Compared(6, 0, 1, 1), Compared(6, 0, 0, 0))  # or the round has just found it
        bodies = [one.data for one in await everything_in(bus, STREAM) if (one.headers or {}).get(seals.HEADER)]
        assert third.data in bodies


async def test_an_event_in_the_words_of_an_older_release_is_as_good(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane, reconciling(database, bus) as (_, reconciler):
        await registered(lane, 6)
        await until(lambda: has_all(bus, 6))
        await noted(database, 6)
        (third,) = [one for one in await everything_in(bus, STREAM) if one.seq == 3]
        body = msgspec.json.encode(msgspec.json.decode(third.data or b"") | {"sequence": "3"})
        await bus.jetstream().publish(str(third.subject), body, stream=STREAM, headers=sealed(PRODUCER, body))
        await lose(bus, STREAM, 3)
        for _ in range(2):
            assert (await reconciler.compare_now())["internal"] == Compared(6, 0, 0, 0)


@pytest.mark.parametrize("stream", [STREAM, "BIHUAN_PUBLIC"])
async def test_a_stream_that_was_deleted_and_declared_anew_is_filled_although_live_events_came_first(
    database: Database, bus: Client, stream: str
) -> None:
    async with lane_on(database.writer) as lane, reconciling(database, bus) as (relay, reconciler):
        await registered(lane, 20)
        await until(lambda: has_all(bus, 20))
        await bus.jetstream().delete_stream(stream)
        await until(reconciler.trouble)
        await streams.declare(bus.jetstream(), SERVICES)
        await registered(lane, 1)
        relay.wake()
        await until(lambda: has_all(bus, 21))
        await until(lambda: reconciler.trouble() is None)


async def test_an_internal_stream_lacks_nothing_that_it_would_not_keep(database: Database, bus: Client) -> None:
    old = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    async with lane_on(database.writer) as lane:
        await registered(lane, 10)
        database.rows("UPDATE internal_events SET recorded = %s WHERE sequence <= 7", (old,))
        async with reconciling(database, bus) as (_, reconciler):
            await until(lambda: has_all(bus, 10))
            await lose(bus, STREAM, *range(1, 9))
            await until(lambda: holds(bus, STREAM, 4))  # 9, 10, then 8 and the tail again
            assert (await reconciler.compare_now())["internal"] == Compared(3, 0, 0, 0)
            assert await on_the_bus(bus) == {8, 9, 10}


def flip(server: EmbeddedNats, stream: str, draw: Random, count: int) -> None:
    """A bit of a byte, at random places of the events in the stream's files. A server may hang in a file
    whose frames are damaged, which is the affair of whoever keeps it."""
    for _ in range(count):
        files = (server.layout.nats / "store").glob(f"**/{stream}/msgs/*.blk")
        path = draw.choice([one for one in sorted(files) if one.stat().st_size])
        events = [found.start() for found in re.finditer(b'{"specversion"', path.read_bytes())]
        with path.open("r+b") as file:
            place = draw.choice(events) + draw.randrange(400)
            file.seek(place)
            (byte,) = file.read(1)
            file.seek(place)
            file.write(bytes([byte ^ (1 << draw.randrange(8))]))


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "stopped and started"])
async def test_flipped_bytes_are_healed_also_for_a_reader_that_comes_later(
    database: Database, consumer: Database, mortal: EmbeddedNats, mortal_bus: Client, restarted: bool
) -> None:
    draw = Random(7)

    async def all_there() -> bool:
        return await on_the_bus(mortal_bus) == set(range(1, 151))

    async with (
        lane_on(database.writer) as lane,
        reconciling(database, mortal_bus) as (_, reconciler),
        lane_on(consumer.writer) as other,
        inbox_on(consumer, other) as inbox,
    ):
        lifts = [new_id() for _ in range(15)]
        await asyncio.gather(*[lane.submit(register(lift)) for lift in lifts])
        await asyncio.gather(*[lane.submit(inspect(lift, f"{n}")) for n in range(9) for lift in lifts])
        await until(all_there)
        if restarted:
            await asyncio.to_thread(mortal.stop)
            flip(mortal, STREAM, draw, 20)
            await asyncio.to_thread(mortal.start)
        else:
            await asyncio.sleep(12)  # the server lets go of what it keeps in memory, and reads the files
            flip(mortal, STREAM, draw, 20)
        async with subscribed(mortal.admin_url, inbox):
            await until(lambda: position(consumer) == 150, 60)
        await until(all_there, 60)
        assert len(await everything_in(mortal_bus, STREAM)) > 130
        assert reconciler.trouble() is None or await until(lambda: reconciler.trouble() is None)
    assert remarks(consumer) == remarks(database)


async def test_a_reader_whose_place_is_that_of_an_event_sent_again_finds_what_lies_before_it(
    consumer: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    """It was killed between the event that was sent again and those that follow it, and nothing new comes."""
    lift = new_id()
    sent = [body(1, "LiftRegistered", lift), *(body(n, "LiftInspected", lift, f"{n}") for n in range(2, 7))]
    for one in (*sent[:2], *sent[3:], sent[2], sent[5]):  # the third is at place 6, behind it the last once more
        await bus.jetstream().publish(SUBJECT, one, stream=STREAM, headers=sealed(PRODUCER, one))
    consumer.rows("INSERT INTO consumer_positions VALUES (%s, 3, 6)", (PRODUCER,))
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await lane.submit(register(lift))
        await until(lambda: position(consumer) == 6)


def test_what_fails_again_and_again_is_told_once_and_tried_ever_less_often() -> None:
    with capture_logs() as told:
        backoff = Backoff(structlog.get_logger("test"), "reading")
        pauses = [backoff.failed(OSError("gone")) for _ in range(6)]
        backoff.worked()
        backoff.worked()
        assert backoff.failed(OSError("gone")) == 0.5
    assert pauses == [0.5, 1, 2, 4, 5, 5]
    assert [one["event"] for one in told] == ["reading interrupted", "reading goes on", "reading interrupted"]


async def test_a_service_may_read_its_own_streams_back_and_no_other(mortal: EmbeddedNats, mortal_bus: Client) -> None:
    own = await nats.connect(
        mortal.url, nkeys_seed=str(mortal.seed_file(PRODUCER)), inbox_prefix=inbox_prefix(PRODUCER).encode(),
        error_cb=partial(asyncio.sleep, 0),
    )  # fmt: skip
    answer = await own.request(f"$JS.API.DIRECT.GET.{STREAM}", b'{"seq":1,"next_by_subj":">","batch":1}', timeout=5)
    assert (answer.headers or {})["Status"] == "404"
    with pytest.raises(nats.errors.TimeoutError):
        await own.request("$JS.API.DIRECT.GET.BIHUAN_CASES", b'{"seq":1}', timeout=0.5)
    await own.close()
