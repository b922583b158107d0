"""The API of *notify*: reminders; disclosures have a module of their own."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI, Query

from services.notify.domain.sentences import printed
from services.notify.queries.disclosures import DisclosureQueries
from services.notify.queries.reminders import ReminderQueries, ReminderRow
from services.notify.web.disclosures import PREFIX, disclosure_routes
from services.notify.web.requests import Gate
from shared.kernel.campaign import Campaign
from shared.platform.web import problems
from shared.platform.web.session import SignedIn


def mount_api(
    app: FastAPI, gate: Gate, queries: ReminderQueries, disclosures: DisclosureQueries, campaign: Campaign
) -> None:
    """Serve the API."""
    router = APIRouter(prefix=PREFIX, tags=["notify"])
    units = [*(county.code for county in campaign.units), *(group.code for group in campaign.groups)]
    units += [body.code for body in campaign.bodies]

    @router.get("/reminders")
    async def reminders(
        viewer: SignedIn,
        unit: Annotated[str | None, Query()] = None,
        state: Annotated[Literal["planned", "sent", "stopped"] | None, Query()] = None,
        to: Annotated[str | None, Query(description="county, principal or group")] = None,
        cursor: Annotated[int | None, Query(ge=1)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """Reminders, the last one planned or sent first.

        City-wide roles see all units, a county, its principal and its stations their own, a group its units and itself.
        `mail` is waiting, sent or failed, null where a reminder does not go out by mail. `next` is the `cursor` of the
        next page, null at the end.
        """
        if unit is not None and unit not in units:
            sentence = "没有这个单位代码。"
            raise problems.Invalid([{"parameter": "unit", "detail": sentence, "allowed": units}], sentence)
        rows = await queries.reminders(viewer, unit=unit, state=state, role=to, before=cursor, limit=limit)
        following = rows[-1].number if len(rows) == limit else None
        return {"items": [_json(row, campaign.zone) for row in rows], "next": following}

    app.include_router(router)
    app.include_router(disclosure_routes(gate, disclosures, campaign))


def _json(row: ReminderRow, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "reminder": str(row.id),
        "case": str(row.case_id),
        "unit": row.unit,
        "kind": row.kind,
        "to": row.to_role,
        "state": row.state,
        "remind_at": row.remind_at.astimezone(zone).isoformat(timespec="seconds"),
        "due": printed(row.due, zone) if row.due else None,
        "sent_at": row.sent_at.astimezone(zone).isoformat(timespec="seconds") if row.sent_at else None,
        "text": row.text,
        "link": row.link,
        "mail": row.mail,
    }
