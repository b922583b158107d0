"""The office's pages of what is not public yet: the list, most urgent first, and one item with what may be done to it.

A refused form is shown again with what was typed. A form carries the version that it showed, so that nobody approves
a wording that was changed meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData

from services.notify.application.disclosing import Disclosing
from services.notify.commands import Body, Draft
from services.notify.domain.authority import OFFICERS, OPEN_STATES, STATE_NAMES, STATES
from services.notify.domain.disclosure import DOUBT_NAMES
from services.notify.queries.disclosures import DisclosureQueries, Wanted
from services.notify.rules.drafting import WEEKLY
from services.notify.web.disclosures import BODIES, allowed_commands, one
from services.notify.web.requests import Gate
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.schedule import filing_due
from shared.kernel.names import person_name, term_name, unit_name
from shared.kernel.visibility import CITY_ROLES
from shared.platform.messaging.engine import Clock
from shared.platform.web import problems
from shared.platform.web.commands import told_as_problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.problem_handlers import detail_in
from shared.platform.web.session import Viewer, require_role

Reader = Annotated[Viewer, Depends(require_role(*sorted(CITY_ROLES)))]
ANSWER, EVIDENCE = "answer-", "evidence-"
PAGE = 200
_FIELD_NAMES = {
    "kind": "种类",
    "title": "标题",
    "text": "内容",
    "unit": "单位",
    "case": "交办件编号",
    "reason": "理由",
    "evidence": "发布凭据",
    "answers": "核对说明",
    "outcomes": "办理结果",
}
_MANY = frozenset({"outcomes"})


@dataclass(frozen=True, slots=True)
class Drafts:
    """What these pages need."""

    gate: Gate
    queries: DisclosureQueries
    disclosing: Disclosing
    campaign: Campaign
    clock: Clock


@dataclass(frozen=True, slots=True)
class Failed:
    """A form that was refused: the command, why, and what was typed."""

    command: str
    sentence: str
    typed: dict[str, str]


def mount_drafts(app: FastAPI, drafts: Drafts) -> None:
    """Serve `/public/drafts`, `/public/drafts/{disclosure}` and its forms."""

    @app.get("/public/drafts", include_in_schema=False)
    async def listing(request: Request, viewer: Reader) -> Response:
        return await _list_page(drafts, request, viewer, None)

    @app.post("/public/drafts", include_in_schema=False)
    async def draft(request: Request, viewer: Reader) -> Response:
        form = await _form(request)
        try:
            told = await drafts.gate.draft(request, viewer, Draft.model_validate(_values(Draft, form)))
        except (problems.Problem, ValidationError) as error:
            failed = _failed("draft", error, form, request)
            return await _list_page(drafts, request, viewer, failed, _status(error))
        return RedirectResponse(f"/public/drafts/{told['disclosure']}", 303)

    @app.get("/public/drafts/{disclosure}", include_in_schema=False)
    async def item(request: Request, disclosure: str, viewer: Reader) -> Response:
        return await _item_page(drafts, request, disclosure, viewer, None)

    @app.post("/public/drafts/{disclosure}/{command}", include_in_schema=False)
    async def act(request: Request, disclosure: str, command: str, viewer: Reader) -> Response:
        if command not in BODIES:
            raise problems.NotFound()
        form = await _form(request)
        seen = form.get("version")
        version = int(seen) if isinstance(seen, str) and seen.isdecimal() else None
        try:
            body = BODIES[command].model_validate(_values(BODIES[command], form))
            await drafts.gate.command(request, viewer, command, disclosure, body, version)
        except problems.NotFound:
            raise
        except (problems.Problem, ValidationError) as error:
            failed = _failed(command, error, form, request)
            return await _item_page(drafts, request, disclosure, viewer, failed, _status(error))
        return RedirectResponse(f"/public/drafts/{disclosure}", 303)


async def _list_page(
    drafts: Drafts, request: Request, viewer: Viewer, failed: Failed | None, status: int = 200
) -> Response:
    states = tuple(state for state in STATES if state in OPEN_STATES)
    async with told_as_problems():
        rows = await drafts.queries.disclosures(viewer, Wanted(states=states, limit=PAGE, by_due=True))
    campaign, now = drafts.campaign, drafts.clock.now()
    return render(
        request, "drafts.html", status=status, here="public", now=now, campaign=campaign, locale=locale_of(request),
        groups=[(STATE_NAMES[state], [row for row in rows if row.state == state]) for state in states],
        week_due=filing_due(campaign, WEEKLY, now), may_draft=viewer.role in OFFICERS, failed=failed,
        unit_name=unit_name, term_name=term_name,
    )  # fmt: skip


async def _item_page(
    drafts: Drafts, request: Request, disclosure: str, viewer: Viewer, failed: Failed | None, status: int = 200
) -> Response:
    async with told_as_problems():
        row = await one(drafts.queries, viewer, disclosure)
    campaign, now = drafts.campaign, drafts.clock.now()
    return render(
        request, "draft.html", status=status, here="public", now=now, campaign=campaign, locale=locale_of(request),
        row=row, state=STATE_NAMES[row.state], commands=allowed_commands(row, viewer), failed=failed,
        found=drafts.disclosing.found_in(row.title, row.text) if row.state == "drafted" else row.doubts,
        doubt_names=DOUBT_NAMES, late=row.due is not None and row.due <= now and row.state in OPEN_STATES,
        unit_name=unit_name, term_name=term_name, person_name=person_name,
    )  # fmt: skip


async def _form(request: Request) -> FormData:
    await request.body()  # keeps the bytes for the fingerprint
    return await request.form()


def _values(body: type[Body], form: FormData) -> dict[str, Any]:
    """A form's fields as a body: empty ones are left out; answers and evidence have a field for each key."""
    given = {name: value.strip() for name, value in form.items() if isinstance(value, str) and value.strip()}
    values: dict[str, Any] = {name: given[name] for name in body.model_fields if name in given and name not in _MANY}
    for name, prefix in (("answers", ANSWER), ("evidence", EVIDENCE)):
        if name in body.model_fields:
            values[name] = {key.removeprefix(prefix): text for key, text in given.items() if key.startswith(prefix)}
    for name in _MANY & body.model_fields.keys():
        values[name] = [value for value in form.getlist(name) if isinstance(value, str)]
    return values


def _failed(command: str, error: problems.Problem | ValidationError, form: FormData, request: Request) -> Failed:
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    if isinstance(error, problems.Problem):
        return Failed(command, detail_in(error, locale_of(request)), typed)
    names = dict.fromkeys(str(fault["loc"][0]) for fault in error.errors(include_input=False))
    return Failed(command, f"请填写或改正：{'、'.join(_FIELD_NAMES.get(name, name) for name in names)}。", typed)


def _status(error: problems.Problem | ValidationError) -> int:
    return error.status if isinstance(error, problems.Problem) else 422
