"""The desk: what needs this person, by role, the most urgent first; and how a case reads as a line of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.cases.domain.authority import STATE_NAMES
from services.cases.queries import COUNTED, CaseRow, Filter, Queries
from shared.kernel.campaign import Campaign
from shared.kernel.names import unit_name
from shared.kernel.restored import Facts
from shared.platform.web.session import Viewer
from shared.platform.web.words import Locale, translate

ON_THE_DESK = 20
IN_A_QUEUE = 200
_MOMENT = timedelta(seconds=1)  # due instants are exclusive: the last day is the one before
WAIT_NAMES = {
    "office": "市局办公室逾期未办",
    "return": "待处理的退回申请",
    "extension": "待批准的延期申请和整改计划",
    "appointment": "待指定核查单位",
    "verification": "核查中",
    "signature": "待签字的办理结果",
    "reply": "虚假办结疑点待申辩",
    "recheck": "重点督导中",
    "disclosure": "已办结待公开",
    "bulletin": "已公开待列入考核通报",
}
"""What a case waits for, as lists and desks call it."""
Wanted = tuple[str, str, Filter]
"""Key (the anchor on the page), title, filter."""


def _of(states: str, by: str = "due") -> Filter:
    return Filter(states=tuple(states.split()), by=by, limit=ON_THE_DESK)


def _waiting(what: str, by: str) -> Filter:
    return Filter(waits=what, by=by, limit=ON_THE_DESK)


_LATE = ("late", WAIT_NAMES["office"], _waiting("office", "office_due"))
_RETURNS = ("returns", WAIT_NAMES["return"], _waiting("return", "return_due"))
_EXTENSIONS = ("extensions", WAIT_NAMES["extension"], _waiting("extension", "answer_due"))
_APPOINT = ("appoint", WAIT_NAMES["appointment"], _waiting("appointment", "appoint_due"))
_VERIFYING = ("verifying", WAIT_NAMES["verification"], _waiting("verification", "verify_due"))
_SUPERVISED = ("key", WAIT_NAMES["recheck"], _waiting("recheck", "recheck_due"))
_DISCLOSE = ("disclose", WAIT_NAMES["disclosure"], _waiting("disclosure", "disclosure_due"))
_ASSESS = ("assess", WAIT_NAMES["bulletin"], _waiting("bulletin", "due"))
_ESCALATED = ("escalated", "提级核查", Filter(escalated="open", by="due", limit=ON_THE_DESK))
_REPLY = ("reply", WAIT_NAMES["reply"], _waiting("reply", "reply_due"))
_TO_SIGN_FOR = ("sign-for", "待签收", _of("transferred"))
_HANDLE = ("handle", "办理中", _of("signed_for handling"))
DESKS: dict[str, tuple[Wanted, ...]] = {
    "director": (
        _LATE,
        ("sign-off", "待签发的交办书", _of("opened")),
        _APPOINT,
        _EXTENSIONS,
        _RETURNS,
        ("close", "待办结", _of("reviewed", "closing_due")),
        _VERIFYING,
        _SUPERVISED,
        _DISCLOSE,
        _ASSESS,
    ),
    "office": (
        _LATE,
        _APPOINT,
        _RETURNS,
        ("review", "待审核", _of("reported", "review_due")),
        ("sign-off", "待移交", _of("opened")),
        _EXTENSIONS,
        _VERIFYING,
        _SUPERVISED,
        _DISCLOSE,
        _ASSESS,
    ),
    "county": (_REPLY, _TO_SIGN_FOR, _HANDLE),
    "principal": (
        _REPLY,
        ("sign", "待签字的办理结果", Filter(("signed_for", "handling"), draft="result", by="due", limit=ON_THE_DESK)),
        _TO_SIGN_FOR,
        _HANDLE,
    ),
    "station": (_HANDLE,),
    "group": (
        ("verify", "待本组核查", _waiting("verification", "verify_due")),
        ("key", "本组重点督导", _waiting("recheck", "recheck_due")),
        _ESCALATED,
        _HANDLE,
    ),
    "taskforce": (_LATE, _ESCALATED, _SUPERVISED),
}
"""What each role's desk lists, the most pressing list first; within one, the most urgent case first."""


