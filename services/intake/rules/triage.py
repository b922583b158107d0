"""Whether a tip is certain enough to reach a unit without a person (campaign: `triage: {automatic: confident}`).

`CONFIDENCE` is the list of rules, each named by the sentence that it enforces; the names of those that do not hold stay
with the tip as its doubts, and an officer sees them beside what was recognised. Everything that leaves is composed of
the campaign's words; the one exception is the enterprise, and only where it was typed as a public business name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from services.intake.domain.errors import Revealing
from services.intake.domain.values import AGAINST_OFFICIALS, Lead, Suggestion
from services.intake.rules import redaction
from services.intake.rules.keywords import TIP, Recognised, Vocabulary
from services.intake.rules.places import Gazetteer
from shared.kernel.campaign import Campaign

RULE = "a_confident_tip_is_triaged_at_once"
MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote, plain, as the rules read it. `category` is a violation or target that the sender chose."""

    text: str
    place: str = ""
    enterprise: str = ""
    equipment: str = ""
    category: str | None = None
    kind: str = TIP
    danger: bool = False


Rule = Callable[[Suggestion], bool]


def it_names_exactly_one_unit(suggestion: Suggestion) -> bool:
    """通知六（二）: transferred by territory, so the territory must be certain."""
    return suggestion.unit is not None


def it_alleges_something_that_the_campaign_is_about(suggestion: Suggestion) -> bool:
    """通知三、四: a violation or a matter of the campaign. A target alone alleges nothing: people grumble about gas."""
    return suggestion.violation is not None or bool(suggestion.matters)


def it_names_no_place_elsewhere(suggestion: Suggestion) -> bool:
    """通知六（二）: which of the places is meant, the one here or the one outside, a person judges."""
    return not suggestion.elsewhere


def it_is_no_duty_of_another_authority(suggestion: Suggestion) -> bool:
    """附件5: a letter on what is not the unit's duty would come back."""
    return not suggestion.others_duty


def it_is_a_tip(suggestion: Suggestion) -> bool:
    """Complaints and enquiries have their own channels; a person decides what is one."""
    return suggestion.kind == TIP


def it_endangers_nobody(suggestion: Suggestion) -> bool:
    """Danger to life always goes to a person, who telephones."""
    return not suggestion.danger


def it_accuses_no_official(suggestion: Suggestion) -> bool:
    """通知六（二）: a tip against a county's officials never goes to that county; a person chooses who gets it."""
    return AGAINST_OFFICIALS not in suggestion.matters


def it_names_no_authority(suggestion: Suggestion) -> bool:
    """通知六（二）: as above; whether a bureau or officer that is named is also accused, no list of words can tell."""
    return not suggestion.authority


CONFIDENCE: tuple[Rule, ...] = (
    it_names_exactly_one_unit,
    it_names_no_place_elsewhere,
    it_alleges_something_that_the_campaign_is_about,
    it_is_no_duty_of_another_authority,
    it_is_a_tip,
    it_endangers_nobody,
    it_accuses_no_official,
    it_names_no_authority,
)
FLOOD = "few_of_its_sender_came_before_it"
"""The doubt about a tip that only the danger to life of which it tells let in: its sender is over the limit."""
HOLDS_A_CONTACT = "it_holds_nothing_that_may_be_a_contact"
"""A doubt of the words themselves, which no suggestion holds: contacts stay where the words are sealed."""
MAY_NOT_BE_PRINTED = "its_enterprise_has_a_name_that_letters_can_bear"
"""As above: a name with an emoji, an invisible or a rare character waits for somebody who writes it otherwise."""
DOUBTS = {
    "it_names_exactly_one_unit": "没有写明或写到了不止一个辖区",
    "it_names_no_place_elsewhere": "写到了本行动范围以外的地名",
    "it_alleges_something_that_the_campaign_is_about": "没有认出违法行为",
    "it_is_no_duty_of_another_authority": "可能属于其他部门职责",
    "it_is_a_tip": "可能是投诉或咨询",
    "it_endangers_nobody": "可能危及生命，须立即电话核实",
    "it_accuses_no_official": "涉及工作人员，不得交其所在单位",
    "it_names_no_authority": "提到监管部门或其人员，请判断是否涉及工作人员",
    FLOOD: "同一来源短时间内多次反映危及生命的情况，排在其他举报之后",
    MAY_NOT_BE_PRINTED: "单位名称里有文书可能印不出的字，请改用通行写法",
    HOLDS_A_CONTACT: "可能写有号码、账号等联系方式，交出前请核对",
}
"""The doubts in an officer's words."""
LEAVING = {"matter": "事由", "enterprise": "涉及单位", "place": "地点"}
"""What an officer may write that leaves intake, as the form calls it."""


