"""What a unit owes, with dates that unfold, and the weekly return; the forms by which papers are signed and filed."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response

from services.assessment import commands
from services.assessment.domain.authority import AUTHORITY, may
from services.assessment.domain.filing import BRIEFING, COMMITMENT, RETURN, TYPICAL_CASE
from services.assessment.domain.values import FigureLine, Return
from services.assessment.queries.filings import FilingRow
from services.assessment.rules.schedule import ONCE, WEEKLY
from services.assessment.web.pages.forms import Failed, Page, take
from services.assessment.web.words import FILING_STATES, ORIGINS, percent, period_words
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.explain import remaining
from shared.kernel.day_grid import day_cells
from shared.kernel.names import place_name
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import SignedIn, Viewer
from shared.platform.web.words import Locale

_COMMANDS = {COMMITMENT: "sign-commitment", BRIEFING: "hold-briefing", RETURN: "submit-return"}
NEXT = 8
"""How many papers that are still to come are shown."""


def mount_filings(app: FastAPI, page: Page) -> None:
    """Serve `/assessment/filings/{unit}`, `/assessment/returns/{unit}/{week}` and their forms."""
    gate = page.gate

    @app.get("/assessment/filings/{unit}", include_in_schema=False)
    async def owed(request: Request, unit: str, viewer: SignedIn) -> Response:
        return await _owed(page, request, unit, viewer)

    @app.post("/assessment/filings/{kind}/{unit}/file", include_in_schema=False)
    async def file(request: Request, kind: str, unit: str, viewer: SignedIn) -> Response:
        return await take(
            request, kind, commands.FilePaper,
            lambda body: gate.file_paper(request, viewer, kind, unit, body), f"/assessment/filings/{unit}",
            lambda failed: _owed(page, request, unit, viewer, failed),
        )  # fmt: skip

    @app.post("/assessment/commitments/{unit}/{month}/sign", include_in_schema=False)
    async def sign(request: Request, unit: str, month: str, viewer: SignedIn) -> Response:
        return await take(
            request, f"{COMMITMENT}/{month}", commands.SignCommitment,
            lambda body: gate.sign_commitment(request, viewer, unit, month, body), f"/assessment/filings/{unit}",
            lambda failed: _owed(page, request, unit, viewer, failed),
        )  # fmt: skip

    @app.post("/assessment/briefings/{unit}/{month}/hold", include_in_schema=False)
    async def hold(request: Request, unit: str, month: str, viewer: SignedIn) -> Response:
        return await take(
            request, f"{BRIEFING}/{month}", commands.HoldBriefing,
            lambda body: gate.hold_briefing(request, viewer, unit, month, body), f"/assessment/filings/{unit}",
            lambda failed: _owed(page, request, unit, viewer, failed),
        )  # fmt: skip

    @app.get("/assessment/returns/{unit}/{week}", include_in_schema=False)
    async def weekly(request: Request, unit: str, week: int, viewer: SignedIn) -> Response:
        return await _return(page, request, unit, week, viewer)

    @app.post("/assessment/returns/{unit}/{week}/{command}", include_in_schema=False)
    async def give(request: Request, unit: str, week: int, command: str, viewer: SignedIn) -> Response:
        back = f"/assessment/returns/{unit}/{week}"

        async def again(failed: Failed) -> Response:
            return await _return(page, request, unit, week, viewer, failed)

        if command == "submit":
            return await take(request, command, commands.SubmitReturn,
                              lambda b: gate.submit_return(request, viewer, unit, week, b), back, again)  # fmt: skip
        if command == "correct":
            return await take(request, command, commands.CorrectReturn,
                              lambda b: gate.correct_return(request, viewer, unit, week, b), back, again)  # fmt: skip
        if command == "send-back":
            return await take(request, command, commands.SendBackReturn,
                              lambda b: gate.send_back_return(request, viewer, unit, week, b), back, again)  # fmt: skip
        raise problems.NotFound()


async def _owed(page: Page, request: Request, unit: str, viewer: Viewer, failed: Failed | None = None) -> Response:
    page.queries.check_sees(viewer, unit)
    rows = await page.queries.filings(viewer, unit=unit)
    locale = locale_of(request)
    lines = [_line(page, row, viewer, locale) for row in rows]
    waiting = [line for line in lines if line["row"].state != "filed"]
    late = [line for line in waiting if line["late"]]
    coming = [line for line in waiting if not line["late"]]
    return render(
        request, "filings.html", status=failed.status if failed else 200, here="assessment", now=page.now(),
        unit=unit, name=place_name(page.campaign, unit, locale), late=late[::-1], coming=coming[:NEXT],
        filed=[line for line in lines if line["row"].state == "filed"][::-1], failed=failed,
        parts=page.campaign.annexes.typical_case.parts[2:], limits=page.campaign.limits,
        statements=_statements(page.campaign, locale),
    )  # fmt: skip


def _statements(campaign: Campaign, locale: Locale) -> list[str]:
    """What a county's commitment letter says."""
    known = campaign.taxonomy("commitment_statements")
    return [known.term(code).name(locale) for code in campaign.commitment("county").statements]


