"""`bihuan bench figures`: the dashboard, a ranking and a return after a thousand cases and after a hundred thousand,
and how fast *assessment* takes in what *cases* tells and counts it.

The service runs as it does in an installation, with a real PostgreSQL and a real NATS; its events are composed as
*cases* tells them. Both times the last week is the same (700 cases, half of them closed), and the weeks before it were
signed. An event counts as taken in when the figures have it. Latencies are those of the application, without a socket.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

import httpx
import psycopg
from rich.progress import Progress

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from services.assessment.app import create_app
from services.assessment.config import Config
from shared.kernel.composition import settle
from shared.kernel.contracts.internal import cases
from shared.platform.event_store import canonical
from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import FeedRow
from tests.bench.report import Row, latency, rate
from tests.bench.twice import few_and_many
from tests.support import running, servers
from tests.support.running import PUBLIC_URL, CasesFeed, Clock, Running, case_id
from tests.support.seals import sealed
from tests.support.waiting import until
from tests.system.assessment.bureau import at, sign

FEW, MANY = 1_000, 100_000
LAST_WEEK = 700
ASKED = 100
INGEST = 3_000.0
"""Events a second that have to be taken in and counted."""
COUNTIES = ("140502", "140525", "140581", "140522", "140524", "140521", "140571")
BEGINS, SIGNED, NOW = at("2021-12-28 09:00"), at("2022-03-18 09:00"), at("2022-03-24 09:00")
PAGES = {
    "dashboard": "/assessment", "ranking": "/assessment/rankings/2022-03", "return": "/assessment/returns/140525/13",
}  # fmt: skip
Told = tuple[datetime, Any]


def life(n: int, begins: datetime, rng: random.Random, *, closes: bool) -> Iterator[Told]:
    """What *cases* tells of one case: closed in time, late and found or cleared, or still running."""
    case, unit, day = case_id(n), COUNTIES[n % len(COUNTIES)], timedelta(days=1)
    due = begins + 14 * day
    names: dict[str, Any] = {"case": case, "unit": unit}
    yield begins, cases.CaseOpened(**names, state="opened", origin="tip", tip=None, opened_at=begins)
    yield begins + day / 4, cases.CaseTransferred(
        **names, state="transferred", letter=f"（特设）移〔2022〕{n}号", transferred_at=begins,
        sign_for_due=begins + day, feedback_due=due, circumstance="major" if n % 9 == 0 else None,
    )  # fmt: skip
    yield (
        begins + day / 2,
        cases.CaseSignedFor(
            **names, state="signed_for", deemed=False, signed_for_at=begins + day / 2, first_step_due=None
        ),
    )
    yield begins + day, cases.HandlingStepRecorded(**names, state="handling", step="site_inspection")
    late = closes and n % 10 == 0
    if late:
        yield due, cases.EscalationRaised(**names, state="handling", trigger="overdue", raised_at=due)
        yield (
            due + day,
            cases.VerificationAssigned(
                **names, state="handling", trigger="overdue", verifier="g1", verify_due=due + 8 * day
            ),
        )
        yield due + 2 * day, cases.EscalationFound(
            **names, state="handling", trigger="overdue", verifier="g1", found_at=due + 2 * day, in_time=True,
            feedback_due=due + 9 * day,
        )  # fmt: skip
    end = begins + (17 if late else 3) * day
    yield end, cases.ResultReported(**names, state="reported", reported_at=end, in_time=not late)
    if closes:
        yield end + day / 4, cases.ResultReviewed(**names, state="reviewed")
        yield end + day / 2, cases.CaseClosed(
            **names, state="closed", closed_at=end + day / 2, on_time=not late, disclosure_due=end + 5 * day,
            enterprise=f"第{n}气站", place="巴公镇", matter="涉嫌充装超期未检气瓶", violation="unlicensed",
            result="已责令停止充装并立案。", measures=rng.choice((("penalty",), ("rectification_order",), ())),
        )  # fmt: skip


def before(count: int) -> list[Told]:
    """All that happened before the last week, in the order of time."""
    rng = random.Random(2021)
    told: list[Told] = []
    for n in range(1, count - LAST_WEEK + 1):
        told += life(n, BEGINS + timedelta(minutes=rng.randrange(60 * 24 * 58)), rng, closes=True)
    return sorted(told, key=lambda one: one[0])


def last_week(count: int) -> list[Told]:
    """The same number of cases after few and after many."""
    rng = random.Random(2022)
    told: list[Told] = []
    for n in range(count - LAST_WEEK + 1, count + 1):
        told += life(n, SIGNED + timedelta(minutes=rng.randrange(1, 60 * 24)), rng, closes=n % 2 == 0)
    return sorted(told, key=lambda one: one[0])


class Feed(CasesFeed):
    """Forgets what it has sent."""

    count = 0

    async def tell(self, told: list[Told]) -> None:
        """Compose and send in order, many at a time."""
        for first in range(0, len(told), 500):
            rows = [self._next(contract, when) for when, contract in told[first : first + 500]]
            await asyncio.gather(*[self._send(row) for row in rows])

    def _next(self, contract: Any, when: datetime) -> FeedRow:
        self.count += 1
        return FeedRow(
            sequence=self.count, name=type(contract).__name__, stream=contract.case, version=1,
            partitionkey=contract.case, at=when.isoformat(), recorded=when.isoformat(),
            data=canonical.encode(contract).decode(),
        )  # fmt: skip

    async def _send(self, row: FeedRow) -> None:
        body = cloudevents.encode(cloudevents.compose(row, "cases", "/bihuan/test/cases", ""))
        await self.client.jetstream().publish(
            cloudevents.subject(row, "cases"), body, stream="BIHUAN_CASES",
            headers={"Nats-Msg-Id": f"cases:int:{row.sequence}"} | sealed("cases", body),
        )  # fmt: skip


async def taken_in(found: Running, feed: Feed) -> None:
    """Return when everything that was sent is counted."""
    await until(lambda: found.position() == feed.count, 1_800)
    await until(lambda: found.database.rows("SELECT count(*) FROM uncounted")[0][0] == 0, 600)


async def p95(found: Running) -> dict[str, float]:
    """Milliseconds by page, as the office and the principal see it."""
    transport = httpx.ASGITransport(app=found.app)
    headers = {"Authorization": f"Bearer {found.token('office')}"}
    times: dict[str, list[float]] = {name: [] for name in PAGES}
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=headers) as client:
        for _ in range(ASKED):
            for name, path in PAGES.items():
                began = time.perf_counter()
                answer = await client.get(path)
                times[name].append((time.perf_counter() - began) * 1_000)
                if answer.status_code != 200:
                    raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:400]}")
    return {name: quantiles(of, n=20)[-1] for name, of in times.items()}


async def _measure(count: int, postgres: EmbeddedPostgres, nats_server: EmbeddedNats) -> tuple[dict[str, float], float]:
    """The latencies after so many cases, and events a second that were taken in."""
    database = running.make_database(postgres, "assessment")
    clock = Clock(postgres)
    clock.set(BEGINS)
    try:
        async with servers.bus_on(nats_server) as bus:
            feed = Feed(bus)
            async with running.running(create_app, Config, "assessment", database, nats_server, feed) as found:
                await until(lambda: found.database.rows("SELECT count(*) FROM filings")[0][0] == 331)
            await feed.tell(before(count))
            clock.set(SIGNED)
            sent, began = feed.count, time.perf_counter()
            async with running.running(create_app, Config, "assessment", database, nats_server, feed) as found:
                await taken_in(found, feed)
                speed = sent / (time.perf_counter() - began)
                for unit in COUNTIES:
                    answer = await sign(found, f"/returns/{unit}/12", "submit", "principal", unit)
                    if answer[0] != 200:
                        raise RuntimeError(f"the return was not signed: {answer}")
                clock.set(NOW)
                await feed.tell(last_week(count))
                await taken_in(found, feed)
                with psycopg.connect(postgres.dsn(database.name), autocommit=True) as owner:
                    owner.execute("VACUUM ANALYZE")  # as PostgreSQL does by itself within minutes
                settle()  # what was composed here is no burden of the service
                await p95(found)
                return await p95(found), speed
    finally:
        servers.drop(database)


def run(progress: Progress | None = None) -> list[Row]:
    """Few, then many; the rows with their goals."""
    (few, _), (many, speed) = few_and_many("figures", _measure, FEW, MANY, progress)
    rows = [latency(f"{name}, p95 after {MANY:,} cases", many[name], goal=60) for name in PAGES]
    rows += [latency(f"{name}, p95: at most a fifth more than after {FEW:,}", many[name], goal=few[name] * 1.2)
             for name in PAGES]  # fmt: skip
    return [*rows, rate("events taken in and counted", speed, floor=INGEST, goal=1.0)]
