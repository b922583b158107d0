"""Simulated time is one row for all, and each service tells it in its campaign's zone."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import psycopg
import pytest

from shared.platform.event_store.row_clock import RowClock
from tests.support.proxy import Proxy
from tests.support.servers import Database
from tests.support.waiting import until

INSTANT = datetime(2022, 1, 21, 9, 31, tzinfo=ZoneInfo("UTC"))


def make_clock(database: Database) -> None:
    database.rows("CREATE TABLE clock (instant timestamptz, running boolean, set_at timestamptz)")
    database.rows("GRANT SELECT ON clock TO bihuan_cases_writer")
    database.rows("INSERT INTO clock VALUES (%s, false, now())", (INSTANT,))


@pytest.mark.parametrize(("zone", "told"), [("Asia/Shanghai", "17:31"), ("Asia/Urumqi", "15:31")])
def test_the_row_is_told_in_the_zone_of_the_clock(database: Database, zone: str, told: str) -> None:
    make_clock(database)
    clock = RowClock(database.writer, ZoneInfo(zone))
    try:
        assert clock.now() == INSTANT
        assert f"{clock.now():%H:%M}" == told
    finally:
        clock.close()


async def test_a_database_that_says_nothing_holds_up_whoever_asks_once_and_then_nobody(database: Database) -> None:
    """Whoever asks may be the event loop, on which everything else waits."""
    make_clock(database)
    async with Proxy(database.server.port) as proxy:
        clock = await asyncio.to_thread(RowClock, database.writer_through(proxy.port), ZoneInfo("UTC"))
        assert await asyncio.to_thread(clock.now) == INSTANT
        proxy.deaf = True
        with pytest.raises(psycopg.OperationalError):
            await asyncio.to_thread(clock.now)
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(psycopg.OperationalError):
                clock.now()
        assert time.monotonic() - began < 0.5
        proxy.deaf = False

        async def told() -> bool:
            try:
                return await asyncio.to_thread(clock.now) == INSTANT
            except psycopg.OperationalError:
                return False

        await until(told, 8)
        clock.close()


async def test_a_connection_that_ended_costs_whoever_asks_nothing(database: Database) -> None:
    make_clock(database)
    clock = RowClock(database.writer, ZoneInfo("UTC"))
    assert clock.now() == INSTANT
    database.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clock'")
    assert clock.now() == INSTANT
    clock.close()
