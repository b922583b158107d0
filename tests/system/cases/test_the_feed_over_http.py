"""The public feed narrowed and awaited: `jurisdiction`, `type`, `wait`."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.system.cases.house import House

EVENTS = "/api/cases/v1/events"
OPENED = "bihuan.cases.CaseOpened.v1"


async def test_a_reader_may_ask_for_jurisdictions_and_for_types(house: House) -> None:
    await house.open("county")
    await house.open("gaoping")
    both = (await house.get(f"{EVENTS}?jurisdiction=140525,140581&limit=1000"))["items"]
    assert {one["jurisdiction"] for one in both} == {"140525", "140581"}
    one = (await house.get(f"{EVENTS}?jurisdiction=140581&limit=1000"))["items"]
    assert one == [event for event in both if event["jurisdiction"] == "140581"]
    opened = (await house.get(f"{EVENTS}?type={OPENED}&limit=1000"))["items"]
    assert {event["type"] for event in opened} == {OPENED}
    assert (await house.get(f"{EVENTS}?type=CaseOpened&limit=1000"))["items"] == opened
    last = opened[-1]["sequence"]
    assert (await house.get(f"{EVENTS}?type=CaseOpened&after={int(last) - 1}"))["items"] == [opened[-1]]
    assert (await house.get(f"{EVENTS}?type=CaseOpened&after={last}"))["items"] == []


async def test_nobody_reads_a_jurisdiction_that_is_not_his(house: House) -> None:
    await house.open("gaoping")
    foreign = await house.ask("GET", f"{EVENTS}?jurisdiction=140581", "county")
    assert (foreign.status_code, foreign.json()["allowed"]) == (403, ["140525"])
    mixed = await house.ask("GET", f"{EVENTS}?jurisdiction=140525,140581", "county")
    assert mixed.status_code == 403
    own = (await house.ask("GET", f"{EVENTS}?jurisdiction=140525", "county")).json()["items"]
    assert {event["jurisdiction"] for event in own} <= {"140525"}


@pytest.mark.parametrize(
    ("query", "parameter", "allowed"),
    [("jurisdiction=999999", "jurisdiction", "140525"), ("jurisdiction=", "jurisdiction", "140525"),
     ("type=TipReceived", "type", OPENED), ("type=", "type", OPENED)],
)  # fmt: skip
async def test_what_there_is_not_is_refused_with_what_there_is(
    house: House, query: str, parameter: str, allowed: str
) -> None:
    answer = await house.ask("GET", f"{EVENTS}?{query}", "auditor")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["parameter"] == parameter
    assert allowed in error["allowed"]


async def waited(house: House, query: str) -> tuple[list[Any], float]:
    """The events of a long poll, and how many seconds it took."""
    began = time.monotonic()
    answer = await house.get(f"{EVENTS}?{query}")
    return answer["items"], time.monotonic() - began


async def test_who_waits_is_answered_by_the_next_event_that_he_asked_for(house: House) -> None:
    await house.open("county")
    last = (await house.feed())[-1]["sequence"]
    waiting = asyncio.create_task(waited(house, f"after={last}&jurisdiction=140581&wait=20"))
    await asyncio.sleep(1)
    await house.open("county")
    await asyncio.sleep(1)
    assert not waiting.done(), "an event of another jurisdiction ended the wait"
    case = await house.open("gaoping")
    events, seconds = await asyncio.wait_for(waiting, 10)
    assert [event["data"]["case"] for event in events] == [case]
    assert seconds < 15


async def test_who_waits_in_vain_is_answered_empty_and_nobody_waits_for_long(house: House) -> None:
    last = int((await house.feed())[-1]["sequence"])
    events, seconds = await waited(house, f"after={last}&wait=2")
    assert events == []
    assert 1.5 < seconds < 10
    events, seconds = await waited(house, f"after={last}")
    assert events == []
    assert seconds < 1.5
    assert (await house.ask("GET", f"{EVENTS}?wait=31", "auditor")).status_code == 422
