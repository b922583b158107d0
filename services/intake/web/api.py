"""The API of *intake*: tips, receipts, triage. Names and shapes are those that outsiders rely on.

A tip is public; everything else about tips is for the hotline and the office. A code in an address is never logged:
log lines name routes by their template.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse

from services.intake import commands
from services.intake.domain.authority import AUTHORITY, READERS, STATES, may_read_text
from services.intake.domain.tip import TIPSTER
from services.intake.queries import Filter, Queries, TipRow
from services.intake.reception import Reception, Written
from services.intake.web.tracking import Tracked, Tracking, printed
from shared.kernel.campaign import Campaign
from shared.kernel.names import unit_name
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import parse_id
from shared.platform.web import problems
from shared.platform.web.commands import actor_of, command_of, told_as_problems
from shared.platform.web.session import MaybeViewer, SignedIn, Viewer, require_role

PREFIX = "/api/intake/v1"
NO_STORE = {"Cache-Control": "no-store"}
BODIES: dict[str, type[commands.Body]] = {
    "triage": commands.Triage,
    "dismiss": commands.Dismiss,
    "refer-elsewhere": commands.ReferElsewhere,
    "supplement": commands.Supplement,
    "message": commands.Message,
}
Reading = Annotated[Viewer, Depends(require_role(*sorted(READERS)))]


def mount_api(app: FastAPI, campaign: Campaign, queries: Queries, reception: Reception, tracking: Tracking) -> None:
    """Serve the API."""
    router = APIRouter(prefix=PREFIX, tags=["intake"])

    @router.post("/tips", status_code=201)
    async def receive(request: Request, viewer: MaybeViewer, body: commands.Receive) -> JSONResponse:
        """Take in a tip. The receipt code is in the answer alone; the same key and content give it again."""
        if viewer is None and body.source != "web" and body.source in campaign.taxonomy("tip_sources"):
            raise problems.NotSignedIn("此来源由举报热线或市局办公室登记，请先登录。网上举报请不要写 source。")
        actor = sender(viewer, body.source)
        asked = await command_of(request, actor.id)
        async with told_as_problems():
            receipt = await reception.receive(body, actor, asked)
        return JSONResponse({"tip": str(receipt.tip), "receipt": receipt.code}, 201, headers=NO_STORE)

    @router.get("/receipts/{code}")
    async def track(request: Request, code: str) -> JSONResponse:
        """What the holder of a receipt may know: state, loop, unit, date, messages."""
        async with told_as_problems():
            found = await tracking.find(code, address_of(request))
        return JSONResponse(tracked_json(found, campaign), headers=NO_STORE)

    @router.post("/receipts/{code}/messages", status_code=201)
    async def hear(request: Request, code: str, body: commands.Message) -> JSONResponse:
        """The holder of a receipt adds something or answers."""
        async with told_as_problems():
            found = await tracking.find(code, address_of(request))
            await reception.hear(found.tip, body.text, await command_of(request, TIPSTER.id))
            found = await tracking.find(code, address_of(request))
        return JSONResponse(tracked_json(found, campaign), 201, headers=NO_STORE)

    @router.get("/tips")
    async def list_tips(
        viewer: Reading,
        state: Annotated[str | None, Query()] = None,
        q: Annotated[str | None, Query(max_length=100)] = None,
        cursor: Annotated[str | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> JSONResponse:
        """Tips in the order in which they came, opened for those who may read them. `next` is the next `cursor`."""
        wanted = Filter(states_of(state), q or None, parse_id(cursor) if cursor else None, limit)
        async with told_as_problems():
            rows = await queries.tips(wanted)
            opened = await reception.accounts([row for row in rows if may_read_text(viewer.role, row.state)])
        following = str(rows[-1].id) if len(rows) == limit else None
        items = [tip_json(row, opened.get(row.id)) for row in rows]
        return JSONResponse({"items": items, "next": following}, headers=NO_STORE)

    @router.get("/tips/{tip}")
    async def get_tip(tip: str, viewer: Reading) -> JSONResponse:
        """One tip, with what was added and written since, for those who may read it."""
        async with told_as_problems():
            row = await tip_row(queries, tip)
            readable = may_read_text(viewer.role, row.state)
            opened = await reception.account(row) if readable else None
            texts = await reception.texts(row.id) if readable else []
        found = tip_json(row, opened) | {"texts": [written_json(text) | text.fields for text in texts]}
        return JSONResponse(found, headers=NO_STORE | {"ETag": f'"{row.version}"'})

    for name, body_type in BODIES.items():
        endpoint = _command_endpoint(reception, name, body_type)
        router.post(f"/tips/{{tip}}/{name}", summary=AUTHORITY[name].name, description=body_type.__doc__)(endpoint)
    app.include_router(router)


def _command_endpoint(
    reception: Reception, name: str, body_type: type[commands.Body]
) -> Callable[..., Awaitable[JSONResponse]]:
    optional = all(not field.is_required() for field in body_type.model_fields.values())
    default = Body(default_factory=body_type) if optional else Body()

    async def endpoint(request: Request, tip: str, viewer: SignedIn, body: Any = default) -> JSONResponse:
        told = await give(request, reception, viewer, name, tip, body)
        return JSONResponse(told, headers=NO_STORE | {"ETag": f'"{told["version"]}"'})

    endpoint.__name__ = name.replace("-", "_")
    endpoint.__annotations__["body"] = body_type
    return endpoint


async def give(
    request: Request,
    reception: Reception,
    viewer: Viewer,
    command: str,
    tip: str,
    body: commands.Body,
    version: int | None = None,
) -> dict[str, Any]:
    """An officer's command on a tip; the one path for the API and for the forms of pages, which send the version that
    they showed as a field. Raises problems."""
    if viewer.role not in AUTHORITY[command].roles:  # before anything is opened for comparison
        raise problems.Forbidden("当前身份无权办理此事项。如需办理，请换用相应身份登录。")
    id_ = parse_id(tip)
    if id_ is None:
        raise problems.NotFound()
    asked = await command_of(request, viewer.id)
    asked = asked if version is None else replace(asked, version=version)
    method = getattr(reception, command.replace("-", "_"))
    async with told_as_problems():
        told: dict[str, Any] = await method(id_, body, actor_of(viewer), asked)
    return told


async def tip_row(queries: Queries, tip: str) -> TipRow:
    """The tip's row. Raises problems.NotFound."""
    id_ = parse_id(tip)
    row = await queries.tip(id_) if id_ is not None else None
    if row is None:
        raise problems.NotFound("没有找到这件举报。请核对编号，或从列表进入。")
    return row


def sender(viewer: Viewer | None, source: str) -> Actor:
    """Who acts: an officer where one registers what came by another way; on the web always the unnamed tipster,
    whoever may be signed in."""
    return TIPSTER if viewer is None or source == "web" else actor_of(viewer)


def address_of(request: Request) -> str:
    """The address that asks, for the limiter alone; the gateway vouches for it."""
    return request.client.host if request.client else ""


def states_of(state: str | None) -> tuple[str, ...]:
    """The states of a list's filter. Raises problems.Invalid with what is allowed."""
    states = tuple(state.split(",")) if state else ()
    if set(states) - set(STATES):
        sentence = "没有这个状态。"
        raise problems.Invalid([{"parameter": "state", "detail": sentence, "allowed": list(STATES)}], sentence)
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
