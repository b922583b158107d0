"""*notify* on a real PostgreSQL and a real NATS, fed by a stand-in for *cases*."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from nats.aio.client import Client

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from services.notify.app import create_app
from services.notify.config import Config
from tests.support import running, servers
from tests.support.life import OPENED
from tests.support.running import CasesFeed, Clock, Running, ServiceDatabase


@pytest.fixture
def own_database(postgres: EmbeddedPostgres) -> Iterator[ServiceDatabase]:
    database = running.make_database(postgres, "notify")
    yield database
    servers.drop(database)


@pytest.fixture
def feed(bus: Client) -> CasesFeed:
    return CasesFeed(bus)


@pytest.fixture
def clock(postgres: EmbeddedPostgres, own_database: ServiceDatabase) -> Clock:
    """It stands when the first case is opened; the database comes first, because with it the clock is made."""
    found = Clock(postgres)
    found.set(OPENED)
    return found


@pytest.fixture
async def notify(
    own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed, clock: Clock
) -> AsyncIterator[Running]:
    async with running.running(create_app, Config, "notify", own_database, nats_server, feed) as service:
        yield service