class Desk:
    """Reads the lists of a desk."""

    def __init__(self, queries: Queries, campaign: Campaign) -> None:
        self._queries = queries
        self._campaign = campaign

    async def lists(self, viewer: Viewer, now: datetime, locale: Locale = "zh") -> list[dict[str, Any]]:
        """What needs this viewer: key, title, count (in figures and as it is shown), lines."""
        desk = [(key, title, replace(narrowed, now=now)) for key, title, narrowed in DESKS.get(viewer.role, ())]
        found = await self._queries.lists(viewer, [wanted for _, _, wanted in desk])
        return [
            self._list(key, title, wanted, rows, count, locale)
            for (key, title, wanted), (rows, count) in zip(desk, found, strict=True)
        ]

    async def one(self, viewer: Viewer, key: str, now: datetime, locale: Locale = "zh") -> dict[str, Any] | None:
        """One list of this viewer's desk, as far as it is shown at once; None where his desk has none of this key."""
        for of, title, narrowed in DESKS.get(viewer.role, ()):
            if of == key:
                wanted = replace(narrowed, now=now, limit=IN_A_QUEUE)
                ((rows, count),) = await self._queries.lists(viewer, [wanted])
                return self._list(key, title, wanted, rows, count, locale)
        return None

    def _list(
        self, key: str, title: str, wanted: Filter, rows: Sequence[CaseRow], count: int, locale: Locale
    ) -> dict[str, Any]:
        assert wanted.now is not None
        lines = [line(row, self._campaign, wanted.now, wanted.by, locale, key) for row in rows]
        return {"key": key, "title": title, "count": count, "counted": counted(count), "lines": lines}


def counted(count: int) -> str:
    """A number as it is shown: more than are counted are “1000+”."""
    return f"{COUNTED}+" if count > COUNTED else str(count)


def line(
    row: CaseRow, campaign: Campaign, now: datetime, by: str | None = None, locale: Locale = "zh", list_: str = ""
) -> dict[str, Any]:
    """One case in a list: what, who, until when. `by`: the date that matters in this list; `list_`: its key, where the
    list is a desk's, which then stands beside the case."""
    asked = {"return_due": row.return_asked, "answer_due": row.extension_asked}.get(str(by))
    due = row.owed if by in (None, "due") else getattr(row, str(by))
    late = due is not None and due <= now
    return {
        "row": row,
        "href": f"/cases/{row.id}?queue={list_}" if list_ else f"/cases/{row.id}",
        "unit": unit_name(campaign, row.unit, locale),
        "state": STATE_NAMES[row.state],
        "due": (due - _MOMENT).astimezone(now.tzinfo).date() if due else None,
        "until": until(due, now, locale),
        "asked": asked,
        "alarm": late or row.escalated,
    }


def facts_of(queries: Queries, campaign: Campaign) -> Facts:
    """Of cases in the list of what a restore has left to people: the matter, whose it is, its letter, and where it
    stands."""

    async def facts(viewer: Viewer, cases: Sequence[UUID], locale: Locale) -> Mapping[UUID, Sequence[str]]:
        found = {}
        for row in await queries.some(viewer, cases):
            letter = [row.letter] if row.letter is not None else []
            unit, state = unit_name(campaign, row.unit, locale), translate(locale, STATE_NAMES[row.state])
            found[row.id] = (row.matter, unit, *letter, state)
        return found

    return facts


def until(due: datetime | None, now: datetime, locale: Locale = "zh") -> str | None:
    """How long until an exclusive due instant, short: for lists."""
    if due is None:
        return None
    if due <= now:
        days = (now - due).days
        return translate(locale, "超期 {n} 天" if days else "今日超期").format(n=days)
    left = ((due - _MOMENT).astimezone(now.tzinfo).date() - now.date()).days
    return translate(locale, "{n} 天后到期" if left else "今日到期").format(n=left)
