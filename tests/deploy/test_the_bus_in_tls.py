"""The bus as docker compose has it, with the certificates that setup made …"""

import asyncio
import json
import signal
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from deploy.cli import migrate
from deploy.compose import setup
from deploy.compose.volumes import configuration
from deploy.local import probe
from deploy.local.credentials import bus_password
from deploy.local.layout import Layout
from deploy.local.nats import EmbeddedNats
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.process import end, spawn
from deploy.local.programs import nats_server
from deploy.local.services import inherited_environment
from shared.kernel.contracts import SERVICES
from shared.platform.clock import SystemClock
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.migrate import set_installation
from shared.platform.messaging import engine
from shared.platform.messaging.engine import make_broker
from shared.platform.messaging.settings import SettingMissing, Settings
from shared.platform.messaging.trust import verifying
from tests.support.proxy import Proxy
from tests.support.sample import REACTIONS
from tests.support.servers import Database
from tests.support.waiting import until

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Bus:
    layout: Layout
    port: int
    log: Path

    @property
    def admin_url(self) -> str:
        return f"nats://admin:{bus_password(self.layout)}@{LOOPBACK}:{self.port}"

    @property
    def authority(self) -> Path:
        return self.layout.secrets / "nats" / "authority.pem"

    def settings(self, service: str) -> Settings:
        """What the container of a service is told of the bus."""
        own = self.layout.secrets / service
        url = f"nats://{LOOPBACK}:{self.port}"
        return Settings(
            service, LOOPBACK, 0, "", "", "", url, own / "nats.nk", Path(), own, "system", "",
            nats_ca=own / "nats_ca.pem",
        )  # fmt: skip


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    """With what setup makes, and a server that runs by it."""
    layout, port, monitor = Layout(tmp_path_factory.mktemp("installation")), free_port(), free_port()
    folder = configuration(layout, "nats")
    log = layout.data / "nats.log"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"EVERYWHERE": LOOPBACK, "NATS_PORT": port, "NATS_MONITOR_PORT": monitor}.items():
            patch.setattr(setup, name, value)
        patch.setattr(setup, "NATS_READS", folder)
        setup.make(layout, NOW)
    process = spawn([str(nats_server()), "--config", str(folder / "nats.conf")], log=log)
    try:
        deadline = time.monotonic() + 30
        while probe.status(f"http://{LOOPBACK}:{monitor}/healthz") != 200:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.03)
        yield Bus(layout, port, log)
    finally:
        end(process, polite=signal.SIGTERM, seconds=15)


async def once(settings: Settings) -> Client:
    """The client of a service, which here does not try again: it raises what was wrong."""
    return await nats.connect(**{**make_broker(settings)._connection_kwargs, "allow_reconnect": False})


@pytest.mark.parametrize("service", SERVICES)
async def test_lets_in_a_service_that_knows_its_authority(installation: Bus, service: str) -> None:
    client = await once(installation.settings(service))
    assert client.is_connected
    await client.close()


async def test_is_not_spoken_to_by_a_service_that_knows_another_authority(installation: Bus, tmp_path: Path) -> None:
    setup.make(Layout(tmp_path), NOW)
    stranger = replace(installation.settings("cases"), nats_ca=tmp_path / "secrets" / "nats" / "authority.pem")
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        await once(stranger)


async def test_is_not_spoken_to_under_a_name_that_its_certificate_does_not_have(installation: Bus) -> None:
    elsewhere = replace(installation.settings("cases"), nats_url=f"nats://127.1:{installation.port}")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        await once(elsewhere)


async def test_does_not_listen_to_a_client_in_plain(installation: Bus) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, installation.port)
    async with asyncio.timeout(10):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.5)
        login = f'{{"user":"admin","pass":"{bus_password(installation.layout)}","verbose":false}}'
        writer.write(f"CONNECT {login}\r\nPING\r\n".encode())
        with suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_serves_the_client_of_another_agency_that_is_given_the_authoritys_certificate(installation: Bus) -> None:
    context = ssl.create_default_context(cafile=installation.authority)
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # as newer Pythons have it
    client = await nats.connect(installation.admin_url, tls=context, tls_handshake_first=True, allow_reconnect=False)
    assert client.is_connected
    await client.close()


async def test_serves_the_step_that_declares_the_streams(installation: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_NATS_ADMIN_URL", installation.admin_url)
    monkeypatch.setenv("BIHUAN_NATS_CA", str(installation.authority))
    async with asyncio.timeout(20):
        assert len(await migrate._streams()) > len(SERVICES)


# --- somebody else in its place, who says that there is no TLS ---


@asynccontextmanager
async def pretender(port: int = 0) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Its port, and what it was told."""
    told: list[bytes] = []
    info = {"server_id": "x", "version": "2.15.0", "max_payload": 2**20, "headers": True, "nonce": "bm9uY2U"}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"INFO {json.dumps(info)}\r\n".encode())
        with suppress(OSError):
            while received := await reader.read(4096):
                told.append(received)
                if b"PING" in received:
                    writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, port)
    async with server:
        yield server.sockets[0].getsockname()[1], told


def told_nothing(told: Sequence[bytes]) -> bool:
    """Nothing but TLS records that begin a connection, or break it off (RFC 8446, 5.1)."""
    return bool(told) and all(one[:1] in (b"\x16", b"\x15") for one in told)


async def test_is_not_given_up_by_a_service_for_one_in_plain_and_is_found_when_it_is_back(
    installation: Bus, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CONNECT_WITHIN", 1.0)
    set_installation(database.owner, new_id())
    common = replace(installation.settings("cases"), postgres_dsn=database.writer, postgres_reader_dsn=database.writer)
    async with pretender() as (port, told):
        settings = replace(common, nats_url=f"nats://{LOOPBACK}:{port}")
        service = engine.Engine(settings, SystemClock(UTC), REACTIONS, {}, lambda *_: None, CollectorRegistry())
        await service.start()
        await until(lambda: len(told) > 1)
        assert told_nothing(told)
        assert await service.checks()["bus"]() is not None
    proxy = Proxy(installation.port)
    proxy.port = port
    async with proxy:
        await until(lambda: service._relay is not None and service._relay.active)
    async with pretender(port) as (_, told):
        await until(lambda: len(told) > 1)
        assert told_nothing(told)
    async with proxy:
        await until(lambda: service.broker.config.connection_state.connection.is_connected)
        await service.stop()


async def test_is_not_given_up_for_one_in_plain_by_the_step_that_declares_the_streams(
    installation: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIHUAN_NATS_CA", str(installation.authority))
    async with pretender() as (port, told):
        monkeypatch.setenv("BIHUAN_NATS_ADMIN_URL", f"nats://admin:secret@{LOOPBACK}:{port}")
        attempt = asyncio.create_task(migrate._streams())
        await until(lambda: told)
        attempt.cancel()
        with suppress(asyncio.CancelledError):
            await attempt
        assert told_nothing(told)


def test_is_not_looked_for_where_the_authoritys_certificate_cannot_be_read(tmp_path: Path) -> None:
    for content in (None, "no certificate"):
        path = tmp_path / "ca.pem"
        if content:
            path.write_text(content)
        with pytest.raises(SettingMissing, match="BIHUAN_NATS_CA"):
            verifying(path)


async def test_is_the_embedded_one_without_tls_whatever_the_caller_is_told_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIHUAN_NATS_CA", "/run/bihuan/nats_ca.pem")
    assert "BIHUAN_NATS_CA" not in inherited_environment()
    with EmbeddedNats(tmp_path) as server:
        client = await nats.connect(server.admin_url)
        assert not client._server_info.get("tls_required")
        await client.close()
