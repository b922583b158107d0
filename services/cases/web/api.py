"""The API of *cases*: lists, cases, history, letters, commands. Names and shapes are those that outsiders rely on."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.responses import JSONResponse

from services.cases import letters
from services.cases.documents.letter import LetterFacts
from services.cases.documents.render import render_stored_letter
from services.cases.domain import loop
from services.cases.domain.authority import STATES
from services.cases.domain.case import Case
from services.cases.domain.events.transferring import CaseTransferred
from services.cases.domain.values import Deadline, Escalation
from services.cases.handlers import CASE, NEW_CASE
from services.cases.queries import CaseRow, Filter, Queries
from shared.kernel.campaign import Campaign
from shared.kernel.commands import Setting
from shared.platform.event_store.envelope import Actor
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.forms import allowed_commands
from shared.platform.service.routes import mount_commands
from shared.platform.web import problems
from shared.platform.web.described import VERSIONED
from shared.platform.web.parameters import LAST, Code, Codes, Cursor, SearchText
from shared.platform.web.session import SignedIn, Viewer

PREFIX = "/api/cases/v1"
_NOT_TOLD = {
    "id", "idle", "in_period", "handler", "draft", "key_group", "first_step_due", "disclosure_due", "return_asked",
    "extension_asked", "reply_due", "recheck_due", "verify_due",
}  # fmt: skip
_TOLD = [field.name for field in fields(CaseRow) if field.name not in _NOT_TOLD]


def mount_api(app: FastAPI, dispatch: Dispatch[Setting], queries: Queries) -> None:
    """Serve the API."""
    campaign = dispatch.setting.campaign
    router = APIRouter(prefix=PREFIX, tags=["cases"])

    @router.get("/cases")
    async def list_cases(
        viewer: SignedIn,
        state: Codes | None = None,
        unit: Code | None = None,
        due: Annotated[Code | None, Query(description="overdue, or a date: due by the end of that day")] = None,
        escalated: Annotated[Code | None, Query(description="open: undecided; any: now or once")] = None,
        q: SearchText | None = None,
        cursor: Cursor | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """The cases that the viewer may see, newest first. `next` is the `cursor` of the next page, null at the end."""
        wanted = list_filter(state, unit, due, escalated, q, cursor, limit, campaign, dispatch.now())
        rows = await queries.cases(viewer, wanted)
        following = str(rows[-1].id) if len(rows) == limit else None
        return {"items": [row_json(row) for row in rows], "next": following}

    @router.get("/cases/{case}", responses=VERSIONED)
    async def get_case(case: str, viewer: SignedIn) -> JSONResponse:
        """One case: what it is about, its deadlines with their explanation, its loop, letters and possible commands."""
        found = await queries.case(viewer, case)
        headers = {"ETag": f'"{found.version}"', "Cache-Control": "no-store"}
        return JSONResponse(case_json(found, dispatch.actor_of(viewer), campaign), headers=headers)

    @router.get("/cases/{case}/history")
    async def get_history(
        case: str,
        viewer: SignedIn,
        as_of: Annotated[Code | None, Query(description="an instant (ISO 8601) or a sequence")] = None,
    ) -> dict[str, Any]:
        """Every stored event of a case, oldest first, up to an instant of the domain clock or a sequence."""
        entries = await queries.history(viewer, case, _as_of(as_of))
        items = [
            {"sequence": e.sequence, "version": e.version, "type": e.type, "event_sha256": e.sha256, **e.state}
            for e in entries
        ]
        return {"case": case, "items": items, "next": None}

    @router.get("/cases/{case}/letters/{n}.pdf")
    async def get_letter(case: str, n: int, viewer: SignedIn) -> Response:
        """The n-th letter of a case (from 1) as PDF/A, the same bytes whenever it is asked for."""
        facts = await letter_facts(queries, viewer, case, n)
        body = await render_stored_letter(facts)
        return Response(body, media_type="application/pdf", headers={"Cache-Control": "private, no-store"})

    mount_commands(router, dispatch, NEW_CASE, location=lambda told: f"{PREFIX}/cases/{told['case']}")
    mount_commands(router, dispatch, CASE)
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
        try:
            day = datetime.fromisoformat(due).replace(tzinfo=campaign.zone)
        except ValueError as error:
            raise problems.Invalid.parameter(
                "due", "请写 overdue 或日期，如 2022-02-09。", ("overdue", "YYYY-MM-DD")
            ) from error
        if not 2000 <= day.year <= 2100:
            raise problems.Invalid.parameter("due", "年份应在 2000 年至 2100 年之间。", ("overdue", "YYYY-MM-DD"))
        before = day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Filter(states, unit, before, escalated, text=q or None, before=cursor, limit=limit)


def row_json(row: CaseRow) -> dict[str, Any]:
    """One line of the list: what the row says, but for what is on pages alone."""
    found = {"case": str(row.id), "idle_after_acceptance": row.idle}
    for name in _TOLD:
        value = getattr(row, name)
        found[name] = value.isoformat() if isinstance(value, datetime) else value
    return found


def case_json(case: Case, actor: Actor, campaign: Campaign) -> dict[str, Any]:
    """One case as the API shows it."""
    deadlines = {
        "transfer": case.transfer_deadline if case.state == "opened" else None,
        "sign_for": case.signing,
        "first_step": case.first_step,
        "feedback": case.feedback,
        "review": case.review,
        "disclosure": case.disclosure,
        "return_request": case.returnable if case.state in ("transferred", "signed_for") else None,
        "right_of_reply": case.suspicion.reply if case.suspicion else None,
        "recheck": case.key_supervision.recheck if case.key_supervision and case.is_supervised else None,
    }
    matter = case.matter
    steps = loop.steps(case, campaign)
    return {
        "case": str(case.id),
        "version": case.version,
        "state": case.state,
        "unit": case.unit,
        "origin": case.origin,
        "tip": case.tip,
        "in_period": case.in_period,
        "matter": matter.text,
        "enterprise": matter.enterprise,
        "place": matter.place,
        "source": matter.source,
        "violation": matter.violation,
        "danger": matter.danger,
        "received_at": matter.received_at.isoformat(),
        "opened_at": case.opened_at.isoformat(),
        "handler": case.handler,
        "due": case.feedback.due_date.printed if case.feedback else None,
        "deadlines": {name: _deadline_json(deadline) for name, deadline in deadlines.items() if deadline},
        "escalations": [one.trigger for one in case.escalations],
        "verifications": [_verification_json(one) for one in case.escalations],
        "key_supervision": case.key_supervision.group if case.key_supervision and case.is_supervised else None,
        "penalty_proceeding": case.penalty_proceeding,
        "planned_for": case.planned_for.isoformat() if case.planned_for else None,
        "letters": [
            {"n": n, "number": number, "pdf": f"{PREFIX}/cases/{case.id}/letters/{n}.pdf"}
            for n, number in enumerate(case.letters, 1)
        ],
        "loop": [
            {"step": s.name, "state": s.state, "when": s.when.isoformat() if s.when else None, "note": s.note}
            for s in steps
        ],
        "closed_loop": loop.is_closed(steps),
        "waits_for": [f"{step}（{note}）" for step, note in ([] if loop.is_closed(steps) else loop.waits_for(steps))],
        "commands": allowed_commands(CASE, actor, case, Setting(campaign)),
    }


def _verification_json(one: Escalation) -> dict[str, Any]:
    return {
        "n": one.n,
        "trigger": one.trigger,
        "raised_at": one.raised_at.isoformat(),
        "verifier": one.verifier,
        "due": _deadline_json(one.deadline) if one.deadline else None,
        "outcome": one.outcome,
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
    }


def _deadline_json(deadline: Deadline) -> dict[str, Any]:
    found = deadline.due_date
    return found.as_json() | {"words": found.words()}


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
