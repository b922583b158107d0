"""What *assessment* answers to questions: counts per county, and the cases behind each figure.

A figure is a condition on one case (`FIGURES`); its count and its list come from the same condition, so that a number
always opens to exactly the cases that make it. Every read names the viewer's units in its transaction, and the reader's
role sees only rows of those (row-level security).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from shared.campaign import Campaign, UnknownCode
from shared.campaign.definition import CITY
from shared.messaging.engine import Engine
from shared.web import problems
from shared.web.session import Viewer

CITY_ROLES = frozenset({"office", "director", "taskforce", "auditor", "admin"})
UNIT_ROLES = frozenset({"county", "principal", "station"})
PAGE = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its code, what it is called on the screen, its condition on a row of `case_facts`."""

    code: str
    name: str
    condition: str


_FIGURES = (
    Figure("opened", "立件", "true"),
    Figure("transferred", "移交", "transferred_at IS NOT NULL"),
    Figure("signed_for", "签收", "signed_for_at IS NOT NULL AND NOT deemed"),
    Figure("deemed", "视为签收", "deemed"),
    Figure("handling", "办理中", "state IN ('signed_for', 'handling')"),
    Figure("reported", "已反馈", "reported_at IS NOT NULL"),
    Figure("closed", "办结", "closed_at IS NOT NULL"),
    Figure("closed_on_time", "按期办结", "closed_at IS NOT NULL AND on_time"),
    Figure("overdue", "未按期办结", "overdue"),
    Figure("idle", "接而不办", "idle"),
)
FIGURES = {figure.code: figure for figure in _FIGURES}
_COUNTS = ", ".join(f"count(*) FILTER (WHERE {figure.condition}) AS {figure.code}" for figure in _FIGURES)


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of one unit, by figure code. `unit` is `city` for the sum of all that the viewer sees."""

    unit: str
    figures: dict[str, int]

    @property
    def on_time_rate(self) -> tuple[int, int] | None:
        """Closed on time out of closed; None while nothing is closed (domain section 6: a zero denominator is “–”)."""
        closed = self.figures["closed"]
        return (self.figures["closed_on_time"], closed) if closed else None


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case behind a figure. `feedback_due` is exclusive."""

    case_id: UUID
    unit: str
    state: str
    letter: str | None
    opened_at: datetime
    feedback_due: datetime | None
    closed_at: datetime | None
    overdue: bool
    idle: bool


class Queries:
    """Everything that is read."""

    def __init__(self, engine: Engine, campaign: Campaign) -> None:
        self._engine = engine
        self._campaign = campaign

    def units_of(self, viewer: Viewer) -> tuple[str, ...]:
        """The county-level units whose figures this viewer may see, in the campaign's order."""
        if viewer.role in CITY_ROLES:
            return tuple(county.code for county in self._campaign.units)
        if viewer.role == "group":
            return self._campaign.group(viewer.unit).units
        return (self._home_unit(viewer.unit),) if viewer.role in UNIT_ROLES else ()

    async def counts(self, viewer: Viewer) -> list[Counts]:
        """One row per unit that the viewer may see, also where nothing happened yet, and their sum (`city`) first.

        A case that went to a body which is no county-level unit has a row of its own, for those who see the whole city.
        """
        query = f"SELECT unit, {_COUNTS} FROM case_facts GROUP BY unit"  # noqa: S608 – constants
        async with self._reading(viewer) as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query)
            found = {row.pop("unit"): row for row in await cursor.fetchall()}
        units = self.units_of(viewer)
        others = sorted(found.keys() - set(units))
        rows = [Counts(unit, found.get(unit) or dict.fromkeys(FIGURES, 0)) for unit in (*units, *others)]
        total = {code: sum(row.figures[code] for row in rows) for code in FIGURES}
        return [Counts(CITY, total), *rows]

    async def cases(
        self, viewer: Viewer, unit: str, figure: str, after: UUID | None = None, limit: int = PAGE
    ) -> list[CaseLine]:
        """The cases behind one figure of one unit (`city`: of all that the viewer sees), newest first.

        Raises problems.NotFound for a unit or figure that does not exist, Forbidden for another's unit.
        """
        self._check(viewer, unit, figure)
        query = f"""SELECT case_id, unit, state, letter, opened_at, feedback_due, closed_at, overdue, idle
                    FROM case_facts WHERE {FIGURES[figure].condition} AND (%(unit)s = %(city)s OR unit = %(unit)s)
                      AND (%(after)s::uuid IS NULL OR case_id < %(after)s) ORDER BY case_id DESC LIMIT %(limit)s"""  # noqa: S608
        values = {"unit": unit, "city": CITY, "after": after, "limit": limit}
        async with self._reading(viewer) as connection, connection.cursor(row_factory=class_row(CaseLine)) as cursor:
            await cursor.execute(query, values)
            return await cursor.fetchall()

    def _check(self, viewer: Viewer, unit: str, figure: str) -> None:
        if figure not in FIGURES:
            raise problems.NotFound("没有这个指标。请从考核页的表格进入。", allowed=list(FIGURES))
        if unit == CITY:
            return
        if not self._is_known(unit):
            raise problems.NotFound("没有这个单位代码。请从考核页的表格进入。")
        if viewer.role not in CITY_ROLES and unit not in self.units_of(viewer):
            raise problems.Forbidden("只能查看本单位（本督导组所辖单位）的数字。")

    def _is_known(self, unit: str) -> bool:
        try:
            self._campaign.unit(unit)
        except UnknownCode:
            return False
        return True

    def _home_unit(self, unit: str) -> str:
        """The county-level unit of a unit role: a station acts within its county."""
        try:
            return self._campaign.county_of_station(unit).code
        except UnknownCode:
            return unit

    @asynccontextmanager
    async def _reading(self, viewer: Viewer) -> AsyncIterator[AsyncConnection[Any]]:
        setting = "*" if viewer.role in CITY_ROLES else ",".join(self.units_of(viewer))
        async with self._engine.pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT set_config('bihuan.units', %s, true)", (setting,))
            yield connection
