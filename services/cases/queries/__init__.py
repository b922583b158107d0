"""What *cases* answers: SELECT → frozen dataclass. A case that is not the viewer's does not exist.

`rows` is a line of a list, `narrowing` what a list is narrowed to and its order, `words` what people look for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from services.cases.domain.case import Case
from services.cases.queries import words
from services.cases.queries.narrowing import (
    COUNTED,
    PAGE,
    SORTS,
    WAITS,
    Filter,
    conditions,
    order,
    place_of,
)
from services.cases.queries.rows import CaseRow, Listed, Place, lines
from shared.platform.event_store import canonical
from shared.platform.event_store.ids import parse_id
from shared.platform.service.reading import Reading
from shared.platform.web import problems
from shared.platform.web.session import Viewer

__all__ = [
    "COUNTED",
    "PAGE",
    "SORTS",
    "WAITS",
    "CaseRow",
    "Filter",
    "HistoryEntry",
    "Listed",
    "Place",
    "Queries",
    "own_group",
]

RARE = 14
"""Times the square root of all cases: up to so many with the words that are looked for are read by their identifiers,
of more a page is found soon by looking through the list. There both take about as long."""
_WITH = """
WITH known AS (
  SELECT (%(rare)s * sqrt(greatest(reltuples, 1)))::int AS most FROM pg_class WHERE oid = 'cases'::regclass
)
SELECT count(*) > most, string_agg(id::text, ',')
FROM known LEFT JOIN LATERAL cases_with(%(query)s, %(long)s, %(long_people)s, most + 1) AS t (id) ON true
GROUP BY most"""


@dataclass(frozen=True, slots=True)
class Said:
    """The condition that a case has the words that are looked for. `many`: of those that have them the first are found
    soon, and no more than a page is counted."""

    condition: str
    values: dict[str, Any] = field(default_factory=dict)
    many: bool = False

    def counted(self, wanted: Filter) -> int:
        """More cases than these are not counted."""
        return min(wanted.limit, COUNTED) if self.many else COUNTED


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One stored event as an auditor sees it. `sequence` is its notification id, `sha256` its identity."""

    sequence: int
    version: int
    type: str
    state: dict[str, Any]
    sha256: str


