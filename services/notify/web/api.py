"""The API of *notify*: reminders; disclosures and their commands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import JSONResponse

from services.notify.domain.authority import STATES
from services.notify.domain.sentences import printed
from services.notify.handlers import DISCLOSURE, NEW_DISCLOSURE
from services.notify.queries.disclosures import DisclosureQueries, DisclosureRow, Wanted
from services.notify.queries.reminders import ReminderQueries, ReminderRow
from shared.kernel.campaign import Campaign
from shared.kernel.commands import Setting
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import parse_id
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.forms import allowed_commands
from shared.platform.service.routes import mount_commands
from shared.platform.web import problems
from shared.platform.web.described import VERSIONED
from shared.platform.web.parameters import Code, Codes, Position
from shared.platform.web.session import SignedIn

PREFIX = "/api/notify/v1"


def mount_api(
    app: FastAPI, dispatch: Dispatch[Setting], reminders: ReminderQueries, disclosures: DisclosureQueries
) -> None:
    """Serve the API."""
    app.include_router(_reminder_routes(reminders, dispatch.setting.campaign))
    router = _disclosure_routes(dispatch, disclosures)
    mount_commands(router, dispatch, NEW_DISCLOSURE, location=lambda told: f"{PREFIX}/disclosures/{told['disclosure']}")
    mount_commands(router, dispatch, DISCLOSURE)
    app.include_router(router)


def _reminder_routes(queries: ReminderQueries, campaign: Campaign) -> APIRouter:
    router = APIRouter(prefix=PREFIX, tags=["notify"])
    units = [one.code for one in (*campaign.units, *campaign.groups, *campaign.bodies)]

    @router.get("/reminders")
    async def reminders(
        viewer: SignedIn,
        unit: Code | None = None,
        state: Literal["planned", "sent", "stopped"] | None = None,
        to: Literal["county", "principal", "group"] | None = None,
        cursor: Position | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """Reminders, the last one planned or sent first.

        City-wide roles see all units, a county, its principal and its stations their own, a group its units and itself.
        `mail` is waiting, sent or failed, null where a reminder does not go out by mail. `next` is the `cursor` of the
        next page, null at the end.
        """
        if unit is not None and unit not in units:
            raise problems.Invalid.parameter("unit", "没有这个单位代码。", units)
        rows = await queries.reminders(viewer, unit=unit, state=state, role=to, before=cursor, limit=limit)
        following = rows[-1].number if len(rows) == limit else None
        return {"items": [_reminder_json(row, campaign.zone) for row in rows], "next": following}

    return router


def _disclosure_routes(dispatch: Dispatch[Setting], queries: DisclosureQueries) -> APIRouter:
    router = APIRouter(prefix=PREFIX, tags=["disclosures"])
    campaign = dispatch.setting.campaign

    @router.get("/disclosures")
    async def disclosures(
        viewer: SignedIn,
        state: Annotated[Codes | None, Query(description="one or several, with commas")] = None,
        unit: Code | None = None,
        kind: Code | None = None,
        case: Code | None = None,
        cursor: Position | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """Items of disclosure, the last drafted first: city-wide roles see all, units and groups those of their units.

        `next` is the `cursor` of the next page, null at the end.
        """
        states, kinds = tuple(state.split(",")) if state else (), campaign.taxonomy("disclosure_kinds").codes
        if not set(states) <= set(STATES):
            raise problems.Invalid.parameter("state", "没有这个代码，请从列出的代码中选择。", STATES)
        if kind is not None and kind not in kinds:
            raise problems.Invalid.parameter("kind", "没有这个代码，请从列出的代码中选择。", kinds)
        id_ = parse_id(case) if case is not None else None
        if case is not None and id_ is None:
            return {"items": [], "next": None}
        rows = await queries.disclosures(viewer, Wanted(states, unit, kind, id_, cursor, limit))
        following = rows[-1].number if len(rows) == limit else None
        actor = dispatch.actor_of(viewer)
        return {"items": [_disclosure_json(row, actor, dispatch.setting) for row in rows], "next": following}

    @router.get("/disclosures/{disclosure}", responses=VERSIONED)
    async def disclosure(disclosure: str, viewer: SignedIn) -> JSONResponse:
        """One item: its wording, what the check found, who answers for it, where it stands, what may be done now."""
        row = await queries.disclosure(viewer, disclosure)
        headers = {"ETag": f'"{row.version}"', "Cache-Control": "no-store"}
        return JSONResponse(_disclosure_json(row, dispatch.actor_of(viewer), dispatch.setting), headers=headers)

    return router


def _reminder_json(row: ReminderRow, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "reminder": str(row.id),
        "case": str(row.case_id),
        "unit": row.unit,
        "kind": row.kind,
        "to": row.to_role,
        "state": row.state,
        "remind_at": _instant(row.remind_at, zone),
        "due": printed(row.due, zone) if row.due else None,
        "sent_at": _instant(row.sent_at, zone),
        "text": row.text,
        "link": row.link,
        "mail": row.mail,
    }


def _disclosure_json(row: DisclosureRow, actor: Actor, setting: Setting) -> dict[str, Any]:
    zone = setting.campaign.zone
    plain = ("version", "unit", "kind", "state", "title", "text", "enterprise", "place", "violation", "reason")
    return {
        "disclosure": str(row.id),
        "case": str(row.case_id) if row.case_id else None,
        **{name: getattr(row, name) for name in plain},
        "outcomes": list(row.outcomes),
        "due": printed(row.due, zone) if row.due else None,
        "drafted_at": _instant(row.drafted_at, zone),
        "published_at": _instant(row.published_at, zone),
        "checked_by": row.checked_by,
        "doubts": [{"kind": one.kind, "excerpt": one.excerpt, "answer": one.answer} for one in row.doubts],
        "approved_by": list(row.approvers),
        "channels": [{"channel": c.channel, "evidence": c.evidence, "at": _instant(c.at, zone)} for c in row.channels],
        "link": f"/public/{row.id}" if row.published_at else None,
        "commands": allowed_commands(DISCLOSURE, actor, row, setting),
    }


def _instant(value: datetime | None, zone: ZoneInfo) -> str | None:
    return value.astimezone(zone).isoformat(timespec="seconds") if value else None
