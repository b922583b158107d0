"""How people name measures with their facts: in the body of a command, on its form, in words above what is signed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.cases.domain.conclusions import FACT_NAMES
from services.cases.domain.values import Decision, Result
from shared.kernel.campaign import Campaign
from shared.kernel.commands import Setting, term
from shared.kernel.measures import Licence, MeasureTaken
from shared.kernel.names import LICENCE_NAMES, REINSPECTED_NAMES, measure_in_words, term_name
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.fields import Body, Choice, Day, Group, Label, Line, Money, PerCode, Text
from shared.platform.web.words import Locale, translate

MOST = 10**13
"""In fen: a hundred thousand million yuan."""
LICENCES = Choice(lambda _, __, ___: list(LICENCE_NAMES.items()))


class Facts(Body):
    """The facts of a measure; which of them it needs, the campaign says. `amount` is in fen. A penalty is `at_maximum`,
    or says in `below_maximum` why not."""

    number: Annotated[Line | None, Label("文号")] = None
    on: Annotated[Day | None, Label("日期")] = None
    amount: Annotated[int | None, Field(ge=0, le=MOST), Money(), Label("罚没金额（元）", "没有罚款的填 0")] = None
    articles: Annotated[Line | None, Label("依据条款")] = None
    reinspection: Annotated[Day | None, Label("复查日期")] = None
    licence: Annotated[Licence | None, Label("对证照的处理", empty="请选择"), LICENCES] = None
    at_maximum: Annotated[bool, Label("按上限处罚")] = False
    below_maximum: Annotated[Text | None, Label("低于上限的理由", "没有按上限处罚的必填")] = None


class Measure(Facts):
    """A measure, a code of the campaign's ten (Annex 4), with its facts."""

    measure: Annotated[Line, term("measures")]


def _groups(setting: Setting, locale: Locale) -> list[Group]:
    """Each measure with the facts that it needs."""
    return [
        (one.code, one.name(locale), (*one.facts, *(["at_maximum"] if "below_maximum" in one.facts else [])))
        for one in setting.campaign.taxonomy("measures").terms
    ]


Measures = Annotated[
    tuple[Measure, ...],
    Field(max_length=50),
    Label("处理措施", "展开所采取的措施，写明文号、日期等；不属实的不填"),
    PerCode("measure", _groups),
]


def taken(campaign: Campaign, asked: Facts, measure: str, where: str = "") -> MeasureTaken:
    """As an event keeps it. Raises Invalid unless a penalty is at the maximum or says why not."""
    facts = campaign.taxonomy("measures").term(measure).facts
    if "below_maximum" in facts and asked.at_maximum == (asked.below_maximum is not None):
        said = "按上限处罚的不写低于上限的理由" if asked.at_maximum else "请写明低于上限的理由；按上限处罚的请注明"
        raise Invalid(f"{where}below_maximum", f"{said}（“上限处罚”）。")
    if asked.at_maximum and "below_maximum" not in facts:
        raise Invalid(f"{where}at_maximum", "只有处罚才注明是否按上限，请去掉。")
    return MeasureTaken(measure=measure, **{fact: getattr(asked, fact) for fact in FACT_NAMES})


def filled(result: Result) -> dict[str, str]:
    """The measures of a draft as they stand in the fields of a form."""
    found: dict[str, str] = {}
    for one in result.taken:
        for fact in FACT_NAMES:
            if (value := getattr(one, fact)) is not None:
                found[f"taken-{one.measure}-{fact}"] = Money.typed(value) if fact == "amount" else str(value)
        if one.amount is not None and one.below_maximum is None:
            found[f"taken-{one.measure}-at_maximum"] = "true"
    return found


def result_in_words(campaign: Campaign, result: Result, locale: Locale) -> str:
    """A result with all that is signed of it: conclusion, text, each measure with its facts, evidence."""
    measures = [measure_in_words(campaign, one, locale) for one in result.taken] or [
        term_name(campaign, "measures", code, locale) for code in result.measures
    ]
    conclusion = term_name(campaign, "conclusions", result.conclusion, locale) if result.conclusion else ""
    parts = (
        ("结论", conclusion),
        ("办理结果", result.text.rstrip("。")),
        ("处理措施", translate(locale, "、").join(measures)),
        ("证据", translate(locale, "、").join(result.evidence)),
    )
    said = [f"{translate(locale, name)}{translate(locale, '：')}{words}" for name, words in parts if words]
    return translate(locale, "；").join(said)


def decision_in_words(campaign: Campaign, one: Decision, locale: Locale) -> str:
    """What was decided after the closing."""
    said = measure_in_words(campaign, one.decision, locale)
    if one.outcome is None:
        return said
    return f"{said}{translate(locale, '：')}{translate(locale, REINSPECTED_NAMES[one.outcome])}"
