"""What is written beside the events: read rows, and timers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from prometheus_client import CollectorRegistry

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.rows import insert, update
from shared.platform.event_store.session import Session, timer_id
from shared.platform.event_store.timers import Timers
from shared.platform.event_store.unit_of_work import Timer
from tests.support.lanes import lane_on, together
from tests.support.sample import REACTIONS, Lift, in_days, inspect, register, scrap
from tests.support.servers import Database
from tests.support.waiting import until

TIMERS = "SELECT due, stopped, fired IS NOT NULL FROM timers WHERE stream = %s ORDER BY due"


async def test_a_row_inserted_and_updated_in_one_group_is_written_once_and_complete(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await together(
            lane,
            lambda: lane.submit(register(lift, "140581")),
            lambda: lane.submit(inspect(lift, "door")),
            lambda: lane.submit(inspect(lift, "rope")),
            lambda: lane.submit(scrap(lift)),
        )
    assert database.rows("SELECT * FROM lifts") == [(lift, "140581", 2, "rope", True)]
    assert database.rows("SELECT xmin = (SELECT min(xmin::text)::xid FROM stored_events) FROM lifts") == [(True,)]


async def test_rows_updated_in_later_groups_keep_what_they_had(database: Database) -> None:
    lifts = [new_id() for _ in range(3)]
    async with lane_on(database.writer) as lane:
        await asyncio.gather(*[lane.submit(register(id_)) for id_ in lifts])
        await asyncio.gather(*[lane.submit(inspect(id_, f"of {n}")) for n, id_ in enumerate(lifts)])
        await asyncio.gather(lane.submit(scrap(lifts[0])), lane.submit(inspect(lifts[1], "again")))
    rows = database.rows("SELECT id, inspections, remark, scrapped FROM lifts ORDER BY id")
    assert rows == [(lifts[0], 1, "of 0", True), (lifts[1], 2, "again", False), (lifts[2], 1, "of 2", False)]


@pytest.mark.parametrize("in_one_group", [True, False], ids=["in one group", "one after the other"])
async def test_a_row_that_is_there_already_refuses_the_second_insert(database: Database, in_one_group: bool) -> None:
    row = new_id()

    def add(county: str) -> Any:
        return lambda session: session.write(insert("lifts", key="id", id=row, county=county, inspections=0))

    async with lane_on(database.writer) as lane:
        asks = [lambda: lane.submit(add("140525")), lambda: lane.submit(add("140581"))]
        if in_one_group:
            outcomes = await together(lane, *asks)
        else:
            outcomes = [(await together(lane, ask))[0] for ask in asks]
    assert outcomes[0] is None
    assert isinstance(outcomes[1], Exception)
    assert database.rows("SELECT county FROM lifts") == [("140525",)]


async def test_an_update_without_a_row_changes_nothing(database: Database) -> None:
    async with lane_on(database.writer) as lane:
        await lane.submit(lambda session: session.write(update("lifts", key="id", id=new_id(), county="140525")))
    assert database.rows("SELECT * FROM lifts") == []


async def test_a_timer_is_staged_with_the_event_and_moved_by_the_next(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift, inspect_by=in_days(10)))
        assert database.rows(TIMERS, (lift,)) == [(in_days(10), False, False)]
        await lane.submit(inspect(lift, inspect_by=in_days(20)))
        assert database.rows(TIMERS, (lift,)) == [(in_days(10), True, False), (in_days(20), False, False)]
        await lane.submit(scrap(lift))
        assert database.rows(TIMERS, (lift,)) == [(in_days(10), True, False), (in_days(20), True, False)]


async def test_a_timer_wished_and_stopped_in_one_group_is_stopped(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        outcomes = await together(
            lane, lambda: lane.submit(register(lift, inspect_by=in_days(10))), lambda: lane.submit(scrap(lift))
        )
    assert [one["version"] for one in outcomes] == [1, 2]
    assert [row for row in database.rows(TIMERS, (lift,)) if not row[1]] == []


async def test_a_timer_moved_away_and_back_in_one_group_is_there_once(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift, inspect_by=in_days(10)))
        await together(
            lane,
            lambda: lane.submit(inspect(lift, inspect_by=in_days(20))),
            lambda: lane.submit(inspect(lift, inspect_by=in_days(10))),
        )
    assert [row for row in database.rows(TIMERS, (lift,)) if not row[1]] == [(in_days(10), False, False)]


async def test_a_refused_command_stages_no_timer(database: Database) -> None:
    lift = new_id()

    def refuse(session: Session) -> None:
        register(lift, inspect_by=in_days(10))(session)
        raise ValueError("no")

    async with lane_on(database.writer) as lane:
        with pytest.raises(ValueError, match="no"):
            await lane.submit(refuse)
    assert database.rows(TIMERS, (lift,)) == []


def remind(session: Session, timer: Timer, _: datetime) -> None:
    """Answers the sample's timer: an inspection, without a new date."""
    lift = session.find(Lift, timer.stream)
    if lift is not None and lift.inspect_by == timer.due:
        inspect(timer.stream, f"due {timer.due.date()}")(session)


