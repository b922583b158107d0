"""What *intake* answers to questions: SELECT → frozen dataclass. What a tipster wrote comes out sealed.

Which roles may ask is decided by the routes; receipts are found by the look-up value of their code alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from services.intake.domain.values import Account, Suggestion
from services.intake.rules.triage import FLOOD
from shared.kernel.contracts.steps import LoopStep
from shared.platform.event_store import typed
from shared.platform.service.reading import Reading, finds, like

PAGE = 50
WAITING_PAGE = 20
_COLUMNS = """id, version, state, kind, source, mode, danger, in_period, received_at, triage_due, triaged_at, category,
occurred_at, external_no, account, suggestion, unit, matter, enterprise, place, violation, target, reason, channel,
triaged_by, raised_to, (SELECT c.unit FROM confidential AS c WHERE c.id = tips.id) AS concerned"""
_WAITING = f"""
WITH waiting AS (
  SELECT id AS tip, triage_due AS due,
         CASE WHEN suggestion -> 'doubts' ? %(doubt)s THEN 'flood' WHEN danger THEN 'danger' ELSE 'others' END AS heap
  FROM tips WHERE state = 'received' AND (%(source)s::text IS NULL OR source = %(source)s)
), placed AS (
  SELECT tip, heap, count(*) OVER (PARTITION BY heap) AS total,
         row_number() OVER (PARTITION BY heap ORDER BY due, tip) AS nth,
         CASE heap WHEN 'danger' THEN %(danger)s WHEN 'flood' THEN %(flood)s ELSE %(others)s END AS page
  FROM waiting
)
SELECT {_COLUMNS}, heap, total, nth FROM placed JOIN tips ON id = tip
WHERE (nth - 1) / %(size)s = least(page - 1, (total - 1) / %(size)s) ORDER BY nth"""  # noqa: S608 – fixed parts


@dataclass(frozen=True, slots=True)
class TipRow:
    """One tip. `triage_due` is exclusive; `account` is sealed; `concerned`: the unit against whose officials it is."""

    id: UUID
    version: int
    state: str
    kind: str
    source: str
    mode: str
    danger: bool
    in_period: bool
    received_at: datetime
    triage_due: datetime
    triaged_at: datetime | None
    category: str | None
    occurred_at: datetime | None
    external_no: str | None
    account: Account
    suggestion: Suggestion
    unit: str | None
    matter: str | None
    enterprise: str | None
    place: str | None
    violation: str | None
    target: str | None
    reason: str | None
    channel: str | None
    triaged_by: str | None
    raised_to: str | None
    concerned: str | None = None


Heap = Literal["danger", "others", "flood"]
"""Where a tip waits: with those about danger to life, with the others, or behind both among too many of one sender."""
HEAPS: tuple[Heap, ...] = get_args(Heap)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page of one heap, first due first: how many tips the heap has in all, and the place of the page's first."""

    heap: Heap
    total: int
    first: int
    rows: list[TipRow]

    @property
    def number(self) -> int:
        """Which page this is, from 1."""
        return self.first // WAITING_PAGE + 1

    @property
    def pages(self) -> int:
        """How many pages the heap has."""
        return -(-self.total // WAITING_PAGE)


@dataclass(frozen=True, slots=True)
class TextRow:
    """A message or a supplement, sealed under its own identifier."""

    id: UUID
    at: datetime
    author: str
    kind: str
    sealed: Account


@dataclass(frozen=True, slots=True)
class LoopRow:
    """The loop of the case that came of a tip. `feedback_due` is exclusive."""

    case: str
    unit: str
    state: str
    steps: tuple[LoopStep, ...]
    feedback_due: datetime | None


@dataclass(frozen=True, slots=True)
class ForgottenTip:
    """A tip of a time that a restore took away. `again`: it was registered once more under its old identifier;
    `case_state`: where the case stands that had come of it, with `case_unit`, and `letter`: whether one was sent."""

    tip: UUID
    source: str
    unit: str | None
    received_at: datetime
    lost_at: datetime
    again: bool
    case: str | None
    case_state: str | None
    case_unit: str | None
    letter: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to. `text` is looked for in what has left intake; texts of tipsters are sealed. Tips
    against the officials of `interests`, the reader's own bodies, are left out."""

    states: tuple[str, ...] = ()
    text: str | None = None
    after: UUID | None = None
    limit: int = PAGE
    interests: tuple[str, ...] = ()


class Queries:
    """Everything that is read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def tips(self, wanted: Filter) -> list[TipRow]:
        """Tips in the order in which they came."""
        where, values = _conditions(wanted)
        query = f"SELECT {_COLUMNS} FROM tips WHERE {where} ORDER BY id LIMIT %(limit)s"  # noqa: S608 – fixed parts
        return [_tip(row) for row in await self._rows(query, values | {"limit": wanted.limit})]

    async def waiting(self, pages: dict[Heap, int], source: str | None = None) -> list[Waiting]:
        """Tips that wait for an officer, of one source or of all: a page of each heap that has any, counted from 1; the
        last one where there are fewer. Counts and pages are of one instant."""
        rows = await self._rows(_WAITING, {"source": source, "size": WAITING_PAGE, "doubt": FLOOD} | pages)
        found: dict[Heap, Waiting] = {}
        for row in rows:
            heap, total, nth = row.pop("heap"), row.pop("total"), row.pop("nth")
            found.setdefault(heap, Waiting(heap, total, nth, [])).rows.append(_tip(row))
        return [found[heap] for heap in HEAPS if heap in found]

    async def tip(self, tip: UUID) -> TipRow | None:
        """One tip by identifier."""
        rows = await self._rows(f"SELECT {_COLUMNS} FROM tips WHERE id = %(tip)s", {"tip": tip})  # noqa: S608
        return _tip(rows[0]) if rows else None

    async def tip_of_receipt(self, lookup: bytes) -> UUID | None:
        """The tip whose code has this look-up value."""
        query = "SELECT tip FROM receipts WHERE lookup = %(lookup)s"
        found: UUID | None = await self._reading.value(None, query, {"lookup": lookup})
        return found

    async def forgotten(self, lookup: bytes) -> ForgottenTip | None:
        """The tip whose code has this look-up value, in a time that a restore took away."""
        rows = await self._forgotten("lookup = %(lookup)s ORDER BY number DESC LIMIT 1", {"lookup": lookup})
        return rows[0] if rows else None

    async def forgotten_tips(self, tips: Sequence[UUID]) -> dict[UUID, ForgottenTip]:
        """Those of these tips that are of such a time."""
        rows = await self._forgotten("f.tip = ANY(%(tips)s) ORDER BY f.number", {"tips": list(tips)})
        return {row.tip: row for row in rows}

    async def _forgotten(self, where: str, values: dict[str, Any]) -> list[ForgottenTip]:
        query = f"""
        SELECT f.tip, f.source, f.unit, f.received_at, f.lost_at, l.case_id AS case, l.state AS case_state,
               l.unit AS case_unit, l.feedback_due IS NOT NULL AS letter,
               EXISTS (SELECT FROM tips WHERE id = f.tip) AS again
        FROM forgotten_tips AS f LEFT JOIN LATERAL (
          SELECT case_id, state, unit, feedback_due FROM tip_loops
          WHERE tip_loops.tip = f.tip ORDER BY case_id DESC LIMIT 1
        ) AS l ON true
        WHERE {where}"""  # noqa: S608 – fixed parts
        return [ForgottenTip(**row) for row in await self._rows(query, values)]

    async def texts(self, tip: UUID) -> list[TextRow]:
        """Messages and supplements, oldest first."""
        query = "SELECT id, at, author, kind, sealed FROM tip_texts WHERE tip = %(tip)s ORDER BY at, id"
        rows = await self._rows(query, {"tip": tip})
        return [TextRow(**(row | {"sealed": typed.convert(row["sealed"], Account)})) for row in rows]

    async def loop(self, tip: UUID) -> LoopRow | None:
        """The loop of the latest case that came of a tip."""
        query = """SELECT case_id AS case, unit, state, steps, feedback_due FROM tip_loops
                   WHERE tip = %(tip)s AND state <> 'taken_back' ORDER BY case_id DESC LIMIT 1"""
        rows = await self._rows(query, {"tip": tip})
        if not rows:
            return None
        return LoopRow(**(rows[0] | {"steps": typed.convert(rows[0]["steps"], tuple[LoopStep, ...])}))

    async def _rows(self, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        return await self._reading.dicts(None, query, values)


def _tip(row: dict[str, Any]) -> TipRow:
    account = typed.convert(row["account"], Account)
    suggestion = typed.convert(row["suggestion"], Suggestion)
    return TipRow(**(row | {"account": account, "suggestion": suggestion}))


def _conditions(wanted: Filter) -> tuple[str, dict[str, Any]]:
    parts: list[str] = ["true"]
    values: dict[str, Any] = {}
    if wanted.states:
        parts.append("state = ANY(%(states)s)")
        values["states"] = list(wanted.states)
    if wanted.text:
        parts.append(f"({finds('matter', 'enterprise', 'place', 'external_no')} OR id::text = %(exact)s)")
        values["text"] = like(wanted.text)
        values["exact"] = wanted.text
    if wanted.interests:
        parts.append("NOT EXISTS (SELECT FROM confidential AS c WHERE c.id = tips.id AND c.unit = ANY(%(interests)s))")
        values["interests"] = list(wanted.interests)
    if wanted.after is not None:
        parts.append("id > %(after)s")
        values["after"] = wanted.after
    return " AND ".join(parts), values
