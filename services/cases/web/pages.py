"""The pages of *cases*: desk, list, case. They work without script."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from services.cases.domain.authority import STATE_NAMES, STATES
from services.cases.web.api import list_filter
from services.cases.web.case_page import mount_case
from services.cases.web.desk import line
from services.cases.web.page import Page
from shared.kernel.visibility import units_seen
from shared.platform.web.pages import locale_of, render
from shared.platform.web.parameters import Code, Codes, Cursor, SearchText
from shared.platform.web.session import SignedIn

LIST_PAGE = 50


def mount_pages(app: FastAPI, page: Page) -> None:
    """Serve `/desk`, `/cases`, `/cases/{case}` and its forms and live stream."""
    queries, campaign = page.queries, page.campaign

    @app.get("/desk", include_in_schema=False)
    async def desk(request: Request, viewer: SignedIn) -> Response:
        lists = await page.desk.lists(viewer, page.now(), locale_of(request))
        return render(request, "desk.html", here="desk", now=page.now(), lists=lists,
                      restored=page.restored.path, to_check=await page.restored.waiting(viewer),
                      desk_count=sum(one["count"] for one in lists))  # fmt: skip

    @app.get("/cases", include_in_schema=False)
    async def listing(
        request: Request, viewer: SignedIn, state: Codes | None = None, unit: Code | None = None,
        due: Code | None = None, escalated: Code | None = None, q: SearchText | None = None,
        cursor: Cursor | None = None,
    ) -> Response:  # fmt: skip
        now, locale = page.now(), locale_of(request)
        wanted = list_filter(
            state or None, unit or None, due or None, escalated or None, q, cursor, LIST_PAGE, campaign, now
        )  # fmt: skip
        rows = await queries.cases(viewer, wanted)
        visible = units_seen(campaign, viewer)
        units = [county for county in campaign.units if visible is None or county.code in visible]
        kept = {"state": state, "unit": unit, "due": due, "escalated": escalated, "q": q}
        following = None
        if len(rows) == LIST_PAGE:
            following = "?" + urlencode({k: v for k, v in kept.items() if v} | {"cursor": str(rows[-1].id)})
        return render(
            request, "cases.html", here="cases", now=now, units=units,
            lines=[line(row, campaign, now, locale=locale) for row in rows], locale=locale,
            states=[(code, STATE_NAMES[code]) for code in STATES], kept=kept, following=following,
            total=await queries.count(viewer, replace(wanted, before=None)),
        )  # fmt: skip

    mount_case(app, page)
