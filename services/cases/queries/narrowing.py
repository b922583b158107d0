"""What a list is narrowed to and how it is ordered, as SQL that an index answers.

Two rules keep a list as quick with a million cases as with a thousand. What waits for somebody is asked of partial
indexes and of the escalations that are undecided, which are few, and never of every case. And the order of a list is
that of an index, (date, id), in which a page goes on from a place (row comparison) instead of leaving rows out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.cases.queries import rows
from services.cases.queries.rows import OWN_CLOCKS, CaseRow, Place
from shared.kernel.visibility import ALL_UNITS

PAGE = 50
COUNTED = 1_000
"""More cases than these are not counted: one more stands for more."""
OWED = (
    "(CASE WHEN reported_at IS NULL AND due IS NOT NULL AND NOT (awaits_investigation AND state <> 'opened')"
    " THEN due ELSE 'infinity' END)"
)
"""By when the result is owed: not at all once it is there, nor while the date stands still."""
_UNDECIDED = "SELECT e.case_id FROM escalations AS e WHERE e.outcome IS NULL"
_SORTS = {"newest": ("opened_at", "DESC"), "oldest": ("opened_at", "ASC"), "due": (OWED, "ASC")}
SORTS = tuple(_SORTS)
"""In which order people may have a list: by the day of opening, or by the date by which the result is owed."""
_DATES = {name: f"coalesce({name}, 'infinity')" for name in (
    "return_due", "answer_due", "review_due", "closing_due", "reply_due", "recheck_due", "disclosure_due",
)} | {
    name: f"coalesce({date}, 'infinity')"
    for name, date in (("appoint_due", rows.APPOINT), ("verify_due", rows.VERIFY), ("office_due", rows.OFFICE))
}  # fmt: skip
"""The dates by which lists of a desk are ordered, the first one first."""
_UNAPPOINTED = f"{_UNDECIDED} AND e.verifier IS NULL"
_WAITING = {
    "return": "return_asked IS NOT NULL",
    "extension": "extension_asked IS NOT NULL",
    "appointment": f"id IN ({_UNAPPOINTED} UNION ALL SELECT c.id FROM cases AS c WHERE c.replied_at IS NOT NULL)",  # noqa: S608 – fixed parts
    "signature": "draft = 'result'",
    "reply": "reply_due IS NOT NULL",
    "recheck": "recheck_due IS NOT NULL",
    "disclosure": "state = 'closed' AND disclosed_at IS NULL AND disclosure_due IS NOT NULL",
    "bulletin": "state = 'closed' AND disclosed_at IS NOT NULL AND assessed_in IS NULL",
}
WAITS = ("office", "verification", *_WAITING)
"""What a case may wait for."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to. `states` empty: all; `due_before`: due before that instant and not reported;
    `opened_from` and `opened_before`: opened between; `now`: for what the office is late with; `escalated`: open
    (undecided) | any (now or once); `waits`: one of WAITS; `by`: one of SORTS, or the date of a desk; `before`: only
    what stands behind this case, in the order of the newest."""

    states: tuple[str, ...] = ()
    unit: str | None = None
    due_before: datetime | None = None
    escalated: str | None = None
    waits: str | None = None
    text: str | None = None
    draft: str | None = None
    before: UUID | None = None
    limit: int = PAGE
    by: str = "newest"
    now: datetime | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None


def order(wanted: Filter, place: Place | None = None) -> tuple[str, str]:
    """The condition that a case stands beyond the place, and the order: that of the list, or the reverse of it if the
    page before is asked for."""
    key, direction = _SORTS.get(wanted.by) or (_DATES[wanted.by], "ASC")
    back = place is not None and place.back
    forward = (direction == "ASC") != back
    ordered = f"{key} {'ASC' if forward else 'DESC'}, id {'ASC' if forward else 'DESC'}"
    if place is None:
        return "true", ordered
    at = "coalesce(%(at)s::timestamptz, 'infinity')"
    return f"({key}, id) {'>' if forward else '<'} ({at}, %(place)s::uuid)", ordered


def place_of(wanted: Filter, row: CaseRow, *, back: bool = False) -> Place:
    """Where a row stands in a list that people may have."""
    return Place(row.owed if wanted.by == "due" else row.opened_at, row.id, back)


def conditions(
    wanted: Filter, units: str, own: str, most: int | None = None
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """What a row fulfils. `units` and `own` are what the policies know of the viewer (`bihuan.units`, `bihuan.own`).
    `most`: no more rows than these are looked at."""
    parts: list[str] = []
    values: dict[str, Any] = {"own": own, "now": wanted.now}
    if units != ALL_UNITS and not own:  # the policy says the same, but an index is found by what the query says
        parts.append("unit = ANY(%(units)s)")
        values["units"] = units.split(",")
    if wanted.states:
        parts.append("state = ANY(%(states)s)")
        values["states"] = list(wanted.states)
    if wanted.unit:
        parts.append("unit = %(unit)s")
        values["unit"] = wanted.unit
    if wanted.due_before is not None:
        parts.append(f"{OWED} <= %(due_before)s")
        values["due_before"] = wanted.due_before
    if wanted.opened_from is not None:
        parts.append("opened_at >= %(opened_from)s")
        values["opened_from"] = wanted.opened_from
    if wanted.opened_before is not None:
        parts.append("opened_at < %(opened_before)s")
        values["opened_before"] = wanted.opened_before
    if wanted.escalated == "open":
        parts.append(f"id IN ({_UNDECIDED})")
    elif wanted.escalated:
        parts.append("(overdue OR idle OR false_closure)")
    if wanted.draft:
        parts.append("draft = %(draft)s")
        values["draft"] = wanted.draft
    if wanted.before is not None:
        parts.append(_BEHIND)
        values["before"] = wanted.before
    if wanted.waits:
        parts.append(_waiting(wanted.waits, own, None if parts else most))
    return " AND ".join(parts) or "true", values


_BEHIND = """(opened_at, id) < (coalesce((SELECT c.opened_at FROM cases AS c WHERE c.id = %(before)s),
uuid_extract_timestamp(%(before)s), 'infinity'), %(before)s)"""
"""A cursor that is no case of the viewer's is a place nevertheless: the moment that is in the identifier."""


def _waiting(what: str, own: str, most: int | None) -> str:
    """That a case waits for something. `own`: the group by which alone it is verified or supervised."""
    if what == "office":
        at_most = f"LIMIT {most}" if most else ""
        late = f"SELECT c.id FROM cases AS c WHERE {OWN_CLOCKS} <= %(now)s ORDER BY {OWN_CLOCKS} {at_most}"  # noqa: S608 – fixed parts
        return f"id IN (({late}) UNION ALL {_UNAPPOINTED} AND e.appoint_due <= %(now)s)"
    if what == "verification":
        return f"id IN ({_UNDECIDED} AND e.verifier {'= %(own)s' if own else 'IS NOT NULL'})"
    if what == "recheck" and own:
        return f"{_WAITING[what]} AND key_group = %(own)s"
    return _WAITING[what]
