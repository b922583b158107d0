"""What a service publishes: CloudEvents on bounded subjects, the same bytes on the bus as in the HTTP feed."""

from __future__ import annotations

from typing import Any

import msgspec
import nats.errors
import nats.js.errors
import psycopg
import pytest
from nats.aio.client import Client
from nats.js.api import StoreCompression

from deploy.local.nats import EmbeddedNats
from shared.kernel.contracts import SERVICES
from shared.platform.event_store.ids import new_id, partition
from shared.platform.messaging import cloudevents, feed, streams
from shared.platform.messaging.cloudevents import FeedRow
from shared.platform.messaging.publish import Message, bus_publisher
from tests.support.bus import everything_in, holds
from tests.support.lanes import lane_on
from tests.support.mirror import PRODUCER, PUBLIC_URL, STREAM, relaying
from tests.support.proxy import Proxy
from tests.support.sample import AT, inspect, register, scrap
from tests.support.seals import sealer
from tests.support.servers import Database, connect
from tests.support.waiting import until


async def test_the_bus_carries_the_bytes_of_the_postgres_feed_and_nothing_else(database: Database, bus: Client) -> None:
    """I6, for both feeds."""
    lifts = [new_id() for _ in range(5)]
    async with lane_on(database.writer) as lane, relaying(database.writer, bus):
        for n, lift in enumerate(lifts):
            await lane.submit(register(lift, ("140525", "140581")[n % 2]))
            await lane.submit(inspect(lift, f"钢丝绳 {n}"))
        await lane.submit(scrap(lifts[0]))
        await until(lambda: holds(bus, STREAM, 11))
        await until(lambda: holds(bus, "BIHUAN_PUBLIC", 6))
    origin = cloudevents.source("installation", PRODUCER)
    async with await psycopg.AsyncConnection.connect(database.writer) as connection:
        for name, stream in (("public", "BIHUAN_PUBLIC"), ("internal", STREAM)):
            rows = await feed.read(connection, name, after=0, limit=100)  # type: ignore[arg-type]
            messages = await everything_in(bus, stream)
            assert [one.data for one in messages] == [
                cloudevents.encode(cloudevents.compose(row, PRODUCER, origin, PUBLIC_URL)) for row in rows
            ]
            assert [one.subject for one in messages] == [cloudevents.subject(row, PRODUCER) for row in rows]
            short = {"public": "pub", "internal": "int"}[name]
            headers = [one.headers or {} for one in messages]
            ids = [sealer(PRODUCER).message_id(short, row.sequence) for row in rows]
            assert [one["Nats-Msg-Id"] for one in headers] == ids
            assert {one["Content-Type"] for one in headers} == {"application/cloudevents+json"}


async def test_a_public_event_has_the_attributes_that_the_interface_promises(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(new_id(), "140581"))
        await lane.submit(register(lift, "140525"))
    async with await psycopg.AsyncConnection.connect(database.writer) as connection:
        row = (await feed.read(connection, "public", after=1, limit=10))[0]
    composed = cloudevents.compose(row, "intake", "/bihuan/here/intake", PUBLIC_URL)
    event = msgspec.json.decode(cloudevents.encode(composed))
    assert event.pop("recordedtime") == row.recorded
    assert event == {
        "specversion": "1.0",
        "id": f"LiftRegistered:{lift}:1",
        "source": "/bihuan/here/intake",
        "type": "bihuan.intake.LiftRegistered.v1",
        "subject": str(lift),
        "time": AT.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": "https://bihuan.example/api/intake/v1/schemas/bihuan.intake.LiftRegistered.v1.json",
        "sequence": "00000000000000000002",
        "partitionkey": str(lift),
        "jurisdiction": "140525",
        "jurisdictionsequence": "00000000000000000001",
        "data": {"lift": str(lift), "county": "140525", "remark": None},
    }
    assert cloudevents.subject(row, "intake") == "bihuan.pub.v1.intake.140525.LiftRegistered"


