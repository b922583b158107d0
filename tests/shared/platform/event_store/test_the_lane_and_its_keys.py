"""A request that comes again with its idempotency key gets its first answer, and runs once."""

from __future__ import annotations

import asyncio

import pytest

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import KeyReused
from tests.support.lanes import lane_on, together
from tests.support.sample import LiftIsScrapped, inspect, inspect_and_then_refuse, register
from tests.support.servers import Database


async def test_the_same_key_gets_the_same_answer_and_runs_once(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift), key="a", fingerprint=b"1")
        first = await lane.submit(inspect(lift), key="b", fingerprint=b"2")
        again = await lane.submit(inspect(lift), key="b", fingerprint=b"2")
    assert first == again == {"lift": str(lift), "version": 2}
    assert len(database.events_of(lift)) == 2


async def test_the_same_key_twice_in_one_group_runs_once(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        outcomes = await together(
            lane,
            *[lambda: lane.submit(register(lift), key="a", fingerprint=b"1") for _ in range(3)],
            lambda: lane.submit(register(new_id()), key="a", fingerprint=b"other"),
        )
    assert outcomes[:3] == [{"lift": str(lift), "version": 1}] * 3
    assert isinstance(outcomes[3], KeyReused)
    assert database.one("SELECT count(*) FROM stored_events") == 1


async def test_a_key_reused_for_another_request_is_refused(database: Database) -> None:
    lift, other = new_id(), new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift), key="a", fingerprint=b"1")
        with pytest.raises(KeyReused):
            await lane.submit(register(other), key="a", fingerprint=b"2")
    assert database.events_of(other) == []


async def test_the_answer_survives_a_restart(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        first = await lane.submit(register(lift), key="a", fingerprint=b"1")
    async with lane_on(database.writer) as lane:
        assert await lane.submit(register(lift), key="a", fingerprint=b"1") == first
    assert len(database.events_of(lift)) == 1


async def test_a_refusal_does_not_use_up_the_key(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        outcomes = await together(
            lane,
            lambda: lane.submit(inspect_and_then_refuse(lift), key="a", fingerprint=b"1"),
            lambda: lane.submit(inspect(lift), key="a", fingerprint=b"1"),
        )
    assert isinstance(outcomes[0], LiftIsScrapped)
    assert outcomes[1] == {"lift": str(lift), "version": 2}


async def test_the_same_key_at_two_processes_at_once_runs_once(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as one, lane_on(database.writer) as other:
        answers = await asyncio.gather(
            *[lane.submit(register(lift), key="a", fingerprint=b"1") for lane in (one, other) for _ in range(5)]
        )
    assert answers == [{"lift": str(lift), "version": 1}] * 10
    assert len(database.events_of(lift)) == 1
