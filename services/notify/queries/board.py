"""What the public reads: items on every channel, their wordings, the loop of their case. Nothing here is guarded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.values import OnChannel
from shared.kernel.contracts.steps import LoopStep
from shared.platform.event_store import typed
from shared.platform.service.reading import Reading, finds, like

_COLUMNS = """number, id, case_id, unit, kind, title, text, enterprise, place, violation, outcomes, channels,
published_at, corrected_at, withdrawn_at, reason, not_so, not_so_since, correction_due, corrected_on, nameless"""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One item. Of a withdrawn one the words are gone; `reason` says why. `not_so` is why it was or is to be corrected
    where it was not so, by `correction_due` (exclusive); `nameless`: what it said before is shown no more."""

    number: int
    id: UUID
    case_id: UUID | None
    unit: str
    kind: str
    title: str
    text: str
    enterprise: str | None
    place: str | None
    violation: str | None
    outcomes: tuple[str, ...]
    channels: tuple[OnChannel, ...]
    published_at: datetime
    corrected_at: datetime | None
    withdrawn_at: datetime | None
    reason: str | None
    not_so: str | None
    not_so_since: datetime | None
    correction_due: datetime | None
    corrected_on: tuple[OnChannel, ...]
    nameless: bool

    @property
    def waits_for_correction(self) -> bool:
        """Whether it still reads as it did, though it was found not to be so."""
        return self.correction_due is not None and self.withdrawn_at is None

    @property
    def changed_at(self) -> datetime:
        """When it last read otherwise than before."""
        changes = (self.published_at, self.corrected_at, self.not_so_since, self.withdrawn_at)
        return max(at for at in changes if at is not None)


@dataclass(frozen=True, slots=True)
class WordingRow:
    """A wording that was public from `at` on; `reason` is why it replaced the one before."""

    at: datetime
    title: str
    text: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """What the board is narrowed to. `before` is the number of the last item of the page before."""

    text: str | None = None
    unit: str | None = None
    kind: str | None = None
    before: int | None = None
    limit: int = 50


class BoardQueries:
    """Reads the public board."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def items(self, search: Search) -> list[BoardRow]:
        """Items, the last published first (numbers follow publication)."""
        query = f"""SELECT {_COLUMNS} FROM board
                    WHERE (%(text)s::text IS NULL OR {finds("title", "text")})
                      AND (%(unit)s::text IS NULL OR unit = %(unit)s)
                      AND (%(kind)s::text IS NULL OR kind = %(kind)s)
                      AND (%(before)s::bigint IS NULL OR number < %(before)s)
                    ORDER BY number DESC LIMIT %(limit)s"""  # noqa: S608 – fixed parts
        values = {
            "text": like(search.text) if search.text else None, "unit": search.unit, "kind": search.kind,
            "before": search.before, "limit": search.limit,
        }  # fmt: skip
        return [_item(row) for row in await self._reading.dicts(None, query, values)]

    async def item(self, id_: UUID) -> BoardRow | None:
        """One item."""
        rows = await self._reading.dicts(None, f"SELECT {_COLUMNS} FROM board WHERE id = %(id)s", {"id": id_})  # noqa: S608
        return _item(rows[0]) if rows else None

    async def latest_changes(self, limit: int) -> list[BoardRow]:
        """The items that were last published, corrected or withdrawn, the latest first."""
        query = f"""SELECT {_COLUMNS} FROM board
                    ORDER BY greatest(published_at, corrected_at, not_so_since, withdrawn_at) DESC, number DESC
                    LIMIT %(limit)s"""  # noqa: S608 – fixed parts
        return [_item(row) for row in await self._reading.dicts(None, query, {"limit": limit})]

    async def outcomes(self) -> dict[str, int]:
        """How many items show each outcome; withdrawn ones show none, nor does what was found not to be so."""
        query = """SELECT code, count(*)::int AS n FROM board, jsonb_array_elements_text(outcomes) AS code
                   WHERE correction_due IS NULL GROUP BY code"""
        return {row["code"]: row["n"] for row in await self._reading.dicts(None, query, {})}

    async def major_hazards(self) -> tuple[int, int]:
        """How many major hazards were rectified, of how many that are more than what somebody told."""
        query = """SELECT count(*) FILTER (WHERE rectified)::int AS rectified, count(*)::int AS confirmed
                   FROM hazards WHERE major AND confirmed"""
        (row,) = await self._reading.dicts(None, query, {})
        return row["rectified"], row["confirmed"]

    async def unfounded(self) -> list[datetime]:
        """When each allegation was counted that was not borne out, the last one first."""
        query = "SELECT since FROM unfounded WHERE since IS NOT NULL ORDER BY since DESC"
        return [row["since"] for row in await self._reading.dicts(None, query, {})]

    async def wordings(self, id_: UUID) -> list[WordingRow]:
        """Every wording of an item that was public, the first one first."""
        query = "SELECT at, title, text, reason FROM wordings WHERE disclosure = %(id)s ORDER BY at, id"
        return await self._reading.rows(None, query, {"id": id_}, WordingRow)

    async def loop(self, case: UUID) -> tuple[LoopStep, ...]:
        """The seven steps of a case; empty where they are not known yet."""
        steps = await self._reading.value(None, "SELECT steps FROM case_loops WHERE case_id = %s", (case,))
        return typed.convert(steps, tuple[LoopStep, ...]) if steps else ()


def _item(row: dict[str, Any]) -> BoardRow:
    channels = typed.convert(row["channels"], tuple[OnChannel, ...])
    corrected = typed.convert(row["corrected_on"] or [], tuple[OnChannel, ...])
    return BoardRow(**(row | {"outcomes": tuple(row["outcomes"]), "channels": channels, "corrected_on": corrected}))
