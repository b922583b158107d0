"""The page of one case: read, decided on, followed live. Its forms post and come back to it, or lead on to the next
case of the queue beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from services.cases.handlers import CASE
from services.cases.queries import CaseRow
from services.cases.web import queue
from services.cases.web.answers import PREFIX
from services.cases.web.case_view import case_view, entry_of
from services.cases.web.page import Page
from services.cases.web.sheets import letter_sheet
from shared.platform.event_store.ids import parse_id
from shared.platform.service.forms import take
from shared.platform.service.refused import Failed
from shared.platform.web.pages import locale_of, render
from shared.platform.web.parameters import Code, Position
from shared.platform.web.session import SignedIn, Viewer, greeted


@dataclass(frozen=True, slots=True)
class Told:
    """A command that was given, by name; `row` is the case, where it is not the one on the page."""

    command: str
    row: CaseRow | None


def mount_case(app: FastAPI, page: Page) -> None:
    """Serve `/cases/{case}`, its forms and its live stream."""

    @app.get("/cases/{case}", include_in_schema=False)
    async def one(
        request: Request, case: str, viewer: SignedIn, as_of: Position | None = None, do: Code | None = None
    ) -> Response:
        failed = await page.dispatch.refused.of(request, viewer)
        return await case_page(page, request, case, viewer, as_of, failed, do)

    @app.post("/cases/{case}/{command}", include_in_schema=False)
    async def act(request: Request, case: str, command: str, viewer: SignedIn) -> Response:
        return await take(
            request, viewer, page.dispatch, CASE, command, {"case": case},
            back=lambda _: queue.behind(case, command, request.query_params),
            page=queue.stays(case, request.query_params),
        )  # fmt: skip

    @app.get("/cases/{case}/live", include_in_schema=False)
    async def live(request: Request, case: str, viewer: SignedIn) -> StreamingResponse:
        row = await page.queries.row(viewer, case)
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
    failed: Failed | None,
    do: str | None,
) -> Response:
    """The case page, now or as of a version of the case; `failed` shows a refused form again with what was typed, `do`
    the form that was asked for. Who has nothing more to do with it after a command is led on to the next of his queue.
    """
    history = await page.queries.history(viewer, case)
    last = len(history)
    version = min(max(as_of or last, 1), last)
    found = await page.queries.case(viewer, case, None if version == last else version)
    events, locale = await page.queries.events(found.id), locale_of(request)
    entries = [
        entry_of(event, stored, page.campaign, locale)
        for event, stored in zip(events[:version], history[:version], strict=True)
    ]
    now, query = page.now(), request.query_params
    actor = page.dispatch.actor_of(viewer)
    sheet = letter_sheet(page.campaign, found, events[:version], now)
    view = case_view(
        found, entries, actor, page.campaign, now, last=last, failed=failed, locale=locale, letter=sheet, do=do
    )
    done = query.get(queue.DONE, "")
    if done in CASE.commands and not query.get(queue.OF) and view["act"].step is None:
        following = parse_id(query.get(queue.NEXT, ""))
        if following is not None and await page.queries.some(viewer, [following]):
            return RedirectResponse(queue.onward(found.id, following, query), 303)
    beside = await queue.queue_of(page.desk, viewer, query.get(queue.QUEUE, ""), found.id, now, locale)
    told = await _told(page, viewer, done, query.get(queue.OF, ""))
    return render(request, "case.html", here="cases", api=PREFIX, queue=beside, told=told, **view)


async def _told(page: Page, viewer: Viewer, command: str, case: str) -> Told | None:
    """What the command before did: its name, and the case, if that is another one than the page's."""
    if command not in CASE.commands:
        return None
    rows = await page.queries.some(viewer, [id_]) if (id_ := parse_id(case)) else []
    return Told(CASE.commands[command].permission.called(viewer.role), rows[0] if rows else None)