class Reader:
    """Reads tips with the words of one campaign."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._gazetteer = Gazetteer(campaign)
        self._vocabulary = Vocabulary(campaign)

    def read(self, words: Words) -> Suggestion:
        """What the rules recognise, with the doubts that are left."""
        everything = "\n".join((words.place, words.enterprise, words.text, words.equipment))
        places = self._gazetteer.read(everything)
        mentions = places.mentions
        units = tuple(dict.fromkeys(mention.unit for mention in mentions))
        found = self._vocabulary.recognise(everything)
        violation, target = self._chosen(words.category, found)
        suggestion = Suggestion(
            units=units,
            kind=words.kind if words.kind != TIP else next(iter(found.kinds), TIP),
            violation=violation,
            target=target,
            matters=found.matters,
            danger=words.danger or found.danger,
            authority=found.authority,
            elsewhere=places.elsewhere,
            others_duty=found.others_duty,
            place=self._gazetteer.town(units[0], mentions) if len(units) == 1 else None,
        )
        alleged = found.words if violation in found.violations else ()
        suggestion = replace(suggestion, matter=self.matter(suggestion.place, target, violation, alleged))
        doubts = [rule.__name__ for rule in CONFIDENCE if not rule(suggestion)]
        if redaction.may_be_a_contact(everything):
            doubts.append(HOLDS_A_CONTACT)
        if any(map(_is_rare, words.enterprise)):
            doubts.append(MAY_NOT_BE_PRINTED)
        return replace(suggestion, doubts=tuple(doubts))

    def lead(self, suggestion: Suggestion, enterprise: str, name: str | None, phone: str | None) -> Lead | None:
        """The lead of a tip that needs no person, else None. `name` and `phone` are those declared with the tip."""
        unit, matter = suggestion.unit, suggestion.matter
        if self._campaign.triage.automatic != "confident" or suggestion.doubts or unit is None or matter is None:
            return None
        return Lead(
            unit=unit,
            matter=matter,
            enterprise=public_enterprise(enterprise, name, phone),
            place=suggestion.place,
            violation=suggestion.violation,
            target=suggestion.target,
            matters=suggestion.matters,
        )

    def _chosen(self, category: str | None, found: Recognised) -> tuple[str | None, str | None]:
        """The sender's own choice goes before what the words say."""
        violation, target = next(iter(found.violations), None), next(iter(found.targets), None)
        if category in self._campaign.taxonomy("violations"):
            return category, target
        return violation, category or target

    def matter(
        self, place: str | None, target: str | None, violation: str | None, words: tuple[str, ...] = ()
    ) -> str | None:
        """“泽州县巴公镇某气瓶充装单位涉嫌超期未检”, of the campaign's words alone; None while no place is known.

        `words` are the keywords that spoke for the violation.
        """
        if place is None:
            return None
        somebody = self._campaign.taxonomy("targets").term(target).zh if target else "单位"
        return f"{place}某{somebody}{self._alleged(violation, words)}"

    def _alleged(self, violation: str | None, words: tuple[str, ...]) -> str:
        if violation is None:
            return "涉嫌存在特种设备安全隐患"
        term = self._campaign.taxonomy("violations").term(violation)
        return "涉嫌" + (term.short or "、".join(words[:MOST_WORDS]) or term.zh)


def _is_rare(character: str) -> bool:
    return character > "\uffff" or unicodedata.category(character) in ("Cf", "Co", "Cn", "So")


def public_enterprise(typed: str, name: str | None, phone: str | None) -> str | None:
    """The enterprise as others may know it; None where what was typed is no public name or could reveal somebody."""
    typed = typed.strip()
    if not typed or not redaction.is_name_of_a_business(typed) or redaction.findings(typed, name, phone):
        return None
    return typed


def check_nothing_reveals_the_tipster(texts: dict[str, str | None], name: str | None, phone: str | None) -> None:
    """An officer's own words, by field, before they leave; also one after the other, as they will stand in a sentence.

    Raises Revealing with what to remove from which field.
    """
    written = {field: text for field, text in texts.items() if text}
    for field, text in written.items():
        _check(field, redaction.findings(text, name, phone))
    if len(written) > 1:
        _check(next(iter(written)), redaction.findings(" ".join(written.values()), name, phone))


def _check(field: str, found: tuple[redaction.Finding, ...]) -> None:
    if found:
        what = "、".join(finding.what for finding in found)
        raise Revealing(field, f"“{LEAVING[field]}”含有{what}，交出后可能暴露举报人。请删去后再交办。")
