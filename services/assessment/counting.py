"""Keeps the figures up to date: reads the facts that are not counted yet, and writes what follows from them.

A fact that is written leaves a row in `uncounted`, by a trigger, in its own transaction. One process at a time (a lock
on the sums) takes the subjects of a batch of such rows, reads all their facts, finds their deltas anew from the first
new fact on (rules/figures), and those of the enterprises that cases among them name; it writes deltas, sums by day and
the end of the rows in one transaction. So it does not matter in which order facts come, and nothing is counted twice or
not at all, whatever ends in between.

Whoever reads figures first has counted what is there (`catch_up`): figures are never older than the facts. In between
it is done every second. What the rules or the campaign count differently from those that counted last (`basis`) is
counted anew at the start.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

from services.assessment.domain.facts import CASE, KINDS, Fact
from services.assessment.rules import figures
from services.assessment.rules.figures import Delta
from services.assessment.rules.measures import Basis, Counting
from shared.platform.event_store import canonical, typed
from shared.platform.messaging.engine import Engine
from shared.platform.web import problems

TOGETHER = 2000
"""Facts that are counted in one transaction."""
EVERY = 1.0
PATIENCE = 4.0
"""Seconds that somebody who asks for figures waits until everything is counted."""
_LOCK = "LOCK TABLE figure_days IN EXCLUSIVE MODE"
_BATCH = "SELECT number, subject, at FROM uncounted ORDER BY number LIMIT %s"
_FACTS = """SELECT f.subject, f.id, f.at, f.what, f.event::text FROM unnest(%s::text[]) AS asked (subject)
            CROSS JOIN LATERAL (SELECT * FROM facts WHERE facts.subject = asked.subject ORDER BY at, number) AS f"""
_NAMED = "SELECT enterprise, subject FROM enterprise_cases WHERE subject = ANY(%s)"
_FORGET = "DELETE FROM enterprise_cases WHERE subject = ANY(%s)"
_NAME = "INSERT INTO enterprise_cases (enterprise, subject) SELECT * FROM unnest(%s::text[], %s::text[])"
_OF_ENTERPRISES = """SELECT e.enterprise, f.id, f.at, f.what, f.event::text
                     FROM enterprise_cases AS e JOIN facts AS f ON f.subject = e.subject
                     WHERE e.enterprise = ANY(%s) AND f.what = ANY(%s) ORDER BY e.enterprise, f.at, f.number"""
_TAKE = """DELETE FROM figure_deltas AS d USING unnest(%s::text[], %s::timestamptz[]) AS u (subject, at)
           WHERE d.subject = u.subject AND d.at >= u.at RETURNING d.measure, d.unit, d.concerned, d.at, d.n"""
_GIVE = """INSERT INTO figure_deltas (subject, at, measure, unit, n, fact, concerned)
           SELECT * FROM
             unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[])"""
_SUMS = (
    """INSERT INTO figure_days AS f (day, measure, unit, concerned, n)
       SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::text[], %s::bigint[])
       ON CONFLICT (day, measure, unit, concerned) DO UPDATE SET n = f.n + excluded.n""",
    """INSERT INTO figure_months AS f (day, measure, unit, concerned, n)
       SELECT date_trunc('month', day)::date, measure, unit, concerned, sum(n)
       FROM unnest(%s::date[], %s::text[], %s::text[], %s::text[], %s::bigint[]) AS c (day, measure, unit, concerned, n)
       GROUP BY 1, 2, 3, 4 ON CONFLICT (day, measure, unit, concerned) DO UPDATE SET n = f.n + excluded.n""",
)
_KNOWN = """SELECT coalesce((SELECT sequence FROM consumer_positions WHERE producer = %(producer)s), 0),
              (SELECT count(*) FROM dead_letters WHERE producer = %(producer)s AND replayed IS NULL)"""
_EVERYTHING = "INSERT INTO uncounted (subject, at) SELECT subject, min(at) FROM facts GROUP BY subject"
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_MAKE_ENTERPRISES = sorted(figures.MAKE_ENTERPRISES)
Connection = AsyncConnection[Any]
log = structlog.get_logger("counting")


def digest_of(counting: Counting) -> str:
    """The digest of everything that decides what counts: the rules' own text and what they take from the campaign."""
    rules = Path(figures.__file__).parent
    digest = hashlib.sha256()
    for path in (
        *(rules / name for name in ("enterprises.py", "figures.py", "lives.py")),
        *sorted((rules / "measures").glob("*.py")),
    ):
        digest.update(path.read_bytes())
    digest.update(canonical.encode(counting.basis))
    return digest.hexdigest()


