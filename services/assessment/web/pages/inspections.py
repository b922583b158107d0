"""The form of an inspection: one enterprise, what was looked at, and the problem that was found, if any."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.assessment import commands
from services.assessment.domain.authority import may
from services.assessment.web.pages.forms import Page, form_values, typed_in
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import SignedIn, Viewer

_OF_THE_FINDING = ("matter", "violation", "danger", "major")


def mount_inspections(app: FastAPI, page: Page) -> None:
    """Serve `/assessment/inspections/new`."""

    @app.get("/assessment/inspections/new", include_in_schema=False)
    async def form(request: Request, viewer: SignedIn) -> Response:
        return _page(page, request, viewer, {}, None, 200)

    @app.post("/assessment/inspections/new", include_in_schema=False)
    async def record(request: Request, viewer: SignedIn) -> Response:
        typed = await typed_in(request)
        try:
            body = commands.RecordInspection.model_validate(_values(typed))
            await page.gate.inspect(request, viewer, body)
        except ValidationError:
            told = "请填写单位名称；各项数目须为不小于零的整数，发现问题的须写明情况。"
            return _page(page, request, viewer, typed, told, 422)
        except problems.ServiceUnavailable:
            raise
        except problems.Problem as error:
            return _page(page, request, viewer, typed, str(error), error.status)
        return RedirectResponse("/assessment", 303)


def _values(typed: dict[str, str]) -> dict[str, Any]:
    """The form as a body: what is said of the problem becomes one finding."""
    values = form_values(commands.RecordInspection, typed)
    finding = {name: typed[name] for name in _OF_THE_FINDING if typed.get(name, "").strip()}
    if finding:
        values["findings"] = [finding]
    return values


def _page(
    page: Page, request: Request, viewer: Viewer, typed: dict[str, str], failed: str | None, status: int
) -> Response:
    actor, campaign = page.gate.actor(viewer), page.campaign
    units = [
        county
        for county in campaign.units
        if may("record-inspection", actor, county.code, page.gate.assessment.group_of(county.code))
    ]
    if not units:
        raise problems.Forbidden("登记检查由县级局、督导工作组或市局办公室办理，请转有权人员。")
    return render(
        request, "inspection.html", status=status, here="assessment", now=page.now(), typed=typed, failed=failed,
        locale=locale_of(request),
        units=units, targets=campaign.taxonomy("targets").terms, grades=campaign.taxonomy("enterprise_grades").terms,
        violations=[term for term in campaign.taxonomy("violations").terms if not term.work_check],
    )  # fmt: skip
