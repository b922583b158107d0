"""Who follows the public stream by its description alone, through databases that are put back, has what holds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from nats.aio.client import Client

from shared.platform.messaging import relay as relays
from shared.platform.messaging.streams import PUBLIC_STREAM
from tests.shared.platform.messaging.test_a_database_that_was_put_back import producing, register_lifts
from tests.shared.platform.messaging.test_what_is_kept_of_the_forgotten import begun, relayed
from tests.support.bus import everything_in
from tests.support.outsider import Outsider
from tests.support.restoring import copied, put_back
from tests.support.servers import Database
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "POLL", 0.1)


async def registered(database: Database, bus: Client, count: int, upto: int) -> list[UUID]:
    async with producing(database, bus) as lane:
        lifts = await register_lifts(lane, count)
        await until(lambda: relayed(database) == upto)
    return lifts


def told(reader: Outsider) -> set[str]:
    return {str(event["data"]["lift"]) for event in reader.events}


def rows(database: Database) -> list[tuple[Any, ...]]:
    return database.rows("SELECT sequence, stream || ':' || version FROM public_events ORDER BY sequence")


async def test_what_was_abandoned_stays_in_the_stream_and_is_void_for_who_heeds_the_timelines(
    database: Database, bus: Client
) -> None:
    kept = await registered(database, bus, 2, 2)
    with copied(database, "first") as first:
        await registered(database, bus, 8, 10)
        put_back(database, first)
    instead = await registered(database, bus, 1, 3)
    with copied(database, "second") as second:
        await registered(database, bus, 2, 5)
        put_back(database, second)
    last = await registered(database, bus, 4, 7)
    assert [number for number, *_ in begun(database)] == [2, 3]
    messages = [one.data or b"" for one in await everything_in(bus, PUBLIC_STREAM)]
    assert len(messages) == 17, "nothing was taken out of the stream"
    reader = Outsider("intake")
    for body in (*messages, *messages):  # it reads from the beginning once more
        reader.take(body)
    assert told(reader) == {str(lift) for lift in (*kept, *instead, *last)}
    assert [(int(one["sequence"]), one["id"].partition(":")[2].partition("@")[0]) for one in reader.events] == rows(
        database
    )