class Keeper:
    """Counts in one process."""

    def __init__(self, engine: Engine, counting: Counting) -> None:
        self._engine = engine
        self._pool = engine.own_pool
        self._counting = counting
        self._digest = digest_of(counting)
        self._checked = False
        self._failed: str | None = None

    async def run(self) -> None:
        """Count for ever; a lost database is tried again."""
        while True:
            try:
                while await self._waiting():
                    await self.count()
                self._failed = None
            except (psycopg.Error, OSError) as error:
                log.warning("counting interrupted", error=f"{type(error).__name__}: {error}")
            except Exception as error:  # a fact that cannot be counted: tried again, and said at /ready meanwhile
                log.exception("counting failed")
                self._failed = f"数字统计失败（{type(error).__name__}），详见日志"
            await asyncio.sleep(EVERY)

    async def ready(self) -> str | None:
        """Why the figures stand still, if they do."""
        return self._failed

    async def catch_up(self) -> None:
        """Return when everything is counted that was there. Raises problems.ServiceUnavailable where that takes
        long."""
        until = time.monotonic() + PATIENCE
        try:
            while await self._waiting():
                await self.count()
                if time.monotonic() > until:
                    raise problems.ServiceUnavailable("数字正在统计，尚未完成。请过一会儿再看。")
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise problems.ServiceUnavailable() from error

    async def missing(self, producer: str) -> int:
        """How many of the producer's events are known not to be in the facts: not taken in yet, or put aside."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_KNOWN, {"producer": producer}, prepare=True)).fetchone()
        taken, aside = row or (0, 0)
        return max(0, self._engine.last_known(producer) - int(taken)) + int(aside)

    async def _waiting(self) -> bool:
        if not self._checked:
            return True
        async with self._pool.connection() as connection:
            row = await (await connection.execute("SELECT EXISTS (SELECT FROM uncounted)", prepare=True)).fetchone()
        return bool(row and row[0])

    async def count(self) -> int:
        """Count one batch; how many facts it was."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_LOCK)
            if not self._checked:
                await begin_anew(connection, self._digest, self._counting)
            counted = await count(connection, self._counting)
        self._checked = True
        return counted


async def begin_anew(connection: Connection, digest: str, counting: Counting) -> None:
    """Count everything again, if it was counted by something else."""
    row = await (await connection.execute("SELECT digest FROM figure_basis")).fetchone()
    if row is not None and row[0] == digest:
        return
    await connection.execute("TRUNCATE figure_deltas, figure_days, figure_months, enterprise_cases")
    await connection.execute("DELETE FROM uncounted")
    await connection.execute(_EVERYTHING)
    await connection.execute(
        """INSERT INTO figure_basis (digest, basis) VALUES (%s, %s)
           ON CONFLICT (one) DO UPDATE SET digest = excluded.digest, basis = excluded.basis""",
        (digest, canonical.encode(counting.basis).decode()),
    )


async def count(connection: Connection, counting: Counting) -> int:
    """Count one batch within a transaction that holds the lock; how many facts it was."""
    batch = await (await connection.execute(_BATCH, (TOGETHER,), prepare=True)).fetchall()
    if not batch:
        return 0
    since: dict[str, datetime] = {}
    for _, subject, at in batch:
        since[subject] = min(at, since.get(subject, at))
    rows = await (await connection.execute(_FACTS, (list(since),), prepare=True)).fetchall()
    found, named = await asyncio.to_thread(_found, rows, since, counting)
    if enterprises := await _enterprises(connection, named, since):
        rows = await (await connection.execute(_OF_ENTERPRISES, (list(enterprises), _MAKE_ENTERPRISES))).fetchall()
        found += await asyncio.to_thread(_of_enterprises, rows, enterprises, counting)
        since |= enterprises
    taken = await (await connection.execute(_TAKE, (list(since), list(since.values())), prepare=True)).fetchall()
    if found:
        await connection.execute(_GIVE, [list(column) for column in zip(*found, strict=True)], prepare=True)
    given = ((one.measure, one.unit, one.concerned, one.at, one.n) for one in found)
    if days := _by_day(given, taken, counting):
        columns = [list(column) for column in zip(*days, strict=True)]
        for statement in _SUMS:
            await connection.execute(statement, columns, prepare=True)
    await connection.execute("DELETE FROM uncounted WHERE number = ANY(%s)", ([row[0] for row in batch],), prepare=True)
    return len(batch)


