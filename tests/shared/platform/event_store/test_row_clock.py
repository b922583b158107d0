"""Simulated time is one row for all, and each service tells it in its campaign's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from shared.platform.event_store.row_clock import RowClock
from tests.support.servers import Database


@pytest.mark.parametrize(("zone", "told"), [("Asia/Shanghai", "17:31"), ("Asia/Urumqi", "15:31")])
def test_the_row_is_told_in_the_zone_of_the_clock(database: Database, zone: str, told: str) -> None:
    database.rows("CREATE TABLE clock (instant timestamptz, running boolean, set_at timestamptz)")
    database.rows("GRANT SELECT ON clock TO bihuan_cases_writer")
    instant = datetime(2022, 1, 21, 9, 31, tzinfo=ZoneInfo("UTC"))
    database.rows("INSERT INTO clock VALUES (%s, false, now())", (instant,))
    clock = RowClock(database.writer, ZoneInfo(zone))
    try:
        assert clock.now() == instant
        assert f"{clock.now():%H:%M}" == told
    finally:
        clock.close()
