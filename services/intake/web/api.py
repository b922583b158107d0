"""The API of *intake*: tips, receipts, triage. Names and shapes are those that outsiders rely on.

A tip is public; everything else about tips is for the hotline and the office. A code in an address is never logged:
log lines name routes by their template.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse

from services.intake.domain.authority import OFFICERS, READERS, STATES, may_read_text
from services.intake.handlers import TIP
from services.intake.handlers.receiving import Receive
from services.intake.handlers.writing import Message
from services.intake.queries import Filter, Queries, TipRow
from services.intake.reception import Intake, Written
from services.intake.web.counter import Counter
from services.intake.web.tracking import Tracked, Tracking, printed
from shared.kernel.campaign import Campaign
from shared.kernel.names import unit_name
from shared.platform.event_store.ids import parse_id
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.routes import mount_commands
from shared.platform.web import problems
from shared.platform.web.described import IDEMPOTENCY_KEY, VERSIONED
from shared.platform.web.parameters import Codes, Cursor, SearchText
from shared.platform.web.rate_limits import address_of
from shared.platform.web.session import MaybeViewer, Viewer, require_role

PREFIX = "/api/intake/v1"
NO_STORE = {"Cache-Control": "no-store"}
Reading = Annotated[Viewer, Depends(require_role(*sorted(READERS)))]


def mount_api(
    app: FastAPI, dispatch: Dispatch[Intake], queries: Queries, counter: Counter, tracking: Tracking
) -> None:  # fmt: skip
    """Serve the API."""
    campaign, reception = dispatch.setting.campaign, dispatch.setting.reception
    router = APIRouter(prefix=PREFIX, tags=["intake"])

    @router.post("/tips", status_code=201, openapi_extra={"parameters": [IDEMPOTENCY_KEY]})
    async def receive(request: Request, viewer: MaybeViewer, body: Receive) -> JSONResponse:
        """Take in a tip. The receipt code is in the answer alone; the same key and content give it again."""
        if viewer is None and body.source != "web" and body.source in campaign.taxonomy("tip_sources"):
            raise problems.NotSignedIn("此来源由举报热线或市局办公室登记，请先登录。网上举报请不要写 source。")
        receipt = await counter.receive(request, viewer, body)
        return JSONResponse({"tip": str(receipt.tip), "receipt": receipt.code}, 201, headers=NO_STORE)

    @router.get("/receipts/{code}")
    async def track(request: Request, code: str) -> JSONResponse:
        """What the holder of a receipt may know: state, loop, unit, date, messages."""
        found = await tracking.find(code, address_of(request))
        return JSONResponse(tracked_json(found, campaign), headers=NO_STORE)

    @router.post("/receipts/{code}/messages", status_code=201, openapi_extra={"parameters": [IDEMPOTENCY_KEY]})
    async def hear(request: Request, code: str, body: Message) -> JSONResponse:
        """The holder of a receipt adds something or answers."""
        found = await tracking.find(code, address_of(request))
        await counter.hear(request, found.tip, body)
        found = await tracking.find(code, address_of(request))
        return JSONResponse(tracked_json(found, campaign), 201, headers=NO_STORE)

    @router.get("/tips")
    async def list_tips(
        viewer: Reading,
        state: Codes | None = None,
        q: SearchText | None = None,
        cursor: Cursor | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> JSONResponse:
        """Tips in the order in which they came, opened for those who may read them. `next` is the next `cursor`."""
        wanted = Filter(states_of(state), q or None, cursor, limit)
        rows = await queries.tips(wanted)
        opened = await reception.accounts([row for row in rows if may_read_text(viewer.role, row.state)])
        following = str(rows[-1].id) if len(rows) == limit else None
        items = [tip_json(row, opened.get(row.id)) for row in rows]
        return JSONResponse({"items": items, "next": following}, headers=NO_STORE)

    @router.get("/tips/{tip}", responses=VERSIONED)
    async def get_tip(tip: str, viewer: Reading) -> JSONResponse:
        """One tip, with what was added and written since, for those who may read it."""
        row = await tip_row(queries, tip)
        readable = may_read_text(viewer.role, row.state)
        opened = await reception.account(row) if readable else None
        texts = await reception.texts(row.id) if readable else []
        found = tip_json(row, opened) | {"texts": [written_json(text) | text.fields for text in texts]}
        return JSONResponse(found, headers=NO_STORE | {"ETag": f'"{row.version}"'})

    officers = APIRouter(dependencies=[Depends(require_role(*OFFICERS.split()))])  # nobody else learns of any tip
    mount_commands(officers, dispatch, TIP, headers=NO_STORE)
    router.include_router(officers)
    app.include_router(router)


async def tip_row(queries: Queries, tip: str) -> TipRow:
    """The tip's row. Raises problems.NotFound."""
    id_ = parse_id(tip)
    row = await queries.tip(id_) if id_ is not None else None
    if row is None:
        raise problems.NotFound("没有找到这件举报。请核对编号，或从列表进入。")
    return row


def states_of(state: str | None) -> tuple[str, ...]:
    """The states of a list's filter. Raises problems.Invalid with what is allowed."""
    states = tuple(state.split(",")) if state else ()
    if set(states) - set(STATES):
        raise problems.Invalid.parameter("state", "没有这个状态。", STATES)
    return states


def tip_json(row: TipRow, opened: Written | None) -> dict[str, Any]:
    """One tip as officers see it; `opened` is what the tipster wrote, where the viewer may read it."""
    plain = (
        "version", "state", "kind", "source", "mode", "danger", "in_period", "category", "external_no", "unit",
        "matter", "enterprise", "place", "violation", "target", "reason", "channel", "triaged_by",
    )  # fmt: skip
    found: dict[str, Any] = {"tip": str(row.id)} | {name: getattr(row, name) for name in plain}
    for name in ("received_at", "triage_due", "triaged_at", "occurred_at"):
        value = getattr(row, name)
        found[name] = value.isoformat() if value else None
    suggestion = row.suggestion
    found["suggestion"] = {
        "unit": suggestion.unit, "units": list(suggestion.units), "kind": suggestion.kind,
        "violation": suggestion.violation, "target": suggestion.target, "matters": list(suggestion.matters),
        "danger": suggestion.danger, "place": suggestion.place, "matter": suggestion.matter,
        "doubts": list(suggestion.doubts),
    }  # fmt: skip
    if opened is not None:
        found["text"] = opened.text
        found["written"] = opened.fields
    return found


def written_json(written: Written) -> dict[str, Any]:
    """When, by whom, and whether it is a message or a supplement."""
    return {"at": written.at.isoformat(), "from": written.author, "kind": written.kind}


def tracked_json(found: Tracked, campaign: Campaign) -> dict[str, Any]:
    """What the holder of a receipt is told. `due` is printed: the end of a day is its last second."""
    return {
        "state": found.state,
        "kind": found.kind,
        "received_at": found.received_at.isoformat(),
        "loop": [
            {"step": s.name, "state": s.state, "when": s.when.isoformat() if s.when else None, "note": s.note}
            for s in found.steps
        ],
        "unit": {"code": found.unit, "name": unit_name(campaign, found.unit)} if found.unit else None,
        "due": printed(found.due, campaign).isoformat(timespec="seconds") if found.due else None,
        "reason": found.reason.zh if found.reason else None,
        "messages": [written_json(message) | {"text": message.text} for message in found.messages],
    }
