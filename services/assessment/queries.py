"""What *assessment* answers: where the cases of each county stand, what units owe, and bulletins.

A figure of the dashboard (`FIGURES`) is counted by a measure; its count and its list come from the same deltas, so that
a number always opens to exactly the cases that make it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError

from services.assessment.domain.bulletin import Bulletin
from services.assessment.domain.filing import Filing
from services.assessment.figures import FiguresRead
from services.assessment.rules.measures import STANDING
from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.campaign.deadline import FixedDeadline
from shared.kernel.campaign.definition import CITY
from shared.kernel.visibility import units_seen
from shared.platform.event_store import typed
from shared.platform.service.reading import Reading
from shared.platform.web import problems
from shared.platform.web.session import Viewer

PAGE = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the dashboard: its code, what it is called on the screen, the measure that counts it."""

    code: str
    name: str
    measure: str


_FIGURES = tuple(
    Figure(code, STANDING[measure].says, measure)
    for code, measure in (
        ("opened", "opened"), ("transferred", "transferred"), ("signed_for", "signed_for"), ("deemed", "deemed"),
        ("running", "running"), ("handling", "handling"), ("reported", "reported"), ("closed", "closed"),
        ("closed_on_time", "closed_in_time"), ("overdue", "overdue"), ("idle", "idle"),
        ("false_closure", "false_closure"),
    )
)  # fmt: skip
FIGURES = {figure.code: figure for figure in _FIGURES}


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


@dataclass(frozen=True, slots=True)
class FilingRow:
    """One filing. `due` is exclusive; `explained` is its deadline as JSON."""

    id: UUID
    rule: str
    kind: str
    unit: str
    period: str
    due: datetime
    explained: str
    state: str
    in_time: bool | None
    filed_at: datetime | None
    nil: bool | None
    broken_by: str | None

    @property
    def deadline(self) -> FixedDeadline:
        """The due date with every day that was counted or skipped."""
        return typed.decode(self.explained, FixedDeadline)


@dataclass(frozen=True, slots=True)
class FilingCounts:
    """How many papers a unit owed by now, and how many of them were missed."""

    due: int
    missed: int


@dataclass(frozen=True, slots=True)
class BulletinRow:
    """Where one bulletin stands."""

    month: str
    drawn_at: datetime | None
    cases: int | None
    published_at: datetime | None


