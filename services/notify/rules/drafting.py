"""What is drafted by itself when a case is closed (notice 六(三): 及时公开办理结果), and in which week it counts.

The words are the campaign's, the letter's redacted matter and the unit's own words for the result; nothing of a letter
but its matter, and no person. The officer who checks it may change it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.notify.domain.values import About, Wording
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.rules import WEEKDAYS
from shared.kernel.contracts.internal.cases import CaseClosed
from shared.kernel.names import unit_name

_CLASSIFICATION, _PROCESS = "classification", "process"
WEEKLY = "weekly_disclosure"


def a_closed_case_is_told_to_the_public(campaign: Campaign, closed: CaseClosed) -> Wording:
    """The draft of the result of a closed case."""
    where = closed.place or unit_name(campaign, closed.unit)
    what = campaign.taxonomy("targets").term(closed.target).zh if closed.target else "单位"
    who = closed.enterprise or f"{where}某{what}"
    alleged = "特种设备安全隐患"
    if closed.violation:
        term = campaign.taxonomy("violations").term(closed.violation)
        alleged = f"涉嫌{term.short or term.zh}"
    title = f"关于{who}{alleged}问题的办理结果"
    by, matter = unit_name(campaign, closed.unit), closed.matter or title
    lines = [f"按照{campaign.short_name.zh}要求，{by}对“{matter}”进行了核查。"]
    if closed.result:
        lines.append(f"办理结果：{closed.result}")
    if closed.measures:
        measures = campaign.taxonomy("measures")
        lines.append(f"处理措施：{'、'.join(measures.term(code).zh for code in closed.measures)}。")
    if closed.penalty_proceeding is not None:
        lines.append("已决定立案调查。" if closed.penalty_proceeding else "经研究，决定不予立案。")
    return Wording(title, "\n".join(lines))


def outcomes_follow_from_measures(
    campaign: Campaign, about: About, measures: tuple[str, ...], escalated: bool
) -> tuple[str, ...]:
    """Which of the ten outcome items an item shows, in the campaign's order: a nature where a violation is known,
    decisions by their measures, a process where it took place. What cannot be computed is added by an officer."""
    return tuple(
        term.code
        for term in campaign.taxonomy("outcomes").terms
        if set(term.measures) & set(measures)
        or (term.kind == _CLASSIFICATION and about.violation is not None)
        or (term.kind == _PROCESS and escalated)
    )


def an_item_counts_in_the_week_of_its_publication(campaign: Campaign, published_at: datetime) -> date:
    """The last day of the week: the next day, or this one, on which the weekly disclosure nominally falls."""
    day = published_at.astimezone(campaign.zone).date()
    weekly = campaign.filing(WEEKLY).when.weekly
    last = WEEKDAYS.index(weekly.weekday) if weekly else len(WEEKDAYS) - 1
    return day + timedelta(days=(last - day.weekday()) % 7)
