"""The tipster's pages: the form, the receipt, following a tip. They work without script and keep what was typed.

The receipt code is in no address: pages get it in the body of a form and are never stored by a browser.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from services.intake.domain.authority import OFFICERS
from services.intake.handlers.receiving import Receive
from services.intake.handlers.writing import Message
from services.intake.queries import Queries
from services.intake.receipts import grouped, normalised
from services.intake.reception import Intake
from services.intake.web.counter import Counter
from services.intake.web.tracking import Tracked, Tracking
from services.intake.web.whereabouts import whereabouts
from services.intake.web.words import FIELD_ERRORS, OTHERWISE, field_errors, length
from shared.kernel.campaign import Campaign
from shared.kernel.loopbar import steps_in_words
from shared.kernel.names import unit_name
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.forms import read_form
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.problem_handlers import detail_in
from shared.platform.web.rate_limits import address_of
from shared.platform.web.session import check_origin, viewer, viewer_of

ANONYMOUS = "anonymous"


def mount_pages(
    app: FastAPI, dispatch: Dispatch[Intake], queries: Queries, counter: Counter, tracking: Tracking
) -> None:  # fmt: skip
    """Serve `/` and `/receipt`."""
    campaign, now = dispatch.setting.campaign, dispatch.now

    def form_page(
        request: Request, typed: dict[str, str], errors: dict[str, str], sentence: str = "", status: int = 200
    ) -> Response:
        found = viewer_of(request)
        return render(
            request, "tip_form.html", status=status, no_store=True, here="tip", now=now(), campaign=campaign,
            locale=locale_of(request), typed=typed, errors=errors, sentence=sentence, once=secrets.token_urlsafe(16),
            officer=found is not None and found.role in OFFICERS.split(),
            triage_time=length(campaign.window("triage"), locale_of(request)),
        )  # fmt: skip

    def tracked_page(
        request: Request, code: str, found: Tracked, error: str = "", typed: str = "", status: int = 200
    ) -> Response:
        locale = locale_of(request)
        return render(
            request, "tracked.html", status=status, no_store=True, here="tip", now=now(), found=found,
            code=code, locale=locale, steps=steps_in_words(found.steps, locale, now()), error=error, typed=typed,
            where=whereabouts(found, campaign, now(), locale), once=secrets.token_urlsafe(16),
        )  # fmt: skip

    def lost_page(request: Request, code: str, error: problems.Gone) -> Response:
        locale, unit = locale_of(request), error.extras.get("unit")
        return render(
            request, "lost.html", status=error.status, no_store=True, here="tip", code=code,
            outcome=error.extras["outcome"], unit=unit_name(campaign, unit["code"], locale) if unit else None,
            detail=detail_in(error, locale),
        )  # fmt: skip

    @app.get("/", include_in_schema=False)
    async def form(request: Request) -> Response:
        return form_page(request, {}, {})

    @app.post("/", include_in_schema=False)
    async def receive(request: Request) -> Response:
        form = await _posted(request)
        typed = _typed(form)
        try:
            asked = Receive.model_validate(body_of(form, campaign))
            receipt = await counter.receive(request, viewer_of(request), asked, typed.get("once", ""))
        except ValidationError as error:
            return form_page(request, typed, field_errors(error), status=422)
        except problems.Invalid as error:
            names = [str(one["pointer"]).rsplit("/", 1)[-1] for one in error.extras["errors"]]
            return form_page(request, typed, {n: FIELD_ERRORS.get(n, OTHERWISE) for n in names}, status=422)
        except problems.KeyReused as error:
            return form_page(request, typed, {}, "这份表单已提交过。如果这是另一件事，请再提交一次。", error.status)
        except problems.Problem as error:
            return _when(error, form_page(request, typed, {}, detail_in(error, locale_of(request)), error.status))
        row = await queries.tip(receipt.tip)
        return render(
            request, "received.html", status=201, no_store=True, here="tip", now=now(), campaign=campaign,
            locale=locale_of(request), code=grouped(receipt.code), row=row,
            unit=unit_name(campaign, row.unit, locale_of(request)) if row is not None and row.unit else None,
        )  # fmt: skip

    @app.get("/receipt", include_in_schema=False)
    async def ask(request: Request) -> Response:
        return render(request, "receipt.html", no_store=True, here="tip", error="", typed="")

    @app.post("/receipt", include_in_schema=False)
    async def track(request: Request) -> Response:
        typed = _typed(await _posted(request)).get("code", "")
        try:
            found = await tracking.find(normalised(typed), address_of(request))
        except problems.Gone as error:
            return lost_page(request, normalised(typed), error)
        except problems.Problem as error:
            page = render(
                request, "receipt.html", status=error.status, no_store=True, here="tip",
                error=detail_in(error, locale_of(request)), typed=typed,
            )  # fmt: skip
            return _when(error, page)
        return tracked_page(request, normalised(typed), found)

    @app.post("/receipt/message", include_in_schema=False)
    async def hear(request: Request) -> Response:
        form = await _posted(request)
        typed = _typed(form)
        code = normalised(typed.get("code", ""))
        try:
            found = await tracking.find(code, address_of(request))
        except problems.Gone as error:
            return lost_page(request, code, error)
        try:
            body = Message.model_validate(read_form(Message, form))
        except ValidationError as error:
            told = next(iter(field_errors(error).values()))
            return tracked_page(request, code, found, told, typed.get("text", ""), status=422)
        try:
            await counter.hear(request, found.tip, body, typed.get("once", ""))
        except problems.TooManyRequests as error:
            told = detail_in(error, locale_of(request))
            return _when(error, tracked_page(request, code, found, told, typed.get("text", ""), status=error.status))
        return tracked_page(request, code, await tracking.find(code, address_of(request)))


async def _posted(request: Request) -> FormData:
    """A form of ours; a visitor's has no session to protect, a signed-in person's form is checked."""
    await request.body()  # keeps the bytes for the fingerprint
    if await viewer(request) is None:
        check_origin(request)
    return await request.form()


def _when(error: problems.Problem, page: Response) -> Response:
    """The page of a refusal with what its headers say, such as when to come back."""
    page.headers.update(error.headers)
    return page


def _typed(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


def body_of(form: FormData, campaign: Campaign) -> dict[str, Any]:
    """The form as the body of a request: the day and the sender are asked for in a form's own way."""
    body = read_form(Receive, form)
    given = {name: value.strip() for name, value in _typed(form).items() if value.strip()}
    if "occurred_on" in given:
        body["occurred_at"] = _start_of(given["occurred_on"], campaign)
    if given.get("mode", ANONYMOUS) != ANONYMOUS:
        body["identity"] = {"mode": given["mode"], "name": given.get("name", ""), "phone": given.get("phone", "")}
    return body


def _start_of(day: str, campaign: Campaign) -> datetime | str:
    """The start of a day in the campaign's zone; what is no day is left for the check to refuse."""
    try:
        return datetime.fromisoformat(day).replace(tzinfo=campaign.zone)
    except ValueError:
        return "?"
