"""The public feed over HTTP, asked for less than everything, and waited at."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.system.cases.house import House

FEED = "/api/cases/v1/events"
OPENED = "bihuan.cases.CaseOpened.v1"


@pytest.fixture
async def two_counties(house: House) -> None:
    """A case of each of two counties, one of them transferred."""
    first = await house.open("office", unit="140525")
    await house.open("office", unit="140581")
    await house.give(first, "transfer", "director")


def told(items: list[dict[str, Any]], name: str) -> set[str]:
    return {str(item[name]) for item in items}


@pytest.mark.usefixtures("two_counties")
async def test_one_jurisdiction_of_those_that_the_reader_may_see(house: House) -> None:
    everything = (await house.get(f"{FEED}?limit=1000"))["items"]
    assert told(everything, "jurisdiction") >= {"140525", "140581"}
    mine = (await house.get(f"{FEED}?limit=1000&jurisdiction=140581"))["items"]
    assert mine == [item for item in everything if item["jurisdiction"] == "140581"] != []
    assert (await house.get(f"{FEED}?limit=1000&jurisdiction=140581", "gaoping"))["items"] == mine
    assert (await house.ask("GET", f"{FEED}?jurisdiction=140525", "gaoping")).status_code == 403


@pytest.mark.usefixtures("two_counties")
async def test_one_type(house: House) -> None:
    everything = (await house.get(f"{FEED}?limit=1000"))["items"]
    opened = (await house.get(f"{FEED}?limit=1000&type={OPENED}"))["items"]
    assert opened == [item for item in everything if item["type"] == OPENED] != everything
    assert (await house.get(f"{FEED}?limit=1000&type=CaseOpened"))["items"] == opened, "the event's name will do"
    answer = await house.ask("GET", f"{FEED}?type=CaseOpend", "auditor")
    assert (answer.status_code, OPENED in answer.json()["errors"][0]["allowed"]) == (422, True)


async def test_who_waits_at_the_end_is_answered_when_something_happens(house: House) -> None:
    last = len(await house.feed())
    waits = asyncio.create_task(house.get(f"{FEED}?after={last}&wait=30&type={OPENED}"))
    await asyncio.sleep(0.5)
    assert not waits.done()
    case = await house.open("office", unit="140525")
    async with asyncio.timeout(10):
        assert [item["subject"] for item in (await waits)["items"]] == [case]


async def test_who_waits_for_nothing_is_told_so_in_time(house: House) -> None:
    last, began = len(await house.feed()), time.monotonic()
    assert (await house.get(f"{FEED}?after={last}&wait=1"))["items"] == []
    assert 0.9 < time.monotonic() - began < 10
    assert (await house.ask("GET", f"{FEED}?wait=31", "auditor")).status_code == 422


async def test_nobody_waits_with_more_connections_than_the_limit(house: House) -> None:
    last = len(await house.feed())
    waits = [asyncio.create_task(house.ask("GET", f"{FEED}?after={last}&wait=3", "auditor")) for _ in range(14)]
    statuses = sorted([answer.status_code for answer in await asyncio.gather(*waits)])
    assert statuses == [200] * 12 + [429] * 2
