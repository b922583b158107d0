"""What a text alleges, in the campaign's own words: violation, target, matter, danger, and whether it is a tip at all.

Words of one kind do not overlap and the longest wins: 无证上岗 speaks for a sham certificate, not for a missing
licence. In a longer word of another meaning a word says nothing (没有证 in 没有证据, 检测站 in 机动车检测站). Where
several codes are named, the campaign's order decides. Words are taken as they stand: 没有泄漏 speaks for danger as
well, and so goes to a person, which is the side to err on; so no longer word hides danger or an authority.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from shared.kernel.campaign import Campaign

TIP = "tip"


@dataclass(frozen=True, slots=True)
class Recognised:
    """Codes by the campaign's order; `words` are the words that spoke for a violation, in order of the text."""

    violations: tuple[str, ...]
    targets: tuple[str, ...]
    matters: tuple[str, ...]
    kinds: tuple[str, ...]
    danger: bool
    authority: bool
    others_duty: bool
    words: tuple[str, ...]


class _Finder:
    """The words of one kind of code. A word may stand for several codes; `mute` are longer words that say nothing."""

    def __init__(self, entries: Iterable[tuple[str, tuple[str, ...]]], mute: Iterable[str] = ()) -> None:
        self._codes: dict[str, list[str]] = defaultdict(list)
        self._order: list[str] = []
        for code, words in entries:
            if code not in self._order:
                self._order.append(code)
            for word in words:
                self._codes[word].append(code)
        longest_first = sorted({*self._codes, *mute}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")

    def words(self, text: str) -> list[str]:
        return [word for word in dict.fromkeys(self._pattern.findall(text)) if word in self._codes]

    def codes(self, words: Iterable[str]) -> tuple[str, ...]:
        named = {code for word in words for code in self._codes[word]}
        return tuple(code for code in self._order if code in named)


class Vocabulary:
    """The keywords of a campaign, ready to be looked for."""

    def __init__(self, campaign: Campaign) -> None:
        keywords = campaign.triage.keywords
        others = [word for k in keywords if k.others_duty for word in k.words]
        mute = [*campaign.triage.longer_words, *others]
        self._violations = _Finder(((k.violation, k.words) for k in keywords if k.violation), mute)
        self._targets = _Finder(((k.target, k.words) for k in keywords if k.target), mute)
        self._matters = _Finder(((k.matter, k.words) for k in keywords if k.matter), mute)
        self._kinds = _Finder(((k.kind, k.words) for k in keywords if k.kind), mute)
        self._others_duty = _Finder([("others_duty", tuple(others))], campaign.triage.longer_words)
        self._danger = _Finder(("danger", k.words) for k in keywords if k.danger)
        self._authority = _Finder(("authority", k.words) for k in keywords if k.authority)

    def recognise(self, text: str) -> Recognised:
        """Everything that the words of `text` speak for."""
        words = self._violations.words(text)
        return Recognised(
            violations=self._violations.codes(words),
            targets=self._targets.codes(self._targets.words(text)),
            matters=self._matters.codes(self._matters.words(text)),
            kinds=self._kinds.codes(self._kinds.words(text)),
            danger=bool(self._danger.words(text)),
            authority=bool(self._authority.words(text)),
            others_duty=bool(self._others_duty.words(text)),
            words=tuple(words),
        )
