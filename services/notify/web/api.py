"""The API of *notify*: reminders; disclosures and their commands."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import JSONResponse

from services.notify.domain.authority import STATES
from services.notify.handlers import DISCLOSURE, NEW_DISCLOSURE
from services.notify.queries.disclosures import DisclosureQueries, Wanted
from services.notify.queries.reminders import ReminderQueries
from services.notify.web.answers import (
    DisclosureAnswer,
    DisclosureList,
    ReminderList,
    disclosure_json,
    reminder_json,
)
from shared.kernel.campaign import Campaign
from shared.kernel.commands import Setting
from shared.platform.event_store.ids import parse_id
from shared.platform.service.dispatch import Dispatch
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

    @router.get("/reminders", response_model=ReminderList)
    async def reminders(
        viewer: SignedIn,
        unit: Code | None = None,
        state: Literal["planned", "sent", "stopped"] | None = None,
        to: Literal["county", "principal", "group", "hotline", "office", "director", "taskforce"] | None = None,
        cursor: Position | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> JSONResponse:
        """Reminders, the last one planned or sent first.

        City-wide roles see all units, a county, its principal and its stations their own, a group its units and itself.
        `mail` is waiting, sent or failed, null where a reminder does not go out by mail. `next` is the `cursor` of the
        next page, null at the end.
        """
        if unit is not None and unit not in units:
            raise problems.Invalid.parameter("unit", "没有这个单位代码。", units)
        rows = await queries.reminders(viewer, unit=unit, state=state, role=to, before=cursor, limit=limit)
        following = rows[-1].number if len(rows) == limit else None
        found: ReminderList = {"items": [reminder_json(row, campaign.zone) for row in rows], "next": following}
        return JSONResponse(found)

    return router


def _disclosure_routes(dispatch: Dispatch[Setting], queries: DisclosureQueries) -> APIRouter:
    router = APIRouter(prefix=PREFIX, tags=["disclosures"])
    campaign = dispatch.setting.campaign

    @router.get("/disclosures", response_model=DisclosureList)
    async def disclosures(
        viewer: SignedIn,
        state: Annotated[Codes | None, Query(description="one or several, with commas")] = None,
        unit: Code | None = None,
        kind: Code | None = None,
        case: Code | None = None,
        cursor: Position | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> JSONResponse:
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
            return JSONResponse({"items": [], "next": None})
        rows = await queries.disclosures(viewer, Wanted(states, unit, kind, id_, cursor, limit))
        following = rows[-1].number if len(rows) == limit else None
        actor = dispatch.actor_of(viewer)
        items = [disclosure_json(row, actor, dispatch.setting) for row in rows]
        found: DisclosureList = {"items": items, "next": following}
        return JSONResponse(found)

    @router.get("/disclosures/{disclosure}", response_model=DisclosureAnswer, responses=VERSIONED)
    async def disclosure(disclosure: str, viewer: SignedIn) -> JSONResponse:
        """One item: its wording, what the check found, who answers for it, where it stands, what may be done now."""
        row = await queries.disclosure(viewer, disclosure)
        headers = {"ETag": f'"{row.version}"', "Cache-Control": "no-store"}
        return JSONResponse(disclosure_json(row, dispatch.actor_of(viewer), dispatch.setting), headers=headers)

    return router
