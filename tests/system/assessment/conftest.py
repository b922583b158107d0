"""*assessment* on a real PostgreSQL and a real NATS, fed by a stand-in for *cases*."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from nats.aio.client import Client

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from services.assessment.app import create_app
from services.assessment.config import Config
from tests.support import running, servers
from tests.support.running import CasesFeed, Clock, Running, ServiceDatabase
from tests.support.waiting import until
from tests.system.assessment.bureau import at, filings


@pytest.fixture
def own_database(postgres: EmbeddedPostgres) -> Iterator[ServiceDatabase]:
    database = running.make_database(postgres, "assessment")
    yield database
    servers.drop(database)


@pytest.fixture
def feed(bus: Client) -> CasesFeed:
    return CasesFeed(bus)


@pytest.fixture
async def assessment(
    own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed
) -> AsyncIterator[Running]:
    async with running.running(create_app, Config, "assessment", own_database, nats_server, feed) as service:
        yield service


@pytest.fixture
def clock(own_database: ServiceDatabase) -> Clock:
    found = Clock(own_database.server)
    found.set(at("2021-12-28 09:00"))
    return found


@pytest.fixture
async def campaign(
    clock: Clock, own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed
) -> AsyncIterator[Running]:
    """The service at the beginning of the campaign."""
    async with running.running(create_app, Config, "assessment", own_database, nats_server, feed) as service:
        await until(lambda: filings(service) == 331)
        yield service
