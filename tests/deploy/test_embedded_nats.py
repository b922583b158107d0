"""Given a data directory, the embedded NATS server …"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig

from deploy.local.nats import EmbeddedNats
from deploy.nats.config import STREAMS, inbox_prefix, rights
from shared.kernel.contracts import SERVICES

OTHERS = {service: next(other for other in SERVICES if other != service) for service in SERVICES}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    with EmbeddedNats(tmp_path_factory.mktemp("installation")) as running:
        yield running


@pytest.fixture
async def admin(server: EmbeddedNats) -> AsyncIterator[Client]:
    """The administrator, who has made the five streams with one event in each."""
    client = await nats.connect(server.admin_url)
    jetstream = client.jetstream()
    await jetstream.add_stream(name="BIHUAN_PUBLIC", subjects=["bihuan.pub.v1.>"])
    for service in SERVICES:
        subject = f"bihuan.int.v1.{service}"
        await jetstream.add_stream(name=f"BIHUAN_{service.upper()}", subjects=[f"{subject}.>"])
        await jetstream.publish(f"{subject}.3.Happened", b"{}")
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


@pytest.mark.parametrize("service", SERVICES)
async def test_lets_a_service_publish_its_own_events_and_read_everybodys(
    server: EmbeddedNats, admin: Client, service: str
) -> None:
    visitor = await Visitor.connect(server, service)
    jetstream = visitor.client.jetstream()
    await jetstream.publish(f"bihuan.int.v1.{service}.3.Happened", b"{}", stream=f"BIHUAN_{service.upper()}")
    await jetstream.publish(f"bihuan.pub.v1.{service}.140525.Happened", b"{}", stream="BIHUAN_PUBLIC")
    for stream in STREAMS:
        await jetstream.stream_info(stream)
        await jetstream.get_msg(stream, seq=1)
        for policy in (AckPolicy.NONE, AckPolicy.EXPLICIT):
            await jetstream.add_consumer(stream, ConsumerConfig(durable_name=service, ack_policy=policy))
            subscription = await jetstream.pull_subscribe_bind(service, stream=stream)
            (message,) = await subscription.fetch(1, timeout=5)
            if policy == AckPolicy.EXPLICIT:
                await message.ack_sync()
            await jetstream.consumer_info(stream, service)
            await jetstream.delete_consumer(stream, service)
    await visitor.client.close()
    assert visitor.refusals == []


@pytest.mark.parametrize("service", SERVICES)
async def test_lets_a_service_do_nothing_else(server: EmbeddedNats, admin: Client, service: str) -> None:
    visitor, other = await Visitor.connect(server, service), OTHERS[service]
    stream = f"BIHUAN_{other.upper()}"
    allowed = await visitor.allowed(
        [
            f"bihuan.int.v1.{other}.3.Happened",
            f"bihuan.pub.v1.{other}.140525.Happened",
            f"$JS.API.STREAM.CREATE.{stream}",
            f"$JS.API.STREAM.UPDATE.{stream}",
            f"$JS.API.STREAM.PURGE.{stream}",
            f"$JS.API.STREAM.DELETE.{stream}",
            f"$JS.API.STREAM.MSG.DELETE.{stream}",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{other}",
            f"$JS.API.CONSUMER.DELETE.{stream}.{other}",
            f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{other}",
            f"$JS.ACK.{stream}.{other}.1.1.1.1.0",
            f"{inbox_prefix(other)}.guess",
            "anything",
        ],
        [">", "$JS.>", "bihuan.>", "_INBOX.>", f"{inbox_prefix(other)}.>"],
    )
    await visitor.client.close()
    assert allowed == []


async def test_lets_nobody_in_without_credentials(server: EmbeddedNats) -> None:
    with pytest.raises(nats.errors.Error, match="Authorization Violation"):
        await nats.connect(server.url, allow_reconnect=False)


@pytest.mark.parametrize("service", SERVICES)
def test_grants_no_wildcard_over_the_whole_interface(service: str) -> None:
    given = rights(service)
    assert not [subject for subject in given.publish if subject in (">", "$JS.>", "$JS.API.>", "$JS.ACK.>")]
    assert given.subscribe == (f"_INBOX_{service}.>",)


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
