"""`bihuan bench append`: the command lane against a bare insert of the same rows and against the stock recorder.

Everything that a real command writes is written: event, idempotency key, timer, public and internal outbox rows, read
row. 256 commands are in flight. In the same run, by turns: the floor inserts exactly those rows, made beforehand, with
one array insert a table in batches of 100; the peer saves the same aggregates with the library's own recorder at 8
threads (which writes the event row alone). Figures are medians of the rounds.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import uvloop
from eventsourcing.application import Application
from psycopg.sql import SQL, Identifier
from rich.progress import Progress

from deploy.local.postgres import EmbeddedPostgres
from services.cases.domain.case import Case
from services.cases.handlers import CASE, NEW_CASE
from services.cases.handlers.handling import RecordStep
from services.cases.handlers.heard import timers_of
from services.cases.handlers.opening import Open
from services.cases.projections import PROJECTOR
from services.cases.publishers import publisher_of
from shared.kernel.campaign import load
from shared.kernel.commands import Setting
from shared.kernel.composition import settle
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import Command, CommandLane
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.migrate import STORE, migrate
from shared.platform.event_store.session import Reactions
from shared.platform.event_store.store import Store, open_store
from shared.platform.event_store.unit_of_work import UnitOfWork
from shared.platform.service.command import Context, Told
from tests.bench.floor import floor, opens_cases
from tests.bench.report import Row, rate

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2022, 1, 21, 17, 31, tzinfo=ZoneInfo("Asia/Shanghai"))
IN_FLIGHT = 256
COUNT = 4_000
ROUNDS = 9
STOCK_COUNT = 800
STOCK_THREADS = 8
EVIDENCE = ("现场检查记录 3 号",)


@dataclass
class Figures:
    """Rates in 1/s, one a round."""

    opens: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    open_floor: list[float] = field(default_factory=list)
    step_floor: list[float] = field(default_factory=list)
    stock_opens: list[float] = field(default_factory=list)
    stock_steps: list[float] = field(default_factory=list)


class Bench:
    """The real application of *cases* on one database."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.owner = server.dsn("bihuan_cases", "bihuan_cases_owner")
        self.dsn = server.dsn("bihuan_cases", "bihuan_cases_writer")
        migrate(
            self.owner, [STORE, ROOT / "services" / "cases" / "migrations"],
            writer="bihuan_cases_writer", reader="bihuan_cases_reader",
        )  # fmt: skip
        campaign = load(ROOT / "deploy" / "campaigns" / "jincheng-2021.yaml")
        self.setting = Setting(campaign)
        self.reactions = Reactions(PROJECTOR.project, publisher_of(campaign).publish, timers_of)
        self.opened: list[Told] = []

    def opener(self, n: int) -> Command[Any]:
        """Open a case that the unit found itself: it has a feedback timer from the start."""
        envelope = self._envelope("county")
        body = Open(matter=f"充装超期未检气瓶 {n}", enterprise="宏达气体充装站", place="巴公镇")

        def command(session: Any) -> Any:
            told = NEW_CASE.run("", Context(self.setting, session, envelope, {}), body, None)
            self.opened.append(told)
            return told

        return command

    def stepper(self, n: int) -> Command[Any]:
        """Record an evidenced step on one of the opened cases."""
        envelope = self._envelope("county")
        body = RecordStep(step="site_inspection", text=f"第 {n} 次现场检查", evidence=EVIDENCE)
        address = {"case": self.opened[n % len(self.opened)]["case"]}
        return lambda session: CASE.run("record-step", Context(self.setting, session, envelope, address), body, None)

    def _envelope(self, role: str) -> Envelope:
        return Envelope(NOW, Actor("p-zezhou-2", role, "140525"), str(new_id()), "jincheng-2021", 1)


settle()  # as a service does


