"""Houses: one for all tests of a module that harm nothing, one of its own for each test that does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from nats.aio.client import Client

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from tests.services.cases.desk import FRIDAY_BEFORE_NEW_YEAR
from tests.support import servers
from tests.support.running import Clock, make_database
from tests.system.cases.house import House, Intake


def build(postgres: EmbeddedPostgres, nats_server: EmbeddedNats, folder: pytest.TempPathFactory) -> House:
    """An empty house on empty streams; it is the Friday before the New Year week, 17:31."""

    async def empty_streams() -> None:
        async with servers.bus_on(nats_server):
            pass

    asyncio.run(empty_streams())
    clock = Clock(postgres)
    house = House(make_database(postgres, "cases"), nats_server, folder.mktemp("cases"), clock)
    clock.set(FRIDAY_BEFORE_NEW_YEAR)
    return house


@pytest.fixture(scope="module")
def house(
    postgres: EmbeddedPostgres, nats_server: EmbeddedNats, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A running *cases*, shared by the module."""
    built = build(postgres, nats_server, tmp_path_factory)
    built.start()
    yield built
    built.stop()
    servers.drop(built.database)


@pytest.fixture
def empty_house(
    postgres: EmbeddedPostgres, nats_server: EmbeddedNats, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A house in which nothing runs yet, for one test."""
    built = build(postgres, nats_server, tmp_path_factory)
    yield built
    built.stop()
    servers.drop(built.database)


@pytest.fixture
async def listener(nats_server: EmbeddedNats) -> AsyncIterator[Client]:
    """An administrator's client that leaves the streams as they are."""
    client = await servers.connect(nats_server.admin_url)
    yield client
    await client.close()


@pytest.fixture
def intake(listener: Client) -> Intake:
    return Intake(listener)
