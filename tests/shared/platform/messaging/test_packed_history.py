"""The internal feed is read through blocks as if they were rows, and a lost stream is filled from them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from shared.kernel.contracts import SERVICES
from shared.platform.event_store import blocks, retention
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.retention import Retention
from shared.platform.messaging import feed, streams
from shared.platform.messaging.cloudevents import FeedRow
from tests.support.bus import everything_in, holds
from tests.support.lanes import lane_on
from tests.support.mirror import STREAM, relaying
from tests.support.sample import register
from tests.support.servers import Database
from tests.support.waiting import until

COUNT = 47


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows a block."""
    monkeypatch.setattr(retention, "BLOCK", 10)
    monkeypatch.setattr(retention, "_OLDEST", retention._OLDEST.replace("LIMIT 1000", "LIMIT 10"))


async def written(database: Database) -> list[FeedRow]:
    async with lane_on(database.writer) as lane:
        await asyncio.gather(*[lane.submit(register(new_id())) for _ in range(COUNT)])
    database.rows("INSERT INTO relay_positions VALUES ('internal', %s), ('public', 0)", (COUNT,))
    return [FeedRow(*row) for row in database.rows(f"SELECT {blocks.COLUMNS} FROM internal_events ORDER BY sequence")]


async def pack(database: Database) -> None:
    await Retention(database.writer, CollectorRegistry(), packed_after=timedelta(0)).round()
    assert database.one("SELECT count(*) FROM internal_blocks") == 4
    assert database.one("SELECT min(sequence) FROM internal_events") == 41


@pytest.mark.usefixtures("small_blocks")
async def test_every_page_from_everywhere_is_what_it_was_before_packing(database: Database) -> None:
    rows = await written(database)
    await pack(database)
    async with await psycopg.AsyncConnection.connect(database.writer, autocommit=True) as connection:
        for after in (0, 1, 9, 10, 11, 25, 38, 39, 40, 41, 46, 47, 99):
            for limit in (1, 3, 10, 11, 20, 45, 1000):
                expected = rows[after : after + limit]
                assert await feed.read(connection, "internal", after=after, limit=limit) == expected
                both = await feed.read_both(connection, {"public": 45, "internal": after}, limit)
                assert both["internal"] == expected
                assert [row.sequence for row in both["public"]] == [46, 47][:limit]


@pytest.mark.usefixtures("small_blocks")
async def test_a_lost_stream_is_filled_from_blocks_and_rows(database: Database, bus: Client) -> None:
    async with lane_on(database.writer) as lane:
        await asyncio.gather(*[lane.submit(register(new_id())) for _ in range(COUNT)])
    async with relaying(database.writer, bus):
        await until(lambda: holds(bus, STREAM, COUNT))
        await until(lambda: database.rows("SELECT 1 FROM relay_positions WHERE sequence = %s", (COUNT,)))
    before = [message.data for message in await everything_in(bus, STREAM)]
    await pack(database)
    await bus.jetstream().delete_stream(STREAM)
    assert await streams.declare(bus.jetstream(), SERVICES) == [STREAM]
    async with relaying(database.writer, bus):
        await until(lambda: holds(bus, STREAM, COUNT))
    assert [message.data for message in await everything_in(bus, STREAM)] == before


@pytest.mark.usefixtures("small_blocks")
async def test_a_block_that_is_missing_is_an_error_and_not_passed_over(database: Database) -> None:
    await written(database)
    await pack(database)
    database.rows("DELETE FROM internal_blocks WHERE first = 11")
    async with await psycopg.AsyncConnection.connect(database.writer, autocommit=True) as connection:
        assert len(await feed.read(connection, "internal", after=0, limit=10)) == 10
        with pytest.raises(psycopg.DataError, match="event 11 of the internal feed is missing"):
            await feed.read(connection, "internal", after=5, limit=10)