def run(progress: Progress | None = None) -> list[Row]:
    """All rounds; the rows with their goals."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as server:
        bench = Bench(server)
        figures = Figures()
        task = progress.add_task("append", total=ROUNDS * 5) if progress else None
        tick = (lambda: progress.advance(task)) if progress and task is not None else (lambda: None)
        works = _recorded(bench)
        settle()  # what is kept for the floor is no burden of the lane
        for _ in range(ROUNDS):
            _round(bench, works, figures, tick)
        middle = {name: statistics.median(values) for name, values in vars(figures).items()}
    opens, steps = middle["opens"], middle["steps"]
    return [
        rate("open a case, against a bare insert of the same rows", opens, floor=middle["open_floor"], goal=0.45),
        rate("open a case, against the stock recorder", opens, peer=middle["stock_opens"], goal=8),
        rate("load, step, save, against a bare insert of the same rows", steps, floor=middle["step_floor"], goal=0.45),
        rate("load, step, save, against the stock recorder", steps, peer=middle["stock_steps"], goal=10),
    ]


def _recorded(bench: Bench) -> list[UnitOfWork]:
    """What the lane writes in a round that is not timed."""
    _empty(bench.owner)
    with open_store(bench.dsn) as store:
        works: list[UnitOfWork] = []
        write = store.recorder.write

        def record(connection: Any, work: UnitOfWork, statements: Any) -> Iterator[list[int]]:
            works.append(work)
            return write(connection, work, statements)

        store.recorder.write = record  # type: ignore[method-assign]
        uvloop.run(_lane(bench, store))
    return works


def _round(bench: Bench, works: list[UnitOfWork], figures: Figures, tick: Callable[[], None]) -> None:
    _empty(bench.owner)
    bench.opened.clear()
    with open_store(bench.dsn) as store:
        opens, steps = uvloop.run(_lane(bench, store))
    figures.opens.append(opens)
    figures.steps.append(steps)
    tick()
    _empty(bench.owner)
    figures.open_floor.append(floor(bench.dsn, [work for work in works if opens_cases(work)]))
    tick()
    figures.step_floor.append(floor(bench.dsn, [work for work in works if not opens_cases(work)]))
    tick()
    _empty(bench.owner)
    bench.opened.clear()
    figures.stock_opens.append(_stock(bench, bench.opener))
    tick()
    figures.stock_steps.append(_stock(bench, bench.stepper))
    tick()


async def _lane(bench: Bench, store: Store) -> tuple[float, float]:
    lane = CommandLane(store, bench.dsn, bench.reactions)
    lane.start()
    try:
        return await _drive(lane, bench.opener), await _drive(lane, bench.stepper)
    finally:
        await lane.close()


async def _drive(lane: CommandLane, make: Callable[[int], Command[Any]]) -> float:
    """Keep IN_FLIGHT commands in the lane until COUNT are committed; commands a second."""
    waiting = [(make(n), str(new_id())) for n in range(COUNT)]
    finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = COUNT

    def submit() -> None:
        command, key = waiting.pop()
        lane.submit(command, key=key, fingerprint=b"0" * 32).add_done_callback(done)

    def done(outcome: asyncio.Future[Any]) -> None:
        nonlocal left
        left -= 1
        if (error := outcome.exception()) is not None:  # a refusal is a defect of the benchmark
            if not finished.done():
                finished.set_exception(error)
        elif waiting:
            submit()
        elif not left:
            finished.set_result(None)

    start = time.perf_counter()
    for _ in range(IN_FLIGHT):
        submit()
    await finished
    return COUNT / (time.perf_counter() - start)


class StockStore(Application[UUID]):
    """The library as it comes, but for our mapper: its own one would refuse our events, and is slower."""

    name = "stored"

    def construct_mapper(self) -> EventMapper:
        return EventMapper(CanonicalTranscoder())


class StockSession:
    """What the application of *cases* sees of a session, on the stock library: every save is a transaction."""

    def __init__(self, store: StockStore) -> None:
        self._store = store

    def get(self, _: type[Case], id_: UUID) -> Case:
        """Load by replaying the stream."""
        found: Case = self._store.repository.get(id_)
        return found

    def save(self, *aggregates: Any) -> None:
        """Save the events."""
        self._store.save(*aggregates)


def _stock(bench: Bench, make: Callable[[int], Command[Any]]) -> float:
    with open_store(bench.dsn) as ours:
        environment = {key: value for key, value in ours.env.items() if key != "APPLICATION_RECORDER_TOPIC"}
    pool = {"POSTGRES_POOL_SIZE": str(STOCK_THREADS), "POSTGRES_MAX_OVERFLOW": str(STOCK_THREADS)}
    store = StockStore(env=environment | pool)
    session = StockSession(store)
    each = [[make(n) for n in range(k, STOCK_COUNT, STOCK_THREADS)] for k in range(STOCK_THREADS)]

    def work(share: list[Command[Any]]) -> None:
        for command in share:
            command(session)  # type: ignore[arg-type]

    threads = [threading.Thread(target=work, args=(share,)) for share in each]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    store.close()
    return STOCK_COUNT / took


def _empty(owner: str) -> None:
    """Every round starts on empty tables; emptied by the owner, because a writer may not."""
    with psycopg.connect(owner, autocommit=True) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in found:
            if table != "schema_migrations":
                connection.execute(SQL("TRUNCATE {}").format(Identifier(table)))
