"""The page of reminders: what was sent to me, the last first, and what is still to come, the next first.

A role reads what is addressed to it in its units; who oversees (city-wide roles, and a group for its counties) reads
all of them, so that the desk is enough where no mail arrives.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Request, Response

from services.notify.queries.reminders import ReminderQueries
from services.notify.rules.reminding import COUNTY, PRINCIPAL
from shared.kernel.campaign import Campaign
from shared.kernel.names import unit_name
from shared.kernel.restored import Restored
from shared.platform.clock import Clock
from shared.platform.event_store.canonical import LARGEST_INTEGER
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import SignedIn

PAGE = 50
_OWN = {COUNTY: COUNTY, PRINCIPAL: PRINCIPAL, "station": COUNTY}
"""Roles that read only what is addressed to a role; a station reads what its county's officers are told."""
KIND_NAMES = {
    "sign_for_due_soon": "签收提醒",
    "due_tomorrow": "反馈期限提醒",
    "due_today": "反馈期限提醒",
    "verification_due_tomorrow": "提级核查提醒",
    "recheck_due_tomorrow": "重点督导提醒",
    "correction_due_today": "更正提醒",
    "correction_overdue": "更正逾期提醒",
    "office_due": "市局办公室期限提醒",
    "first_report_due": "首次报告提醒",
}
"""Kinds that are planned ahead; of the others the sentence says all."""


def mount_notices(
    app: FastAPI, queries: ReminderQueries, campaign: Campaign, clock: Clock, restored: Restored
) -> None:  # fmt: skip
    """Serve `/notices`."""

    @app.get("/notices", include_in_schema=False)
    async def notices(
        request: Request, viewer: SignedIn, before: Annotated[int | None, Query(ge=1, le=LARGEST_INTEGER)] = None
    ) -> Response:
        role = _OWN.get(viewer.role)
        found = await queries.reminders(viewer, state="sent", role=role, before=before, limit=PAGE + 1)
        sent, more = found[:PAGE], len(found) > PAGE
        planned = await queries.reminders(viewer, state="planned", role=role, limit=PAGE) if before is None else []
        return render(
            request, "notices.html", here="notices", now=clock.now(), campaign=campaign, locale=locale_of(request),
            sent=sent, older=sent[-1].number if more else None, before=before,
            planned=sorted(planned, key=lambda row: row.remind_at), kind_names=KIND_NAMES,
            unit_name=unit_name, restored=restored.path, to_check=await restored.waiting(viewer),
        )  # fmt: skip
