"""`/cases`: the list that people narrow, order, page forth and back, and take home as a table.

What is chosen is in the address, so that a list can be kept and sent; each narrowing is a chip that takes it away.
A page goes on from the case where the one before ended, whatever was added meanwhile (see `queries.narrowing`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, FastAPI, Query, Request, Response

from services.cases.domain.authority import STATE_NAMES, STATES
from services.cases.queries import SORTS, CaseRow, Filter, Place, Queries
from services.cases.web.api import day_of, list_filter
from services.cases.web.desk import WAIT_NAMES, line
from shared.kernel.campaign import Campaign
from shared.kernel.names import unit_name
from shared.kernel.visibility import units_seen
from shared.platform.web import problems, spreadsheets
from shared.platform.web.pages import locale_of, render
from shared.platform.web.parameters import COPIED, Code, Codes, SearchText
from shared.platform.web.session import SignedIn, Viewer
from shared.platform.web.words import Locale, translate

PAGE = 50
EXPORTED = 5_000
"""Rows of a table at most: enough for a month of a county, and made within a second or two."""
SORT_NAMES = {"newest": "最近登记的在前", "oldest": "最早登记的在前", "due": "反馈期限近的在前"}
ESCALATED_NAMES = {"open": "未作结论", "any": "曾经提级"}
HEADS = (
    ("文号", 24), ("内容", 44), ("单位名称", 26), ("承办单位", 20), ("状态", 12), ("登记日期", 12), ("反馈期限", 12),
    ("反馈日期", 12), ("办结日期", 12), ("公开日期", 12), ("曾经提级", 10),
)  # fmt: skip
_PLACE = re.compile(r"(-|[0-9]{1,16})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(seconds=1)  # due instants are exclusive: the last day is the one before
NAMES = ("q", "state", "unit", "due", "escalated", "wait", "from", "to", "sort")
Sort = Literal["newest", "oldest", "due"]


async def _kept(
    state: Codes = "", unit: Code = "", due: Code = "", escalated: Code = "", wait: Code = "", q: SearchText = "",
    since: Annotated[Code, Query(alias="from")] = "", to: Code = "", sort: Sort = "newest",
) -> dict[str, str]:  # fmt: skip
    """What is chosen, as the address has it, without what is not."""
    chosen = {
        "q": q.strip(), "state": state, "unit": unit, "due": due, "escalated": escalated, "wait": wait, "from": since,
        "to": to, "sort": sort if sort != SORTS[0] else "",
    }  # fmt: skip
    return {name: value for name, value in chosen.items() if value}


Kept = Annotated[dict[str, str], Depends(_kept)]


def mount_lists(app: FastAPI, queries: Queries, campaign: Campaign, now: Callable[[], datetime]) -> None:
    """Serve `/cases` and `/cases/list.xlsx`."""

    @app.get("/cases", include_in_schema=False)
    async def listing(
        request: Request, viewer: SignedIn, kept: Kept, after: Code | None = None, before: Code | None = None
    ) -> Response:
        locale, moment = locale_of(request), now()
        wanted = _filter(kept, campaign, moment)
        place = _place("before", before, back=True) if before else _place("after", after) if after else None
        found = await queries.listed(viewer, wanted, place)
        return render(
            request, "cases.html", here="cases", now=moment, kept=dict.fromkeys(NAMES, "") | kept, locale=locale,
            lines=[line(row, campaign, moment, locale=locale) for row in found.rows], units=_units(campaign, viewer),
            chips=_chips(kept, campaign, locale), states=[(code, STATE_NAMES[code]) for code in STATES],
            sorts=SORT_NAMES, waits=WAIT_NAMES,
            escalations=ESCALATED_NAMES, total=found.total, counted=found.counted, exported=EXPORTED,
            previous=_link(kept, before=found.before), following=_link(kept, after=found.after),
            table=f"/cases/list.xlsx{_query(kept)}",
        )  # fmt: skip

    @app.get("/cases/list.xlsx", include_in_schema=False)
    async def table(request: Request, viewer: SignedIn, kept: Kept) -> Response:
        locale, moment = locale_of(request), now()
        wanted = replace(_filter(kept, campaign, moment), limit=EXPORTED + 1)
        rows = await queries.cases(viewer, wanted)
        body = await asyncio.to_thread(_table, rows, campaign, moment, locale)
        name = f"cases-{moment:%Y-%m-%d}.xlsx"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(body, media_type=spreadsheets.MEDIA_TYPE, headers=headers)


def _filter(kept: Mapping[str, str], campaign: Campaign, now: datetime) -> Filter:
    """Raises problems.Invalid naming the parameter and what is allowed."""
    found = list_filter(
        kept.get("state"), kept.get("unit"), kept.get("due"), kept.get("escalated"), kept.get("q"), None, PAGE,
        campaign, now,
    )  # fmt: skip
    wait = kept.get("wait")
    if wait is not None and wait not in WAIT_NAMES:
        raise problems.Invalid.parameter("wait", "没有这样的等待事项，请从列出的代码中选择。", tuple(WAIT_NAMES))
    wrong = "请写日期，如 2022-02-09。"
    since = day_of("from", kept["from"], campaign, wrong) if "from" in kept else None
    to = day_of("to", kept["to"], campaign, wrong) + timedelta(days=1) if "to" in kept else None
    return replace(
        found, waits=wait, opened_from=since, opened_before=to, by=kept.get("sort", SORTS[0]), now=now
    )  # fmt: skip


def _units(campaign: Campaign, viewer: Viewer) -> list[Any]:
    visible = units_seen(campaign, viewer)
    return [county for county in campaign.units if visible is None or county.code in visible]


# --- where links lead ---


def _query(kept: Mapping[str, str], **more: str) -> str:
    chosen = {**kept, **more}
    return f"?{urlencode(chosen)}" if chosen else ""


def _link(kept: Mapping[str, str], **turn: Place | None) -> str | None:
    """The page after or before; None where there is none."""
    ((name, place),) = turn.items()
    return f"/cases{_query(kept, **{name: _written(place)})}" if place is not None else None


def _written(place: Place) -> str:
    """As `_place` reads it: microseconds since 1970."""
    micros = "-" if place.at is None else (place.at - _EPOCH) // timedelta(microseconds=1)
    return f"{micros}.{place.id}"


def _place(name: str, written: str, *, back: bool = False) -> Place:
    found = _PLACE.fullmatch(written)
    if found is None:
        raise problems.Invalid.parameter(name, COPIED, ())
    micros, id_ = found.groups()
    return Place(None if micros == "-" else _EPOCH + timedelta(microseconds=int(micros)), UUID(id_), back)


def _chips(kept: Mapping[str, str], campaign: Campaign, locale: Locale) -> list[tuple[str, str]]:
    """What the list is narrowed to, each in words, and the address of the list without it."""

    def states(codes: str) -> str:
        return "、".join(translate(locale, STATE_NAMES[code]) for code in codes.split(","))

    words: dict[str, tuple[str, Callable[[str], str]]] = {
        "q": ("查找", lambda text: text),
        "state": ("状态", states),
        "unit": ("承办单位", lambda code: unit_name(campaign, code, locale)),
        "due": ("期限", lambda day: translate(locale, "已超期未反馈") if day == "overdue" else day),
        "escalated": ("提级核查", lambda code: translate(locale, ESCALATED_NAMES[code])),
        "wait": ("等待", lambda code: translate(locale, WAIT_NAMES[code])),
        "from": ("登记不早于", lambda day: day),
        "to": ("登记不晚于", lambda day: day),
    }
    return [
        (
            f"{translate(locale, head)}：{say(kept[name])}",
            f"/cases{_query({n: v for n, v in kept.items() if n != name})}",
        )
        for name, (head, say) in words.items()
        if name in kept
    ]


# --- the table ---


def _table(rows: list[CaseRow], campaign: Campaign, now: datetime, locale: Locale) -> bytes:
    heads = [(translate(locale, head), width) for head, width in HEADS]
    return spreadsheets.xlsx(f"{now:%Y-%m-%d}", heads, [_cells(row, campaign, locale) for row in rows[:EXPORTED]])


def _cells(row: CaseRow, campaign: Campaign, locale: Locale) -> list[spreadsheets.Cell]:
    def day(at: datetime | None) -> date | None:
        return at.astimezone(campaign.zone).date() if at is not None else None

    escalated = translate(locale, ESCALATED_NAMES["any"]) if row.overdue or row.idle or row.false_closure else None
    due = day(row.due - _MOMENT) if row.due is not None else None
    return [
        row.letter, row.matter, row.enterprise, unit_name(campaign, row.unit, locale),
        translate(locale, STATE_NAMES[row.state]), day(row.opened_at), due, day(row.reported_at), day(row.closed_at),
        day(row.disclosed_at), escalated,
    ]  # fmt: skip
