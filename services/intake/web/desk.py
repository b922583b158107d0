"""The officers' pages: tips that wait for a person, most urgent first, and one tip with what may be done to it.

What the rules recognised stands beside the tipster's words as a suggestion, with the doubts that kept it from going
out by itself. A refused form is shown again with what was typed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.intake.domain.authority import AUTHORITY, OFFICERS, STATE_NAMES, may_read_text
from services.intake.queries import PAGE, Queries, TipRow
from services.intake.reception import Reception, Written
from services.intake.rules.triage import DOUBTS, public_enterprise
from services.intake.web.api import BODIES, give, tip_row
from services.intake.web.words import field_errors, left
from shared.kernel.campaign import Campaign
from shared.platform.messaging.engine import Clock
from shared.platform.web import problems
from shared.platform.web.commands import told_as_problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.problem_handlers import detail_in
from shared.platform.web.session import Viewer, require_role
from shared.platform.web.words import Locale, translate

Officer = Annotated[Viewer, Depends(require_role(*sorted(OFFICERS)))]
EXCERPT = 60
_EMPTIABLE = frozenset({"enterprise", "place", "violation", "target"})


def mount_desk(app: FastAPI, campaign: Campaign, clock: Clock, queries: Queries, reception: Reception) -> None:
    """Serve `/triage`."""

    @app.get("/triage", include_in_schema=False)
    async def waiting(request: Request, _: Officer) -> Response:
        now, locale = clock.now(), locale_of(request)
        async with told_as_problems():
            rows = await queries.waiting(PAGE)
            total = await queries.count_waiting()
            opened = await reception.accounts(rows)
        lines = [_line(row, opened[row.id], campaign, now, locale) for row in rows]
        return render(request, "triage_list.html", no_store=True, here="triage", now=now, lines=lines, total=total)

    @app.get("/triage/{tip}", include_in_schema=False)
    async def one(request: Request, tip: str, viewer: Officer) -> Response:
        return await tip_page(request, tip, viewer)

    @app.post("/triage/{tip}/{command}", include_in_schema=False)
    async def act(request: Request, tip: str, command: str, viewer: Officer) -> Response:
        if command not in BODIES:
            raise problems.NotFound()
        form = await request.form()
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        version = int(typed["version"]) if typed.get("version", "").isdecimal() else None
        try:
            body = BODIES[command].model_validate(_values(command, typed))
            await give(request, reception, viewer, command, tip, body, version)
        except ValidationError as error:
            return await tip_page(request, tip, viewer, (command, list(field_errors(error).values()), typed), 422)
        except problems.NotFound:
            raise
        except problems.Problem as error:
            told = detail_in(error, locale_of(request))
            return await tip_page(request, tip, viewer, (command, [told], typed), error.status)
        return RedirectResponse(f"/triage/{tip}" if command in ("message", "supplement") else "/triage", 303)

    async def tip_page(
        request: Request, tip: str, viewer: Viewer, failed: tuple[str, list[str], dict[str, str]] | None = None,
        status: int = 200,
    ) -> Response:  # fmt: skip
        now, locale = clock.now(), locale_of(request)
        async with told_as_problems():
            row = await tip_row(queries, tip)
            readable = may_read_text(viewer.role, row.state)
            opened = await reception.account(row) if readable else None
            texts = await reception.texts(row.id) if readable else []
        typed = opened.fields.get("enterprise", "") if opened else ""
        return render(
            request, "triage.html", status=status, no_store=True, here="triage", now=now, row=row, opened=opened,
            texts=texts, failed=failed, campaign=campaign, locale=locale, doubts=_doubts(row),
            enterprise=public_enterprise(typed, None, None), state=STATE_NAMES[row.state], late=_is_late(row, now),
            left=left(row.triage_due, now, locale), names=_names(row, campaign, locale),
            commands=[name for name, permission in AUTHORITY.items() if row.state in permission.states],
        )  # fmt: skip


def _line(row: TipRow, opened: Written, campaign: Campaign, now: datetime, locale: Locale) -> dict[str, Any]:
    """One waiting tip in the list."""
    text = " ".join(opened.text.split())
    excerpt = text[:EXCERPT] + ("…" if len(text) > EXCERPT else "")
    facts = [campaign.taxonomy("tip_sources").term(row.source).name(locale)]
    facts += [campaign.county(unit).name(locale) for unit in row.suggestion.units]
    facts += [translate(locale, doubt) for doubt in _doubts(row)]
    return {
        "id": str(row.id),
        "title": excerpt or translate(locale, "（内容已销毁）"),
        "facts": facts,
        "danger": row.danger,
        "alarm": _is_late(row, now),
        "left": left(row.triage_due, now, locale),
        "received_at": row.received_at,
    }


def _is_late(row: TipRow, now: datetime) -> bool:
    return row.state == "received" and row.triage_due <= now


def _doubts(row: TipRow) -> list[str]:
    return [DOUBTS.get(doubt, doubt) for doubt in row.suggestion.doubts]


def _names(row: TipRow, campaign: Campaign, locale: Locale) -> dict[str, str]:
    """The codes of a tip in words, as far as it has them."""
    found = {
        "source": campaign.taxonomy("tip_sources").term(row.source).name(locale),
        "kind": campaign.taxonomy("tip_kinds").term(row.kind).name(locale),
        "mode": campaign.taxonomy("identity_modes").term(row.mode).name(locale),
    }
    if row.unit is not None:
        found["unit"] = campaign.county(row.unit).name(locale)
    if row.reason is not None:
        found["reason"] = campaign.taxonomy("return_reasons").term(row.reason).name(locale)
    if row.channel is not None:
        found["channel"] = campaign.taxonomy("tip_kinds").term(row.channel).name(locale)
    return found


def _values(command: str, typed: dict[str, str]) -> dict[str, Any]:
    """A form as a command's body. What was emptied in the triage form is left out on purpose; other empty fields are
    not given."""
    given = {name: typed[name].strip() for name in BODIES[command].model_fields if name in typed}
    values: dict[str, Any] = {name: value for name, value in given.items() if value}
    if command == "triage":
        values |= {name: None for name in _EMPTIABLE if given.get(name) == ""}
        values["danger"] = typed.get("danger") == "yes"
        values["matters"] = [given["matters"]] if given.get("matters") else []
    return values
