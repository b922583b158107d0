"""Servers that the whole test run shares, started when the first test asks for them; the words of all services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from nats.aio.client import Client

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.services import DEFAULT_CAMPAIGN
from shared.kernel.campaign import load
from shared.kernel.names import english_names
from shared.platform.web import words
from tests.support import catalogues, servers
from tests.support.servers import Database

_numbers = count(1)


NAMES = english_names(load(DEFAULT_CAMPAIGN))


def speak() -> None:
    words.install(catalogues.ALL, ZoneInfo("Asia/Shanghai"), NAMES)


speak()  # some test modules make pages when they are loaded


@pytest.fixture(autouse=True)
def every_word() -> None:
    """Each test finds the words of all services installed, whatever the one before it has installed."""
    speak()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL with a migrated template."""
    with servers.quick_postgres(tmp_path_factory.mktemp("postgres")) as server:
        servers.migrate_template(server)
        yield server


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[Database]:
    """An empty, migrated database of this test's own."""
    database = servers.create(postgres, f"test_{next(_numbers)}")
    yield database
    servers.drop(database)


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    """One NATS with JetStream."""
    with EmbeddedNats(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture
async def bus(nats_server: EmbeddedNats) -> AsyncIterator[Client]:
    """An administrator's client of a bus with empty streams."""
    async with servers.bus_on(nats_server) as client:
        yield client
