"""The bus of a system test: everything that the service under test sent is held to its committed documents."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from deploy.local.nats import EmbeddedNats
from shared.kernel.contracts import SERVICES
from shared.platform.messaging.streams import PUBLIC_STREAM, internal_stream
from tests.support import servers
from tests.support.bus import everything_in
from tests.support.documented import check_messages
from tests.support.running import PUBLIC_URL


@pytest.fixture
async def bus(nats_server: EmbeddedNats) -> AsyncIterator[Client]:
    """An administrator's client of a bus with empty streams."""
    async with servers.bus_on(nats_server) as client:
        yield client
        for stream in (PUBLIC_STREAM, *map(internal_stream, SERVICES)):
            check_messages(await everything_in(client, stream), PUBLIC_URL)
