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
from tests.support.running import CasesFeed, Running, ServiceDatabase


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