async def run_timers(database: Database, lane: CommandLane, now: datetime) -> asyncio.Task[None]:
    return asyncio.create_task(Timers(database.writer, lane, remind, lambda: now, CollectorRegistry()).run())


async def end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def fired(database: Database) -> list[UUID]:
    return [row[0] for row in database.rows("SELECT stream FROM timers WHERE fired IS NOT NULL ORDER BY due")]


async def test_what_fell_due_while_everything_was_down_is_answered_once_by_two_processes(database: Database) -> None:
    lifts = [new_id() for _ in range(30)]
    async with lane_on(database.writer) as lane:
        await asyncio.gather(*[lane.submit(register(id_, inspect_by=in_days(n))) for n, id_ in enumerate(lifts)])
    async with lane_on(database.writer) as one, lane_on(database.writer) as other:
        tasks = [await run_timers(database, lane, in_days(19)) for lane in (one, other)]
        await until(lambda: len(fired(database)) == 20)
        await end(*tasks)
    assert fired(database) == lifts[:20]
    assert [len(database.events_of(id_)) for id_ in lifts] == [2] * 20 + [1] * 10


async def test_a_timer_that_was_stopped_or_is_not_due_is_not_answered(database: Database) -> None:
    stopped, later, due = new_id(), new_id(), new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(stopped, inspect_by=in_days(1)))
        await lane.submit(scrap(stopped))
        await lane.submit(register(later, inspect_by=in_days(3)))
        await lane.submit(register(due, inspect_by=in_days(2)))
        task = await run_timers(database, lane, in_days(2))
        await until(lambda: fired(database))
        await end(task)
    assert fired(database) == [due]


async def test_the_same_wish_made_anew_after_it_was_answered_is_answered_once_more(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift, inspect_by=in_days(1)))
        task = await run_timers(database, lane, in_days(2))
        await until(lambda: fired(database))
        await lane.submit(inspect(lift, inspect_by=in_days(1)))
        await until(lambda: len(database.events_of(lift)) == 4)
        await end(task)
    assert database.rows("SELECT count(*) FROM timers WHERE stream = %s", (lift,)) == [(1,)]
    assert len(database.events_of(lift)) == 4


async def test_a_wish_that_was_stopped_and_made_again_is_answered(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift, inspect_by=in_days(1)))
        await lane.submit(inspect(lift, inspect_by=in_days(3)))
        await lane.submit(inspect(lift, inspect_by=in_days(1)))
        task = await run_timers(database, lane, in_days(2))
        await until(lambda: fired(database))
        await end(task)
    assert len(database.events_of(lift)) == 4


async def test_a_second_kind_of_timer_of_the_same_lift_is_a_timer_of_its_own(database: Database) -> None:
    def two_kinds(lift: Lift) -> Mapping[str, datetime]:
        return {"inspection": in_days(1), "overhaul": in_days(1)}

    lift = new_id()
    async with lane_on(database.writer, replace(REACTIONS, timers=two_kinds)) as lane:
        await lane.submit(register(lift))
    kinds = database.rows("SELECT kind, id FROM timers ORDER BY kind")
    assert kinds == [(kind, timer_id(lift, kind, in_days(1))) for kind in ("inspection", "overhaul")]


async def test_timers_carry_on_after_their_connection_was_killed(database: Database) -> None:
    first, second = new_id(), new_id()
    async with lane_on(database.writer) as lane:
        task = await run_timers(database, lane, in_days(2))
        await lane.submit(register(first, inspect_by=in_days(1)))
        await until(lambda: fired(database) == [first])
        with psycopg.connect(database.server.dsn(database.name)) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'timers'")
        await lane.submit(register(second, inspect_by=in_days(2)))
        await until(lambda: fired(database) == [first, second])
        await end(task)


async def test_a_value_of_every_type_is_read_as_it_was_written(database: Database) -> None:
    id_, at = new_id(), in_days(1)
    values = {"seal": b"\x00\xff", "whole": {"a": ["气瓶", None]}, "parts": ["一", "二"], "at": at, "count": 2**53 - 1}
    new = insert("every_type", key="id", id=id_, **values, day=at.date())
    async with lane_on(database.writer) as lane:
        await lane.submit(lambda session: session.write(new))
        await lane.submit(lambda session: session.write(update("every_type", key="id", id=id_, seal=None, parts=[])))
        await lane.submit(lambda session: session.write(update("every_type", key="id", id=id_, seal=b"\\x")))
    (row,) = database.rows("SELECT id, seal, whole, parts, at, day, count FROM every_type")
    assert row == (id_, b"\\x", values["whole"], [], at, at.date(), values["count"])
