"""The dashboard: where each county's cases stand, its papers, the five batches; and the cases behind a count."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from services.assessment.handlers import inspecting
from services.assessment.queries import FIGURES, PAGE, CaseLine, Counts, FilingCounts
from services.assessment.rules.measures import MEASURES
from services.assessment.web.page import Page
from services.assessment.web.words import measure_name, month_words, percent
from shared.kernel.campaign import Campaign
from shared.kernel.names import place_name
from shared.platform.web.pages import locale_of, render
from shared.platform.web.parameters import Cursor
from shared.platform.web.session import SignedIn, Viewer
from shared.platform.web.words import Locale

STATE_NAMES = {
    "opened": "待移交",
    "transferred": "已移交待签收",
    "signed_for": "已签收",
    "handling": "办理中",
    "reported": "已反馈待审核",
    "reviewed": "已审核待办结",
    "closed": "已办结",
    "taken_back": "已撤销",
}
_NOTHING = FilingCounts(0, 0)


def mount_dashboard(app: FastAPI, page: Page) -> None:
    """Serve `/assessment` and `/assessment/{unit}/{figure}`."""
    queries, campaign = page.queries, page.campaign

    @app.get("/assessment", include_in_schema=False)
    async def table(request: Request, viewer: SignedIn) -> Response:
        now, locale = page.now(), locale_of(request)
        total, *rows = await queries.counts(viewer)
        filings = await queries.filing_counts(viewer, now)
        groups = [group.code for group in campaign.groups if group.code in filings or group.code == viewer.unit]
        lines = [_line(campaign, row, filings, locale) for row in rows]
        own = viewer.unit if viewer.role == "group" else next(iter(queries.units_of(viewer)), None)
        month = next(iter(page.setting.schedule.months_until(now)), None)
        return render(
            request, "assessment.html", here="assessment", now=now, figures=list(FIGURES.values()), lines=lines,
            total=_line(campaign, total, {}, locale), month=month, months=_months(page, viewer, locale),
            groups=[{"unit": code, "name": place_name(campaign, code, locale),
                     "filings": filings.get(code, _NOTHING)} for code in groups],
            batches=await _batches(page, viewer, locale) if lines else [],
            own=None if queries.sees_city(viewer) else own, city=queries.sees_city(viewer),
            may_inspect=bool(inspecting.units_of(page.setting, page.dispatch.actor_of(viewer))),
        )  # fmt: skip

    @app.get("/assessment/{unit}/{figure}", include_in_schema=False)
    async def behind(
        request: Request, unit: str, figure: str, viewer: SignedIn, cursor: Cursor | None = None
    ) -> Response:
        found = await queries.cases(viewer, unit, figure, cursor)
        locale = locale_of(request)
        following = "?" + urlencode({"cursor": str(found[-1].case_id)}) if len(found) == PAGE else None
        return render(
            request, "figure.html", here="assessment", now=page.now(), figure=FIGURES[figure], following=following,
            unit=place_name(campaign, unit, locale), lines=[_case(campaign, line, locale) for line in found],
        )  # fmt: skip


async def _batches(page: Page, viewer: Viewer, locale: Locale) -> list[dict[str, Any]]:
    """The five batches of the viewer's counties, from the beginning of the campaign to now."""
    now, campaign = page.now(), page.campaign
    wanted = [(batch, code) for batch in campaign.assessment.batches for code in batch.counts if code in MEASURES]
    sums = await page.setting.figures.sums(now)
    units = page.queries.units_of(viewer)
    return [
        {
            "batch": batch.name(locale),
            "measure": measure_name(campaign, code, locale),
            "code": code,
            "counts": [(unit, place_name(campaign, unit, locale), sums.figure(code, unit)) for unit in units],
        }
        for batch, code in wanted
    ]


def _months(page: Page, viewer: Viewer, locale: Locale) -> list[dict[str, str]]:
    begun = page.setting.schedule.months_until(page.now())
    return [{"key": key, "name": month_words(key, locale)} for key in begun]


def _line(campaign: Campaign, row: Counts, filings: dict[str, FilingCounts], locale: Locale) -> dict[str, Any]:
    rate = row.on_time_rate
    return {
        "unit": row.unit, "name": place_name(campaign, row.unit, locale), "figures": row.figures,
        "rate": percent(*rate) if rate else "–", "filings": filings.get(row.unit, _NOTHING),
    }  # fmt: skip


def _case(campaign: Campaign, line: CaseLine, locale: Locale) -> dict[str, Any]:
    return {"row": line, "unit": place_name(campaign, line.unit, locale), "state": STATE_NAMES[line.state]}
