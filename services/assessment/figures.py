"""Figures as they are read: sums by unit and measure as of an instant, the cases and events behind them.

Sums are those of whole months and days and of the deltas of one day, so that they cost the same after a thousand cases
and after a hundred thousand. Rankings, returns and bulletins are of all units, because a score is compared with those
of others; whoever asks decides who may look at the outcome. What people see of the dashboard is read as their rows.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from services.assessment.counting import Keeper
from services.assessment.domain.facts import CASE, KINDS, Fact
from services.assessment.domain.values import Contained, Ended
from services.assessment.rules import lives
from services.assessment.rules.figures import BY_THE_REGISTER, Sums, counted_for
from services.assessment.rules.lives import Life
from services.assessment.rules.measures import STANDING, Counting
from services.assessment.rules.returns import TakenIn
from services.assessment.rules.schedule import WEEKLY, Schedule
from shared.kernel.campaign.calendar import ONE_DAY
from shared.platform.event_store import typed
from shared.platform.service.reading import Reading
from shared.platform.web.session import Viewer

PRODUCER = "cases"
_SUMS = """
SELECT measure, unit, sum(n)::int FROM (
  SELECT measure, unit, n FROM figure_months WHERE day < %(month)s
  UNION ALL SELECT measure, unit, n FROM figure_days WHERE day >= %(month)s AND day < %(day)s
  UNION ALL SELECT measure, unit, n FROM figure_deltas WHERE at >= %(start)s AND at < %(until)s
) AS found GROUP BY measure, unit"""
"""What is before the month, the day, the instant."""
_SUMS_FROM_BEHIND = """
SELECT measure, unit, sum(n)::int FROM (
  SELECT measure, unit, n FROM figure_months WHERE day <= %(month)s
  UNION ALL SELECT measure, unit, -n FROM figure_days WHERE day > %(day)s AND day < %(next)s
  UNION ALL SELECT measure, unit, -n FROM figure_deltas WHERE at >= %(until)s AND at < %(end)s
) AS found GROUP BY measure, unit"""
"""The same: what is before the end of the month, less what is behind the instant: little, of now."""
_STANDING = "SELECT measure, unit, sum(n)::int FROM figure_months WHERE measure = ANY(%s) GROUP BY measure, unit"
_CONTAINED = f"""
SELECT d.subject, f.unit, f.at FROM (
  SELECT subject, fact FROM figure_deltas WHERE measure = 'for_good' AND at < %s
  GROUP BY subject, fact HAVING sum(n) > 0
) AS d JOIN facts AS f ON f.id = d.fact WHERE d.subject LIKE '{CASE}:%%' ORDER BY f.at, d.subject"""  # noqa: S608
_BEHIND = """
SELECT d.at, d.n, d.unit, f.id, f.what, f.event::text FROM (
  SELECT max(at) AS at, sum(n)::int AS n, unit, fact FROM figure_deltas
  WHERE measure = %s AND unit = ANY(%s) AND at < %s GROUP BY unit, fact HAVING sum(n) <> 0
) AS d JOIN facts AS f ON f.id = d.fact ORDER BY d.at, f.id"""
_CLOSED = """
SELECT DISTINCT subject FROM facts
WHERE what = 'CaseClosed' AND unit = ANY(%s) AND sequence > %s AND sequence <= %s"""
_RUNNING = """
SELECT case_id::text FROM case_facts WHERE unit = ANY(%s) AND state NOT IN ('closed', 'taken_back')"""
_THROUGH = "SELECT coalesce((SELECT sequence FROM consumer_positions WHERE producer = %s), 0)"
_OF_SUBJECTS = """
SELECT f.subject, f.id, f.at, f.what, f.event::text FROM unnest(%s::text[]) AS asked (subject)
CROSS JOIN LATERAL (SELECT * FROM facts WHERE facts.subject = asked.subject ORDER BY at, number) AS f"""
_SIGNED = """
SELECT period, ended::text FROM filings WHERE rule = %s AND unit = %s AND ended IS NOT NULL AND period::int < %s
ORDER BY period::int DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Counts:
    """One thing that counts: `n` for `unit`, since `at`, because of `fact`."""

    at: datetime
    n: int
    unit: str
    fact: Fact


