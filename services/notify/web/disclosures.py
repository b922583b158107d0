"""The API of *notify*: disclosures and their commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import JSONResponse

from services.notify import commands
from services.notify.domain.authority import AUTHORITY, DRAFT, STATES, why_not
from services.notify.domain.sentences import printed
from services.notify.domain.values import Doubt
from services.notify.queries.disclosures import DisclosureQueries, DisclosureRow, Wanted
from services.notify.web.requests import Gate
from shared.kernel.campaign import Campaign
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import parse_id
from shared.platform.web import problems
from shared.platform.web.session import SignedIn, Viewer

PREFIX = "/api/notify/v1"
BODIES: dict[str, type[commands.Body]] = {
    "check": commands.Check,
    "approve": commands.Approve,
    "publish": commands.Publish,
    "correct": commands.Correct,
    "withdraw": commands.Withdraw,
}


def disclosure_routes(gate: Gate, queries: DisclosureQueries, campaign: Campaign) -> APIRouter:
    """`/disclosures` and what is under it."""
    router = APIRouter(prefix=f"{PREFIX}/disclosures", tags=["disclosures"])

    @router.get("")
    async def disclosures(
        viewer: SignedIn,
        state: Annotated[str | None, Query(description="one or several, with commas")] = None,
        unit: Annotated[str | None, Query()] = None,
        kind: Annotated[str | None, Query()] = None,
        case: Annotated[str | None, Query()] = None,
        cursor: Annotated[int | None, Query(ge=1)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """Items of disclosure, the last drafted first: city-wide roles see all, units and groups those of their units.

        `next` is the `cursor` of the next page, null at the end.
        """
        states = tuple(state.split(",")) if state else ()
        for one in states:
            _check("state", one, STATES)
        if kind is not None:
            _check("kind", kind, campaign.taxonomy("disclosure_kinds").codes)
        id_ = parse_id(case) if case is not None else None
        if case is not None and id_ is None:
            return {"items": [], "next": None}
        wanted = Wanted(states, unit, kind, id_, cursor, limit)
        rows = await queries.disclosures(viewer, wanted)
        following = rows[-1].number if len(rows) == limit else None
        return {"items": [row_json(row, viewer, campaign) for row in rows], "next": following}

    @router.get("/{disclosure}")
    async def disclosure(disclosure: str, viewer: SignedIn) -> JSONResponse:
        """One item: its wording, what the check found, who answers for it, where it stands, what may be done now."""
        row = await one(queries, viewer, disclosure)
        headers = {"ETag": f'"{row.version}"', "Cache-Control": "no-store"}
        return JSONResponse(row_json(row, viewer, campaign), headers=headers)

    @router.post("/draft", status_code=201, summary=DRAFT.name, description=commands.Draft.__doc__)
    async def draft(request: Request, viewer: SignedIn, body: commands.Draft) -> JSONResponse:
        told = await gate.draft(request, viewer, body)
        return JSONResponse(told, 201, headers={"Location": f"{PREFIX}/disclosures/{told['disclosure']}"})

    for name, body_type in BODIES.items():
        endpoint = _command_endpoint(gate, name, body_type)
        summary = AUTHORITY[name].name
        router.post(f"/{{disclosure}}/{name}", summary=summary, description=body_type.__doc__)(endpoint)
    return router


async def one(queries: DisclosureQueries, viewer: Viewer, disclosure: str) -> DisclosureRow:
    """An item by its identifier as typed. Raises NotFound for one that the viewer may not see."""
    id_ = parse_id(disclosure)
    row = await queries.disclosure(viewer, id_) if id_ is not None else None
    if row is None:
        raise problems.NotFound()
    return row


def _command_endpoint(gate: Gate, name: str, body_type: type[commands.Body]) -> Callable[..., Awaitable[JSONResponse]]:
    optional = all(not field.is_required() for field in body_type.model_fields.values())
    default = Body(default_factory=body_type) if optional else Body()

    async def endpoint(request: Request, disclosure: str, viewer: SignedIn, body: Any = default) -> JSONResponse:
        told = await gate.command(request, viewer, name, disclosure, body)
        return JSONResponse(told, headers={"ETag": f'"{told["version"]}"'})

    endpoint.__name__ = name
    endpoint.__annotations__["body"] = body_type
    return endpoint


def allowed_commands(row: DisclosureRow, viewer: Viewer) -> dict[str, Any]:
    """Every command of the viewer's role: whether it may be given now, and if not why."""
    actor = Actor(viewer.id, viewer.role, viewer.unit)
    found = {}
    for command, permission in AUTHORITY.items():
        if viewer.role in permission.roles:
            why = why_not(command, actor, row.state)
            found[command] = {"name": permission.name, "allowed": why is None, "why": why}
    return found


def row_json(row: DisclosureRow, viewer: Viewer, campaign: Campaign) -> dict[str, Any]:
    """One item as the API shows it."""

    def instant(value: datetime | None) -> str | None:
        return value.astimezone(campaign.zone).isoformat(timespec="seconds") if value else None

    plain = ("version", "unit", "kind", "state", "title", "text", "enterprise", "place", "violation", "reason")
    found: dict[str, Any] = {"disclosure": str(row.id), "case": str(row.case_id) if row.case_id else None}
    found |= {name: getattr(row, name) for name in plain}
    return found | {
        "outcomes": list(row.outcomes),
        "due": printed(row.due, campaign.zone) if row.due else None,
        "drafted_at": instant(row.drafted_at),
        "published_at": instant(row.published_at),
        "checked_by": row.checked_by,
        "doubts": [_doubt_json(one) for one in row.doubts],
        "approved_by": list(row.approvers),
        "channels": [{"channel": c.channel, "evidence": c.evidence, "at": instant(c.at)} for c in row.channels],
        "link": f"/public/{row.id}" if row.published_at else None,
        "commands": allowed_commands(row, viewer),
    }


def _doubt_json(doubt: Doubt) -> dict[str, Any]:
    return {"kind": doubt.kind, "excerpt": doubt.excerpt, "answer": doubt.answer}


def _check(name: str, given: str, allowed: tuple[str, ...]) -> None:
    if given not in allowed:
        sentence = "没有这个代码，请从列出的代码中选择。"
        raise problems.Invalid([{"parameter": name, "detail": sentence, "allowed": list(allowed)}], sentence)
