"""The API of *cases*: lists, cases, history, letters, commands. Names and shapes are those that outsiders rely on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.responses import JSONResponse

from services.cases import letters
from services.cases.documents.letter import LetterFacts
from services.cases.documents.render import render_stored_letter
from services.cases.domain.authority import STATES
from services.cases.domain.events.transferring import CaseTransferred
from services.cases.handlers import CASE, LETTER_NUMBERS, NEW_CASE
from services.cases.queries import Filter, Queries
from services.cases.web.answers import PREFIX, CaseAnswer, CaseHistory, CaseList, case_json, history_json, row_json
from shared.kernel.campaign import Campaign
from shared.kernel.commands import Setting
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.routes import mount_commands
from shared.platform.web import problems
from shared.platform.web.described import VERSIONED
from shared.platform.web.parameters import LAST, Code, Codes, Cursor, SearchText
from shared.platform.web.session import SignedIn, Viewer


class Pdf(Response):
    """A letter."""

    media_type = "application/pdf"


def mount_api(app: FastAPI, dispatch: Dispatch[Setting], queries: Queries) -> None:
    """Serve the API."""
    campaign = dispatch.setting.campaign
    router = APIRouter(prefix=PREFIX, tags=["cases"])

    @router.get("/cases", response_model=CaseList)
    async def list_cases(
        viewer: SignedIn,
        state: Codes | None = None,
        unit: Code | None = None,
        due: Annotated[Code | None, Query(description="overdue, or a date: due by the end of that day")] = None,
        escalated: Annotated[Code | None, Query(description="open: undecided; any: now or once")] = None,
        q: SearchText | None = None,
        cursor: Cursor | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> JSONResponse:
        """The cases that the viewer may see, newest first. `next` is the `cursor` of the next page, null at the end."""
        wanted = list_filter(state, unit, due, escalated, q, cursor, limit, campaign, dispatch.now())
        rows = await queries.cases(viewer, wanted)
        following = str(rows[-1].id) if len(rows) == limit else None
        return JSONResponse({"items": [row_json(row, campaign) for row in rows], "next": following})

    @router.get("/cases/{case}", response_model=CaseAnswer, responses=VERSIONED)
    async def get_case(case: str, viewer: SignedIn) -> JSONResponse:
        """One case: what it is about, its deadlines with their explanation, its loop, letters and possible commands."""
        found = await queries.case(viewer, case)
        headers = {"ETag": f'"{found.version}"', "Cache-Control": "no-store"}
        return JSONResponse(case_json(found, dispatch.actor_of(viewer), campaign), headers=headers)

    @router.get("/cases/{case}/history", response_model=CaseHistory)
    async def get_history(
        case: str,
        viewer: SignedIn,
        as_of: Annotated[Code | None, Query(description="an instant (ISO 8601) or a sequence")] = None,
    ) -> JSONResponse:
        """Every stored event of a case, oldest first, up to an instant of the domain clock or a sequence."""
        entries = await queries.history(viewer, case, _as_of(as_of))
        return JSONResponse(history_json(case, entries))

    @router.get("/cases/{case}/letters/{n}.pdf", response_class=Pdf)
    async def get_letter(case: str, n: int, viewer: SignedIn) -> Pdf:
        """The n-th letter of a case (from 1) as PDF/A, the same bytes whenever it is asked for."""
        facts = await letter_facts(queries, viewer, case, n)
        body = await render_stored_letter(facts)
        return Pdf(body, headers={"Cache-Control": "private, no-store"})

    mount_commands(router, dispatch, NEW_CASE, location=lambda told: f"{PREFIX}/cases/{told['case']}")
    mount_commands(router, dispatch, CASE)
    mount_commands(router, dispatch, LETTER_NUMBERS)
    app.include_router(router)


def list_filter(
    state: str | None, unit: str | None, due: str | None, escalated: str | None, q: str | None, cursor: UUID | None,
    limit: int, campaign: Campaign, now: datetime,
) -> Filter:  # fmt: skip
    """The filter that query parameters ask for. Raises problems.Invalid naming the parameter and what is allowed."""
    states = tuple(state.split(",")) if state else ()
    units = campaign.county_codes
    for one in states:
        if one not in STATES:
            raise problems.Invalid.parameter("state", "没有这个状态。", STATES)
    if unit is not None and unit not in units:
        raise problems.Invalid.parameter("unit", "没有这个单位代码。", units)
    if escalated not in (None, "open", "any"):
        raise problems.Invalid.parameter("escalated", "请写 open（未作结论）或 any（曾经提级）。", ("open", "any"))
    before = None
    if due == "overdue":
        before = now
    elif due:
        before = day_of("due", due, campaign, "请写 overdue 或日期，如 2022-02-09。", "overdue") + timedelta(days=1)
    return Filter(states, unit, before, escalated, text=q or None, before=cursor, limit=limit)


def day_of(name: str, written: str, campaign: Campaign, wrong: str, *others: str) -> datetime:
    """The beginning of the day that a query parameter names. Raises problems.Invalid saying what is `wrong`."""
    allowed = (*others, "YYYY-MM-DD")
    try:
        day = datetime.fromisoformat(written).replace(tzinfo=campaign.zone)
    except ValueError as error:
        raise problems.Invalid.parameter(name, wrong, allowed) from error
    if not 2000 <= day.year <= 2100:
        raise problems.Invalid.parameter(name, "年份应在 2000 年至 2100 年之间。", allowed)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


async def letter_facts(queries: Queries, viewer: Viewer, case: str, n: int) -> LetterFacts:
    """What is printed on the n-th letter. Raises problems.NotFound."""
    row = await queries.row(viewer, case)
    sent = [event for event in await queries.events(row.id) if isinstance(event, CaseTransferred)]
    if not 1 <= n <= len(sent):
        raise problems.NotFound("没有这一份文书。请从交办件页面的文书列表进入。")
    return letters.facts(sent[n - 1])


def _as_of(text: str | None) -> datetime | int | None:
    if text is None:
        return None
    if text.isdecimal():
        return min(int(text), LAST)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise problems.Invalid.parameter("as_of", "请写时刻（如 2022-01-21T17:31:00+08:00）或存证编号。") from error
    if instant.tzinfo is None:
        raise problems.Invalid.parameter("as_of", "时刻须带时区，如 2022-01-21T17:31:00+08:00。")
    return instant
