"""What a case may be closed with, and what may be added once it is closed: conclusion, measures and their facts fit
each other and what was decided in the case (domain 3.2). One function per rule; each raises its refusal.

A result is asked all of it when it is drafted, signed, reviewed and closed: whatever was decided in between, and in
which order, no two of it contradict each other. The facts that a measure needs, and the words of a result that speak of
resuming, are the campaign's data; of what else a result says in words a reader must judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from services.cases.domain.case import Case
from services.cases.domain.errors import (
    MeasuresDoNotFit,
    NoConclusion,
    NoProceeding,
    NotInvestigated,
    RecordedBefore,
)
from services.cases.domain.values import Result
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.taxonomy import Saying
from shared.kernel.measures import NOT_BORNE_OUT, MeasureTaken
from shared.platform.event_store.refusal import Invalid

CITY = "city"
FACT_NAMES = {
    "number": "文号", "on": "日期", "amount": "罚没金额（没有罚款的填 0）", "articles": "依据条款",
    "reinspection": "复查日期", "below_maximum": "低于上限的理由（按上限处罚的请注明）",
    "licence": "证照是暂扣还是吊销",
}  # fmt: skip
SUSPENSION = "reinspection"
"""The fact by which a suspension is known."""
PASSED = "passed"
_PART = re.compile(r"[，。；！？,;\n]")


def check_result(campaign: Campaign, case: Case, result: Result, today: date) -> None:
    """Raise the refusal of the first rule that the result breaks."""
    an_accident_is_investigated_before_it_is_resolved(campaign, case)
    a_result_has_a_conclusion(result)
    nothing_is_ordered_for_what_is_not_borne_out(result)
    what_is_borne_out_has_a_measure(result)
    for n, one in enumerate(result.taken):
        each_measure_has_its_facts(campaign, one, f"taken/{n}/")
        a_measure_lies_between_the_matter_and_now(campaign, case, one, today, f"taken/{n}/")
        a_penalty_follows_a_proceeding(campaign, case, one)
        nothing_is_recorded_twice(one, result.taken[:n])
    what_is_closed_down_does_not_resume(campaign, case, result.taken, result.text)


def check_decision(campaign: Campaign, case: Case, decision: MeasureTaken, outcome: str | None, today: date) -> None:
    """As `check_result`, of what is decided once the case is closed."""
    nothing_is_decided_on_what_is_not_borne_out(case)
    if outcome is None:
        a_decision_after_the_closing_is_one_that_may_come_then(campaign, decision)
        each_measure_has_its_facts(campaign, decision)
        a_penalty_follows_a_proceeding(campaign, case, decision)
        what_is_closed_down_does_not_resume(campaign, case, (*case.taken, decision), "")
    else:
        only_what_is_suspended_is_inspected_again(campaign, case, decision, outcome)
    a_measure_lies_between_the_matter_and_now(campaign, case, decision, today)
    nothing_is_recorded_twice(decision, (*case.taken, *(one.decision for one in case.decisions)))


def investigator_of(campaign: Campaign, matters: tuple[str, ...], violation: str | None) -> str | None:
    """Who investigates the accident that a matter is about (city | county); None where it is about none."""
    named = [("matters", code) for code in matters] + ([("violations", violation)] if violation else [])
    levels = {campaign.taxonomy(name).term(code).investigation for name, code in named} - {None}
    return CITY if CITY in levels else next(iter(levels), None)


def an_accident_is_investigated_before_it_is_resolved(campaign: Campaign, case: Case) -> None:
    """通知七（三）: any accident is investigated, a fatality or its concealment by the city."""
    if case.investigation is None and investigator_of(campaign, case.matter.matters, case.matter.violation):
        raise NotInvestigated(
            "此件反映亡人事故或瞒报事故，尚未启动事故调查，不能反馈结果、审核或办结。"
            "请市局办公室或专项工作组先启动事故调查；其间不计反馈期限。"
        )


def the_city_investigates_what_a_county_is_accused_of(campaign: Campaign, case: Case, level: str) -> None:
    """domain 3.5: a fatality or its concealment is not investigated by the county accused of it."""
    if level != CITY and investigator_of(campaign, case.matter.matters, case.matter.violation) == CITY:
        raise Invalid("level", "亡人事故、瞒报事故由市级调查，不由被反映的县（市、区）调查。请改为市级。", (CITY,))


def a_result_has_a_conclusion(result: Result) -> None:
    """A result that was signed before there were conclusions is sent back for one."""
    if result.conclusion is None:
        raise NoConclusion("办理结果没有结论（属实、部分属实或不属实）。请补充；已反馈的，请退回补充后再审核。")


def nothing_is_ordered_for_what_is_not_borne_out(result: Result) -> None:
    if result.conclusion == NOT_BORNE_OUT and (result.taken or result.measures):
        raise MeasuresDoNotFit("结论为不属实，不能有处理措施。请去掉措施，或更正结论。")


def what_is_borne_out_has_a_measure(result: Result) -> None:
    if result.conclusion != NOT_BORNE_OUT and not result.taken:
        raise MeasuresDoNotFit("结论为属实或部分属实，至少须有一项处理措施（如责令限期整改）。请补充措施，或更正结论。")


def each_measure_has_its_facts(campaign: Campaign, taken: MeasureTaken, where: str = "") -> None:
    """The campaign says which; a fact that a measure does not have is no less wrong. Raises Invalid."""
    term = campaign.taxonomy("measures").term(taken.measure)
    for fact, name in FACT_NAMES.items():
        given = getattr(taken, fact) not in (None, "")
        if fact in term.facts and not given and fact != "below_maximum":
            raise Invalid(where + fact, f"“{term.zh}”须写明{name}，请补充。")
        if fact not in term.facts and given:
            raise Invalid(where + fact, f"“{term.zh}”没有{name}，请去掉。")


def a_measure_lies_between_the_matter_and_now(
    campaign: Campaign, case: Case, taken: MeasureTaken, today: date, where: str = ""
) -> None:
    """What was ordered before anybody knew of the matter is no measure on it. Raises Invalid."""
    began = case.matter.received_at.astimezone(campaign.zone).date()
    if taken.on is not None and not began <= taken.on <= today:
        raise Invalid(f"{where}on", f"日期须在 {began:%Y-%m-%d}（接到举报或发现问题之日）至今日之间，请核对。")
    if taken.reinspection is not None and taken.on is not None and taken.reinspection <= taken.on:
        raise Invalid(f"{where}reinspection", "复查日期须晚于责令停产停业之日，请核对。")


def a_penalty_follows_a_proceeding(campaign: Campaign, case: Case, taken: MeasureTaken) -> None:
    """One that was opened before a reopening still bears its penalty, unless it was then decided otherwise."""
    term = campaign.taxonomy("measures").term(taken.measure)
    if term.proceeding and case.penalty_proceeding is False:
        raise NoProceeding(
            f"此件已决定不予立案，不能有“{term.zh}”。请去掉该项措施；确需处罚的，请退回办理结果，待重新办理后决定立案。"
        )
    if term.proceeding and not case.had_proceeding:
        raise NoProceeding(f"此件尚未立案，不能有“{term.zh}”。请去掉该项措施；确需处罚的，请先决定立案。")


def a_proceeding_is_not_refused_beside_its_penalty(campaign: Campaign, case: Case) -> None:
    """不予立案 after a result that has a penalty."""
    measures = campaign.taxonomy("measures")
    named = case.result.measures if case.result is not None else ()
    for term in (measures.term(code) for code in named):
        if term.proceeding:
            raise NoProceeding(f"已反馈的办理结果有“{term.zh}”，不能不予立案。请先退回办理结果，更正后再决定。")


def nothing_is_recorded_twice(taken: MeasureTaken, before: tuple[MeasureTaken, ...]) -> None:
    if any(one.measure == taken.measure and one.number == taken.number for one in before):
        raise RecordedBefore("同一项措施、同一文号已经登记，请核对文号；不必再次登记。")


def what_is_closed_down_does_not_resume(
    campaign: Campaign, case: Case, taken: tuple[MeasureTaken, ...], text: str
) -> None:
    """No closure beside a suspension that is to be inspected again, or was so and passed, or words of resuming."""
    measures = campaign.taxonomy("measures")
    for one in taken:
        name, saying = measures.term(one.measure).zh, measures.term(one.measure).resumption
        if saying is None:
            continue
        if (word := next(_said(saying, text), None)) is not None:
            raise MeasuresDoNotFit(f"有“{name}”的办理结果不能又写“{word}”。请更正措施或情况说明。")
        ahead = any(other.reinspection and one.on and other.reinspection > one.on for other in taken)
        proposed = any(two.outcome not in (None, PASSED) for two in case.decisions)
        passed = any(two.outcome == PASSED for two in case.decisions)
        if passed or (ahead and not proposed):
            raise MeasuresDoNotFit(
                f"停产整顿已复产验收或尚待复查，不能又“{name}”。请先登记复查结论（提请关闭），或更正措施。"
            )


def a_decision_after_the_closing_is_one_that_may_come_then(campaign: Campaign, decision: MeasureTaken) -> None:
    """What a result should have said is no decision; a licence is then revoked, a suspension inspected again. Raises
    Invalid."""
    term = campaign.taxonomy("measures").term(decision.measure)
    if SUSPENSION in term.facts:
        raise Invalid("outcome", "停产整顿须登记复查结论（复查合格或提请关闭），请选择。")
    if decision.licence == "suspended":
        raise Invalid("licence", "办结后登记的是吊销证照；暂扣证照应写入办理结果，请重新办理。", ("revoked",))
    if not term.afterwards:
        allowed = tuple(one.code for one in campaign.taxonomy("measures").terms if one.afterwards)
        raise Invalid("measure", f"“{term.zh}”应写入办理结果，不在办结后登记。确有遗漏的，请重新办理。", allowed)


def only_what_is_suspended_is_inspected_again(
    campaign: Campaign, case: Case, decision: MeasureTaken, outcome: str
) -> None:
    """A re-inspection has a number and a date, and is decided once; what was closed down does not pass it."""
    measures = campaign.taxonomy("measures")
    if SUSPENSION not in measures.term(decision.measure).facts:
        raise Invalid("outcome", "复查结论只用于停产整顿，请去掉，或改选停产整顿。")
    for fact in ("number", "on"):
        if getattr(decision, fact) is None:
            raise Invalid(fact, f"复查须写明{FACT_NAMES[fact]}，请补充。")
    for fact in ("amount", "articles", "reinspection", "below_maximum", "licence"):
        if getattr(decision, fact) is not None:
            raise Invalid(fact, "复查只写文号、日期和结论，请去掉此项。")
    if not any(one.measure == decision.measure for one in case.taken):
        raise MeasuresDoNotFit("此件的办理结果没有停产整顿，无须复查。请核对编号。")
    if any(one.outcome is not None for one in case.decisions):
        raise RecordedBefore("此件停产整顿的复查结论已经登记，请核对；有误的，请重新办理。")
    if outcome == PASSED and any(measures.term(one.measure).resumption for one in case.taken):
        raise MeasuresDoNotFit("此件已关闭取缔，不能又复查合格。请核对。")


def nothing_is_decided_on_what_is_not_borne_out(case: Case) -> None:
    if case.result is not None and case.result.conclusion == NOT_BORNE_OUT:
        raise MeasuresDoNotFit("此件结论为不属实，不能再登记处罚等决定。情况有变的，请先重新办理。")


def _said(saying: Saying, text: str) -> Iterator[str]:
    """The words that are said in a part of the text without any of those that negate them."""
    for part in _PART.split(text):
        if not any(word in part for word in saying.unless):
            yield from (word for word in saying.words if word in part)
