"""What *cases* answers: SELECT → frozen dataclass. A case that is not the viewer's does not exist."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from services.cases.domain.case import Case
from shared.platform.event_store import canonical
from shared.platform.event_store.ids import parse_id
from shared.platform.service.reading import Reading, finds, like
from shared.platform.web import problems
from shared.platform.web.session import Viewer

PAGE = 50
_UNDECIDED = "SELECT FROM escalations AS e WHERE e.case_id = cases.id AND e.outcome IS NULL"
_APPOINT = f"{_UNDECIDED.replace('SELECT', 'SELECT min(e.appoint_due)')} AND e.verifier IS NULL"
_OFFICE = (
    f"least(CASE WHEN state = 'opened' THEN due END, return_due, answer_due, review_due, closing_due, ({_APPOINT}),"
    " CASE WHEN state = 'closed' AND disclosed_at IS NULL THEN disclosure_due END)"
)
"""The first date by which the office owes something on a case."""
_WAITS = {
    "office": f"{_OFFICE} <= %(now)s",
    "return": "return_asked IS NOT NULL",
    "extension": "extension_asked IS NOT NULL",
    "appointment": f"(EXISTS ({_UNDECIDED} AND e.verifier IS NULL) OR replied_at IS NOT NULL)",
    "verification": f"EXISTS ({_UNDECIDED} AND e.verifier IS NOT NULL AND %(own)s IN ('', e.verifier))",
    "reply": "reply_due IS NOT NULL",
    "recheck": "recheck_due IS NOT NULL AND %(own)s IN ('', key_group)",
    "disclosure": "state = 'closed' AND disclosed_at IS NULL",
    "bulletin": "state = 'closed' AND disclosed_at IS NOT NULL AND assessed_in IS NULL",
}
"""What a case may wait for, in the words of `Filter.waits`."""
_DATES = (
    "due", "return_due", "answer_due", "review_due", "closing_due", "appoint_due", "office_due", "verify_due",
    "reply_due", "recheck_due", "disclosure_due",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list of cases. Due instants are exclusive; `due` is the date of the letter, before it that of the
    transfer. `escalated`: an escalation is undecided; `verify_due` is when the first of them that the viewer's group
    verifies (all, for others) is to be decided; `office_due` is when the office first owes something."""

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
    false_closure: bool
    key_group: str | None
    received_at: datetime
    opened_at: datetime
    transferred_at: datetime | None
    reported_at: datetime | None
    closed_at: datetime | None
    disclosed_at: datetime | None
    assessed_in: str | None
    due: datetime | None
    awaits_investigation: bool
    first_step_due: datetime | None
    disclosure_due: datetime | None
    return_asked: datetime | None
    extension_asked: datetime | None
    reply_due: datetime | None
    recheck_due: datetime | None
    escalated: bool
    verify_due: datetime | None
    return_due: datetime | None
    answer_due: datetime | None
    review_due: datetime | None
    closing_due: datetime | None
    appoint_due: datetime | None
    office_due: datetime | None


_COMPUTED = {
    "escalated": f"EXISTS ({_UNDECIDED})",
    "verify_due": f"({_UNDECIDED.replace('SELECT', 'SELECT min(e.verify_due)')} AND %(own)s IN ('', e.verifier))",
    "appoint_due": f"({_APPOINT})",
    "office_due": _OFFICE,
}
"""The fields of a row that are no columns of the table."""
_COLUMNS = ", ".join(
    f"{_COMPUTED[field.name]} AS {field.name}" if field.name in _COMPUTED else field.name for field in fields(CaseRow)
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to. `states` empty: all; `due_before`: due before that instant and not reported;
    `now`: for what the office is late with; `escalated`: open (undecided) | any (now or once); `waits`: a key of
    `_WAITS`; `by`: the date, one of `_DATES`, by
    which the most urgent come first, instead of the newest."""

    states: tuple[str, ...] = ()
    unit: str | None = None
    due_before: datetime | None = None
    escalated: str | None = None
    waits: str | None = None
    text: str | None = None
    draft: str | None = None
    before: UUID | None = None
    limit: int = PAGE
    by: str | None = None
    now: datetime | None = None


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

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._engine = reading.engine

    async def cases(self, viewer: Viewer, wanted: Filter) -> list[CaseRow]:
        """The viewer's cases, newest first (or most urgent first, with `by`)."""
        where, values = _conditions(wanted, viewer)
        order = f"{_DATES[_DATES.index(wanted.by)]} ASC NULLS LAST, id" if wanted.by else "id DESC"
        query = f"SELECT {_COLUMNS} FROM cases WHERE {where} ORDER BY {order} LIMIT %(limit)s"  # noqa: S608 – fixed parts
        return await self._reading.rows(viewer, query, values | {"limit": wanted.limit}, CaseRow)

    async def count(self, viewer: Viewer, wanted: Filter) -> int:
        """How many cases a list has."""
        where, values = _conditions(wanted, viewer)
        return int(await self._reading.value(viewer, f"SELECT count(*) FROM cases WHERE {where}", values))  # noqa: S608

    async def row(self, viewer: Viewer, case: str) -> CaseRow:
        """One case of the viewer's, by identifier. Raises problems.NotFound for any other."""
        query = f"SELECT {_COLUMNS} FROM cases WHERE id = %(id)s"  # noqa: S608 – fixed parts
        rows = await self._reading.rows(viewer, query, {"id": parse_id(case), "own": own_group(viewer)}, CaseRow)
        if not rows:
            raise problems.NotFound("没有找到此件，或此件不属于本单位。请核对编号，或从列表进入。")
        return rows[0]

    async def some(self, viewer: Viewer, cases: Sequence[UUID]) -> list[CaseRow]:
        """Those of these cases that are the viewer's."""
        query = f"SELECT {_COLUMNS} FROM cases WHERE id = ANY(%(ids)s)"  # noqa: S608 – fixed parts
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


def own_group(viewer: Viewer) -> str:
    """The body for which the viewer verifies and supervises: a group's member's own; nobody else's."""
    return viewer.unit if viewer.role == "group" else ""


def _conditions(wanted: Filter, viewer: Viewer) -> tuple[str, dict[str, Any]]:
    parts: list[str] = ["true"]
    values: dict[str, Any] = {"own": own_group(viewer), "now": wanted.now}
    if wanted.states:
        parts.append("state = ANY(%(states)s)")
        values["states"] = list(wanted.states)
    if wanted.unit:
        parts.append("unit = %(unit)s")
        values["unit"] = wanted.unit
    if wanted.due_before is not None:
        parts.append("due <= %(due_before)s AND reported_at IS NULL")
        parts.append("NOT (awaits_investigation AND state <> 'opened')")  # whose feedback date stands still
        values["due_before"] = wanted.due_before
    if wanted.escalated == "open":
        parts.append(f"EXISTS ({_UNDECIDED})")
    elif wanted.escalated:
        parts.append("(overdue OR idle OR false_closure)")
    if wanted.waits:
        parts.append(_WAITS[wanted.waits])
    if wanted.draft:
        parts.append("draft = %(draft)s")
        values["draft"] = wanted.draft
    if wanted.text:
        parts.append(f"({finds('matter', 'enterprise', 'letter')} OR id::text = %(exact)s)")
        values["text"] = like(wanted.text)
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