class Queries:
    """Everything that is read: what a viewer may see by `reading`, what is computed over all units by `everything`."""

    def __init__(self, reading: Reading, everything: Reading, figures: FiguresRead, campaign: Campaign) -> None:
        self._reading = reading
        self._figures = figures
        self._everything = everything
        self._campaign = campaign

    # --- who sees what ---

    def units_of(self, viewer: Viewer) -> tuple[str, ...]:
        """The county-level units whose figures this viewer may see, in the campaign's order."""
        seen = units_seen(self._campaign, viewer)
        return self._campaign.county_codes if seen is None else seen

    def sees_city(self, viewer: Viewer) -> bool:
        return units_seen(self._campaign, viewer) is None

    def check_sees(self, viewer: Viewer, unit: str) -> None:
        """Raises problems.NotFound for a unit that does not exist, Forbidden for another's; a group sees also what it
        owes itself."""
        try:
            self._campaign.unit(unit)
        except UnknownCode as error:
            raise problems.NotFound("没有这个单位代码。请从考核页的表格进入。") from error
        seen = units_seen(self._campaign, viewer)
        own = bool(seen) and viewer.role == "group" and unit == viewer.unit
        if seen is not None and unit not in seen and not own:
            raise problems.Forbidden("只能查看本单位（本督导组所辖单位）的数字。")

    # --- where cases stand ---

    async def counts(self, viewer: Viewer) -> list[Counts]:
        """One row per unit that the viewer may see, also where nothing happened yet, and their sum (`city`) first.

        A case that went to a body which is no county-level unit has a row of its own, for those who see the whole city.
        """
        sums = await self._figures.standing(self._reading, viewer)
        found: dict[str, dict[str, int]] = {}
        for figure in _FIGURES:
            for (measure, unit), n in sums.items():
                if measure == figure.measure:
                    found.setdefault(unit, dict.fromkeys(FIGURES, 0))[figure.code] = n
        units = self.units_of(viewer)
        others = sorted(unit for unit in found.keys() - set(units) if any(found[unit].values()))
        rows = [Counts(unit, found.get(unit) or dict.fromkeys(FIGURES, 0)) for unit in (*units, *others)]
        total = {code: sum(row.figures[code] for row in rows) for code in FIGURES}
        return [Counts(CITY, total), *rows]

    async def cases(
        self, viewer: Viewer, unit: str, figure: str, after: UUID | None = None, limit: int = PAGE
    ) -> list[CaseLine]:
        """The cases behind one figure of one unit (`city`: of all that the viewer sees), newest first.

        Raises problems.NotFound for a unit or figure that does not exist, Forbidden for another's unit.
        """
        if figure not in FIGURES:
            raise problems.NotFound("没有这个指标。请从考核页的表格进入。", allowed=list(FIGURES))
        if unit != CITY:
            self.check_sees(viewer, unit)
        query = """SELECT case_id, unit, state, letter, opened_at, feedback_due, closed_at, overdue, idle
                   FROM case_facts AS c WHERE (%(unit)s = %(city)s OR unit = %(unit)s)
                     AND (%(after)s::uuid IS NULL OR case_id < %(after)s)
                     AND (SELECT sum(n) FROM figure_deltas AS d WHERE d.measure = %(measure)s AND d.unit = c.unit
                            AND d.subject = 'case:' || c.case_id) > 0
                   ORDER BY case_id DESC LIMIT %(limit)s"""
        await self._figures.counted()
        values = {
            "unit": unit, "city": CITY, "after": after, "limit": limit, "measure": FIGURES[figure].measure,
        }  # fmt: skip
        return await self._reading.rows(viewer, query, values, CaseLine)

    async def letters(self, viewer: Viewer, cases: Sequence[str]) -> dict[str, str | None]:
        """The letter's number of each of these cases that the viewer may see; None of one without a letter."""
        query = "SELECT case_id::text, letter FROM case_facts WHERE case_id = ANY(%s::uuid[])"
        return {row["case_id"]: row["letter"] for row in await self._reading.dicts(viewer, query, [list(cases)])}

    async def visible(self, viewer: Viewer, cases: Collection[str]) -> frozenset[str]:
        """Those of these cases that the viewer may see."""
        return frozenset(await self.letters(viewer, list(cases)))

    # --- papers and bulletins ---

    async def filings(
        self, viewer: Viewer, *, unit: str | None = None, kind: str | None = None, state: str | None = None
    ) -> list[FilingRow]:
        """The filings of one unit, or of all that the viewer sees, by due date."""
        query = """SELECT id, rule, kind, unit, period, due, deadline::text AS explained, state, in_time, filed_at, nil,
                     broken_by FROM filings
                   WHERE (%(unit)s::text IS NULL OR unit = %(unit)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
                     AND (%(state)s::text IS NULL OR state = %(state)s)
                   ORDER BY due, unit, rule"""
        return await self._reading.rows(viewer, query, {"unit": unit, "kind": kind, "state": state}, FilingRow)

    async def filing_counts(self, viewer: Viewer, now: datetime) -> dict[str, FilingCounts]:
        """Per unit: papers that fell due by now, and those of them that were missed (also when they came later)."""
        query = """SELECT unit, count(*) AS due, count(*) FILTER (WHERE state = 'missed' OR NOT in_time) AS missed
                   FROM filings WHERE due <= %s GROUP BY unit"""
        return {row.pop("unit"): FilingCounts(**row) for row in await self._reading.dicts(viewer, query, [now])}

    async def bulletins(self) -> dict[str, BulletinRow]:
        """Every bulletin that there is, by month."""
        query = "SELECT month, drawn_at, cases, published_at FROM bulletins"
        return {row.month: row for row in await self._everything.rows(None, query, (), BulletinRow)}

    async def bulletin(self, id_: UUID, version: int | None = None) -> Bulletin | None:
        """A bulletin with all that it says, now or at an earlier version; None if it was not drawn yet."""
        found: Bulletin | None = await self._aggregate(id_, version)
        return found

    async def filing(self, id_: UUID) -> Filing:
        """A filing with what was signed. Raises problems.NotFound if the campaign asks for no such paper."""
        found: Filing | None = await self._aggregate(id_)
        if found is None:
            raise problems.NotFound("没有这一期报送事项，请从本单位报送页面进入，核对周次。")
        return found

    async def events(self, id_: UUID) -> list[Any]:
        """The events of a paper or a bulletin, oldest first."""
        store = self._reading.engine.store
        return await asyncio.to_thread(lambda: list(store.events.get(id_)))

    async def _aggregate(self, id_: UUID, version: int | None = None) -> Any:
        try:
            return await asyncio.to_thread(self._reading.engine.store.repository.get, id_, version=version)
        except AggregateNotFoundError:
            return None
