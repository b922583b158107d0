"""How *assessment* reads on a page: names of units, papers, events; scores, shares and dates in words."""

from __future__ import annotations

from typing import Any

from services.assessment.rules.measures import OFFICE
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.names import place_name
from shared.kernel.roles import ACTORS
from shared.platform.web.words import Locale, translate

FILING_STATES = {"owed": "待报送", "missed": "逾期未报", "filed": "已报送", "sent_back": "已退回，待更正"}
ORIGINS = {"tip": "群众举报", "inspection": "督查发现", "unit": "本级发现"}
EVENT_NAMES = {
    "CaseOpened": "立件",
    "CaseTransferred": "签发交办书",
    "HandlingStepRecorded": "登记办理措施",
    "CaseClosed": "办结",
    "DecisionRecorded": "办结后决定",
    "EscalationRaised": "提级核查",
    "VerificationAssigned": "指定核查单位",
    "EscalationFound": "核查属实",
    "EscalationCleared": "核查不属实",
    "PenaltyProceedingDecided": "决定立案",
    "AccountabilityImposed": "追责问责",
    "CaseDisclosed": "公开办理结果",
    "Inspected": "登记检查",
    "Registered": "列入企业名录",
    "HazardFound": "检查发现问题",
    "Owed": "逾期未报",
    "Filed": "报送",
    "OfficeMissed": "超过时限",
    "OfficeDone": "办理",
}
OFFICE_KINDS = {
    "office_in_time": "按时办理",
    "office_missed": "超过时限",
    "office_made_up": "已补办",
    "office_raised_further": "报专项工作组",
}


EXCUSED = "逾期属实，有正当理由，不予追责"
"""An overdue case was late, whatever the verification says of its reason (domain 3.3)."""


def event_name(event: Any) -> str:
    """What happened, in words."""
    name = type(event).__name__
    if name == "EscalationCleared" and event.trigger == "overdue" and not event.lapsed:
        return EXCUSED
    return EVENT_NAMES[name]


def measure_name(campaign: Campaign, code: str, locale: Locale = "zh") -> str:
    """What a figure is called in Annex 1, or in the section on the office."""
    if code in OFFICE:
        kind, _, clock = code.partition(".")
        return f"{campaign.rule(clock).name(locale)} · {translate(locale, OFFICE_KINDS[kind])}"
    return next((cell.name(locale) for cell in campaign.annexes.statistics if cell.code == code), code)


def owner_name(campaign: Campaign, unit: str, locale: Locale = "zh") -> str:
    """Whose a figure is: a county's, a group's, or of the city the campaign office's."""
    return translate(locale, ACTORS["office"]) if unit == CITY else place_name(campaign, unit, locale)


def points(hundredths: int) -> str:
    """A score with its two decimals."""
    return f"{hundredths // 100}.{hundredths % 100:02}"


def percent(numerator: int, denominator: int) -> str:
    """A rate with one decimal; a zero denominator is “–” (domain section 6)."""
    return f"{numerator * 100 / denominator:.1f}%" if denominator else "–"


def period_words(period: str, locale: Locale = "zh") -> str:
    """A filing's period: `第3周`, `2022年1月`; nothing for a paper that is filed once."""
    if period.isdecimal():
        return f"第{period}周" if locale == "zh" else f"week {period}"
    year, _, month = period.partition("-")
    if not month:
        return ""
    return f"{year}年{int(month)}月" if locale == "zh" else period


def month_words(key: str, locale: Locale = "zh") -> str:
    """A month of the bulletins, or the final assessment."""
    if key == "final":
        return "综合考核" if locale == "zh" else "Final assessment"
    return period_words(key, locale)


def event_of(item: Any) -> dict[str, Any]:
    """One fact behind a figure, for a list."""
    event = item.fact.event
    return {
        "at": item.at, "name": event_name(event), "n": item.n, "unit": item.unit,
        "case": getattr(event, "case", None), "enterprise": getattr(event, "enterprise", None), "id": item.fact.id,
        "kind": getattr(event, "kind", None), "period": getattr(event, "period", None),
    }  # fmt: skip
