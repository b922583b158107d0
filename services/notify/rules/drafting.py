"""What is drafted by itself when a case is closed (notice 六(三): 及时公开办理结果), and in which week it counts.

The words are the campaign's, the letter's redacted matter and the unit's own words for the result; nothing of a letter
but its matter, and no person. The officer who checks it may change it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.notify.domain.values import About, Cause, Wording
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.rules import WEEKDAYS
from shared.kernel.contracts.internal.cases import CaseClosed, DecisionRecorded
from shared.kernel.measures import MeasureTaken
from shared.kernel.names import unit_name

_CLASSIFICATION, _PROCESS = "classification", "process"
WEEKLY = "weekly_disclosure"
_LICENCES = {"suspended": "暂扣证照", "revoked": "吊销证照"}
_REINSPECTED = {"passed": "复查合格，准予恢复", "closure_proposed": "复查不合格，提请关闭"}


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


def a_later_decision_is_told_to_the_public(
    campaign: Campaign, about: About, matter: str, told: DecisionRecorded
) -> Wording:
    """The draft about a decision that was recorded on a closed case. What was told of the closing was so and stays; the
    decision is told in an item of its own, with its number and date."""
    decision = told.decision
    name = campaign.taxonomy("measures").term(decision.measure).zh
    name = _LICENCES.get(decision.licence or "", name)
    who = about.enterprise or about.place or "有关单位"
    facts = [decision.number, _day(decision.on) if decision.on else None]
    facts += [f"罚款 {decision.amount / 100:,.2f} 元" if decision.amount else None]
    facts += [f"依据{decision.articles}" if decision.articles else None]
    said = "，".join(one for one in facts if one)
    lines = [f"{unit_name(campaign, about.unit)}对{who}作出后续决定：{name}{f'（{said}）' if said else ''}。"]
    if told.outcome is not None:
        lines = [f"{unit_name(campaign, about.unit)}对{who}进行了停产停业整顿后的复查：{_REINSPECTED[told.outcome]}。"]
    return Wording(f"{matter}（后续处理）", "\n".join(lines))


def what_was_told_is_corrected(
    campaign: Campaign, cause: Cause, about: About, told: Wording, on: datetime, instead: Wording | None = None
) -> tuple[Wording, str]:
    """The draft of a correction, and its reason. `on`: when the item was first told; `instead`: what is so.

    Of what was not borne out nobody is named: the item is recognised by its day and the unit that handled it.
    """
    day, by = _day(on.astimezone(campaign.zone).date()), unit_name(campaign, about.unit)
    if cause == "not_borne_out":
        text = f"{day}公开的由{by}办理的一条信息，所涉问题经核查不属实。原文撤下，特此更正，并向被误指的单位致歉。"
        return Wording(f"更正：{day}公开的一条信息所涉问题不属实", text), "所涉问题经核查不属实。"
    if cause == "false_closure":
        text = f"{day}公开的《{told.title}》所述办理结果，经提级核查不属实。"
        text += f"此件正由{by}重新办理，以重新办理后公开的结果为准。"
        return Wording(f"更正：{told.title}", text), "所述办理结果经提级核查不属实。"
    assert instead is not None
    text = f"此件经重新办理，{day}公开的办理结果不再适用。现更正如下：\n{instead.text}"
    return Wording(instead.title, text), "此件重新办理，办理结果已改变。"


def outcomes_follow_from_measures(
    campaign: Campaign, about: About, measures: tuple[str, ...], taken: tuple[MeasureTaken, ...], escalated: bool
) -> tuple[str, ...]:
    """Which of the ten outcome items an item shows, in the campaign's order: a nature where a violation is known,
    decisions by their measures, a process where it took place. What cannot be computed is added by an officer.

    Where an item asks what was done to a licence, only a measure with that fact makes it: 暂扣 is not 吊销, and what an
    older release stored says neither."""
    licences = {(one.measure, one.licence) for one in taken}
    return tuple(
        term.code
        for term in campaign.taxonomy("outcomes").terms
        if (term.licence is None and set(term.measures) & set(measures))
        or any((measure, term.licence) in licences for measure in term.measures if term.licence is not None)
        or (term.kind == _CLASSIFICATION and about.violation is not None)
        or (term.kind == _PROCESS and escalated)
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def an_item_counts_in_the_week_of_its_publication(campaign: Campaign, published_at: datetime) -> date:
    """The last day of the week: the next day, or this one, on which the weekly disclosure nominally falls."""
    day = published_at.astimezone(campaign.zone).date()
    weekly = campaign.filing(WEEKLY).when.weekly
    last = WEEKDAYS.index(weekly.weekday) if weekly else len(WEEKDAYS) - 1
    return day + timedelta(days=(last - day.weekday()) % 7)
