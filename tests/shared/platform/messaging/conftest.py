"""A second service's database, and a bus that a test may kill."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from shared.kernel.contracts import SERVICES
from shared.platform.messaging import streams
from tests.support import servers
from tests.support.servers import Database, connect


@pytest.fixture
def consumer(postgres: EmbeddedPostgres, database: Database) -> Iterator[Database]:
    """The database of a service that takes in what the service of `database` publishes."""
    consumer = servers.create(postgres, f"{database.name}_consumer")
    yield consumer
    servers.drop(consumer)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[EmbeddedNats]:
    """A NATS of this test's own, which may be killed and started again on the same port."""
    server = EmbeddedNats(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def mortal_bus(mortal: EmbeddedNats) -> AsyncIterator[Client]:
    client = await connect(mortal.admin_url)
    await streams.declare(client.jetstream(), SERVICES)
    yield client
    with contextlib.suppress(OSError):  # the server may be gone
        await client.close()
