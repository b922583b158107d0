"""What is known of tips that a restore took away, for the page of what is left to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from services.intake.queries import ForgottenTip, Queries
from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.names import place_name, term_name
from shared.kernel.restored import Facts
from shared.platform.web.session import Viewer
from shared.platform.web.words import Locale, translate, when_in_words


def facts_of(campaign: Campaign, queries: Queries) -> Facts:
    """When each came and by which way, where it belonged, what became of its case, and whether it came again."""

    async def facts(_: Viewer, tips: Sequence[UUID], locale: Locale) -> Mapping[UUID, Sequence[str]]:
        found = await queries.forgotten_tips(tips)
        return {tip: tuple(phrases(campaign, one, locale)) for tip, one in found.items()}

    return facts


def phrases(campaign: Campaign, tip: ForgottenTip, locale: Locale) -> Iterator[str]:
    """What is known of one."""
    yield translate(locale, "{when} 收到").format(when=when_in_words(tip.received_at, locale))
    try:
        yield term_name(campaign, "tip_sources", tip.source, locale)
    except UnknownCode:
        yield tip.source
    if tip.unit is not None:
        yield place_name(campaign, tip.unit, locale)
    if tip.again:
        yield translate(locale, "已重新登记")
    elif tip.case_state == "taken_back":
        yield translate(locale, "交办件已撤销")
    elif tip.case_state is not None:
        yield translate(locale, "交办件仍在办理，由人决定")
