"""A paper that was filed, as it was filed: the text, who signed it and when. Returns have pages of their own."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response

from services.assessment.domain.events.filing import (
    BriefingHeld,
    CommitmentSigned,
    PaperFiled,
    TypicalCaseSubmitted,
)
from services.assessment.handlers.papers import parts_of_a_typical_case
from services.assessment.web.page import Page
from services.assessment.web.words import period_words
from shared.kernel.campaign import Campaign
from shared.kernel.names import actor_name, place_name
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import SignedIn
from shared.platform.web.words import Locale, translate

Part = tuple[str, tuple[str, ...]]
"""Heading (empty: none), paragraphs."""


def mount_papers(app: FastAPI, page: Page) -> None:
    """Serve `/assessment/filings/{unit}/{rule}/{period}`."""

    @app.get("/assessment/filings/{unit}/{rule}/{period}", include_in_schema=False)
    async def paper(request: Request, unit: str, rule: str, period: str, viewer: SignedIn) -> Response:
        page.queries.check_sees(viewer, unit)
        locale, campaign = locale_of(request), page.campaign
        filing = await page.queries.filing(page.setting.schedule.filing_id(rule, unit, period))
        events = await page.queries.events(filing.id)
        filed = next((one for one in reversed(events) if type(one) in _READ), None)
        if filed is None:
            raise problems.NotFound("这份材料还没有报送。请从本单位报送页面查看期限。")
        title, parts, case = _READ[type(filed)](filed, campaign, locale)
        return render(
            request, "paper.html", here="assessment", now=page.now(), unit=unit, filing=filing, filed=filed,
            name=campaign.filing(rule).name(locale), period=period_words(period, locale), title=title, parts=parts,
            case=case, where=place_name(campaign, unit, locale), by=actor_name(campaign, filed.envelope.actor, locale),
        )  # fmt: skip


Read = tuple[str, tuple[Part, ...], str | None]
"""Title (empty: that of the kind of paper), parts, the case that it tells of."""


def _typical_case(filed: TypicalCaseSubmitted, campaign: Campaign, locale: Locale) -> Read:
    parts = zip(
        (translate(locale, one) for one in parts_of_a_typical_case(campaign)),
        ((one,) for one in filed.parts),
        strict=False,
    )
    keywords = (translate(locale, "关键词"), (translate(locale, "、").join(filed.keywords),))
    return filed.title, (keywords, *parts), filed.case


def _commitment(filed: CommitmentSigned, campaign: Campaign, locale: Locale) -> Read:
    known = campaign.taxonomy("commitment_statements")
    said = tuple(known.term(code).name(locale) for code in filed.statements)
    return "", ((translate(locale, "本人承诺"), said),), None


def _paper(filed: PaperFiled, _: Campaign, __: Locale) -> Read:
    return filed.title, (("", tuple(filed.text.splitlines())),), None


def _briefing(filed: BriefingHeld, _: Campaign, __: Locale) -> Read:
    return "", (("", tuple(filed.text.splitlines())),), None


_READ: dict[type, Any] = {
    TypicalCaseSubmitted: _typical_case,
    CommitmentSigned: _commitment,
    PaperFiled: _paper,
    BriefingHeld: _briefing,
}
"""How each filed paper is read."""
