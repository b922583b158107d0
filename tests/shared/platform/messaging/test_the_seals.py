"""What is in a producer's stream and not its own: …"""

from __future__ import annotations

import nats
import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from deploy.local.nats import EmbeddedNats
from deploy.nats.config import inbox_prefix
from shared.kernel.contracts import SERVICES
from shared.platform.event_store.ids import new_id
from shared.platform.messaging import cloudevents, seals, streams
from shared.platform.messaging import subscriber as subscribers
from shared.platform.messaging.handler import Metrics
from shared.platform.messaging.seals import Inspector, Sealer
from tests.support.bus import everything_in
from tests.support.lanes import lane_on
from tests.support.mirror import CONSUMER, PRODUCER, STREAM, body, inbox_on, position, relaying, remarks, subscribed
from tests.support.sample import inspect, register
from tests.support.seals import inspector, key, sealed, sealer
from tests.support.servers import Database
from tests.support.waiting import until

BODY = b'{"sequence":"00000000000000000007"}'
PASSED_OVER = "bihuan_inbox_forged_total"
SUBJECT = f"bihuan.int.v1.{PRODUCER}.0.LiftRegistered"


def passes(headers: dict[str, str] | None, stream: str = STREAM, text: bytes = BODY) -> bool:
    return inspector(PRODUCER, CONSUMER).passes(stream, text, headers)


@pytest.mark.parametrize("reader", [name for name in SERVICES if name != PRODUCER])
def test_each_reader_knows_its_producers_messages(reader: str) -> None:
    assert inspector(PRODUCER, reader).passes(STREAM, BODY, sealed(PRODUCER, BODY))


@pytest.mark.parametrize("forger", SERVICES)
def test_nobody_else_can_make_one(forger: str) -> None:
    """Not with all keys that it has: those to its own readers, and those from the producers that it reads."""
    known = {f"{forger}>{other}": key(forger, other) for other in SERVICES}
    known |= {f"{other}>{forger}": key(other, forger) for other in SERVICES}
    for producer in SERVICES:
        for reader in SERVICES:
            if forger in (producer, reader) or producer == reader:
                continue
            stream = f"BIHUAN_{producer.upper()}"
            for mine in known.values():
                header = {seals.HEADER: Sealer(producer, {reader: mine}).seal(stream, BODY)}
                assert not inspector(producer, reader).passes(stream, BODY, header)


def test_a_seal_is_of_one_body_in_one_stream_for_one_reader() -> None:
    header = sealed(PRODUCER, BODY)
    assert passes(header)
    assert not passes(header, text=BODY.replace(b"7", b"8"))
    assert not passes(header, stream="BIHUAN_NOTIFY")
    assert not Inspector("notify", key(PRODUCER, CONSUMER)).passes(STREAM, BODY, header)


@pytest.mark.parametrize(
    "given",
    ["", "blake2b-mac-128", "blake2b-mac-128,", "none,cases=", "blake2b-mac-128,cases", "blake2b-mac-128,cases=闭"],
)
def test_nonsense_is_no_seal(given: str) -> None:
    assert not passes({seals.HEADER: given})
    assert not passes(None)


def test_nobody_can_name_the_id_of_an_event_that_is_not_on_the_bus_yet() -> None:
    ids = {sealer(service).message_id(feed, n) for service in SERVICES for feed in ("int", "pub") for n in range(9)}
    assert len(ids) == 4 * 2 * 9
    one_key = Sealer(PRODUCER, {CONSUMER: key(PRODUCER, CONSUMER)})
    assert one_key.message_id("int", 7) != sealer(PRODUCER).message_id("int", 7)
    assert sealer(PRODUCER).message_id("int", 7).startswith(f"{PRODUCER}:int:7:")


# --- on the bus ---


async def producer_on(server: EmbeddedNats) -> Client:
    """Somebody who holds the producer's place on the bus, but none of its keys."""
    return await nats.connect(
        server.url, nkeys_seed=str(server.seed_file(PRODUCER)), inbox_prefix=inbox_prefix(PRODUCER).encode()
    )


async def test_a_forged_event_that_comes_first_does_not_take_the_place_of_the_genuine_one(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under its number, under the id that it used to have, under those of others, with a status as the server gives."""
    monkeypatch.setattr(subscribers, "WAIT", 0.2)
    forger, lift, forged = await producer_on(nats_server), new_id(), new_id()
    registry = CollectorRegistry()
    messages = [
        (body(number, "LiftRegistered", forged), headers)
        for number in (1, 2, 3, 9_000)
        for headers in (
            {"Nats-Msg-Id": f"{PRODUCER}:int:{number}"},
            {"Status": "409", "Description": "Consumer Deleted"},
            {seals.HEADER: sealer("cases").seal(STREAM, b"another body")},
            {},
        )
    ]
    for text, headers in messages:
        await forger.jetstream().publish(SUBJECT, text, stream=STREAM, headers=headers)
    async with (
        lane_on(consumer.writer) as other,
        inbox_on(consumer, other, Metrics(registry)) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await until(lambda: registry.get_sample_value(PASSED_OVER, {"producer": PRODUCER}) == len(messages))
        assert position(consumer) == 0
        async with lane_on(database.writer) as lane, relaying(database.writer, bus) as relay:
            await lane.submit(register(lift, "140525"))
            relay.wake()
            for remark in ("one", "two"):
                await forger.jetstream().publish(SUBJECT, body(2, "LiftRegistered", forged), stream=STREAM)
                await lane.submit(inspect(lift, remark))
                relay.wake()
            await until(lambda: position(consumer) == 3)
        assert not inbox.has_gap
    await forger.close()
    assert remarks(consumer) == {lift: ["one", "two"]}


async def test_a_stream_from_before_there_were_seals_is_filled_again(
    database: Database, consumer: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribers, "WAIT", 0.2)
    lift = new_id()
    async with lane_on(database.writer) as lane, relaying(database.writer, bus) as relay:
        await lane.submit(register(lift, "140525"))
        await lane.submit(inspect(lift, "of then"))
        relay.wake()
        await until(lambda: relayed(database) == 2)
    old = [one.data or b"" for one in await everything_in(bus, STREAM)]
    await bus.jetstream().delete_stream(STREAM)
    await streams.declare(bus.jetstream(), SERVICES)
    for number, text in enumerate(old, start=1):
        await bus.jetstream().publish(SUBJECT, text, stream=STREAM, headers={"Nats-Msg-Id": f"{PRODUCER}:int:{number}"})
    async with (
        lane_on(database.writer) as lane,
        lane_on(consumer.writer) as other,
        inbox_on(consumer, other) as inbox,
        subscribed(nats_server.admin_url, inbox),
        relaying(database.writer, bus) as relay,
    ):
        await lane.submit(inspect(lift, "of now"))
        relay.wake()
        await until(lambda: position(consumer) == 3)
    numbers = [cloudevents.decode(one.data or b"").number for one in await everything_in(bus, STREAM)]
    assert numbers == [1, 2, 1, 2, 3]
    assert remarks(consumer) == {lift: ["of then", "of now"]}


def relayed(database: Database) -> int:
    found = database.rows("SELECT sequence FROM relay_positions WHERE feed = 'internal'")
    return int(found[0][0]) if found else 0