def _line(page: Page, row: FilingRow, viewer: Viewer, locale: Locale) -> dict[str, Any]:
    now, due = page.now(), row.deadline.due_date
    command = _COMMANDS.get(row.kind, "file-paper")
    words, _, printed = remaining(due, now, locale).partition(" · ")
    return {
        "row": row, "name": page.campaign.filing(row.rule).name(locale), "period": period_words(row.period, locale),
        "state": FILING_STATES[row.state], "late": row.due <= now, "words": words, "printed": printed,
        "explanation": due.words(locale), "last_day": due.last_day, "days": day_cells(due, None, now.date()),
        "command": command,
        "title": AUTHORITY[command].name, "form": row.kind if row.period == ONCE else f"{row.kind}/{row.period}",
        "may": row.state in ("owed", "missed") and may(command, page.gate.actor(viewer), row.unit),
        "typical": row.kind == TYPICAL_CASE,
    }  # fmt: skip


async def _return(
    page: Page, request: Request, unit: str, week: int, viewer: Viewer, failed: Failed | None = None
) -> Response:
    page.queries.check_sees(viewer, unit)
    found, locale, now = page.gate.week(week), locale_of(request), page.now()
    filing = await page.queries.filing(page.gate.schedule.filing_id(WEEKLY, unit, str(week)))
    if filing is None:
        raise problems.NotFound("没有这一期报送事项，请从本单位报送页面进入，核对周次。")
    shown = filing.signed if filing.signed and filing.state == "filed" else await page.gate.return_now(unit, found, now)
    actor, due = page.gate.actor(viewer), filing.due.due_date
    words, _, printed = remaining(due, now, locale).partition(" · ")
    return render(
        request, "return.html", status=failed.status if failed else 200, here="assessment", now=now, unit=unit,
        week=found, name=place_name(page.campaign, unit, locale), filing=filing, state=FILING_STATES[filing.state],
        annex_1=_cells(page.campaign, shown, locale), acts=_acts(page.campaign, shown, locale), shown=shown,
        columns=page.campaign.annexes.acts_columns, words=words, printed=printed, explanation=due.words(locale),
        days=day_cells(due, None, now.date()), late=filing.filed_at is None and filing.due.due <= now, failed=failed,
        may_submit=filing.filed_at is None and found.start <= now and may("submit-return", actor, unit),
        may_correct=filing.state == "sent_back" and may("correct-return", actor, unit),
        may_send_back=filing.state == "filed" and may("send-back-return", actor, unit),
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
        cells.append({"section": section, "name": cell.name(locale), "unit": cell.unit, "week": week, "total": total})
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
            "violation": violations.term(act.violation).zh if act.violation else "",
            "measures": "、".join(measures.term(code).zh for code in act.measures if code in measures),
        }
        for act in shown.acts
    ]  # fmt: skip
