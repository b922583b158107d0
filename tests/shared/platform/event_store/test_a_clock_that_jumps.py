"""A clock that is thirty days ahead, then thirty behind: what was due is answered once, what is not is not."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

from prometheus_client import CollectorRegistry

from shared.platform.event_store import timers
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.session import Session
from shared.platform.event_store.timers import Timers
from shared.platform.event_store.unit_of_work import Timer
from tests.support.lanes import lane_on
from tests.support.sample import in_days, inspect, register
from tests.support.servers import Database
from tests.support.waiting import until

SOON, LATER = 10, 50


def answer(session: Session, timer: Timer, _: datetime) -> None:
    inspect(timer.stream, "due")(session)


async def test_what_fell_due_by_a_clock_that_jumped_ahead_is_not_due_again_when_it_comes_back(
    database: Database,
) -> None:
    today = 0
    async with lane_on(database.writer) as lane:
        running = Timers(database.writer, lane, answer, lambda: in_days(today), CollectorRegistry())
        task = asyncio.create_task(running.run())
        soon, later = new_id(), new_id()
        for lift, days in ((soon, SOON), (later, LATER)):
            await lane.submit(register(lift, inspect_by=in_days(days)))

        def answered(lift: UUID) -> int:
            return len(database.events_of(lift)) - 1

        for today in (30, -30, 0, 30):
            await asyncio.sleep(3 * timers.POLL)
            assert answered(later) == 0
            if today == 30:
                await until(lambda: answered(soon) == 1)
        assert answered(soon) == 1
        today = LATER
        await until(lambda: answered(later) == 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (answered(soon), answered(later)) == (1, 1)
