"""Rankings with every line of the score, and the events behind each figure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import FastAPI, Request, Response

from services.assessment.domain.values import Content, Placed, Ranked, Share
from services.assessment.rules.measures import ALL, MEASURES
from services.assessment.rules.scores import worth_of_lines
from services.assessment.web.page import Page
from services.assessment.web.words import event_of, measure_name, month_words, owner_name, period_words, points
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.conduct import Component
from shared.kernel.names import place_name
from shared.platform.web.pages import locale_of, render
from shared.platform.web.parameters import Code
from shared.platform.web.session import SignedIn
from shared.platform.web.words import Locale

KIND_NAMES = {"county": "各县（市、区）排名", "group": "督导工作组排名"}


def mount_rankings(app: FastAPI, page: Page) -> None:
    """Serve `/assessment/rankings/{month}` and `/assessment/figures/{unit}/{name}`."""

    @app.get("/assessment/rankings/{month}", include_in_schema=False)
    async def ranking(request: Request, month: str, viewer: SignedIn) -> Response:
        standing = await page.rankings.standing(viewer, month)
        locale = locale_of(request)
        return render(
            request, "ranking.html", here="assessment", now=page.now(), month=month, state=standing.state,
            title=month_words(month, locale), until=standing.content.until,
            rankings=[ranking_of(page.campaign, one, locale) for one in standing.content.rankings],
            formula=formula_of(page.campaign, standing.content, locale),
        )  # fmt: skip

    @app.get("/assessment/figures/{unit}/{name}", include_in_schema=False)
    async def figure(request: Request, unit: str, name: str, month: Code, viewer: SignedIn) -> Response:
        items = await page.rankings.behind(viewer, month, unit, name)
        locale = locale_of(request)
        lines = [event_of(item) for item in items]
        letters = await page.queries.letters(viewer, [line["case"] for line in lines if line["case"]])
        for line in lines:
            line["unit"] = owner_name(page.campaign, line["unit"], locale)
            line["period"] = period_words(line["period"], locale) if line["period"] else None
        return render(
            request, "events.html", here="assessment", now=page.now(), month=month, says=ALL[name].says,
            unit=owner_name(page.campaign, unit, locale), name=measure_name(page.campaign, name, locale),
            title=month_words(month, locale), count=sum(item.n for item in items), lines=lines,
            letters=letters,
        )  # fmt: skip


def formula_of(campaign: Campaign, content: Content, locale: Locale) -> str | None:
    """The campaign's formula; None where a bulletin was drawn by another one, which the campaign file does not tell."""
    if all(_is_of_this_formula(campaign, ranked) for ranked in content.rankings):
        return campaign.assessment.formula if locale == "zh" else campaign.assessment.formula_en
    return None


def ranking_of(campaign: Campaign, ranked: Ranked, locale: Locale) -> dict[str, Any]:
    """One ranking for its table."""
    components = [one for one in campaign.assessment.components if ranked.kind in one.of]
    ranks = Counter(placed.rank for placed in ranked.placings)
    return {
        "kind": ranked.kind,
        "title": KIND_NAMES[ranked.kind],
        "start": _is_of_this_formula(campaign, ranked),
        "components": [
            {
                "name": one.name(locale), "points": one.points,
                "numerator": measure_name(campaign, one.numerator, locale), "says": MEASURES[one.numerator].says,
                "denominator": measure_name(campaign, one.denominator, locale),
                "of": MEASURES[one.denominator].says,
            }
            for one in components
        ],
        "lines": [{**_line(campaign, ranked, placed, locale), "tied": ranks[placed.rank] > 1}
                  for placed in ranked.placings],
    }  # fmt: skip


def _is_of_this_formula(campaign: Campaign, ranked: Ranked) -> bool:
    components = [one.code for one in campaign.assessment.components if ranked.kind in one.of]
    return all([share.component for share in placed.shares] == components for placed in ranked.placings)


def _line(campaign: Campaign, ranked: Ranked, placed: Placed, locale: Locale) -> dict[str, Any]:
    """One unit: its lines and what it began with, each with what it could have brought (`worth`). A line of which
    nothing was due has neither."""
    components = [one for one in campaign.assessment.components if ranked.kind in one.of]
    by_code = {share.component: share for share in placed.shares}
    due = [(one, by_code[one.code].denominator if one.code in by_code else 0) for one in components]
    *worths, start = worth_of_lines(campaign.assessment, due)
    return {
        "rank": placed.rank, "unit": placed.unit, "name": place_name(campaign, placed.unit, locale),
        "score": points(placed.score), "bar": placed.score / 100,
        "start": points(placed.score - sum(share.score for share in placed.shares)), "start_worth": points(start),
        "shares": [
            _share(one, by_code[one.code], worth) if of else None
            for (one, of), worth in zip(due, worths, strict=True)
        ],
    }  # fmt: skip


def _share(component: Component, share: Share, worth: int) -> dict[str, Any]:
    return {
        "score": points(share.score), "worth": points(worth), "n": share.numerator, "of": share.denominator,
        "numerator": component.numerator, "denominator": component.denominator,
    }  # fmt: skip
