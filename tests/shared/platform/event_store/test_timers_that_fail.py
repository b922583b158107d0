"""Timers are answered several at once; one that fails does so alone, is tried again, and after a day put aside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from prometheus_client import CollectorRegistry

from shared.platform.event_store import timers
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.session import Session
from shared.platform.event_store.timers import Timers
from shared.platform.event_store.unit_of_work import Timer
from tests.support.lanes import lane_on
from tests.support.sample import in_days, inspect, register
from tests.support.servers import Database
from tests.support.waiting import until

STATE = "SELECT attempts, error, parked IS NOT NULL, fired IS NOT NULL FROM timers WHERE stream = %s"
PAUSE = "SELECT retry_at - clock_timestamp() FROM timers WHERE stream = %s"


def answer_but_for(*bad: UUID) -> Callable[[Session, Timer, datetime], None]:
    def fire(session: Session, timer: Timer, _: datetime) -> None:
        inspect(timer.stream, "due")(session)
        if timer.stream in bad:
            raise ZeroDivisionError("a mistake in the answer")

    return fire


@asynccontextmanager
async def timers_on(database: Database, lane: CommandLane, fire: Any) -> AsyncIterator[CollectorRegistry]:
    registry = CollectorRegistry()
    task = asyncio.create_task(Timers(database.writer, lane, fire, lambda: in_days(1), registry).run())
    try:
        yield registry
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def due_lifts(lane: CommandLane, count: int) -> list[UUID]:
    lifts = [new_id() for _ in range(count)]
    await asyncio.gather(*[lane.submit(register(lift, inspect_by=in_days(1))) for lift in lifts])
    return lifts


async def test_timers_that_are_due_together_are_answered_by_few_commands(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lane_on(database.writer) as lane:
        lifts = await due_lifts(lane, 120)
    announced: list[int] = []
    async with lane_on(database.writer) as lane:
        submit = lane.submit

        def spy(command: Any, *, streams: Sequence[UUID]) -> Any:
            announced.append(len(streams))
            return submit(command, streams=streams)

        monkeypatch.setattr(lane, "submit", spy)
        async with timers_on(database, lane, answer_but_for()) as registry:
            await until(lambda: registry.get_sample_value("bihuan_timers_fired_total") == 120)
    assert announced == [50, 50, 20]
    assert [len(database.events_of(lift)) for lift in lifts] == [2] * 120


async def test_one_that_fails_does_so_alone_and_is_tried_again_after_longer_and_longer_pauses(
    database: Database,
) -> None:
    async with lane_on(database.writer) as lane:
        bad, *good = await due_lifts(lane, 60)
        async with timers_on(database, lane, answer_but_for(bad)):
            await until(lambda: database.rows(STATE, (bad,))[0][0] == 1)
            assert [len(database.events_of(lift)) for lift in (bad, *good)] == [1, *[2] * 59]
            assert database.one(PAUSE, (bad,)) <= timedelta(seconds=1)
            await until(lambda: database.rows(STATE, (bad,))[0][0] == 2)
            assert timedelta(seconds=1) < database.one(PAUSE, (bad,)) <= timedelta(seconds=2)
            assert database.rows(STATE, (bad,)) == [(2, "ZeroDivisionError: a mistake in the answer", False, False)]
            database.rows("UPDATE timers SET attempts = 20, retry_at = now() WHERE stream = %s", (bad,))
            await until(lambda: database.rows(STATE, (bad,))[0][0] == 21)
            assert timedelta(minutes=59) < database.one(PAUSE, (bad,)) <= timedelta(hours=1)
        async with timers_on(database, lane, answer_but_for()):
            database.rows("UPDATE timers SET retry_at = now() WHERE stream = %s", (bad,))
            await until(lambda: database.rows(STATE, (bad,))[0][3])
    assert len(database.events_of(bad)) == 2


async def test_after_a_day_it_is_parked_and_counted_and_an_operator_has_it_tried_once_more(database: Database) -> None:
    assert sum(min(2**n, timers.LONGEST_PAUSE) for n in range(timers.PARKED_AFTER - 1)) in range(86_400, 90_000)
    async with lane_on(database.writer) as lane:
        (bad,) = await due_lifts(lane, 1)
        database.rows("UPDATE timers SET attempts = %s", (timers.PARKED_AFTER - 1,))
        async with timers_on(database, lane, answer_but_for(bad)) as registry:
            await until(lambda: registry.get_sample_value("bihuan_timers_parked") == 1)
            assert database.rows(STATE, (bad,))[0][2:] == (True, False)
            order_a_retry(database)
            await until(lambda: database.rows(STATE, (bad,))[0][0] == timers.PARKED_AFTER + 1)
            assert database.rows(STATE, (bad,))[0][2:] == (True, False)
        database.rows("UPDATE timers SET retry_at = now()")
        async with timers_on(database, lane, answer_but_for()):
            await asyncio.sleep(3 * timers.POLL)
            assert not database.rows(STATE, (bad,))[0][3], "a parked timer waits for the operator"
            order_a_retry(database)
            await until(lambda: database.rows(STATE, (bad,))[0][3])


async def test_a_wish_that_is_made_anew_has_not_failed_yet(database: Database) -> None:
    async with lane_on(database.writer) as lane:
        (lift,) = await due_lifts(lane, 1)
        database.rows("UPDATE timers SET attempts = 99, error = 'x', parked = now(), retry_at = now()")
        await lane.submit(inspect(lift, inspect_by=in_days(2)))
        await lane.submit(inspect(lift, inspect_by=in_days(1)))
    query = "SELECT attempts, error, parked, retry_at, stopped FROM timers WHERE due = %s"
    assert database.rows(query, (in_days(1),)) == [(0, None, None, None, False)]


@pytest.mark.parametrize("text", ["nul\x00", "气瓶" * 10_000], ids=["a null byte", "a long text"])
async def test_whatever_an_error_says_can_be_written_down(database: Database, text: str) -> None:
    def fire(*_: Any) -> None:
        raise ValueError(text)

    async with lane_on(database.writer) as lane:
        (bad,) = await due_lifts(lane, 1)
        async with timers_on(database, lane, fire):
            await until(lambda: database.rows(STATE, (bad,))[0][0] == 1)
    assert database.rows(STATE, (bad,))[0][1].startswith("ValueError: ")


def order_a_retry(database: Database) -> None:
    (timer,) = database.rows("SELECT id FROM timers")[0]
    with psycopg.connect(database.writer, autocommit=True) as connection:
        assert connection.execute(timers.RETRY, (timer,)).fetchone() is not None
