"""What is known of tips that a restore took away: for who holds the receipt of one, and for the page of what is left
to people.

The case that had come of a tip may go on without it: then it is handled, and told once more it would be a second case.
*cases* tells nothing of that decision. But a case on which nobody has acted becomes void, so one that was only opened
is not decided yet; one with a letter is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from uuid import UUID

from services.intake.queries import ForgottenTip, Queries
from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.names import place_name, term_name, unit_name
from shared.kernel.restored import Facts
from shared.platform.web import problems
from shared.platform.web.session import Viewer
from shared.platform.web.words import Locale, translate, when_in_words

Outcome = Literal["lost", "undecided", "handled", "closed"]
"""What becomes of a forgotten tip: nothing, that is not known yet, its case goes on, or its case has been closed."""
SENTENCES: dict[Outcome, str] = {
    "lost": "这件举报我们于 {received} 收到，但系统在 {lost} 恢复数据时，它的内容没有保存下来，不会得到办理。"
    "请重新举报。",
    "undecided": "这件举报我们于 {received} 收到，但系统在 {lost} 恢复数据时，它的内容没有保存下来，"
    "交办件是否继续办理正在核对。请明天再查，到时这里会写明是否要重新举报。",
    "handled": "这件举报我们于 {received} 收到。系统在 {lost} 恢复数据时，它的内容和往来没有保存下来，"
    "但交办件仍在办理，不必重新举报。这里不能再留言；有新情况请另行举报，并写明以前举报过。",
    "closed": "这件举报我们于 {received} 收到。系统在 {lost} 恢复数据时，它的内容和往来没有保存下来，"
    "但交办件已经办结，不必重新举报。这里不能再留言；有新情况请另行举报，并写明以前举报过。",
}


def outcome_of(tip: ForgottenTip) -> Outcome:
    """What its sender is told."""
    if tip.case_state is None or tip.case_state == "taken_back":
        return "lost"
    if tip.case_state == "closed":
        return "closed"
    return "handled" if tip.letter or tip.case_state != "opened" else "undecided"


def gone(campaign: Campaign, tip: ForgottenTip) -> problems.Gone:
    """The answer to who holds its receipt: `outcome`, and `unit` (code, name) where its case goes on or is closed."""
    received, lost = (one.astimezone(campaign.zone) for one in (tip.received_at, tip.lost_at))
    words = {"received": f"{received:%Y-%m-%d %H:%M}", "lost": f"{lost:%Y-%m-%d %H:%M}"}
    outcome = outcome_of(tip)
    unit = {}
    if tip.case_unit is not None and outcome in ("handled", "closed"):
        unit = {"unit": {"code": tip.case_unit, "name": unit_name(campaign, tip.case_unit)}}
    return problems.Gone(
        SENTENCES[outcome], values=words, outcome=outcome, **unit,
        received_at=received.isoformat(timespec="seconds"), lost_at=lost.isoformat(timespec="seconds"),
    )  # fmt: skip


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
