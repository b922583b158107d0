"""The pages of *cases*: desk, list, case. They work without script."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from services.cases.web.case_page import mount_case
from services.cases.web.lists import mount_lists
from services.cases.web.page import Page
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import SignedIn


def mount_pages(app: FastAPI, page: Page) -> None:
    """Serve `/desk`, `/cases`, `/cases/{case}` and its forms and live stream."""
    queries, campaign = page.queries, page.campaign

    @app.get("/desk", include_in_schema=False)
    async def desk(request: Request, viewer: SignedIn) -> Response:
        lists = await page.desk.lists(viewer, page.now(), locale_of(request))
        return render(request, "desk.html", here="desk", now=page.now(), lists=lists,
                      restored=page.restored.path, to_check=await page.restored.waiting(viewer),
                      desk_count=sum(one["count"] for one in lists))  # fmt: skip

    mount_lists(app, queries, campaign, page.now)

    mount_case(app, page)
