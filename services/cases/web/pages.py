"""The pages of *cases*: desk, list, case. They work without script; a form posts and comes back to the case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from pydantic import ValidationError

from services.cases.commands import BODIES, Body
from services.cases.domain.authority import AUTHORITY, STATE_NAMES, STATES
from services.cases.queries import CaseRow, Queries
from services.cases.web.api import PREFIX, list_filter
from services.cases.web.case_view import Failed, case_view, entry_of
from services.cases.web.desk import Desk, line
from services.cases.web.requests import Gate
from shared.kernel.campaign import Campaign
from shared.kernel.visibility import units_seen
from shared.platform.messaging.engine import Engine
from shared.platform.messaging.follower import Follower
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import SignedIn, Viewer

LIST_PAGE = 50


class Page:
    """What all pages of this service need."""

    def __init__(self, engine: Engine, gate: Gate, queries: Queries, campaign: Campaign) -> None:
        self.engine = engine
        self.gate = gate
        self.queries = queries
        self.campaign = campaign
        self.desk = Desk(queries, campaign)
        self.follower = Follower(engine, queries.versions_of)

    def now(self) -> datetime:
        """The domain clock's instant, for what remains and what is overdue."""
        moment: datetime = self.engine.clock.now()
        return moment


def mount_pages(app: FastAPI, page: Page) -> None:
    """Serve `/desk`, `/cases`, `/cases/{case}` and its forms and live stream."""
    queries, campaign = page.queries, page.campaign

    @app.get("/desk", include_in_schema=False)
    async def desk(request: Request, viewer: SignedIn) -> Response:
        lists = await page.desk.lists(viewer, page.now(), locale_of(request))
        return render(request, "desk.html", here="desk", now=page.now(), lists=lists,
                      desk_count=sum(one["count"] for one in lists))  # fmt: skip

    @app.get("/cases", include_in_schema=False)
    async def listing(
        request: Request, viewer: SignedIn, state: str | None = None, unit: str | None = None, due: str | None = None,
        escalated: str | None = None, q: str | None = None, cursor: str | None = None,
    ) -> Response:  # fmt: skip
        clock, now, locale = page.engine.clock, page.now(), locale_of(request)
        wanted = list_filter(
            state or None, unit or None, due or None, escalated or None, q, cursor, LIST_PAGE, campaign, clock
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
    async def one(request: Request, case: str, viewer: SignedIn, as_of: int | None = None) -> Response:
        return await case_page(page, request, case, viewer, as_of)

    @app.post("/cases/{case}/{command}", include_in_schema=False)
    async def act(request: Request, case: str, command: str, viewer: SignedIn) -> Response:
        if command not in AUTHORITY:
            raise problems.NotFound()
        await request.body()  # kept for its fingerprint: form() alone would use it up
        form = await request.form()
        typed = {name: "\n".join(one for one in form.getlist(name) if isinstance(one, str)) for name in form}
        try:
            body = BODIES[command].model_validate(form_values(BODIES[command], typed))
            await page.gate.command(request, viewer, command, case, body)
        except (problems.Problem, ValidationError) as error:
            if isinstance(error, problems.NotFound | problems.ServiceUnavailable):
                raise
            told = error_words(error)
            status = error.status if isinstance(error, problems.Problem) else 422
            return await case_page(page, request, case, viewer, None, failed=(command, told, typed), status=status)
        return RedirectResponse(f"/cases/{case}", 303)

    @app.get("/cases/{case}/live", include_in_schema=False)
    async def live(request: Request, case: str, viewer: SignedIn) -> StreamingResponse:
        row = await queries.row(viewer, case)
        return StreamingResponse(
            _versions(page, request, row), media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )  # fmt: skip


async def _versions(page: Page, request: Request, row: CaseRow) -> AsyncIterator[str]:
    """One server-sent event for each new version of the case; a comment keeps the connection alive."""
    yield ": following\n\n"
    async for version in page.follower.follow(row.id, row.version):
        if await request.is_disconnected():
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
    status: int = 200,
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
    view = case_view(found, entries, viewer, page.campaign, page.now(), last=last, failed=failed, locale=locale)
    return render(request, "case.html", status=status, here="cases", api=PREFIX, **view)


def form_values(body: type[Body], form: dict[str, str]) -> dict[str, Any]:
    """A form's strings as a body: empty fields are left out, lists are one item a line."""
    values: dict[str, Any] = {}
    for name, field in body.model_fields.items():
        given = form.get(name, "")
        if not given.strip():
            continue
        is_list = "tuple" in str(field.annotation)
        values[name] = [line.strip() for line in given.splitlines() if line.strip()] if is_list else given
    return values


def error_words(error: problems.Problem | ValidationError) -> str:
    """What to tell above the form."""
    if isinstance(error, problems.Problem):
        return str(error)
    fields = "、".join(_FIELD_NAMES.get(str(e["loc"][0]), str(e["loc"][0])) for e in error.errors())
    return f"请填写或改正：{fields}。"


_FIELD_NAMES = {
    "text": "内容",
    "reason": "理由",
    "step": "措施种类",
    "officer": "承办人",
    "evidence": "证据",
    "feedback_by": "反馈期限",
    "opinion": "意见",
    "taken_at": "时间",
    "until": "延期至",
    "planned_for": "计划完成日期",
    "recheck_by": "复查日期",
    "proceeding": "是否立案",
    "found": "核查结论",
    "source": "疑点来源",
    "ground": "追责情形",
    "people": "人数",
    "measures": "措施",
    "conclusion": "结论",
    "verifier": "核查单位",
    "group": "督导工作组",
}
