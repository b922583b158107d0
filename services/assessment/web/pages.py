"""The pages of *assessment*: the table of counts, and the list of cases that a figure opens to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from services.assessment.queries import FIGURES, PAGE, CaseLine, Counts, Queries
from shared.campaign import Campaign, UnknownCode
from shared.campaign.definition import CITY
from shared.event_store.ids import parse_id
from shared.messaging.engine import Clock
from shared.web.pages import locale_of, render
from shared.web.session import SignedIn
from shared.web.words import Locale

STATE_NAMES = {
    "opened": "待移交",
    "transferred": "已移交待签收",
    "signed_for": "已签收",
    "handling": "办理中",
    "reported": "已反馈待审核",
    "reviewed": "已审核待办结",
    "closed": "已办结",
}


def mount_pages(app: FastAPI, queries: Queries, campaign: Campaign, clock: Clock) -> None:
    """Serve `/assessment` and `/assessment/{unit}/{figure}`."""

    @app.get("/assessment", include_in_schema=False)
    async def table(request: Request, viewer: SignedIn) -> Response:
        total, *rows = await queries.counts(viewer)
        locale = locale_of(request)
        lines = [_line(campaign, row, locale) for row in rows]
        return render(
            request, "assessment.html", here="assessment", now=clock.now(), figures=list(FIGURES.values()), lines=lines,
            total=_line(campaign, total, locale),
        )  # fmt: skip

    @app.get("/assessment/{unit}/{figure}", include_in_schema=False)
    async def behind(request: Request, unit: str, figure: str, viewer: SignedIn, cursor: str | None = None) -> Response:
        found = await queries.cases(viewer, unit, figure, parse_id(cursor) if cursor else None)
        locale = locale_of(request)
        following = "?" + urlencode({"cursor": str(found[-1].case_id)}) if len(found) == PAGE else None
        return render(
            request, "figure.html", here="assessment", now=clock.now(), figure=FIGURES[figure], following=following,
            unit=_name(campaign, unit, locale), lines=[_case(campaign, line, locale) for line in found],
        )  # fmt: skip


def _line(campaign: Campaign, row: Counts, locale: Locale) -> dict[str, Any]:
    rate = row.on_time_rate
    percent = f"{rate[0] * 100 / rate[1]:.1f}%" if rate else "–"
    return {"unit": row.unit, "name": _name(campaign, row.unit, locale), "figures": row.figures, "rate": percent}


def _case(campaign: Campaign, line: CaseLine, locale: Locale) -> dict[str, Any]:
    return {"row": line, "unit": _name(campaign, line.unit, locale), "state": STATE_NAMES.get(line.state, line.state)}


def _name(campaign: Campaign, unit: str, locale: Locale) -> str:
    """A unit's name; the sum of all units is named by the page."""
    if unit == CITY:
        return ""
    try:
        return campaign.unit(unit).name(locale)
    except UnknownCode:
        return unit