class FiguresRead:
    """What `handlers.setting.Counted` asks for, read from the tables of one service."""

    def __init__(self, keeper: Keeper, everything: Reading, counting: Counting, schedule: Schedule) -> None:
        self._keeper = keeper
        self._everything = everything
        self._counting = counting
        self._schedule = schedule

    async def sums(self, until: datetime) -> Sums:
        """Of all units."""
        await self._keeper.catch_up()
        async with self._everything.of(None) as connection:
            return await self._sums(connection, until)

    async def standing(self, reading: Reading, viewer: Viewer) -> dict[tuple[str, str], int]:
        """(Measure, unit) → where cases stand now, of the rows that this viewer sees."""
        await self._keeper.catch_up()
        async with reading.of(viewer) as connection:
            rows = await (await connection.execute(_STANDING, (list(STANDING),), prepare=True)).fetchall()
        return {(measure, unit): n for measure, unit, n in rows}

    async def counted(self) -> None:
        """Return when everything is counted that was there."""
        await self._keeper.catch_up()

    async def behind(self, code: str, unit: str, until: datetime) -> list[Counts]:
        """What the figure of a county or a group counted before an instant, in the order of time; its sum is the
        figure."""
        if code == BY_THE_REGISTER:
            due = self._counting.register
            return [Counts(fact.at, 1, unit, fact) for fact in due if unit in self._counting.owing(fact.event)]
        await self._keeper.catch_up()
        units = list(counted_for(self._counting, code, unit))
        async with self._everything.of(None) as connection:
            rows = await (await connection.execute(_BEHIND, (code, units, until))).fetchall()
        return [
            Counts(at, n, owner, Fact(id_, at, typed.decode(event, KINDS[what])))
            for at, n, owner, id_, what, event in rows
        ]

    async def contained(self, until: datetime) -> tuple[Contained, ...]:
        """In the order of their closing."""
        await self._keeper.catch_up()
        async with self._everything.of(None) as connection:
            rows = await (await connection.execute(_CONTAINED, (until,))).fetchall()
        return tuple(Contained(subject.removeprefix(f"{CASE}:"), unit, at) for subject, unit, at in rows)

    async def taken_in(self, until: datetime, units: Sequence[str], after: int) -> TakenIn:
        """All of one moment."""
        await self._keeper.catch_up()
        async with self._everything.of(None, snapshot=True) as connection:
            # how few rows a place in the feed leaves is only seen from its number, not from a plan for any number
            await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            through = await self._value(connection, _THROUGH, (PRODUCER,))
            sums = await self._sums(connection, until)
            closed = await self._column(connection, _CLOSED, (list(units), after, through))
            running = [f"{CASE}:{case}" for case in await self._column(connection, _RUNNING, (list(units),))]
            subjects = list({*closed, *running})
            rows = await (await connection.execute(_OF_SUBJECTS, (subjects,))).fetchall()
        found = await asyncio.to_thread(_lives, rows)
        return TakenIn(sums, _told(closed, found), _told(running, found), through)

    async def last_signed(self, unit: str, week: int) -> tuple[str, Ended] | None:
        """By the rows of papers."""
        async with self._everything.of(None) as connection:
            row = await (await connection.execute(_SIGNED, (WEEKLY, unit, week))).fetchone()
        return (row[0], typed.decode(row[1], Ended)) if row is not None else None

    async def missing(self, *producers: str) -> int:
        """Those that are on the bus and not taken in, and those that were put aside."""
        return sum([await self._keeper.missing(producer) for producer in producers])

    async def _sums(self, connection: AsyncConnection[Any], until: datetime) -> Sums:
        return Sums(self._counting, await self._rows(connection, until))

    async def _rows(self, connection: AsyncConnection[Any], until: datetime) -> dict[tuple[str, str], int]:
        values = _around(until, self._counting.zone)
        query = _SUMS if values["day"] == values["month"] else _SUMS_FROM_BEHIND
        rows = await (await connection.execute(query, values, prepare=True)).fetchall()
        return {(measure, unit): n for measure, unit, n in rows}

    async def _value(self, connection: AsyncConnection[Any], query: str, values: Sequence[Any]) -> Any:
        row = await (await connection.execute(query, values)).fetchone()
        return row[0] if row else None

    async def _column(self, connection: AsyncConnection[Any], query: str, values: Sequence[Any]) -> list[Any]:
        return [row[0] for row in await (await connection.execute(query, values)).fetchall()]


def _around(until: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The day and the month in which an instant lies, and their ends."""
    day = until.astimezone(zone).date()
    start, end = (datetime.combine(one, time(), zone) for one in (day, day + ONE_DAY))
    first = day.replace(day=1)
    following = (first + 31 * ONE_DAY).replace(day=1)
    return {"until": until, "day": day, "start": start, "end": end, "month": first, "next": following}


def _lives(rows: Iterable[tuple[str, str, datetime, str, str]]) -> dict[str, Life]:
    found: defaultdict[str, Any] = defaultdict(Life)
    for subject, id_, at, what, event in rows:
        found[subject] = lives.note(found[subject], Fact(id_, at, typed.decode(event, KINDS[what])))
    return found


def _told(subjects: Iterable[str], found: dict[str, Life]) -> list[tuple[str, Life]]:
    return [(subject.removeprefix(f"{CASE}:"), found[subject]) for subject in subjects if subject in found]
