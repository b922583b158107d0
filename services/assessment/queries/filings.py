"""What units owe and what became of it; and which bulletins there are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError
from psycopg.rows import class_row

from services.assessment.domain.bulletin import Bulletin
from services.assessment.domain.filing import Filing
from services.assessment.queries.reading import Reading
from shared.kernel.campaign.deadline import FixedDeadline
from shared.platform.event_store import typed
from shared.platform.web.session import Viewer

_COLUMNS = "id, rule, kind, unit, period, due, deadline::text AS explained, state, in_time, filed_at, nil, broken_by"


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


class FilingQueries(Reading):
    """Filings and bulletins."""

    async def filings(
        self, viewer: Viewer, *, unit: str | None = None, kind: str | None = None, state: str | None = None,
        until: datetime | None = None,
    ) -> list[FilingRow]:  # fmt: skip
        """The filings of one unit, or of all that the viewer sees, by due date; `until`: due before that instant."""
        query = f"""SELECT {_COLUMNS} FROM filings
                    WHERE (%(unit)s::text IS NULL OR unit = %(unit)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
                      AND (%(state)s::text IS NULL OR state = %(state)s)
                      AND (%(until)s::timestamptz IS NULL OR due < %(until)s)
                    ORDER BY due, unit, rule"""  # noqa: S608 – fixed columns
        values = {"unit": unit, "kind": kind, "state": state, "until": until}
        async with self.reading(viewer) as connection, connection.cursor(row_factory=class_row(FilingRow)) as cursor:
            await cursor.execute(query, values)
            return await cursor.fetchall()

    async def filing_counts(self, viewer: Viewer, now: datetime) -> dict[str, FilingCounts]:
        """Per unit: papers that fell due by now, and those of them that were missed (also when they came later)."""
        query = """SELECT unit, count(*), count(*) FILTER (WHERE state = 'missed' OR NOT in_time) FROM filings
                   WHERE due <= %s GROUP BY unit"""
        async with self.reading(viewer) as connection:
            rows = await (await connection.execute(query, (now,))).fetchall()
        return {unit: FilingCounts(due, missed) for unit, due, missed in rows}

    async def bulletins(self) -> dict[str, BulletinRow]:
        """Every bulletin that there is, by month."""
        query = "SELECT month, drawn_at, cases, published_at FROM bulletins"
        async with self.reading(None) as connection, connection.cursor(row_factory=class_row(BulletinRow)) as cursor:
            await cursor.execute(query)
            return {row.month: row for row in await cursor.fetchall()}

    async def bulletin(self, id_: UUID) -> Bulletin | None:
        """A bulletin with all that it says; None if it was not drawn yet."""
        found: Bulletin | None = await self._aggregate(id_)
        return found

    async def filing(self, id_: UUID) -> Filing | None:
        """A filing with what was signed; None if the campaign asks for no such paper."""
        found: Filing | None = await self._aggregate(id_)
        return found

    async def _aggregate(self, id_: UUID) -> Any:
        try:
            return await asyncio.to_thread(self._engine.store.repository.get, id_)
        except AggregateNotFoundError:
            return None
