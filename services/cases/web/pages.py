"""The pages of *cases*: desk, list, case. They work without script; a form posts and comes back to the case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from services.cases.domain.authority import STATE_NAMES, STATES
from services.cases.handlers import CASE
from services.cases.queries import CaseRow, Queries
from services.cases.web.answers import PREFIX
from services.cases.web.api import list_filter
from services.cases.web.case_view import case_view, entry_of
from services.cases.web.desk import Desk, line
from shared.kernel.commands import Setting
from shared.kernel.restored import Restored
from shared.kernel.visibility import units_seen
from shared.platform.messaging.follower import Follower
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.forms import Failed, take
from shared.platform.web.pages import locale_of, render
from shared.platform.web.parameters import Code, Codes, Cursor, Position, SearchText
from shared.platform.web.session import SignedIn, Viewer, greeted
from shared.platform.web.streams import Streams

LIST_PAGE = 50


class Page:
    """What all pages of this service need."""

    def __init__(self, dispatch: Dispatch[Setting], queries: Queries, restored: Restored) -> None:
        self.restored = restored
        self.dispatch = dispatch
        self.queries = queries
        self.campaign = dispatch.setting.campaign
        self.desk = Desk(queries, self.campaign)
        self.now = dispatch.now
        self.follower = Follower(dispatch.engine, queries.versions_of)
        self.streams = Streams()


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

    @app.get("/cases/{case}", include_in_schema=False)
    async def one(request: Request, case: str, viewer: SignedIn, as_of: Position | None = None) -> Response:
        return await case_page(page, request, case, viewer, as_of)

    @app.post("/cases/{case}/{command}", include_in_schema=False)
    async def act(request: Request, case: str, command: str, viewer: SignedIn) -> Response:
        return await take(
            request, viewer, page.dispatch, CASE, command, {"case": case}, back=lambda _: f"/cases/{case}",
            again=lambda failed: case_page(page, request, case, viewer, None, failed=failed),
        )  # fmt: skip

    @app.get("/cases/{case}/live", include_in_schema=False)
    async def live(request: Request, case: str, viewer: SignedIn) -> StreamingResponse:
        row = await queries.row(viewer, case)
        return page.streams.answer(viewer.id, _versions(page, request, row))


async def _versions(page: Page, request: Request, row: CaseRow) -> AsyncIterator[str]:
    """One server-sent event for each new version of the case; a comment keeps the connection alive. It ends with the
    session that asked; a browser that was signed in to anew meanwhile comes back by itself."""
    yield ": following\n\n"
    async for version in page.follower.follow(row.id, row.version):
        if await request.is_disconnected() or greeted(request) is None:
            return
        yield f"id: {version}\ndata: {version}\n\n" if version is not None else ": still here\n\n"


async def case_page(
    page: Page,
    request: Request,
    case: str,
    viewer: Viewer,
    as_of: int | None,
    *,
    failed: Failed | None = None,
) -> Response:
    """The case page, now or as of a version of the case; `failed` shows a refused form again with what was typed."""
    history = await page.queries.history(viewer, case)
    last = len(history)
    version = min(max(as_of or last, 1), last)
    found = await page.queries.case(viewer, case, None if version == last else version)
    events = await page.queries.events(found.id)
    entries = [
        entry_of(event, stored, page.campaign)
        for event, stored in zip(events[:version], history[:version], strict=True)
    ]
    locale = locale_of(request)
    actor = page.dispatch.actor_of(viewer)
    view = case_view(found, entries, actor, page.campaign, page.now(), last=last, failed=failed, locale=locale)
    return render(request, "case.html", status=failed.status if failed else 200, here="cases", api=PREFIX, **view)
