"""The API of *intake*: tips, receipts, triage. Names and shapes are those that outsiders rely on.

A tip is public; everything else about tips is for the hotline and the office. A code in an address is never logged:
log lines name routes by their template.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse

from services.intake.domain.authority import OFFICERS, READERS, STATES, may_read_text
from services.intake.handlers import TIP
from services.intake.handlers.receiving import Receive
from services.intake.handlers.writing import Message
from services.intake.queries import Filter, Queries, TipRow
from services.intake.reception import Intake
from services.intake.web.answers import Followed, Received, TipDetail, TipList, detail_json, tip_json, tracked_json
from services.intake.web.counter import Counter
from services.intake.web.tracking import Tracking
from shared.kernel.campaign import Campaign
from shared.kernel.visibility import is_hidden
from shared.platform.event_store.ids import parse_id
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.routes import mount_commands
from shared.platform.web import problems
from shared.platform.web.answers import problem_answers
from shared.platform.web.described import IDEMPOTENCY_KEY, VERSIONED
from shared.platform.web.parameters import Codes, Cursor, SearchText
from shared.platform.web.rate_limits import address_of
from shared.platform.web.session import MaybeViewer, Viewer, require_role

PREFIX = "/api/intake/v1"
GUESSED = problem_answers(410, 429)
"""What a restore took away is told to who holds its code; who only guesses codes is stopped."""
NO_STORE = {"Cache-Control": "no-store"}
Reading = Annotated[Viewer, Depends(require_role(*sorted(READERS)))]


def mount_api(
    app: FastAPI, dispatch: Dispatch[Intake], queries: Queries, counter: Counter, tracking: Tracking
) -> None:  # fmt: skip
    """Serve the API."""
    campaign, reception = dispatch.setting.campaign, dispatch.setting.reception
    router = APIRouter(prefix=PREFIX, tags=["intake"])

    @router.post(
        "/tips", status_code=201, response_model=Received, responses=problem_answers(429),
        openapi_extra={"parameters": [IDEMPOTENCY_KEY]},
    )  # fmt: skip
    async def receive(request: Request, viewer: MaybeViewer, body: Receive) -> JSONResponse:
        """Take in a tip. The receipt code is in the answer alone; the same key and content give it again."""
        if viewer is None and body.source != "web" and body.source in campaign.taxonomy("tip_sources"):
            raise problems.NotSignedIn("此来源由举报热线或市局办公室登记，请先登录。网上举报请不要写 source。")
        receipt = await counter.receive(request, viewer, body)
        return JSONResponse({"tip": str(receipt.tip), "receipt": receipt.code}, 201, headers=NO_STORE)

    @router.get("/receipts/{code}", response_model=Followed, responses=GUESSED)
    async def track(request: Request, code: str) -> JSONResponse:
        """What the holder of a receipt may know: state, loop, unit, date, messages. 410: the tip was taken in at
        `received_at`, and its text was lost at `lost_at`, when the system was restored. `outcome`: `lost` (tell it once
        more), `undecided` (ask again later), `handled` or `closed` (by `unit`: nothing is to be told again)."""
        found = await tracking.find(code, address_of(request))
        return JSONResponse(tracked_json(found, campaign), headers=NO_STORE)

    @router.post(
        "/receipts/{code}/messages", status_code=201, response_model=Followed, responses=GUESSED,
        openapi_extra={"parameters": [IDEMPOTENCY_KEY]},
    )  # fmt: skip
    async def hear(request: Request, code: str, body: Message) -> JSONResponse:
        """The holder of a receipt adds something or answers."""
        found = await tracking.find(code, address_of(request))
        await counter.hear(request, found.tip, body)
        found = await tracking.find(code, address_of(request))
        return JSONResponse(tracked_json(found, campaign), 201, headers=NO_STORE)

    @router.get("/tips", response_model=TipList)
    async def list_tips(
        viewer: Reading,
        state: Codes | None = None,
        q: SearchText | None = None,
        cursor: Cursor | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> JSONResponse:
        """Tips in the order in which they came, opened for those who may read them. `next` is the next `cursor`."""
        wanted = Filter(states_of(state), q or None, cursor, limit, tuple(campaign.bodies_of(viewer.id)))
        rows = await queries.tips(wanted)
        opened = await reception.accounts([row for row in rows if may_read_text(viewer.role, row.state)])
        following = str(rows[-1].id) if len(rows) == limit else None
        items = [tip_json(row, opened.get(row.id), campaign) for row in rows]
        return JSONResponse({"items": items, "next": following}, headers=NO_STORE)

    @router.get("/tips/{tip}", response_model=TipDetail, responses=VERSIONED)
    async def get_tip(tip: str, viewer: Reading) -> JSONResponse:
        """One tip, with what was added and written since, for those who may read it."""
        row = await tip_row(queries, tip, campaign, viewer)
        readable = may_read_text(viewer.role, row.state)
        opened = await reception.account(row) if readable else None
        texts = await reception.texts(row.id) if readable else []
        found = detail_json(row, opened, texts, campaign)
        return JSONResponse(found, headers=NO_STORE | {"ETag": f'"{row.version}"'})

    officers = APIRouter(dependencies=[Depends(require_role(*OFFICERS.split()))])  # nobody else learns of any tip
    mount_commands(officers, dispatch, TIP, headers=NO_STORE)
    router.include_router(officers)
    app.include_router(router)


async def tip_row(queries: Queries, tip: str, campaign: Campaign, viewer: Viewer) -> TipRow:
    """The tip's row. Raises problems.NotFound, also for one that is against officials of a body of the viewer's."""
    id_ = parse_id(tip)
    row = await queries.tip(id_) if id_ is not None else None
    if row is None or is_hidden(campaign, viewer.id, row.concerned):
        raise problems.NotFound("没有找到这件举报。请核对编号，或从列表进入。")
    return row


def states_of(state: str | None) -> tuple[str, ...]:
    """The states of a list's filter. Raises problems.Invalid with what is allowed."""
    states = tuple(state.split(",")) if state else ()
    if set(states) - set(STATES):
        raise problems.Invalid.parameter("state", "没有这个状态。", STATES)
    return states
