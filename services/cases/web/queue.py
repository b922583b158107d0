"""The queue beside a case: one list of a desk, the most urgent first, so that finishing one opens the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from services.cases.web.desk import Desk
from shared.platform.web.session import Viewer
from shared.platform.web.words import Locale

QUEUE, NEXT, DONE, OF = "queue", "next", "done", "of"
"""What an address says: the list, the case that opens next, the command that was given, the case that it was given."""


@dataclass(frozen=True, slots=True)
class Queue:
    """One list of a desk. `counted` is the count as it is shown; `lines` as `desk.line` makes them; `place` of the case
    that is open (from 1), None where it is not in the list any more; `following` is the next one, none after the last.
    """

    key: str
    title: str
    count: int
    counted: str
    lines: Sequence[Mapping[str, Any]]
    place: int | None
    following: UUID | None

    def address(self, case: UUID, **more: str) -> str:
        """Where a case stands beside this queue."""
        return f"/cases/{case}?{urlencode({QUEUE: self.key, **more})}"


async def queue_of(desk: Desk, viewer: Viewer, key: str, case: UUID, now: Any, locale: Locale) -> Queue | None:
    """The viewer's list of this key; None where his desk has none."""
    found = await desk.one(viewer, key, now, locale)
    if found is None:
        return None
    ids = [line["row"].id for line in found["lines"]]
    place = ids.index(case) if case in ids else None
    others = ids[place + 1 :] + ids[:place] if place is not None else ids
    return Queue(
        key, found["title"], found["count"], found["counted"], found["lines"], place + 1 if place is not None else None,
        next(iter(others), None),
    )  # fmt: skip


def behind(case: str, command: str, query: Mapping[str, str]) -> str:
    """Where to go after a command: to the case, which says what was done, and knows its queue."""
    kept = {DONE: command}
    for name in (QUEUE, NEXT):
        if value := query.get(name):
            kept[name] = value
    return f"/cases/{case}?{urlencode(kept)}"


def stays(case: str, query: Mapping[str, str]) -> str:
    """The page of the case beside the same queue."""
    kept = {QUEUE: query[QUEUE]} if query.get(QUEUE) else {}
    return f"/cases/{case}?{urlencode(kept)}" if kept else f"/cases/{case}"


def onward(case: UUID, following: UUID, query: Mapping[str, str]) -> str:
    """The next case of the queue, which says what was done with this one."""
    kept = {QUEUE: query.get(QUEUE, ""), DONE: query.get(DONE, ""), OF: str(case)}
    return f"/cases/{following}?{urlencode(kept)}"
