"""One running *intake* for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from tests.support import servers
from tests.support.bus import everything_in
from tests.support.documented import check_messages
from tests.system.intake.installation import Installation

_addresses = count(1)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """PostgreSQL, NATS and the service, started when the first test asks."""
    made = Installation.make(tmp_path_factory.mktemp("intake"))
    try:
        made.start()
        yield made
        asyncio.run(_as_documented(made))
    finally:
        made.stop()


async def _as_documented(installation: Installation) -> None:
    """Everything that was sent is as the committed documents say."""
    client = await servers.connect(installation.nats.admin_url)
    for stream in ("BIHUAN_PUBLIC", "BIHUAN_INTAKE"):
        assert check_messages(await everything_in(client, stream), installation.settings.url) > 0
    await client.close()


@pytest.fixture
def visitor(installation: Installation) -> Iterator[httpx.Client]:
    """Somebody who is not signed in, at an address of their own (as the gateway reports it)."""
    number = next(_addresses)
    with installation.client() as client:
        client.headers["X-Forwarded-For"] = f"192.0.2.{number}"
        yield client


@pytest.fixture
def hotline(installation: Installation) -> Iterator[httpx.Client]:
    """An officer at the hotline."""
    with installation.client("hotline") as client:
        yield client
