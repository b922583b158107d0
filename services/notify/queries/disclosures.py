"""Items of disclosure as the office works on them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.values import Doubt, OnChannel, Wording
from shared.platform.event_store import typed
from shared.platform.event_store.ids import parse_id
from shared.platform.service.reading import Reading
from shared.platform.web import problems
from shared.platform.web.session import Viewer

_COLUMNS = """number, id, version, case_id, unit, kind, state, title, text, enterprise, place, violation, outcomes, due,
drafted_at, checked_by, doubts, approvers, channels, published_at, correction, correction_reason, reason"""


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """One item. `due` is exclusive; `reason` is why it was withdrawn."""

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
        order = "due ASC NULLS LAST, number" if wanted.by_due else "number DESC"
        query = f"""SELECT {_COLUMNS} FROM disclosures
                    WHERE (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
                      AND (%(unit)s::text IS NULL OR unit = %(unit)s)
                      AND (%(kind)s::text IS NULL OR kind = %(kind)s)
                      AND (%(case)s::uuid IS NULL OR case_id = %(case)s)
                      AND (%(before)s::bigint IS NULL OR number < %(before)s)
                    ORDER BY {order} LIMIT %(limit)s"""  # noqa: S608 – fixed parts
        values = {
            "states": list(wanted.states) or None, "unit": wanted.unit, "kind": wanted.kind, "case": wanted.case,
            "before": wanted.before, "limit": wanted.limit,
        }  # fmt: skip
        return [_row(row) for row in await self._reading.dicts(viewer, query, values)]

    async def disclosure(self, viewer: Viewer, disclosure: str) -> DisclosureRow:
        """One item, by its identifier as typed. Raises problems.NotFound for one that the viewer may not see."""
        query = f"SELECT {_COLUMNS} FROM disclosures WHERE id = %(id)s"  # noqa: S608 – fixed parts
        rows = await self._reading.dicts(viewer, query, {"id": parse_id(disclosure)})
        if not rows:
            raise problems.NotFound()
        return _row(rows[0])

    async def events(self, id_: UUID) -> list[Any]:
        """The events of an item, oldest first."""
        store = self._reading.engine.store
        return await asyncio.to_thread(lambda: list(store.events.get(id_)))


def _row(row: dict[str, Any]) -> DisclosureRow:
    parts = {
        "outcomes": tuple(row["outcomes"]),
        "doubts": typed.convert(row["doubts"] or [], tuple[Doubt, ...]),
        "approvers": tuple(row["approvers"] or ()),
        "channels": typed.convert(row["channels"] or [], tuple[OnChannel, ...]),
        "correction": typed.convert(row["correction"], Wording) if row["correction"] else None,
    }
    return DisclosureRow(**(row | parts))
