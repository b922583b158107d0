"""Where the cases of each county stand now: counts, and the cases behind each of them.

A figure is a condition on one case (`FIGURES`); its count and its list come from the same condition, so that a number
always opens to exactly the cases that make it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row, dict_row

from services.assessment.queries.reading import Reading
from shared.kernel.campaign.definition import CITY
from shared.platform.web import problems
from shared.platform.web.session import Viewer

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
    Figure("running", "在办", "state <> 'closed'"),
    Figure("handling", "办理中", "state IN ('signed_for', 'handling')"),
    Figure("reported", "已反馈", "reported_at IS NOT NULL"),
    Figure("closed", "办结", "closed_at IS NOT NULL"),
    Figure("closed_on_time", "按期办结", "closed_at IS NOT NULL AND on_time"),
    Figure("overdue", "未按期办结", "overdue"),
    Figure("idle", "接而不办", "idle"),
    Figure("false_closure", "虚假办结", "false_closure"),
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


class CountQueries(Reading):
    """Counts of `case_facts`."""

    async def counts(self, viewer: Viewer) -> list[Counts]:
        """One row per unit that the viewer may see, also where nothing happened yet, and their sum (`city`) first.

        A case that went to a body which is no county-level unit has a row of its own, for those who see the whole city.
        """
        query = f"SELECT unit, {_COUNTS} FROM case_facts GROUP BY unit"  # noqa: S608 – constants
        async with self.reading(viewer) as connection, connection.cursor(row_factory=dict_row) as cursor:
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
        async with self.reading(viewer) as connection, connection.cursor(row_factory=class_row(CaseLine)) as cursor:
            await cursor.execute(query, values)
            return await cursor.fetchall()

    async def letters(self, viewer: Viewer, cases: Sequence[str]) -> dict[str, str | None]:
        """The letter's number of each of these cases that the viewer may see; None of one without a letter."""
        query = "SELECT case_id::text, letter FROM case_facts WHERE case_id = ANY(%s::uuid[])"
        async with self.reading(viewer) as connection:
            return dict(await (await connection.execute(query, [list(cases)])).fetchall())

    def _check(self, viewer: Viewer, unit: str, figure: str) -> None:
        if figure not in FIGURES:
            raise problems.NotFound("没有这个指标。请从考核页的表格进入。", allowed=list(FIGURES))
        if unit == CITY:
            return
        self.check_sees(viewer, unit)
