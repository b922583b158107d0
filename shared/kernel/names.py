"""What the pages call units, people and codes of the campaign; a code that it does not know stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.campaign.bodies import County
from shared.kernel.campaign.definition import CITY
from shared.kernel.measures import MeasureTaken
from shared.kernel.roles import ROLE_NAMES
from shared.platform.dates import Locale
from shared.platform.event_store.envelope import Actor
from shared.platform.web.words import day_in_words, translate

LICENCE_NAMES = {"suspended": "暂扣证照", "revoked": "吊销证照"}
REINSPECTED_NAMES = {"passed": "复查合格，准予恢复", "closure_proposed": "复查不合格，提请关闭"}


def unit_name(campaign: Campaign, code: str, locale: Locale = "zh") -> str:
    """Who acts for a unit: of a county-level one its bureau (泽州县市场监督管理局), of any other body its own name."""
    try:
        unit = campaign.unit(code)
    except UnknownCode:
        return code
    if isinstance(unit, County):
        return unit.bureau if locale == "zh" else unit.bureau_en
    return unit.name(locale)


def place_name(campaign: Campaign, code: str, locale: Locale = "zh") -> str:
    """A unit as a line of a table (泽州县); empty for the whole city, whose line each page names itself."""
    if code == CITY:
        return ""
    try:
        return campaign.unit(code).name(locale)
    except UnknownCode:
        return code


def person_name(campaign: Campaign, person: str) -> str:
    """A name is a name in every language; a program that acts under a name of its own keeps it."""
    try:
        return campaign.person(person).name
    except UnknownCode:
        return person


def person_with_unit(campaign: Campaign, person: str, locale: Locale = "zh") -> str:
    """“泽州县市场监督管理局 林知远”; “林知远 (Zezhou County Market Supervision Bureau)”."""
    try:
        found = campaign.person(person)
    except UnknownCode:
        return person
    unit = unit_name(campaign, found.unit, locale)
    return f"{unit} {found.name}" if locale == "zh" else f"{found.name} ({unit})"


def actor_name(campaign: Campaign, actor: Actor, locale: Locale = "zh") -> str:
    """Who acted: a person with the unit, a program by its unit and role, a rule as the system."""
    if actor.role == "system":
        return translate(locale, "系统")
    name = person_with_unit(campaign, actor.id, locale)
    if name != actor.id:
        return name
    unit = "" if actor.unit == CITY else f"{unit_name(campaign, actor.unit, locale)} "
    return translate(locale, "{who}（接口）").format(who=f"{unit}{translate(locale, ROLE_NAMES[actor.role])}")


def english_names(campaign: Campaign) -> dict[str, str]:
    """What the campaign calls in Chinese and in English: units, lists and their codes, rules, papers; Chinese first."""
    return dict(_in_both_languages(campaign.model_dump(mode="python")))


def _in_both_languages(piece: Any) -> Iterator[tuple[str, str]]:
    if isinstance(piece, dict):
        for chinese, english in (("zh", "en"), ("bureau", "bureau_en")):
            if piece.get(chinese) and piece.get(english):
                yield piece[chinese], piece[english]
        piece = tuple(piece.values())
    if isinstance(piece, (tuple, list)):
        for part in piece:
            yield from _in_both_languages(part)


def term_name(campaign: Campaign, taxonomy: str, code: str, locale: Locale = "zh") -> str:
    """A code of one of the campaign's lists. Raises UnknownCode."""
    return campaign.taxonomy(taxonomy).term(code).name(locale)


def measure_in_words(campaign: Campaign, taken: MeasureTaken, locale: Locale = "zh") -> str:
    """A measure with its facts: “行政处罚（泽市监罚〔2022〕3号，2022年1月25日，罚没 20,000 元，…）”; a licence's by
    what was done to it."""
    name = term_name(campaign, "measures", taken.measure, locale)
    if taken.licence is not None:
        name = translate(locale, LICENCE_NAMES[taken.licence])
    told = [
        taken.number,
        day_in_words(taken.on, locale) if taken.on else None,
        translate(locale, "罚没 {yuan} 元").format(yuan=yuan(taken.amount)) if taken.amount else None,
        translate(locale, "没有罚款") if taken.amount == 0 else None,
        _fact(locale, "依据", taken.articles),
        _fact(locale, "复查日期", day_in_words(taken.reinspection, locale) if taken.reinspection else None),
        _fact(locale, "低于上限的理由", taken.below_maximum),
        translate(locale, "按上限处罚") if taken.amount is not None and taken.below_maximum is None else None,
    ]
    facts = translate(locale, "，").join(one for one in told if one)
    return translate(locale, "{name}（{facts}）").format(name=name, facts=facts) if facts else name


def yuan(fen: int) -> str:
    """`2000050` → 20,000.50; whole ones without a fraction."""
    return f"{fen // 100:,}" if fen % 100 == 0 else f"{fen // 100:,}.{fen % 100:02}"


def _fact(locale: Locale, name: str, value: str | None) -> str | None:
    return f"{translate(locale, name)}{translate(locale, '：')}{value}" if value else None
