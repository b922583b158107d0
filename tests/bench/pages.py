"""`bihuan bench pages`: desks, lists, searches and the feed after ten thousand cases and after a hundred thousand.

The cases are those of `bihuan bench fill`, written through the real recorder; the service runs on a real PostgreSQL and
a real NATS. Latencies are those of the application, without a socket; in the same run the floor is a list that finds
nothing by an identifier: what any page costs.
"""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import quantiles

import httpx
import psycopg
from rich.progress import Progress

from deploy.cli.fill import fill
from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.services import DEFAULT_CAMPAIGN
from services.cases.app import create_app
from services.cases.config import Config
from shared.kernel.campaign import load
from shared.kernel.composition import settle
from shared.kernel.roles import ROLES
from shared.platform.messaging.settings import Settings
from shared.platform.web.session import SessionSigner
from tests.bench.report import Row, latency
from tests.bench.twice import few_and_many
from tests.support import running, servers
from tests.support.running import PRIVATE_PEM, PUBLIC_URL, CasesFeed, Clock, ServiceDatabase
from tests.system.assessment.bureau import at

FEW, MANY = 10_000, 100_000
ASKED = 30
NOW = at("2022-03-30 09:00")
FLOOR = "floor"
SEATS = {
    "director": ("p-office-deputy", "city"), "office": ("p-contact", "city"), "county": ("p-zezhou-1", "140525"),
    "principal": ("p-zezhou", "140525"), "station": ("p-zezhou-station", "140525-bagong"), "group": ("p-g1-1", "g1"),
    "taskforce": ("p-vice-mayor", "city"),
}  # fmt: skip
LISTS = {
    "all": "", "by date": "?sort=due", "oldest": "?sort=oldest", "closed": "?state=closed", "opened": "?state=opened",
    "overdue": "?due=overdue", "escalated": "?escalated=open", "once escalated": "?escalated=any",
    "days": "?from=2022-02-10&to=2022-02-12", "days by date": "?from=2022-02-10&to=2022-02-12&sort=due",
    "to disclose": "?wait=disclosure", "search, no hit": "?q=不存在的词语", "search, a few hits": "?q=王莽岭+锅炉+无证",
    "search, a number": "?q=(特设)移[2022]17号", "search, many hits": "?q=气瓶",
}  # fmt: skip
PAGES = {
    FLOOR: ("/cases?q=0190a5c0-0000-7000-8000-000000000000", "office"),
    **{f"desk of {role}": ("/desk", role) for role in SEATS},
    **{f"{name}, {role}": (f"/cases{query}", role) for role in ("office", "county", "group")
       for name, query in LISTS.items()},
    "list of the API": ("/api/cases/v1/cases", "office"),
    "feed": ("/api/cases/v1/events?after=0&limit=100", "office"),
}  # fmt: skip


async def p95(app: object) -> dict[str, float]:
    """Milliseconds by page."""
    signer = SessionSigner(PRIVATE_PEM, ROLES)
    found: dict[str, float] = {}
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, timeout=60) as client:
        for name, (path, role) in PAGES.items():
            person, unit = SEATS[role]
            token = signer.sign(person, role, unit, kind="api", life=timedelta(hours=1))
            times: list[float] = []
            for _ in range(ASKED + 1):
                began = time.perf_counter()
                answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
                times.append((time.perf_counter() - began) * 1_000)
                if answer.status_code != 200:
                    raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:400]}")
            found[name] = quantiles(times[1:], n=20)[-1]  # the first one finds a cold cache
    return found


def _filled(postgres: EmbeddedPostgres, count: int) -> ServiceDatabase:
    database = running.make_database(postgres, "cases")
    for _ in fill(database.role("writer"), load(DEFAULT_CAMPAIGN), count):
        pass
    with psycopg.connect(postgres.dsn(database.name), autocommit=True) as owner:
        # what is due or to be sent on is work of its own, which is not measured here
        owner.execute("UPDATE timers SET stopped = true")
        owner.execute("TRUNCATE internal_events")
        owner.execute("DELETE FROM public_events WHERE sequence > 1000")
        owner.execute("VACUUM ANALYZE")  # as PostgreSQL does by itself within minutes
    return database


async def _measure(count: int, postgres: EmbeddedPostgres, nats_server: EmbeddedNats) -> dict[str, float]:
    database = _filled(postgres, count)
    Clock(postgres).set(NOW)

    def config(settings: Settings, public: bytes) -> Config:
        return Config(settings, PRIVATE_PEM, public, b"p" * 32)

    async with (
        servers.bus_on(nats_server) as bus,
        running.running(create_app, config, "cases", database, nats_server, CasesFeed(bus)) as found,
    ):
        settle()
        return await p95(found.app)


def run(progress: Progress | None = None) -> list[Row]:
    """Few, then many; the rows with their goals."""
    few, many = few_and_many("pages", _measure, FEW, MANY, progress)
    rows = [latency(f"{name}, p95 with {MANY:,} cases", many[name], goal=60) for name in PAGES]
    return rows + [
        latency(f"{name}, p95: at most a fifth more than with {FEW:,}", many[name], goal=few[name] * 1.2)
        for name in PAGES
        if name != FLOOR
    ]
