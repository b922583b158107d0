"""Bulletins to be read and printed, and the forms by which they are drawn and published."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response

from services.assessment.domain.values import Content
from services.assessment.handlers import BULLETIN
from services.assessment.rules.measures import office
from services.assessment.web.moved import Moved, bulletin_moved
from services.assessment.web.page import Page
from services.assessment.web.pages.rankings import formula_of, ranking_of
from services.assessment.web.since import with_since
from services.assessment.web.words import measure_name, month_words, percent
from shared.kernel.campaign import Campaign
from shared.kernel.names import place_name
from shared.platform.service.forms import allowed_commands, form_of, take
from shared.platform.service.refused import Failed
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import SignedIn, Viewer
from shared.platform.web.words import Locale


def mount_bulletins(app: FastAPI, page: Page) -> None:
    """Serve `/assessment/bulletins`, `/assessment/bulletins/{month}` and its forms."""

    @app.get("/assessment/bulletins", include_in_schema=False)
    async def listing(request: Request, viewer: SignedIn) -> Response:
        rows, locale = await page.queries.bulletins(), locale_of(request)
        lines = [
            {"key": month.key, "name": month_words(month.key, locale), "due": month.due, "row": rows.get(month.key)}
            for month in page.setting.schedule.months.values()
        ]
        city = page.queries.sees_city(viewer)
        return render(request, "bulletins.html", here="assessment", now=page.now(), lines=lines, city=city)

    @app.get("/assessment/bulletins/{month}", include_in_schema=False)
    async def one(request: Request, month: str, viewer: SignedIn) -> Response:
        return await _page(page, request, month, viewer, await page.dispatch.refused.of(request, viewer))

    @app.post("/assessment/bulletins/{month}/{command}", include_in_schema=False)
    async def give(request: Request, month: str, command: str, viewer: SignedIn) -> Response:
        return await take(
            request, viewer, page.dispatch, BULLETIN, command, {"month": month},
            back=lambda _: f"/assessment/bulletins/{month}",
            page=f"/assessment/bulletins/{month}",
        )  # fmt: skip


async def _page(page: Page, request: Request, month: str, viewer: Viewer, failed: Failed | None) -> Response:
    locale, actor, campaign = locale_of(request), page.dispatch.actor_of(viewer), page.campaign
    found = page.setting.month(month)
    bulletin = await page.queries.bulletin(page.setting.schedule.bulletin_id(month))
    commands = [
        name for name, one in allowed_commands(BULLETIN, actor, bulletin, page.setting).items() if one["allowed"]
    ]
    state, content = "open", None
    try:
        standing = await page.rankings.standing(viewer, month, drawn=True)
        state, content = standing.state, standing.content
    except problems.NotFound:
        if not commands:
            raise
    moved: list[Moved] = []
    if failed is not None and failed.seen is not None and bulletin is not None:
        seen = await page.queries.bulletin(bulletin.id, min(failed.seen, bulletin.version))
        moved = bulletin_moved(seen.content if seen else None, content, campaign, locale)
        failed = with_since(failed, await page.queries.events(bulletin.id), campaign, page.now(), locale)
    listed = content.cases if content else ()
    return render(
        request, "bulletin.html", here="assessment", now=page.now(),
        month=month, title=month_words(month, locale), state=state, due=found.due.due_date if found.due else None,
        campaign=campaign.name(locale), failed=failed, moved=moved, version=bulletin.version if bulletin else None,
        until=content.until if content else None, reported_to=campaign.assessment.reported_to,
        rankings=[ranking_of(campaign, one, locale) for one in content.rankings] if content else [],
        batches=_batches(campaign, content, locale) if content else [],
        office=_office(campaign, content, locale) if content else [],
        cases=[(one, place_name(campaign, one.unit, locale)) for one in listed],
        letters=await page.queries.letters(viewer, [one.case for one in listed]),
        formula=formula_of(campaign, content, locale) if content else None,
        forms=[
            form_of(BULLETIN.commands[name], page.setting, bulletin, None, locale, failed) for name in commands
        ],
    )  # fmt: skip


def _batches(campaign: Campaign, content: Content, locale: Locale) -> list[dict[str, Any]]:
    """Each measure of each batch: the sum of all counties in the month and since the beginning, and each county's."""
    found = []
    for batch in campaign.assessment.batches:
        for code in batch.counts:
            counts = [one for one in content.batches if (one.batch, one.measure) == (batch.code, code)]
            if counts:
                found.append(
                    {
                        "batch": batch.name(locale), "measure": measure_name(campaign, code, locale),
                        "month": sum(one.month for one in counts), "total": sum(one.total for one in counts),
                        "counts": [(place_name(campaign, one.unit, locale), one.month, one.total) for one in counts],
                    }
                )  # fmt: skip
    return found


def _office(campaign: Campaign, content: Content, locale: Locale) -> list[dict[str, Any]]:
    """Each of the office's own clocks, with the codes by which its figures open."""
    return [
        {
            "name": campaign.rule(one.clock).name(locale), "month": one.month, "total": one.total,
            "rate": percent(one.total.in_time, one.total.in_time + one.total.missed),
            "kinds": [(kind, office.code(kind, one.clock)) for kind in office.KINDS],
        }
        for one in content.office
    ]  # fmt: skip
