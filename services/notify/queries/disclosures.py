"""Items of disclosure as the office works on them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.authority import OPEN_STATES
from services.notify.domain.values import Doubt, OnChannel, Situation, Wording, situation_of
from shared.platform.event_store import typed
from shared.platform.event_store.ids import parse_id
from shared.platform.service.reading import Reading
from shared.platform.web import problems
from shared.platform.web.session import Viewer

_COLUMNS = """d.number, d.id, d.version, d.case_id, d.unit, d.kind, d.state, d.title, d.text, d.enterprise, d.place,
d.violation, d.outcomes, d.due, d.drafted_at, d.checked_by, d.doubts, d.approvers, d.channels, d.published_at,
d.correction, d.correction_reason, d.reason, d.correction_due, d.corrected_on, s.closed, s.conclusion, s.confidential,
s.doubts AS undecided"""
_FROM = "disclosures AS d LEFT JOIN standings AS s ON s.case_id = d.case_id"


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """One item. `due` and `correction_due` are exclusive; `reason` is why it was withdrawn; `situation` is why the
    public is not told of its case now, `undecided` what of that is not decided yet."""

    number: int
    id: UUID
    version: int
    case_id: UUID | None
    unit: str
    kind: str
    state: str
    title: str
    text: str
    enterprise: str | None
    place: str | None
    violation: str | None
    outcomes: tuple[str, ...]
    due: datetime | None
    drafted_at: datetime
    checked_by: str | None
    doubts: tuple[Doubt, ...]
    approvers: tuple[str, ...]
    channels: tuple[OnChannel, ...]
    published_at: datetime | None
    correction: Wording | None
    correction_reason: str | None
    reason: str | None
    correction_due: datetime | None = None
    corrected_on: tuple[OnChannel, ...] = ()
    situation: Situation | None = None
    undecided: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether nobody may go on with it now."""
        return self.situation is not None and self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Waiting:
    """A closed case whose result is not drafted, because something of it is undecided. `since`: when that was last
    noted."""

    case_id: UUID
    unit: str
    undecided: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to. `states` empty: all."""

    states: tuple[str, ...] = ()
    unit: str | None = None
    kind: str | None = None
    case: UUID | None = None
    before: int | None = None
    limit: int = 50
    by_due: bool = False


class DisclosureQueries:
    """Reads the office's list."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def disclosures(self, viewer: Viewer, wanted: Wanted) -> list[DisclosureRow]:
        """The viewer's items, the last drafted first, or with `by_due` the one that is due first."""
        order = "coalesce(d.correction_due, d.due) ASC NULLS LAST, d.number" if wanted.by_due else "d.number DESC"
        query = f"""SELECT {_COLUMNS} FROM {_FROM}
                    WHERE (%(states)s::text[] IS NULL OR d.state = ANY(%(states)s))
                      AND (%(unit)s::text IS NULL OR d.unit = %(unit)s)
                      AND (%(kind)s::text IS NULL OR d.kind = %(kind)s)
                      AND (%(case)s::uuid IS NULL OR d.case_id = %(case)s)
                      AND (%(before)s::bigint IS NULL OR d.number < %(before)s)
                    ORDER BY {order} LIMIT %(limit)s"""  # noqa: S608 – fixed parts
        values = {
            "states": list(wanted.states) or None, "unit": wanted.unit, "kind": wanted.kind, "case": wanted.case,
            "before": wanted.before, "limit": wanted.limit,
        }  # fmt: skip
        return [_row(row) for row in await self._reading.dicts(viewer, query, values)]

    async def disclosure(self, viewer: Viewer, disclosure: str) -> DisclosureRow:
        """One item, by its identifier as typed. Raises problems.NotFound for one that the viewer may not see."""
        query = f"SELECT {_COLUMNS} FROM {_FROM} WHERE d.id = %(id)s"  # noqa: S608 – fixed parts
        rows = await self._reading.dicts(viewer, query, {"id": parse_id(disclosure)})
        if not rows:
            raise problems.NotFound()
        return _row(rows[0])

    async def waiting(self, viewer: Viewer, limit: int) -> list[Waiting]:
        """Closed cases whose result waits for what is undecided, the longest first."""
        query = """SELECT case_id, unit, doubts, noted_at FROM standings WHERE deferred IS NOT NULL
                   ORDER BY noted_at, case_id LIMIT %(limit)s"""
        rows = await self._reading.dicts(viewer, query, {"limit": limit})
        return [Waiting(row["case_id"], row["unit"], tuple(row["doubts"]), row["noted_at"]) for row in rows]

    async def events(self, id_: UUID) -> list[Any]:
        """The events of an item, oldest first."""
        store = self._reading.engine.store
        return await asyncio.to_thread(lambda: list(store.events.get(id_)))


def _row(row: dict[str, Any]) -> DisclosureRow:
    closed, conclusion, confidential = row.pop("closed"), row.pop("conclusion"), row.pop("confidential")
    undecided = tuple(row["undecided"] or ())
    parts = {
        "outcomes": tuple(row["outcomes"]),
        "doubts": typed.convert(row["doubts"] or [], tuple[Doubt, ...]),
        "approvers": tuple(row["approvers"] or ()),
        "channels": typed.convert(row["channels"] or [], tuple[OnChannel, ...]),
        "corrected_on": typed.convert(row["corrected_on"] or [], tuple[OnChannel, ...]),
        "undecided": undecided,
        "situation": situation_of(
            confidential=bool(confidential), doubts=undecided, closed=bool(closed), conclusion=conclusion
        ),
        "correction": typed.convert(row["correction"], Wording) if row["correction"] else None,
    }
    return DisclosureRow(**(row | parts))
