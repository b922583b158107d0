"""Real servers for tests: databases made from a migrated template in some 50 ms, buses with empty streams.

The PostgreSQL of a test run does without fsync, because no test cuts the power: a killed process loses nothing that
the kernel has. Tests that kill a server start their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
import psycopg
from nats.aio.client import Client
from psycopg.conninfo import make_conninfo

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from shared.kernel.contracts import SERVICES
from shared.platform.event_store.migrate import STORE, migrate
from shared.platform.messaging import streams

TEMPLATE = "bihuan_cases"
ROLES = ("bihuan_cases_owner", "bihuan_cases_writer", "bihuan_cases_reader")
FOLDERS = (STORE, Path(__file__).parent / "migrations")


def quick_postgres(folder: Path, settings: Mapping[str, str] | None = None) -> EmbeddedPostgres:
    """A server for tests, not yet started."""
    return EmbeddedPostgres(folder, settings={"fsync": "off", "full_page_writes": "off", **(settings or {})})


def migrate_template(server: EmbeddedPostgres) -> None:
    """Bring the database that all others are copied from up to date."""
    owner, writer, reader = ROLES
    migrate(server.dsn(TEMPLATE, owner), FOLDERS, writer=writer, reader=reader)


@dataclass(frozen=True)
class Database:
    """One database of one test."""

    server: EmbeddedPostgres
    name: str

    @property
    def owner(self) -> str:
        return self.server.dsn(self.name, ROLES[0])

    @property
    def writer(self) -> str:
        return self.server.dsn(self.name, ROLES[1])

    def writer_through(self, port: int) -> str:
        """The writer's DSN by way of a proxy on `port`."""
        return make_conninfo(self.writer, port=port)

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What the administrator sees."""
        with psycopg.connect(self.server.dsn(self.name), autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def one(self, query: str, parameters: Sequence[Any] = ()) -> Any:
        """The one value of the one row."""
        ((value,),) = self.rows(query, parameters)
        return value

    def events_of(self, stream: Any) -> list[tuple[int, str]]:
        """(version, topic) of a stream's events, in order."""
        query = "SELECT originator_version, topic FROM stored_events WHERE originator_id = %s ORDER BY 1"
        return self.rows(query, (stream,))


def create(server: EmbeddedPostgres, name: str) -> Database:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE} STRATEGY FILE_COPY')
    return Database(server, name)


def drop(database: Database) -> None:
    with psycopg.connect(database.server.dsn(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{database.name}" WITH (FORCE)')


async def connect(url: str) -> Client:
    """A client as a service has it: it never gives up reconnecting."""
    return await nats.connect(
        url, max_reconnect_attempts=-1, reconnect_time_wait=0.05, connect_timeout=2, error_cb=_ignore
    )


async def _ignore(_: Exception) -> None:
    """The client reports every lost connection here; the tests bring them about."""


@asynccontextmanager
async def bus_on(server: EmbeddedNats) -> AsyncIterator[Client]:
    """An administrator's client; the streams are there and empty."""
    client = await connect(server.admin_url)
    try:
        jetstream = client.jetstream()
        for info in await jetstream.streams_info():
            await jetstream.delete_stream(str(info.config.name))
        await streams.declare(jetstream, SERVICES)
        yield client
    finally:
        await client.close()