def test_sequences_sort_as_text_as_they_do_as_numbers() -> None:
    numbers = [1, 9, 10, 99_999, 100_000, 2**63 - 1]
    rows = [FeedRow(n, "LiftRegistered", "s", 1, "s", "at", "recorded", "{}", "140525", n) for n in numbers]
    composed = [cloudevents.compose(row, "intake", "/bihuan/here/intake", PUBLIC_URL) for row in rows]
    for name in ("sequence", "jurisdictionsequence"):
        written = [event[name] for event in composed]
        assert written == sorted(written)
        assert list(map(int, written)) == numbers


async def test_an_internal_event_goes_to_the_partition_of_its_case(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
    async with await psycopg.AsyncConnection.connect(database.writer) as connection:
        (row,) = await feed.read(connection, "internal", after=0, limit=10)
    subject = cloudevents.subject(row, "intake")
    assert subject == f"bihuan.int.v1.intake.{partition(str(lift))}.LiftRegistered"
    assert 0 <= partition(str(lift)) < 16
    assert "dataschema" not in cloudevents.compose(row, "intake", "/b", PUBLIC_URL), "it would be the public contract's"
    assert str(lift) not in subject


async def test_a_feed_is_read_in_pages_and_by_jurisdiction(database: Database) -> None:
    async with lane_on(database.writer) as lane:
        for n in range(7):
            await lane.submit(register(new_id(), ("140525", "140581")[n % 2]))
    async with await psycopg.AsyncConnection.connect(database.writer) as connection:
        pages = [await feed.read(connection, "public", after=after, limit=3) for after in (0, 3, 6)]
        mine = await feed.read_chosen(connection, ["140581"], None, after=2, limit=10)
        named = await feed.read_chosen(connection, None, ["LiftRegistered"], after=5, limit=10)
        other = await feed.read_chosen(connection, ["140525"], ["LiftScrapped"], after=0, limit=10)
    assert [[row.sequence for row in page] for page in pages] == [[1, 2, 3], [4, 5, 6], [7]]
    assert [(row.sequence, row.jurisdictionsequence) for row in mine] == [(4, 2), (6, 3)]
    assert ([row.sequence for row in named], other) == ([6, 7], [])


# --- publishing ---


def messages(*numbers: int, stream: str = STREAM) -> list[Message]:
    return [Message(stream, f"bihuan.int.v1.{PRODUCER}.0.Tested", f"test:{n}", f"{n}".encode()) for n in numbers]


async def test_what_was_published_is_stored_in_order(bus: Client) -> None:
    async with bus_publisher(bus) as publishing:
        await publishing.send(messages(*range(300)), 5)
    assert [one.data for one in await everything_in(bus, STREAM)] == [f"{n}".encode() for n in range(300)]


async def test_what_is_published_again_is_stored_once(bus: Client) -> None:
    async with bus_publisher(bus) as publishing:
        for _ in range(3):
            await publishing.send(messages(1, 2, 3), 5)
    assert [one.data for one in await everything_in(bus, STREAM)] == [b"1", b"2", b"3"]


@pytest.mark.parametrize("stream", ["BIHUAN_CASES", "BIHUAN_NOWHERE"])
async def test_a_message_for_another_stream_is_not_stored_and_not_taken_for_stored(bus: Client, stream: str) -> None:
    async with bus_publisher(bus) as publishing:
        with pytest.raises(nats.js.errors.APIError, match="expected stream does not match"):
            await publishing.send(messages(1, stream=stream), 0.3)
    assert await everything_in(bus, STREAM) == []


async def test_a_message_that_no_stream_takes_is_refused(bus: Client) -> None:
    jetstream = bus.jetstream()
    config = (await jetstream.stream_info(STREAM)).config
    await jetstream.delete_stream(STREAM)
    async with bus_publisher(bus) as publishing:
        with pytest.raises(nats.js.errors.Error):
            await publishing.send(messages(1, 2), 5)
        await jetstream.add_stream(config)
        await publishing.send(messages(*range(3, 9)), 5)  # the second refusal is not taken for one of these
    assert len(await everything_in(bus, STREAM)) == 6


async def test_a_lost_acknowledgement_is_a_timeout_and_repeating_is_harmless(
    bus: Client, nats_server: EmbeddedNats
) -> None:
    """Trap 4: the messages are stored, and nobody said so."""
    async with Proxy(nats_server.port) as proxy:
        client = await connect(nats_server.admin_url.replace(str(nats_server.port), str(proxy.port)))
        async with bus_publisher(client) as publishing:
            await publishing.send(messages(1), 5)
            proxy.deaf = True
            with pytest.raises(TimeoutError):
                await publishing.send(messages(2, 3), 0.3)
            assert len(await everything_in(bus, STREAM)) == 3
            proxy.deaf = False
            proxy.cut()
            await until(lambda: client.stats["reconnects"] == 1 and client.is_connected)
            await publishing.send(messages(2, 3, 4), 5)
        await client.close()
    assert [one.data for one in await everything_in(bus, STREAM)] == [b"1", b"2", b"3", b"4"]


# --- streams ---


def test_the_public_stream_keeps_everything_and_the_internal_ones_a_month() -> None:
    configurations: dict[Any, Any] = {one.name: one for one in streams.configurations(SERVICES)}
    assert list(configurations) == [
        "BIHUAN_PUBLIC",
        "BIHUAN_INTAKE",
        "BIHUAN_CASES",
        "BIHUAN_ASSESSMENT",
        "BIHUAN_NOTIFY",
    ]
    assert {one.retention for one in configurations.values()} == {"limits"}
    assert {(one.max_msgs, one.max_bytes) for one in configurations.values()} == {(None, None)}
    assert [one.max_age for one in configurations.values()] == [None, *[30 * 24 * 3600] * 4]


async def test_the_server_takes_the_streams_as_they_are_declared(bus: Client) -> None:
    infos = {info.config.name: info.config for info in await bus.jetstream().streams_info()}
    assert {name: config.max_age for name, config in infos.items()} == {
        "BIHUAN_PUBLIC": 0, **{f"BIHUAN_{name.upper()}": 30 * 24 * 3600 for name in SERVICES},
    }  # fmt: skip
    assert {config.compression for config in infos.values()} == {"s2"}


async def test_streams_from_before_there_was_an_age_get_it_and_keep_what_else_the_operator_set(bus: Client) -> None:
    jetstream = bus.jetstream()
    older = {"max_age": 0, "compression": StoreCompression.NONE, "description": "set by the operator"}
    for stream in (STREAM, "BIHUAN_PUBLIC"):
        await jetstream.update_stream((await jetstream.stream_info(stream)).config.evolve(**older))
    await jetstream.update_stream((await jetstream.stream_info("BIHUAN_CASES")).config.evolve(max_age=86_400.0))
    assert await streams.declare(jetstream, SERVICES) == []
    mended = (await jetstream.stream_info(STREAM)).config
    assert (mended.max_age, mended.compression) == (streams.INTERNAL_AGE, "s2")
    assert mended.description == "set by the operator"
    public = (await jetstream.stream_info("BIHUAN_PUBLIC")).config
    assert (public.max_age, public.compression) == (0, "none")
    assert (await jetstream.stream_info("BIHUAN_CASES")).config.max_age == 86_400


async def test_declaring_the_streams_again_changes_nothing(bus: Client) -> None:
    jetstream = bus.jetstream()
    config = (await jetstream.stream_info(STREAM)).config
    config.description = "set by the operator"
    await jetstream.update_stream(config)
    await jetstream.delete_stream("BIHUAN_CASES")
    assert await streams.declare(jetstream, SERVICES) == ["BIHUAN_CASES"]
    assert (await jetstream.stream_info(STREAM)).config.description == "set by the operator"
