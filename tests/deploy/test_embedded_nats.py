"""Given a data directory, the embedded NATS server …"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from pathlib import Path

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from deploy.local.nats import EmbeddedNats
from deploy.nats.config import inbox_prefix, rights
from shared.kernel.contracts import SERVICES
from shared.platform.messaging import streams, wanted
from shared.platform.messaging.pull import OpenPull
from shared.platform.messaging.streams import PUBLIC_STREAM, internal_stream
from tests.support.bus import everything_in
from tests.support.waiting import until

STREAMS = (PUBLIC_STREAM, *map(internal_stream, SERVICES))
OTHERS = {service: [other for other in SERVICES if other != service] for service in SERVICES}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    with EmbeddedNats(tmp_path_factory.mktemp("installation")) as running:
        yield running


@pytest.fixture
async def admin(server: EmbeddedNats) -> AsyncIterator[Client]:
    """The administrator, who has declared the streams, with one event of each service in each."""
    client = await nats.connect(server.admin_url)
    jetstream = client.jetstream()
    await streams.declare(jetstream, SERVICES)
    for service in SERVICES:
        for subject in (f"bihuan.int.v1.{service}.3.Happened", f"bihuan.pub.v1.{service}.city.Happened"):
            await jetstream.publish(subject, b"genuine")
    yield client
    for stream in STREAMS:
        await jetstream.delete_stream(stream)
    await client.close()


class Visitor:
    """A service connected with its own rights; `refusals` collects what the server would not let it do."""

    def __init__(self) -> None:
        self.refusals: list[str] = []
        self._refused = asyncio.Event()
        self.client = Client()

    async def _note(self, error: Exception) -> None:
        self.refusals.append(str(error))
        self._refused.set()

    @classmethod
    async def connect(cls, server: EmbeddedNats, service: str) -> "Visitor":
        visitor = cls()
        await visitor.client.connect(
            server.url,
            nkeys_seed=str(server.seed_file(service)),
            inbox_prefix=inbox_prefix(service).encode(),
            error_cb=visitor._note,
        )
        return visitor

    async def allowed(self, publications: Sequence[str], subscriptions: Sequence[str]) -> list[str]:
        """Try all; those that the server did not refuse. It refuses in order, so a last one ends the wait."""
        for subject in publications:
            await self.client.publish(subject, b"{}")
        for subject in subscriptions:
            await self.client.subscribe(subject)
        await self.client.publish("the.last.one", b"{}")
        while not any("the.last.one" in refusal for refusal in self.refusals):
            await asyncio.wait_for(self._refused.wait(), 60)
            self._refused.clear()
        named = "\n".join(self.refusals)
        return [subject for subject in (*publications, *subscriptions) if f'"{subject.lower()}"' not in named]


async def stored(admin: Client) -> dict[str, list[tuple[str, bytes | None]]]:
    """(subject, data) of everything in each stream."""
    return {stream: [(one.subject or "", one.data) for one in await everything_in(admin, stream)] for stream in STREAMS}


@pytest.mark.parametrize("service", SERVICES)
async def test_lets_a_service_publish_its_own_events_and_look_at_where_they_are(
    server: EmbeddedNats, admin: Client, service: str
) -> None:
    visitor = await Visitor.connect(server, service)
    jetstream = visitor.client.jetstream()
    for stream, subject in (
        (internal_stream(service), f"bihuan.int.v1.{service}.3.Happened"),
        (PUBLIC_STREAM, f"bihuan.pub.v1.{service}.140525.Happened"),
    ):
        await jetstream.publish(subject, b"more", stream=stream)
        assert (await jetstream.stream_info(stream)).state.messages
        assert (await jetstream.get_last_msg(stream, subject)).data == b"more"
    await visitor.client.close()
    assert visitor.refusals == []


@pytest.mark.parametrize("service", SERVICES)
async def test_lets_a_service_read_what_the_others_say_from_wherever_it_wants(
    server: EmbeddedNats, admin: Client, service: str
) -> None:
    visitor = await Visitor.connect(server, service)
    for other in SERVICES:
        if other == service:
            continue
        stream, subject = internal_stream(other), f"bihuan.int.v1.{other}.3.Happened"
        pull = await OpenPull.open(visitor.client, stream, service, 10)
        for _ in range(3):
            await pull.reset(1)
            (message,) = await pull.fetch(5, 0.05)
            assert (message.subject, message.data, message.metadata.sequence.stream) == (subject, b"genuine", 1)
        await admin.jetstream().publish(subject, b"and more", headers={"Some": "header"})
        (message,) = await pull.fetch(5, 0.05)
        assert (message.data, message.headers) == (b"and more", {"Some": "header"})
        await visitor.client.jetstream().consumer_info(stream, service)
        await visitor.client.jetstream().get_msg(stream, seq=1)
    await visitor.client.close()
    assert visitor.refusals == []


def _own(service: str) -> list[str]:
    """What it may do and others not."""
    return [one.replace(">", "9.Forged") for one in rights(service).subjects]


def _nobodys() -> list[str]:
    """What nobody but the administrator may do."""
    streams_ = [
        f"$JS.API.STREAM.{what}.{stream}"
        for what in ("CREATE", "UPDATE", "PURGE", "DELETE", "MSG.DELETE", "SNAPSHOT", "RESTORE", "LEADER.STEPDOWN")
        for stream in STREAMS
    ]
    consumers = [
        f"$JS.API.CONSUMER.{what}.{stream}{rest}"
        for stream in STREAMS
        for service in SERVICES
        for what, rest in (
            ("CREATE", ""), ("CREATE", f".{service}"), ("CREATE", f".{service}.bihuan.int.v1.{service}.>"),
            ("DURABLE.CREATE", f".{service}"), ("DELETE", f".{service}"), ("PAUSE", f".{service}"),
        )
    ]  # fmt: skip
    acknowledgements = [f"$JS.ACK.{internal_stream(one)}.{one}.1.1.1.1.0" for one in SERVICES]
    answers = [f"{inbox_prefix(one)}.guess" for one in SERVICES]
    return [
        *streams_,
        *consumers,
        *acknowledgements,
        *answers,
        "$JS.FC.x",
        "$SYS.REQ.x",
        "_R_.x",
        "any",
    ]


@pytest.mark.parametrize("service", SERVICES)
async def test_lets_a_service_ask_each_other_one_for_what_it_misses_and_nobody_else_hears_it(
    server: EmbeddedNats, admin: Client, service: str
) -> None:
    visitors = {one: await Visitor.connect(server, one) for one in SERVICES}
    heard: list[tuple[str, bytes]] = []

    async def hear(one: str, message: Msg) -> None:
        heard.append((one, message.data))

    for one, visitor in visitors.items():
        await visitor.client.subscribe(wanted.subject(one), cb=partial(hear, one))
        await visitor.client.flush()
    for other in OTHERS[service]:
        await visitors[service].client.publish(wanted.subject(other), other.encode())
    await until(lambda: len(heard) >= len(OTHERS[service]))
    await asyncio.sleep(0.2)
    assert sorted(heard) == sorted((other, other.encode()) for other in OTHERS[service])
    for visitor in visitors.values():
        await visitor.client.close()
        assert visitor.refusals == []


@pytest.mark.parametrize("service", SERVICES)
async def test_lets_a_service_do_nothing_else(server: EmbeddedNats, admin: Client, service: str) -> None:
    before = await stored(admin)
    visitor = await Visitor.connect(server, service)
    mine = set(_own(service))
    others = [*sorted({subject for other in SERVICES for subject in _own(other)} - mine), wanted.subject(service)]
    inboxes = [f"{inbox_prefix(other)}.>" for other in OTHERS[service]]
    asked = [wanted.subject(other) for other in OTHERS[service]]
    hearing = [">", "*.>", "$JS.>", "bihuan.>", "_INBOX.>", "_R_.>", "$SYS.>", *inboxes, *asked]
    assert await visitor.allowed([*others, *_nobodys()], hearing) == []
    await visitor.client.close()
    assert await stored(admin) == before


@pytest.mark.parametrize("forger", SERVICES)
async def test_stores_an_answer_under_nobody_elses_name(server: EmbeddedNats, admin: Client, forger: str) -> None:
    """Whoever asks names the subject of the answer, and part of what is in it. Within one account that was a forged
    event."""
    visitor = await Visitor.connect(server, forger)
    await visitor.client.jetstream().publish(f"bihuan.int.v1.{forger}.3.Happened", b"what it would like to be an event")
    before, asked = await stored(admin), 0
    for other in OTHERS[forger]:
        for answer in (f"bihuan.int.v1.{other}.9.Forged", f"bihuan.pub.v1.{other}.city.Forged"):
            for subject in (*rights(forger).subjects, *map(wanted.subject, OTHERS[forger])):
                if subject.endswith(".>"):
                    continue
                for body in (b"", b'{"seq": 1}', b'{"batch": 3, "expires": 1000000000}', b"not JSON"):
                    await visitor.client.publish(subject, body, reply=answer)
                    asked += 1
    for other in OTHERS[forger]:  # the acknowledgement of what it may publish is an answer, too
        for kind in ("int", "pub"):
            subject = f"bihuan.{kind}.v1.{forger}.3.Happened"
            await visitor.client.publish(subject, b"own", reply=f"bihuan.int.v1.{other}.9.Forged")
    await visitor.client.flush()
    assert asked > 100
    await until(lambda: _holds(admin, forger, b"own"))
    await asyncio.sleep(0.5)
    found = await stored(admin)
    for stream, messages in found.items():
        more = messages[len(before[stream]) :]
        assert {subject.split(".")[3] for subject, _ in more} <= {forger}, stream
    await visitor.client.close()


async def _holds(admin: Client, service: str, data: bytes) -> bool:
    """Whether both of its publications are stored."""
    found = await stored(admin)
    return all(data in [one for _, one in found[stream]] for stream in (internal_stream(service), PUBLIC_STREAM))


async def test_lets_the_administrator_do_everything_with_one_login(server: EmbeddedNats, admin: Client) -> None:
    jetstream = admin.jetstream()
    for stream in STREAMS:
        assert (await jetstream.stream_info(stream)).state.messages >= 1
        subscription = await jetstream.subscribe(">", stream=stream, ordered_consumer=True)
        assert (await subscription.next_msg(5)).data == b"genuine"
        await subscription.unsubscribe()


async def test_takes_over_the_consumers_that_services_once_made_for_themselves(
    server: EmbeddedNats, admin: Client
) -> None:
    """They began at a message and cannot be set back behind it."""
    jetstream, stream = admin.jetstream(), internal_stream("intake")
    await jetstream.delete_consumer(stream, "cases")
    old = ConsumerConfig(
        durable_name="cases", ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=9
    )
    await jetstream.add_consumer(stream, old)
    kept = (await jetstream.consumer_info(stream, "notify")).created
    await streams.declare(jetstream, SERVICES)
    visitor = await Visitor.connect(server, "cases")
    pull = await OpenPull.open(visitor.client, stream, "cases", 10)
    await pull.reset(1)
    assert [one.data for one in await pull.fetch(5, 0.05)] == [b"genuine"]
    await visitor.client.close()
    assert (await jetstream.consumer_info(stream, "notify")).created == kept


async def test_lets_nobody_in_without_credentials(server: EmbeddedNats) -> None:
    with pytest.raises(nats.errors.Error, match="Authorization Violation"):
        await nats.connect(server.url, allow_reconnect=False)


@pytest.mark.parametrize("service", SERVICES)
def test_grants_no_wildcard_but_over_a_services_own_events(service: str) -> None:
    wild = {subject for subject in rights(service).subjects if "*" in subject or ">" in subject}
    assert wild == {f"bihuan.int.v1.{service}.>", f"bihuan.pub.v1.{service}.>"}


def test_keeps_an_acknowledged_message_through_kill_9_and_its_users_keys(tmp_path: Path) -> None:
    async def publish(server: EmbeddedNats) -> None:
        client = await nats.connect(server.admin_url)
        await client.jetstream().add_stream(name="BIHUAN_PUBLIC", subjects=["bihuan.pub.v1.>"])
        await client.jetstream().publish("bihuan.pub.v1.cases.city.Happened", b"kept")
        await client.close()

    async def read(server: EmbeddedNats) -> bytes | None:
        visitor = await Visitor.connect(server, "cases")
        message = await visitor.client.jetstream().get_msg("BIHUAN_PUBLIC", seq=1)
        await visitor.client.close()
        return message.data

    first = EmbeddedNats(tmp_path)
    first.start()
    seed = first.seed_file("cases").read_bytes()
    asyncio.run(publish(first))
    assert first.process is not None
    os.kill(first.process.pid, signal.SIGKILL)
    first.stop()
    with EmbeddedNats(tmp_path) as second:
        assert asyncio.run(read(second)) == b"kept"
        assert second.seed_file("cases").read_bytes() == seed


def test_takes_settings_by_name(tmp_path: Path) -> None:
    async def largest(server: EmbeddedNats) -> int:
        client = await nats.connect(server.admin_url)
        try:
            return client.max_payload
        finally:
            await client.close()

    with EmbeddedNats(tmp_path, settings={"max_payload": "2MB", "sync_interval": '"always"'}) as server:
        assert asyncio.run(largest(server)) == 2 * 2**20


@pytest.mark.parametrize("name", ["闭环", 'a "b"', "a\\b", "a$b", "a\nb"])
def test_keeps_its_store_in_a_directory_of_any_name(name: str, tmp_path: Path) -> None:
    with EmbeddedNats(tmp_path / name):
        assert (tmp_path / name / "nats" / "store" / "jetstream").is_dir()
