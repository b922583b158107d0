"""The reminders of the viewer's units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.platform.service.reading import Reading
from shared.platform.web.session import Viewer

OF_NO_CASE = ("triage", "weekly_disclosure")
"""Clocks of the office about something else than a case."""


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """One reminder. `case_id`: where it is about one, and not about a tip or a week; `due` is exclusive; `text` and
    `link` are there once it was sent, `mail` (waiting | sent | failed) where it goes out by mail, to one at least;
    `about` is the clock of the office that it is about."""

    number: int
    id: UUID
    case_id: UUID | None
    unit: str
    kind: str
    to_role: str
    remind_at: datetime
    due: datetime | None
    state: str
    sent_at: datetime | None
    text: str | None
    link: str | None
    mail: str | None
    about: str | None = None


class ReminderQueries:
    """Reads reminders."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def reminders(
        self,
        viewer: Viewer,
        *,
        unit: str | None = None,
        state: str | None = None,
        role: str | None = None,
        before: int | None = None,
        limit: int,
    ) -> list[ReminderRow]:
        """The reminders of one unit, or of all that the viewer may see, to one role or all; the last one planned or
        sent first."""
        query = """SELECT r.number, r.id,
                          CASE WHEN r.about = ANY(%(of_no_case)s) THEN NULL ELSE r.case_id END AS case_id, r.unit,
                          r.kind, r.to_role, r.remind_at, r.due, r.state, r.sent_at, o.text, o.link, r.about, (
                            SELECT CASE WHEN bool_or(n.state = 'failed') THEN 'failed'
                                        WHEN bool_or(n.state = 'waiting') THEN 'waiting'
                                        WHEN bool_or(n.state = 'sent') THEN 'sent' END
                            FROM notices n WHERE n.reminder = r.id) AS mail
                   FROM reminders r LEFT JOIN outgoing o ON o.reminder = r.id
                   WHERE (%(unit)s::text IS NULL OR r.unit = %(unit)s)
                     AND (%(state)s::text IS NULL OR r.state = %(state)s)
                     AND (%(role)s::text IS NULL OR r.to_role = %(role)s)
                     AND (%(before)s::bigint IS NULL OR r.number < %(before)s)
                   ORDER BY r.number DESC LIMIT %(limit)s"""
        values = {"unit": unit, "state": state, "role": role, "before": before, "limit": limit,
                  "of_no_case": list(OF_NO_CASE)}  # fmt: skip
        return await self._reading.rows(viewer, query, values, ReminderRow)
