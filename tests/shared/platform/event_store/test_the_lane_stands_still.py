"""Whoever waits for a lane that does not move is told in time; a lane that has ended ends its process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import DEFECT, Unavailable
from shared.platform.event_store.session import Session
from tests.support.lanes import lane_on
from tests.support.proxy import Proxy
from tests.support.sample import inspect, register, remarks_of
from tests.support.servers import Database
from tests.support.waiting import until


async def test_whoever_waits_for_a_database_that_is_frozen_is_told_within_the_patience(database: Database) -> None:
    lift = new_id()
    async with (
        Proxy(database.server.port) as proxy,
        lane_on(database.writer_through(proxy.port), patience=1.0) as lane,
    ):
        await lane.submit(register(lift))
        assert lane.stands_for == 0
        reached = proxy.hold(b"COMMIT")
        began = time.monotonic()
        waiting = lane.submit(inspect(lift, "frozen"), key="a")
        await reached.wait()
        with pytest.raises(Unavailable):
            await waiting
        assert time.monotonic() - began < 1.8
        assert lane.stands_for >= 0.9
        proxy.release()
        assert await lane.submit(inspect(lift, "frozen"), key="a") == {"lift": str(lift), "version": 2}
        assert lane.stands_for == 0
        assert await lane.submit(remarks_of(lift)) == ["frozen"]


async def test_what_was_given_up_before_it_began_is_not_run(database: Database) -> None:
    holding, ran = threading.Event(), []
    async with lane_on(database.writer, patience=0.3) as lane:
        held = lane.submit(lambda _: holding.wait(10))
        await asyncio.sleep(0.1)
        behind = lane.submit(lambda _: ran.append("behind"))
        with pytest.raises(Unavailable):
            await behind
        with pytest.raises(Unavailable):
            await held
        holding.set()
        await until(lambda: lane.stands_for == 0)
        assert await lane.submit(lambda _: "on it goes") == "on it goes"
    assert ran == []


async def test_a_lane_that_moves_makes_nobody_give_up_however_long_the_queue(database: Database) -> None:
    def slow(_: Session) -> None:
        time.sleep(0.2)

    async with lane_on(database.writer, patience=0.5) as lane:
        lane.GROUP = 1
        await asyncio.gather(*[lane.submit(slow) for _ in range(8)])


async def test_a_command_that_another_process_has_just_done_is_answered_with_its_result(database: Database) -> None:
    """Its key is looked up before it runs, and is not there yet; then it finds its own work, and is refused."""
    lift = new_id()
    loop = asyncio.get_running_loop()
    async with lane_on(database.writer) as one, lane_on(database.writer) as other:
        await other.submit(register(lift))

        def inspect_first(session: Session) -> dict[str, object]:
            if remarks_of(lift)(session):
                raise ValueError("somebody was faster")
            return inspect(lift, "first")(session)

        async def the_other_is_asked_too() -> None:
            await other.submit(inspect_first, key="a", fingerprint=b"f")

        def overtaken(session: Session) -> dict[str, object]:
            asyncio.run_coroutine_threadsafe(the_other_is_asked_too(), loop).result(10)
            return inspect_first(session)

        answer = await one.submit(overtaken, key="a", fingerprint=b"f")
        assert answer == {"lift": str(lift), "version": 2}
        with pytest.raises(ValueError, match="faster"):
            await one.submit(inspect_first, key="b", fingerprint=b"f")
    assert [version for version, _ in database.events_of(lift)] == [1, 2]


PLANTED = """
import asyncio, sys
from shared.platform.event_store.lane import CommandLane

async def main():
    lane = CommandLane(None, "dbname=nowhere", None)
    lane._take = lambda *, wait: 1 / 0
    lane.start()
    await asyncio.sleep(20)

asyncio.run(main())
"""


def test_a_lane_that_ends_of_a_defect_ends_its_process_loudly() -> None:
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", PLANTED], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == DEFECT
    assert "the command lane ended" in done.stdout
    assert "ZeroDivisionError" in done.stdout
    assert time.monotonic() - began < 19
