"""What *notify* answers to questions: the reminders of the viewer's units.

Every read names the viewer's units in its transaction, and the reader's role sees only rows of those (row-level
security).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from shared.campaign import Campaign, UnknownCode
from shared.messaging.engine import Engine
from shared.web.session import Viewer

CITY_ROLES = frozenset({"office", "director", "taskforce", "auditor", "admin"})
UNIT_ROLES = frozenset({"county", "principal", "station"})


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """One reminder. `due` is exclusive; `text` and `link` are there once it was sent."""

    number: int
    id: UUID
    case_id: UUID
    unit: str
    kind: str
    to_role: str
    remind_at: datetime
    due: datetime | None
    state: str
    sent_at: datetime | None
    text: str | None
    link: str | None


class Queries:
    """Everything that is read."""

    def __init__(self, engine: Engine, campaign: Campaign) -> None:
        self._engine = engine
        self._campaign = campaign

    async def reminders(
        self, viewer: Viewer, unit: str | None, state: str | None, before: int | None, limit: int
    ) -> list[ReminderRow]:
        """The reminders of one unit, or of all that the viewer may see; the last one planned or sent first."""
        query = """SELECT r.number, r.id, r.case_id, r.unit, r.kind, r.to_role, r.remind_at, r.due, r.state, r.sent_at,
                          o.text, o.link
                   FROM reminders r LEFT JOIN outgoing o ON o.reminder = r.id
                   WHERE (%(unit)s::text IS NULL OR r.unit = %(unit)s)
                     AND (%(state)s::text IS NULL OR r.state = %(state)s)
                     AND (%(before)s::bigint IS NULL OR r.number < %(before)s)
                   ORDER BY r.number DESC LIMIT %(limit)s"""
        values = {"unit": unit, "state": state, "before": before, "limit": limit}
        async with self._reading(viewer) as connection, connection.cursor(row_factory=class_row(ReminderRow)) as cursor:
            await cursor.execute(query, values)
            return await cursor.fetchall()

    def _units_of(self, viewer: Viewer) -> tuple[str, ...]:
        """The units whose reminders this viewer may see; a station's are its county's."""
        if viewer.role == "group":
            return self._campaign.group(viewer.unit).units
        if viewer.role not in UNIT_ROLES:
            return ()
        try:
            return (self._campaign.county_of_station(viewer.unit).code,)
        except UnknownCode:
            return (viewer.unit,)

    @asynccontextmanager
    async def _reading(self, viewer: Viewer) -> AsyncIterator[AsyncConnection[Any]]:
        setting = "*" if viewer.role in CITY_ROLES else ",".join(self._units_of(viewer))
        async with self._engine.pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT set_config('bihuan.units', %s, true)", (setting,))
            yield connection
