"""`bihuan bench cold`: commands on streams that nobody has in memory, and deadlines that fall at midnight together.

Cold: one step on each of COLD cases by a lane with an empty cache; the peer announces no streams, so that each is read
by itself. Midnight: the feedback date of MIDNIGHT cases is over at once; the peer answers each timer by a command of
its own, which announces nothing. Figure and peer by turns in the same run, all commands waiting from the start; figures
are medians of the rounds.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import uvloop
from prometheus_client import CollectorRegistry
from rich.progress import Progress

from deploy.local.postgres import EmbeddedPostgres
from services.cases.handlers.heard import Heard
from shared.platform.clock import SystemClock
from shared.platform.event_store import timers
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.store import open_store
from shared.platform.event_store.timers import Timers
from tests.bench.append import NOW, Bench, _empty
from tests.bench.report import Row, rate

COLD = 2_000
COLD_ROUNDS = 5
MIDNIGHT = 5_600
MIDNIGHT_ROUNDS = 3
LATER = NOW + timedelta(days=60)


def run(progress: Progress | None = None) -> list[Row]:
    """All rounds; the rows with their goals."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as server:
        bench = Bench(server)
        task = progress.add_task("cold", total=COLD_ROUNDS + MIDNIGHT_ROUNDS) if progress else None

        def tick() -> None:
            if progress is not None and task is not None:
                progress.advance(task)

        together: list[float] = []
        singly: list[float] = []
        _open(bench, COLD)
        for _ in range(COLD_ROUNDS):
            together.append(_on_a_lane(bench, lambda lane: _step(bench, lane, announce=True)))
            singly.append(_on_a_lane(bench, lambda lane: _step(bench, lane, announce=False)))
            tick()
        at_once: list[float] = []
        one_each: list[float] = []
        for _ in range(MIDNIGHT_ROUNDS):
            _open(bench, MIDNIGHT)
            at_once.append(_on_a_lane(bench, lambda lane: _midnight(bench, lane)))
            _open(bench, MIDNIGHT)
            with _one_command_each():
                one_each.append(_on_a_lane(bench, lambda lane: _midnight(bench, Unannounced(lane))))
            tick()
    median = statistics.median
    return [
        rate("step on a cold case, streams read together", median(together), peer=median(singly), goal=2),
        rate("timers due together, several to a command", median(at_once), peer=median(one_each), goal=2),
    ]


class Unannounced:
    """A lane that is not told which streams a command will look at."""

    def __init__(self, lane: CommandLane) -> None:
        self._lane = lane

    def submit(self, command: Any, *, streams: Any = ()) -> asyncio.Future[Any]:
        """As the lane's."""
        return self._lane.submit(command)


@contextmanager
def _one_command_each() -> Iterator[None]:
    together, timers.TOGETHER = timers.TOGETHER, 1
    try:
        yield
    finally:
        timers.TOGETHER = together


def _open(bench: Bench, count: int) -> None:
    """Empty tables, and so many new cases."""
    _empty(bench.owner)
    bench.opened.clear()

    async def open_all(lane: CommandLane) -> float:
        await asyncio.gather(*[lane.submit(bench.opener(n)) for n in range(count)])
        return 0.0

    _on_a_lane(bench, open_all)


def _on_a_lane(bench: Bench, work: Callable[[CommandLane], Any]) -> float:
    """What `work` answers, on a lane that has nothing in memory."""

    async def on(lane: CommandLane) -> float:
        lane.start()
        try:
            found: float = await work(lane)
            return found
        finally:
            await lane.close()

    with open_store(bench.dsn) as store:
        return uvloop.run(on(CommandLane(store, bench.dsn, bench.reactions, capacity=MIDNIGHT)))


async def _step(bench: Bench, lane: CommandLane, *, announce: bool) -> float:
    """One step on each opened case; commands a second."""
    cases = [UUID(told["case"]) for told in bench.opened]
    commands = [(bench.stepper(n), (case,) if announce else ()) for n, case in enumerate(cases)]
    start = time.perf_counter()
    await asyncio.gather(
        *[lane.submit(command, key=str(new_id()), fingerprint=b"0" * 32, streams=ids) for command, ids in commands]
    )
    return len(commands) / (time.perf_counter() - start)


async def _midnight(bench: Bench, lane: Any) -> float:
    """Answer all timers that are due; timers a second."""
    campaign = bench.setting.campaign
    fire = Heard(campaign, SystemClock(campaign.zone)).fire
    registry = CollectorRegistry()
    due = "SELECT count(*) FROM timers WHERE due <= %s AND fired IS NULL AND NOT stopped"
    start = time.perf_counter()
    polling = asyncio.create_task(Timers(bench.dsn, lane, fire, lambda: LATER, registry).run())
    async with await psycopg.AsyncConnection.connect(bench.owner, autocommit=True) as connection:
        while (await (await connection.execute(due, (LATER,))).fetchone()) != (0,):
            await asyncio.sleep(0.1)
    took = time.perf_counter() - start
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    if registry.get_sample_value("bihuan_timers_failed_total"):
        raise RuntimeError("a timer failed: the figure would be of failures")
    return (registry.get_sample_value("bihuan_timers_fired_total") or 0.0) / took