async def _enterprises(
    connection: Connection, named: dict[str, frozenset[str]], since: dict[str, datetime]
) -> dict[str, datetime]:
    """The enterprises that the cases of a batch name (`named`: by case) or named before, from when on each may have
    changed: from the beginning where a case names it no more, or for the first time; what they name now is kept."""
    cases = [subject for subject in since if subject.startswith(f"{CASE}:")]
    before = set(await (await connection.execute(_NAMED, (cases,), prepare=True)).fetchall())
    now = {(enterprise, case) for case, its in named.items() for enterprise in its}
    if before != now:
        await connection.execute(_FORGET, (cases,))
        await connection.execute(_NAME, [list(column) for column in zip(*now, strict=True)] or [[], []])
    changed, kept = dict[str, datetime](), before & now
    for enterprise, case in before | now:
        at = since[case] if (enterprise, case) in kept else _BEGINNING
        changed[enterprise] = min(at, changed.get(enterprise, at))
    return changed


def _found(
    rows: list[Any], since: dict[str, datetime], counting: Counting
) -> tuple[list[Delta], dict[str, frozenset[str]]]:
    """The deltas of subjects, and the enterprises that those of them which are cases name."""
    facts = _by_subject(rows)
    found = [
        delta for subject, its in facts.items() for delta in figures.deltas(subject, its, counting, since[subject])
    ]
    cases = ((subject, its) for subject, its in facts.items() if subject.startswith(f"{CASE}:"))
    return found, {subject: names for subject, its in cases if (names := figures.enterprises(its, counting))}


def _of_enterprises(rows: list[Any], since: dict[str, datetime], counting: Counting) -> list[Delta]:
    return [
        delta
        for enterprise, its in _by_subject(rows).items()
        for delta in figures.deltas(enterprise, its, counting, since[enterprise])
    ]


def _by_subject(rows: list[Any]) -> dict[str, list[Fact]]:
    facts: defaultdict[str, list[Fact]] = defaultdict(list)
    for subject, id_, at, what, event in rows:
        facts[subject].append(Fact(id_, at, typed.decode(event, KINDS[what])))
    return facts


def _by_day(given: Iterable[Any], taken: Iterable[Any], counting: Counting) -> list[tuple[Any, ...]]:
    """What the sums change by: (day, measure, unit, concerned, n)."""
    days: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    for sign, rows in ((1, given), (-1, taken)):
        for measure, unit, concerned, at, n in rows:
            days[at.astimezone(counting.zone).date(), measure, unit, concerned] += sign * n
    return [(*key, n) for key, n in sorted(days.items()) if n]


class Derivation:
    """The figures as a rebuild derives them again (see `shared/platform/service/rebuild`)."""

    tables: tuple[str, ...] = ("figure_deltas", "figure_days", "figure_months", "enterprise_cases")
    scratch: tuple[str, ...] = ("uncounted",)

    async def stop(self, connection: Connection) -> None:
        """Nobody else counts until the transaction ends."""
        await connection.execute("LOCK TABLE public.figure_days IN EXCLUSIVE MODE")

    async def catch_up(self, connection: Connection) -> None:
        """Count what is there, in the tables that come first in the connection's path."""
        counting = await self._counting(connection)
        while counting is not None and await count(connection, counting):
            pass

    async def derive(self, connection: Connection) -> None:
        """Count everything, in tables that are empty."""
        await connection.execute(_EVERYTHING)
        await self.catch_up(connection)

    async def _counting(self, connection: Connection) -> Counting | None:
        """By what the service counts; None before it has begun."""
        row = await (await connection.execute("SELECT basis::text FROM public.figure_basis")).fetchone()
        return Counting(typed.decode(row[0], Basis)) if row is not None else None
