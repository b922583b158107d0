"""One service as a whole, in this process, on real servers: its application, and a stand-in for *cases* on the bus.

The service has a database of its own (copied from a migrated template) and connects as itself. Time is the row of the
access database, which the test sets. The stand-in numbers its events as a relay would and may send them late, twice or
out of order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from nats.aio.client import Client

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.services import DEFAULT_CAMPAIGN
from shared.kernel.roles import ROLES
from shared.platform.event_store import canonical
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.migrate import STORE, migrate, set_installation
from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import FeedRow
from shared.platform.messaging.settings import Settings
from shared.platform.web.session import SessionSigner
from tests.support.documented import as_documented
from tests.support.seals import sealed, write_keys
from tests.support.servers import Database
from tests.support.waiting import until

PUBLIC_URL = "http://bihuan.example"
ROOT = Path(__file__).resolve().parents[2]
_numbers = count(1)
_KEY = Ed25519PrivateKey.generate()
PRIVATE_PEM = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
PUBLIC_PEM = _KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class ServiceDatabase(Database):
    """A database that one service owns."""

    def role(self, kind: str) -> str:
        return self.server.dsn(self.name, f"{self.name.rsplit('_test_', 1)[0]}_{kind}")


def make_database(server: EmbeddedPostgres, service: str) -> ServiceDatabase:
    """A migrated database of `service`, and the access database with its clock."""
    template = f"bihuan_{service}"
    folders = [STORE, ROOT / "services" / service / "migrations"]
    _migrate(server, template, folders)
    _migrate(server, "bihuan_access", [ROOT / "services" / "cases" / "access_migrations"])
    name = f"{template}_test_{next(_numbers)}"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        # A service that is stopped while it connects leaves a connection that never says who it is. DROP DATABASE waits
        # for every server process, so also for that one, until this time-out (a minute by default) ends it.
        connection.execute("ALTER SYSTEM SET authentication_timeout = '3s'")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {template} STRATEGY FILE_COPY')
    set_installation(server.dsn(name, f"{template}_owner"), new_id())
    return ServiceDatabase(server, name)


def _migrate(server: EmbeddedPostgres, database: str, folders: list[Path]) -> None:
    owner = server.dsn(database, f"{database}_owner")
    migrate(owner, folders, writer=f"{database}_writer", reader=f"{database}_reader")


@dataclass
class Clock:
    """The domain clock: it stands where it is set."""

    server: EmbeddedPostgres

    def set(self, instant: datetime) -> None:
        with psycopg.connect(self.server.dsn("bihuan_access"), autocommit=True) as connection:
            connection.execute("UPDATE clock SET instant = %s, running = false, set_at = now()", (instant,))


@dataclass
class CasesFeed:
    """Speaks on the bus as *cases* does: contracts in, numbered CloudEvents out."""

    client: Client
    sent: list[tuple[FeedRow, bytes]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    def compose(self, contract: Any, at: datetime) -> FeedRow:
        """The next event of the feed, not yet sent."""
        case, name = contract.case, type(contract).__name__
        self.versions[case] = self.versions.get(case, 0) + 1
        row = FeedRow(
            sequence=len(self.sent) + 1, name=name, stream=case, version=self.versions[case], partitionkey=case,
            at=at.isoformat(), recorded=at.isoformat(), data=canonical.encode(contract).decode(),
        )  # fmt: skip
        body = cloudevents.encode(cloudevents.compose(row, "cases", "/bihuan/test/cases", ""))
        self.sent.append((row, body))
        return row

    async def publish(self, row: FeedRow, *, again: bool = False) -> None:
        """Put one composed event on the stream; `again` under another message id, as after the dedupe window."""
        body = next(body for sent, body in self.sent if sent is row)
        message_id = f"again:{new_id()}" if again else f"cases:int:{row.sequence}"
        await self.client.jetstream().publish(
            cloudevents.subject(row, "cases"),
            body,
            stream="BIHUAN_CASES",
            headers={"Nats-Msg-Id": message_id} | sealed("cases", body),
        )

    async def say(self, *contracts: Any, at: datetime) -> None:
        """Compose and publish."""
        for contract in contracts:
            await self.publish(self.compose(contract, at))


@dataclass
class Running:
    """One running service."""

    app: FastAPI
    database: ServiceDatabase
    feed: CasesFeed

    def token(self, role: str, unit: str = "city") -> str:
        return SessionSigner(PRIVATE_PEM, ROLES).sign(f"p-{role}", role, unit, kind="api", life=timedelta(hours=1))

    def client(self, role: str | None = None, unit: str = "city") -> httpx.AsyncClient:
        """A client of the application, signed in as `role`; a visitor without one."""
        headers = {"Authorization": f"Bearer {self.token(role, unit)}"} if role else {}
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(
            transport=transport, base_url=PUBLIC_URL, headers=headers, event_hooks=as_documented(PUBLIC_URL)
        )

    async def get(self, path: str, role: str | None = "admin", unit: str = "city") -> Any:
        """The JSON of a GET that must succeed."""
        async with self.client(role, unit) as client:
            answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def position(self) -> int:
        """How far the feed of *cases* was taken in."""
        found = self.database.rows("SELECT sequence FROM consumer_positions WHERE producer = 'cases'")
        return int(found[0][0]) if found else 0

    async def caught_up(self) -> None:
        """Return once everything that the stand-in sent was taken in."""
        await until(lambda: self.position() == len(self.feed.sent))


@asynccontextmanager
async def running(
    create_app: Callable[[Any], FastAPI],
    config: Callable[[Settings, bytes], Any],
    service: str,
    database: ServiceDatabase,
    nats_server: EmbeddedNats,
    feed: CasesFeed,
) -> AsyncIterator[Running]:
    """Start the service (`config` makes its configuration), wait until it is ready, and stop it."""
    settings = Settings(
        service=service,
        http_host="127.0.0.1",
        http_port=0,
        postgres_dsn=database.role("writer"),
        postgres_reader_dsn=database.role("reader"),
        access_dsn=database.server.dsn("bihuan_access", "bihuan_access_reader"),
        nats_url=nats_server.url,
        nats_nkey_file=nats_server.seed_file(service),
        campaign=DEFAULT_CAMPAIGN,
        secrets=write_keys(nats_server.layout.secrets / service, service),
        clock="row",
        public_url=PUBLIC_URL,
    )
    app = create_app(config(settings, PUBLIC_PEM))
    async with app.router.lifespan_context(app):
        found = Running(app, database, feed)
        async with found.client() as client:

            async def ready() -> bool:
                return (await client.get("/ready")).status_code == 200

            await until(ready)
        yield found


def case_id(n: int) -> str:
    """The identifier of the n-th case of a test: UUIDv7-shaped, and in order."""
    return str(UUID(int=(0x018000000000 << 80) | (7 << 76) | (2 << 62) | n))
