"""The office's pages of what is not public yet: the list, most urgent first, and one item with what may be done to it.

Nobody approves a wording that was changed meanwhile: a form carries the version that it showed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from services.notify.domain.authority import OPEN_STATES, STATE_NAMES
from services.notify.domain.disclosure import DOUBT_NAMES
from services.notify.domain.values import Wording
from services.notify.handlers import DISCLOSURE, NEW_DISCLOSURE
from services.notify.handlers.disclosing import Check, found_in
from services.notify.queries.disclosures import DisclosureQueries, DisclosureRow, Wanted
from services.notify.rules.drafting import WEEKLY
from services.notify.rules.telling import DOUBT_SENTENCES, WHY
from services.notify.web.answers import commands_of
from services.notify.web.since import with_since
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.schedule import filing_due
from shared.kernel.commands import Setting
from shared.kernel.names import person_name, term_name, unit_name
from shared.kernel.roles import CITY_ROLES
from shared.platform.event_store.envelope import Actor
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.fields import Body
from shared.platform.service.forms import Form, form_of, read_form, take
from shared.platform.service.refused import Failed
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import Viewer, require_role
from shared.platform.web.words import Locale

Reader = Annotated[Viewer, Depends(require_role(*sorted(CITY_ROLES)))]
PAGE = 200
LISTED = ("correcting", *OPEN_STATES)
"""What waits for the office; what is public and not so comes first."""


class Drafts:
    """What these pages need."""

    def __init__(self, dispatch: Dispatch[Setting], queries: DisclosureQueries) -> None:
        self.dispatch = dispatch
        self.queries = queries
        self.campaign = dispatch.setting.campaign


def mount_drafts(app: FastAPI, drafts: Drafts) -> None:
    """Serve `/public/drafts`, `/public/drafts/{disclosure}` and its forms."""

    @app.get("/public/drafts", include_in_schema=False)
    async def listing(request: Request, viewer: Reader, case: UUID | None = None) -> Response:
        if case is not None:  # from the page of a case to what is told of it
            items = await drafts.queries.disclosures(viewer, Wanted(case=case, limit=1))
            return RedirectResponse(f"/public/drafts/{items[0].id}" if items else "/public/drafts", 303)
        return await _list_page(drafts, request, viewer, await drafts.dispatch.refused.of(request, viewer))

    @app.post("/public/drafts", include_in_schema=False)
    async def draft(request: Request, viewer: Reader) -> Response:
        return await take(
            request, viewer, drafts.dispatch, NEW_DISCLOSURE, "draft", {},
            back=lambda told: f"/public/drafts/{told['disclosure']}",
            page="/public/drafts",
        )  # fmt: skip

    @app.get("/public/drafts/{disclosure}", include_in_schema=False)
    async def item(request: Request, disclosure: str, viewer: Reader) -> Response:
        failed = await drafts.dispatch.refused.of(request, viewer)
        return await _item_page(drafts, request, disclosure, viewer, failed)

    @app.post("/public/drafts/{disclosure}/{command}", include_in_schema=False)
    async def act(request: Request, disclosure: str, command: str, viewer: Reader) -> Response:
        return await take(
            request, viewer, drafts.dispatch, DISCLOSURE, command, {"disclosure": disclosure},
            back=lambda _: f"/public/drafts/{disclosure}", read=_read,
            page=f"/public/drafts/{disclosure}",
        )  # fmt: skip


def _read(body: type[Body], form: FormData) -> dict[str, Any]:
    """In the form of a check no box ticked means that the item shows no outcome."""
    return ({"outcomes": ()} if body is Check else {}) | read_form(body, form)


async def _list_page(drafts: Drafts, request: Request, viewer: Viewer, failed: Failed | None) -> Response:
    rows = await drafts.queries.disclosures(viewer, Wanted(states=LISTED, limit=PAGE, by_due=True))
    waiting = await drafts.queries.waiting(viewer, PAGE)
    campaign, now, locale = drafts.campaign, drafts.dispatch.now(), locale_of(request)
    command = NEW_DISCLOSURE.commands["draft"]
    form = None
    if viewer.role in command.permission.roles:
        form = replace(form_of(command, drafts.dispatch.setting, None, {}, locale, failed), title="另拟一条")
    return render(
        request, "drafts.html", here="public", now=now, campaign=campaign,
        locale=locale, week_due=filing_due(campaign, WEEKLY, now), form=form, failed=failed, unit_name=unit_name,
        groups=[(STATE_NAMES[state], [row for row in rows if row.state == state]) for state in LISTED],
        term_name=term_name, waiting=waiting, why=WHY, doubts=DOUBT_SENTENCES,
    )  # fmt: skip


async def _item_page(
    drafts: Drafts, request: Request, disclosure: str, viewer: Viewer, failed: Failed | None
) -> Response:
    row = await drafts.queries.disclosure(viewer, disclosure)
    actor, now, locale = drafts.dispatch.actor_of(viewer), drafts.dispatch.now(), locale_of(request)
    if failed is not None:
        failed = with_since(failed, await drafts.queries.events(row.id), drafts.campaign, now, locale)
    view = item_view(row, actor, drafts.dispatch.setting, now, locale, failed)
    return render(request, "draft.html", here="public", **view)


def item_view(
    row: DisclosureRow, actor: Actor, setting: Setting, now: datetime, locale: Locale, failed: Failed | None = None
) -> dict[str, Any]:
    """Everything that `draft.html` needs besides the shell."""
    campaign = setting.campaign
    found = found_in(campaign, Wording(row.title, row.text)) if row.state == "drafted" else row.doubts
    commands = commands_of(row, actor, setting)
    view = {"row": row, "found": found, "campaign": campaign, "locale": locale}
    given = {"title": row.title, "text": row.text, "outcomes": " ".join(row.outcomes)}
    given |= {f"answers-{doubt.kind}": doubt.answer for doubt in found if doubt.answer is not None}
    forms = [
        _for(
            actor,
            form_of(DISCLOSURE.commands[name], setting, row, view, locale, failed, given, title=command["name"]),
            campaign,
        )
        for name, command in commands.items()
        if command["allowed"]
    ]
    return view | {
        "now": now, "state": STATE_NAMES[row.state], "commands": commands, "forms": forms, "failed": failed,
        "late": row.due is not None and row.due <= now and row.state in OPEN_STATES and not row.waits,
        "correction_late": row.correction_due is not None and row.correction_due <= now, "doubt_names": DOUBT_NAMES,
        "waits": WHY[row.situation] if row.waits and row.situation else None,
        "undecided": [DOUBT_SENTENCES[one] for one in row.undecided if one in DOUBT_SENTENCES],
        "unit_name": unit_name, "term_name": term_name, "person_name": person_name,
    }  # fmt: skip


def _for(actor: Actor, form: Form, campaign: Campaign) -> Form:
    """The director signs a correction and changes no words. A rate is the assessment's to compute, nobody's to tick."""
    if form.command == "correct" and actor.role == "director":
        return replace(form, fields=())
    rates = {term.code for term in campaign.taxonomy("outcomes").terms if term.kind == "rate"}
    fields = [replace(one, options=tuple(o for o in one.options if o[0] not in rates)) for one in form.fields]
    return replace(form, fields=tuple(fields))
