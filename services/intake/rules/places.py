"""Which units a text names: the campaign's place words, found as a reader would find them.

Longest word first, so that 晋城市城区 is not the 城区 of another town. A street named after a town is not the town
(泽州路 is a street of the city); a quarter named right after a town is that town's own (高平市开发区).
Limit: a place that the campaign does not list is not found, and the tip goes to a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.campaign import Campaign

_SETTLEMENT = ("镇", "乡", "县", "市", "区", "街道", "园", "路", "街")
_STREET = re.compile(r"[东南西北中]{0,2}(?:路|街(?!道)|大街|大道|巷)")
_QUARTER = "区"


@dataclass(frozen=True, slots=True)
class Mention:
    """One place word in a text."""

    unit: str
    word: str
    start: int
    end: int


class Gazetteer:
    """The place words of a campaign, ready to be looked for."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._unit_of = dict(campaign.places)
        longest_first = sorted(self._unit_of, key=len, reverse=True)
        self._words = re.compile("|".join(map(re.escape, longest_first)))

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """The place words of `text` that name a place, in order."""
        found: list[Mention] = []
        for match in self._words.finditer(text):
            mention = Mention(self._unit_of[match[0]], match[0], match.start(), match.end())
            if _is_a_street_named_after_a_town(text, mention):
                continue
            if found and _is_a_quarter_of_the_town_before(found[-1], mention):
                continue
            found.append(mention)
        return tuple(found)

    def town(self, unit: str, mentions: Sequence[Mention]) -> str | None:
        """“泽州县巴公镇”: the unit with the first of its towns that was named; without one the unit alone.

        None for a unit that was not named at all.
        """
        words = [mention.word for mention in mentions if mention.unit == unit]
        if not words:
            return None
        county = self._campaign.county(unit)
        for word in words:
            if word in county.places:
                return county.zh + max((place for place in county.places if place.startswith(word)), key=len)
        return county.zh


def _is_a_street_named_after_a_town(text: str, mention: Mention) -> bool:
    return not mention.word.endswith(_SETTLEMENT) and _STREET.match(text, mention.end) is not None


def _is_a_quarter_of_the_town_before(before: Mention, mention: Mention) -> bool:
    return before.end == mention.start and before.unit != mention.unit and mention.word.endswith(_QUARTER)
