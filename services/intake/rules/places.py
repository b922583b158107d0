"""Which units a text names: the campaign's place words, found as a reader would find them.

A place word counts only where it is no part of a longer name. The campaign lists the longer names: its own places
(晋城市城区 is not the 城区 of another town), those outside it (长治市), and words that name no place (太阳城). The rest
is told by what stands beside the word: a street named after a town is not the town (泽州路 is a street of the city),
nor is a park named after a county (泽州公园); a quarter named right after a town is that town's own (高平市开发区).
Limit: a place that the campaign does not list is not found, and the tip goes to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.kernel.campaign import Campaign

_SETTLEMENT = ("镇", "乡", "县", "市", "区", "街道", "园", "路", "街")
_STREET = re.compile(r"[东南西北中]{0,2}(?:路|街(?!道)|大街|大道|巷)")
_QUARTER = "区"
_ELSEWHERE, _NO_PLACE = "elsewhere", "no place"


@dataclass(frozen=True, slots=True)
class Mention:
    """One place word in a text."""

    unit: str
    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Places:
    """The place words of a text that name a place of the campaign, in order; `elsewhere`: it names one outside too."""

    mentions: tuple[Mention, ...]
    elsewhere: bool


class Gazetteer:
    """The place words of a campaign, ready to be looked for."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._meaning = (
            dict.fromkeys(campaign.triage.longer_words, _NO_PLACE)
            | dict.fromkeys(campaign.triage.elsewhere, _ELSEWHERE)
            | dict(campaign.places)
        )
        self._words = _any_of(self._meaning)
        self._landmark = _any_of(campaign.triage.landmarks)
        self._towns = frozenset(place for county in campaign.units for place in county.places)

    def read(self, text: str) -> Places:
        """What `text` names."""
        found: list[Mention] = []
        for match in self._words.finditer(text):
            mention = Mention(self._meaning[match[0]], match[0], match.start(), match.end())
            if mention.unit == _NO_PLACE or self._is_something_named_after_it(text, mention):
                continue
            if found and mention.unit != _ELSEWHERE and _is_a_quarter_of_the_town_before(found[-1], mention):
                continue
            found.append(mention)
        mentions = tuple(mention for mention in found if mention.unit != _ELSEWHERE)
        return Places(mentions, elsewhere=len(mentions) < len(found))

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

    def _is_something_named_after_it(self, text: str, mention: Mention) -> bool:
        """A street, or a landmark that bears the name of a county; a landmark with a town's name stands in the town."""
        if mention.word.endswith(_SETTLEMENT):
            return False
        if _STREET.match(text, mention.end):
            return True
        return mention.word not in self._towns and self._landmark.match(text, mention.end) is not None


def _is_a_quarter_of_the_town_before(before: Mention, mention: Mention) -> bool:
    return before.end == mention.start and before.unit != mention.unit and mention.word.endswith(_QUARTER)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """The longest of these words first; without words nothing."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