class Queries:
    """Everything that is read. `people`: identifier → name, of those who may be looked for."""

    def __init__(self, reading: Reading, people: Mapping[str, str]) -> None:
        self._reading = reading
        self._engine = reading.engine
        self._people = people

    async def cases(self, viewer: Viewer, wanted: Filter) -> list[CaseRow]:
        """The viewer's cases in the order that is wanted, at most `wanted.limit`."""
        async with self._reading.of(viewer) as connection:
            return await self._rows(connection, viewer, wanted, await self._said(connection, wanted), None)

    async def lists(self, viewer: Viewer, wanted: Sequence[Filter]) -> list[tuple[list[CaseRow], int]]:
        """The first cases of several lists, and how many each has, counted as by `count`; all of one moment."""
        found = []
        async with self._reading.of(viewer, snapshot=True) as connection:
            for one in wanted:
                said = await self._said(connection, one)
                rows = await self._rows(connection, viewer, one, said, None)
                full = len(rows) == one.limit
                found.append((rows, await self._count(connection, viewer, one, said) if full else len(rows)))
        return found

    async def count(self, viewer: Viewer, wanted: Filter) -> int:
        """How many cases a list has. COUNTED + 1 stands for more than COUNTED; of words that very many have, `limit`
        + 1 for more than that."""
        async with self._reading.of(viewer) as connection:
            return await self._count(connection, viewer, wanted, await self._said(connection, wanted))

    async def listed(self, viewer: Viewer, wanted: Filter, place: Place | None = None) -> Listed:
        """A page of a list that people may have (`wanted.by` is one of SORTS), with the places of its neighbours. Rows
        and count are of one moment."""
        async with self._reading.of(viewer, snapshot=True) as connection:
            said = await self._said(connection, wanted)
            found = await self._rows(connection, viewer, replace(wanted, limit=wanted.limit + 1), said, place)
            counted, total = said.counted(wanted), len(found)
            if place is not None or wanted.limit < total <= counted:
                total = await self._count(connection, viewer, wanted, said)
        more, back = len(found) > wanted.limit, place is not None and place.back
        page = found[: wanted.limit]
        if back:
            page.reverse()
        before = place_of(wanted, page[0], back=True) if page and (more if back else place is not None) else None
        after = place_of(wanted, page[-1]) if page and (back or more) else None
        return Listed(page, min(total, counted + 1), counted, before, after)

    async def row(self, viewer: Viewer, case: str) -> CaseRow:
        """One case of the viewer's, by identifier. Raises problems.NotFound for any other."""
        query = lines("SELECT * FROM cases WHERE id = %(id)s")
        rows = await self._reading.rows(viewer, query, {"id": parse_id(case), "own": own_group(viewer)}, CaseRow)
        if not rows:
            raise problems.NotFound("没有找到此件，或此件不属于本单位。请核对编号，或从列表进入。")
        return rows[0]

    async def some(self, viewer: Viewer, cases: Sequence[UUID]) -> list[CaseRow]:
        """Those of these cases that are the viewer's."""
        query = lines("SELECT * FROM cases WHERE id = ANY(%(ids)s)")
        return await self._reading.rows(viewer, query, {"ids": list(cases), "own": own_group(viewer)}, CaseRow)

    async def case(self, viewer: Viewer, case: str, version: int | None = None) -> Case:
        """The case itself, as it is or as it was at a version, after the check that the viewer may see it."""
        row = await self.row(viewer, case)
        store = self._engine.store
        found: Case = await asyncio.to_thread(store.repository.get, row.id, version=version)
        return found

    async def events(self, case: UUID) -> list[Any]:
        """The events of a case that was authorised before, oldest first."""
        store = self._engine.store
        return await asyncio.to_thread(lambda: list(store.events.get(case)))

    async def history(self, viewer: Viewer, case: str, as_of: datetime | int | None = None) -> list[HistoryEntry]:
        """The stored events of a case, oldest first, up to an instant (of the domain clock) or a sequence."""
        row = await self.row(viewer, case)
        query = """SELECT notification_id, originator_version, topic, state FROM stored_events
                   WHERE originator_id = %s ORDER BY originator_version"""
        async with self._engine.own_pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query, (row.id,))
            entries = [_entry(row.id, found) for found in await cursor.fetchall()]
        if isinstance(as_of, int):
            return [entry for entry in entries if entry.sequence <= as_of]
        if as_of is not None:
            return [entry for entry in entries if datetime.fromisoformat(entry.state["at"]) <= as_of]
        return entries

    async def versions_of(self, cases: Sequence[UUID]) -> dict[UUID, int]:
        """The present version of each case: for live pages that were authorised before."""
        async with self._engine.own_pool.connection() as connection:
            cursor = await connection.execute("SELECT id, version FROM cases WHERE id = ANY(%s)", (list(cases),))
            return dict(await cursor.fetchall())

    # --- lists ---

    async def _rows(
        self, connection: AsyncConnection[Any], viewer: Viewer, wanted: Filter, said: Said, place: Place | None
    ) -> list[CaseRow]:
        where, values = self._where(viewer, wanted, wanted.limit if place is None else None)
        beyond, ordered = order(wanted, place)
        values |= said.values | {"limit": wanted.limit, "at": place and place.at, "place": place and place.id}
        found = f"""SELECT * FROM cases WHERE {where} AND {beyond} AND {said.condition}
                    ORDER BY {ordered} LIMIT %(limit)s"""  # noqa: S608 – fixed parts
        async with connection.cursor(row_factory=class_row(CaseRow)) as cursor:
            await cursor.execute(f"{lines(found)} ORDER BY {ordered}", values)
            return await cursor.fetchall()

    async def _count(self, connection: AsyncConnection[Any], viewer: Viewer, wanted: Filter, said: Said) -> int:
        at_most = said.counted(wanted) + 1
        where, values = self._where(viewer, wanted, at_most)
        query = f"""SELECT count(*) FROM (
                      SELECT FROM cases WHERE {where} AND {said.condition} LIMIT %(at_most)s
                    ) AS counted"""  # noqa: S608 – fixed parts
        cursor = await connection.execute(query, values | said.values | {"at_most": at_most})
        ((total,),) = await cursor.fetchall()
        return int(total)

    def _where(self, viewer: Viewer, wanted: Filter, most: int | None) -> tuple[str, dict[str, Any]]:
        settings = self._reading.settings_of(viewer)
        return conditions(wanted, settings["bihuan.units"], settings["bihuan.own"], most)

    async def _said(self, connection: AsyncConnection[Any], wanted: Filter) -> Said:
        """The condition of the words that are looked for: which one is quick depends on how many cases have them."""
        if wanted.text is None:
            return Said("true")
        if (named := parse_id(wanted.text)) is not None:
            return Said("id = %(named)s", values={"named": named})
        looked_for = words.wanted(wanted.text, self._people)
        if looked_for is None:
            return Said("false")
        values: dict[str, Any] = looked_for._asdict() | {"rare": RARE}
        cursor = await connection.execute(_WITH, values)
        ((many, ids),) = await cursor.fetchall()
        if many:
            return Said("case_has(id, %(patterns)s, %(people)s)", values, many=True)
        these = "id IN (SELECT unnest(string_to_array(%(ids)s, ',')::uuid[]))"
        return Said(these, {"ids": ids or ""})


def own_group(viewer: Viewer) -> str:
    """The body for which the viewer verifies and supervises: a group's member's own; nobody else's."""
    return viewer.unit if viewer.role == "group" else ""


def _entry(stream: UUID, row: dict[str, Any]) -> HistoryEntry:
    digest = canonical.event_sha256(stream, row["originator_version"], row["topic"], row["state"])
    return HistoryEntry(
        row["notification_id"], row["originator_version"], row["topic"], canonical.decode(row["state"]), digest.hex()
    )
