"""What a unit owes, with dates that unfold, and the weekly return; the forms by which papers are signed and filed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import FastAPI, Request, Response

from services.assessment.domain.filing import BRIEFING, COMMITMENT, RETURN, TYPICAL_CASE
from services.assessment.domain.values import FigureLine, Return
from services.assessment.handlers import BRIEFINGS, COMMITMENTS, RETURNS, WRITTEN
from services.assessment.queries import FilingRow
from services.assessment.rules.schedule import ONCE, WEEKLY
from services.assessment.web.moved import SHOWN, Moved, return_moved
from services.assessment.web.moved import shown as carried
from services.assessment.web.page import Page
from services.assessment.web.since import with_since
from services.assessment.web.words import FILING_STATES, ORIGINS, percent, period_words
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.explain import remaining
from shared.kernel.day_grid import day_cells
from shared.kernel.names import place_name
from shared.platform.event_store.envelope import Actor
from shared.platform.service.authority import why_not
from shared.platform.service.command import Resource
from shared.platform.service.forms import Form, allowed_commands, form_of, take
from shared.platform.service.refused import Failed
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import SignedIn, Viewer
from shared.platform.web.words import Locale, translate, translations

_OWN_COMMAND = {COMMITMENT: (COMMITMENTS, "sign"), BRIEFING: (BRIEFINGS, "hold")}
"""How a paper is filed: by a command of its kind; any other is written."""
SIGNED = ("submit", "correct")
"""The commands that sign figures: their forms carry which."""
NEXT = 8
"""How many papers that are still to come are shown."""


def mount_filings(app: FastAPI, page: Page) -> None:
    """Serve `/assessment/filings/{unit}`, `/assessment/returns/{unit}/{week}` and their forms."""

    @app.get("/assessment/filings/{unit}", include_in_schema=False)
    async def owed(request: Request, unit: str, viewer: SignedIn) -> Response:
        return await _owed(page, request, unit, viewer, await page.dispatch.refused.of(request, viewer))

    @app.post("/assessment/filings/{kind}/{unit}/file", include_in_schema=False)
    async def file(request: Request, kind: str, unit: str, viewer: SignedIn) -> Response:
        return await give(request, viewer, WRITTEN, "file", {"kind": kind, "unit": unit}, kind)

    @app.post("/assessment/commitments/{unit}/{month}/sign", include_in_schema=False)
    async def sign(request: Request, unit: str, month: str, viewer: SignedIn) -> Response:
        return await give(request, viewer, COMMITMENTS, "sign", {"unit": unit, "month": month}, COMMITMENT)

    @app.post("/assessment/briefings/{unit}/{month}/hold", include_in_schema=False)
    async def hold(request: Request, unit: str, month: str, viewer: SignedIn) -> Response:
        return await give(request, viewer, BRIEFINGS, "hold", {"unit": unit, "month": month}, BRIEFING)

    async def give(
        request: Request, viewer: Viewer, resource: Resource, command: str, address: dict[str, str], kind: str
    ) -> Response:
        unit = address["unit"]

        return await take(
            request, viewer, page.dispatch, resource, command, address, back=lambda _: f"/assessment/filings/{unit}",
            page=f"/assessment/filings/{unit}",
            form=lambda typed: _called(kind, address.get("month") or typed.get("period", ONCE)),
        )  # fmt: skip

    @app.get("/assessment/returns/{unit}/{week}", include_in_schema=False)
    async def weekly(request: Request, unit: str, week: int, viewer: SignedIn) -> Response:
        return await _return(page, request, unit, week, viewer, await page.dispatch.refused.of(request, viewer))

    @app.post("/assessment/returns/{unit}/{week}/{command}", include_in_schema=False)
    async def weekly_command(request: Request, unit: str, week: int, command: str, viewer: SignedIn) -> Response:
        return await take(
            request, viewer, page.dispatch, RETURNS, command, {"unit": unit, "week": str(week)},
            back=lambda _: f"/assessment/returns/{unit}/{week}",
            page=f"/assessment/returns/{unit}/{week}",
        )  # fmt: skip


def _called(kind: str, period: str) -> str:
    """What the form of a paper is called on the page of all papers."""
    return kind if period == ONCE else f"{kind}/{period}"


async def _owed(page: Page, request: Request, unit: str, viewer: Viewer, failed: Failed | None) -> Response:
    page.queries.check_sees(viewer, unit)
    rows = await page.queries.filings(viewer, unit=unit)
    locale, actor = locale_of(request), page.dispatch.actor_of(viewer)
    versions = {}
    for row in rows:
        if row.kind == COMMITMENT and row.state != "filed":  # what is signed names its version
            versions[row.id] = (await page.queries.filing(row.id)).version
            if failed is not None and failed.form == _called(row.kind, row.period):
                events = await page.queries.events(row.id)
                failed = with_since(failed, events, page.campaign, page.now(), locale)
    lines = [_line(page, row, actor, locale, failed) | {"version": versions.get(row.id)} for row in rows]
    waiting = [line for line in lines if line["row"].state != "filed"]
    late = [line for line in waiting if line["late"]]
    coming = [line for line in waiting if not line["late"]][:NEXT]
    return render(
        request, "filings.html", here="assessment", now=page.now(),
        unit=unit, name=place_name(page.campaign, unit, locale), late=late[::-1], coming=coming,
        filed=[line for line in lines if line["row"].state == "filed"][::-1],
        failed=failed, forms=[line["form"] for line in late + coming if line["form"] is not None],
    )  # fmt: skip


def _line(page: Page, row: FilingRow, actor: Actor, locale: Locale, failed: Failed | None) -> dict[str, Any]:
    now, due = page.now(), row.deadline.due_date
    words, _, printed = remaining(due, now, locale).partition(" · ")
    form, action = _form(page, row, actor, locale, failed) if row.kind != RETURN else (None, "")
    return {
        "row": row, "name": page.campaign.filing(row.rule).name(locale), "period": period_words(row.period, locale),
        "state": FILING_STATES[row.state], "late": row.due <= now, "words": words, "printed": printed,
        "explanation": due.words(locale), "last_day": due.last_day, "days": day_cells(due, None, now.date(), locale),
        "form": form, "action": action, "accountable": _accountable(page, row, locale),
    }  # fmt: skip


def _accountable(page: Page, row: FilingRow, locale: Locale) -> str:
    """What a false commitment leads to, and an unfulfilled one alike (notice 七（三）)."""
    campaign = page.campaign
    if row.kind != COMMITMENT or not (row.broken_by or row.state == "missed"):
        return ""
    ground = "false_commitment" if row.broken_by else "unfulfilled_commitment"
    names = [campaign.taxonomy("accountability_actions").term(code) for code in campaign.actions_for(ground)]
    said = campaign.taxonomy("accountability_grounds").term(ground).name(locale)
    return f"{said}{translate(locale, '：')}{translate(locale, '、').join(name.name(locale) for name in names)}"


def _form(page: Page, row: FilingRow, actor: Actor, locale: Locale, failed: Failed | None) -> tuple[Form | None, str]:
    """The form by which the paper is filed, None where that may not be now; and where it is posted."""
    resource, name = _OWN_COMMAND.get(row.kind, (WRITTEN, "file"))
    command = resource.commands[name]
    if why_not(lambda: resource.check(command.permission, actor, row, page.setting)) is not None:
        return None, ""
    form = form_of(
        command, page.setting, row, {"campaign": page.campaign, "locale": locale}, locale, failed,
        called=_called(row.kind, row.period), unseen={} if row.period == ONCE else {"period": row.period},
    )  # fmt: skip
    if resource is WRITTEN:
        wanted = ("title", "keywords", "parts") if row.kind == TYPICAL_CASE else ("title", "text")
        form = replace(form, fields=tuple(one for one in form.fields if one.name in wanted))
    action = f"/assessment{resource.path}/{name}".format(kind=row.kind, unit=row.unit, month=row.period)
    return form, action


async def _return(
    page: Page, request: Request, unit: str, week: int, viewer: Viewer, failed: Failed | None
) -> Response:
    page.queries.check_sees(viewer, unit)
    setting, locale, now = page.setting, locale_of(request), page.now()
    found = setting.week(str(week))
    filing = await page.queries.filing(setting.schedule.filing_id(WEEKLY, unit, str(week)))
    shown = filing.signed if filing.signed and filing.state == "filed" else await setting.return_now(unit, found)
    due = filing.due.due_date
    words, _, printed = remaining(due, now, locale).partition(" · ")
    allowed = (
        allowed_commands(RETURNS, page.dispatch.actor_of(viewer), filing, page.setting) if found.start <= now else {}
    )
    moved: list[Moved] = []
    if failed is not None:
        failed = with_since(failed, await page.queries.events(filing.id), page.campaign, now, locale)
        if SHOWN in failed.typed:
            moved = return_moved(failed.typed[SHOWN], shown, page.campaign, locale)
    seen = {"digest": shown.digest, SHOWN: carried(shown)}
    forms = [
        form_of(RETURNS.commands[name], setting, filing, None, locale, failed, unseen=seen if name in SIGNED else None)
        for name, command in allowed.items()
        if command["allowed"]
    ]
    return render(
        request, "return.html", here="assessment", now=now, unit=unit,
        week=found, name=place_name(page.campaign, unit, locale), filing=filing, state=FILING_STATES[filing.state],
        annex_1=_cells(page.campaign, shown, locale), acts=_acts(page.campaign, shown, locale), shown=shown,
        columns=page.campaign.annexes.acts_columns, words=words, printed=printed, explanation=due.words(locale),
        days=day_cells(due, None, now.date(), locale),
        late=filing.filed_at is None and filing.due.due <= now, failed=failed, forms=forms, moved=moved,
    )  # fmt: skip


def _cells(campaign: Campaign, shown: Return, locale: Locale) -> list[dict[str, Any]]:
    """Annex 1: every cell of the campaign in its order, counted, rated or “–” where nothing is counted."""
    lines = {line.measure: line for line in shown.figures}
    cells = []
    for cell in campaign.annexes.statistics:
        if cell.confidential:
            continue
        week = total = "–"
        if cell.code in lines:
            week, total = str(lines[cell.code].week), str(lines[cell.code].total)
        elif cell.numerator in lines and cell.denominator in lines:
            week, total = _rates(lines[cell.numerator], lines[cell.denominator])
        section = cell.section if locale == "zh" else cell.section_en
        unit = translations(locale).pgettext("unit", cell.unit)
        cells.append({"section": section, "name": cell.name(locale), "unit": unit, "week": week, "total": total})
    return cells


def _rates(numerator: FigureLine, denominator: FigureLine) -> tuple[str, str]:
    return percent(numerator.week, denominator.week), percent(numerator.total, denominator.total)


def _acts(campaign: Campaign, shown: Return, locale: Locale) -> list[dict[str, Any]]:
    """Annex 2, in the notice's columns."""
    violations, measures = campaign.taxonomy("violations"), campaign.taxonomy("measures")
    return [
        {
            "case": act.case, "enterprise": act.enterprise or "", "place": act.place or "", "matter": act.matter,
            "verifier": place_name(campaign, act.verifier, locale) if act.verifier else "",
            "escalated": act.escalated, "origin": ORIGINS[act.origin],
            "violation": violations.term(act.violation).name(locale) if act.violation else "",
            "running": act.running,
            "measures": translate(locale, "、").join(
                measures.term(code).name(locale) for code in act.measures if code in measures
            ),
        }
        for act in shown.acts
    ]  # fmt: skip
