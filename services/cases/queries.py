"""What *cases* answers: SELECT → frozen dataclass, each inside a transaction that names the viewer's units.

The reader's role sees only rows of those units (row-level security); a case that is not the viewer's does not exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from services.cases.domain.case import Case
from shared.campaign import Campaign
from shared.event_store import canonical
from shared.event_store.ids import parse_id
from shared.messaging.engine import Engine
from shared.web import problems
from shared.web.session import Viewer
from shared.web.sight import row_setting, units_seen

PAGE = 50
_COLUMNS = """id, tip, origin, unit, state, version, matter, enterprise, source, danger, in_period, letter, handler,
draft, overdue, idle, received_at, opened_at, transferred_at, reported_at, closed_at, due, first_step_due"""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list of cases. `due` is exclusive: the date of the letter, before it that of the transfer."""

    id: UUID
    tip: str | None
    origin: str
    unit: str
    state: str
    version: int
    matter: str
    enterprise: str | None
    source: str
    danger: bool
    in_period: bool
    letter: str | None
    handler: str | None
    draft: str | None
    overdue: bool
    idle: bool
    received_at: datetime
    opened_at: datetime
    transferred_at: datetime | None
    reported_at: datetime | None
    closed_at: datetime | None
    due: datetime | None
    first_step_due: datetime | None


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to. `states` empty: all; `overdue_at`: due before that instant and not reported."""

    states: tuple[str, ...] = ()
    unit: str | None = None
    due_before: datetime | None = None
    escalated: bool = False
    text: str | None = None
    draft: str | None = None
    before: UUID | None = None
    limit: int = PAGE
    by_due: bool = False


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One stored event as an auditor sees it. `sequence` is its notification id, `sha256` its identity."""

    sequence: int
    version: int
    type: str
    state: dict[str, Any]
    sha256: str


class Queries:
    """Everything that is read."""

    def __init__(self, engine: Engine, campaign: Campaign) -> None:
        self._engine = engine
        self._campaign = campaign

    async def cases(self, viewer: Viewer, wanted: Filter) -> list[CaseRow]:
        """The viewer's cases, newest first (or most urgent first with `by_due`)."""
        where, values = _conditions(wanted)
        order = "due ASC NULLS LAST, id" if wanted.by_due else "id DESC"
        query = f"SELECT {_COLUMNS} FROM cases WHERE {where} ORDER BY {order} LIMIT %(limit)s"  # noqa: S608 – fixed parts
        async with self._reading(viewer) as connection, connection.cursor(row_factory=class_row(CaseRow)) as cursor:
            await cursor.execute(query, values | {"limit": wanted.limit})
            return await cursor.fetchall()

    async def count(self, viewer: Viewer, wanted: Filter) -> int:
        """How many cases a list has."""
        where, values = _conditions(wanted)
        async with self._reading(viewer) as connection:
            cursor = await connection.execute(f"SELECT count(*) FROM cases WHERE {where}", values)  # noqa: S608
            row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def row(self, viewer: Viewer, case: str) -> CaseRow:
        """One case of the viewer's, by identifier. Raises problems.NotFound for any other."""
        id_ = parse_id(case)
        async with self._reading(viewer) as connection, connection.cursor(row_factory=class_row(CaseRow)) as cursor:
            await cursor.execute(f"SELECT {_COLUMNS} FROM cases WHERE id = %s", (id_,))  # noqa: S608
            row = await cursor.fetchone()
        if row is None:
            raise problems.NotFound("没有找到此件，或此件不属于本单位。请核对编号，或从列表进入。")
        return row

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

    async def version_of(self, case: UUID) -> int:
        """The present version of a case: for a live page that was authorised before."""
        async with self._engine.own_pool.connection() as connection:
            cursor = await connection.execute("SELECT version FROM cases WHERE id = %s", (case,))
            row = await cursor.fetchone()
        return int(row[0]) if row else 0

    @asynccontextmanager
    async def _reading(self, viewer: Viewer) -> AsyncIterator[AsyncConnection[Any]]:
        setting = row_setting(units_seen(self._campaign, viewer))
        async with self._engine.pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT set_config('bihuan.units', %s, true)", (setting,))
            yield connection


def _conditions(wanted: Filter) -> tuple[str, dict[str, Any]]:
    parts: list[str] = ["true"]
    values: dict[str, Any] = {}
    if wanted.states:
        parts.append("state = ANY(%(states)s)")
        values["states"] = list(wanted.states)
    if wanted.unit:
        parts.append("unit = %(unit)s")
        values["unit"] = wanted.unit
    if wanted.due_before is not None:
        parts.append("due <= %(due_before)s AND reported_at IS NULL")
        values["due_before"] = wanted.due_before
    if wanted.escalated:
        parts.append("(overdue OR idle)")
    if wanted.draft:
        parts.append("draft = %(draft)s")
        values["draft"] = wanted.draft
    if wanted.text:
        texts = ("matter ILIKE %(text)s", "enterprise ILIKE %(text)s", "letter ILIKE %(text)s", "id::text = %(exact)s")
        parts.append(f"({' OR '.join(texts)})")
        values["text"] = "%" + wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        values["exact"] = wanted.text
    if wanted.before is not None:
        parts.append("id < %(before)s")
        values["before"] = wanted.before
    return " AND ".join(parts), values


def _entry(stream: UUID, row: dict[str, Any]) -> HistoryEntry:
    digest = canonical.event_sha256(stream, row["originator_version"], row["topic"], row["state"])
    return HistoryEntry(
        row["notification_id"], row["originator_version"], row["topic"], canonical.decode(row["state"]), digest.hex()
    )
