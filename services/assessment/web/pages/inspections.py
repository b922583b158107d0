"""The form of an inspection: one enterprise, what was looked at, and the problem that was found, if any."""

from __future__ import annotations

from dataclasses import replace

from fastapi import FastAPI, Request, Response

from services.assessment.handlers import INSPECTION, inspecting
from services.assessment.web.page import Page
from shared.platform.service.forms import form_of, take
from shared.platform.service.refused import Failed
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import SignedIn, Viewer

HERE = "/assessment/inspections/new"


def mount_inspections(app: FastAPI, page: Page) -> None:
    """Serve `/assessment/inspections/new`."""

    @app.get(HERE, include_in_schema=False)
    async def form(request: Request, viewer: SignedIn) -> Response:
        return await _page(page, request, viewer, await page.dispatch.refused.of(request, viewer))

    @app.post(HERE, include_in_schema=False)
    async def record(request: Request, viewer: SignedIn) -> Response:
        return await take(
            request, viewer, page.dispatch, INSPECTION, "", {}, back=lambda _: "/assessment",
            page=HERE,
        )  # fmt: skip


async def _page(page: Page, request: Request, viewer: Viewer, failed: Failed | None) -> Response:
    units = inspecting.units_of(page.setting, page.dispatch.actor_of(viewer))
    if not units:
        raise problems.Forbidden("登记检查由县级局、督导工作组或市局办公室办理，请转有权人员。")
    violations = [term.code for term in page.campaign.taxonomy("violations").terms if not term.work_check]
    offered = {"unit": units, "violation": violations}
    form = form_of(INSPECTION.commands[""], page.setting, None, None, locale_of(request), failed)
    fields = [
        replace(one, options=tuple(option for option in one.options if option[0] in offered[one.name]))
        if one.name in offered
        else one
        for one in form.fields
    ]
    return render(
        request, "inspection.html", here="assessment", now=page.now(),
        failed=failed, form=form, fields=fields, action=HERE,
    )  # fmt: skip
