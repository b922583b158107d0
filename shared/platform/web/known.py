"""A finished Chinese sentence, known again by its msgid: “交办件甲须在 2月9日 前签收。” is “{case}须在 {day} 前签收。”.

Rules refuse in finished sentences, events and messages keep them for good, and neither knows a language but Chinese. So
the English page takes a sentence apart by the msgids of the catalogues, those with most words of their own first, and
says its parts in turn: msgids, names, days, and lists of such. What is none of them, a name or what a person wrote,
stays as it is. Limits: a part must not hold the words that follow it in its sentence; a msgid with fewer than three
Chinese characters of its own is not looked for, as too many texts would fit it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from string import Formatter

from shared.platform import dates

HAN = re.compile("[\u4e00-\u9fff]")
_DAY = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})日)? ?(\d{2}:\d{2})?")
_LEAP_YEAR = 2000
"""Of a day that is written without its year, which is not shown either."""
_OWN_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Pattern:
    msgid: str
    shape: re.Pattern[str]
    longest: str
    own: int


def _pattern(msgid: str) -> _Pattern | None:
    """How sentences of this msgid look; None where it has no places, or too few words of its own."""
    pieces = list(Formatter().parse(msgid))
    literals = [literal for literal, *_ in pieces]
    own = len(HAN.findall("".join(literals)))
    if own < _OWN_WORDS or all(name is None for _, name, *_ in pieces):
        return None
    seen: set[str] = set()
    shape = ""
    for literal, name, *_ in pieces:
        shape += re.escape(literal)
        if name is not None:
            shape += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            seen.add(name)
    return _Pattern(msgid, re.compile(shape, re.DOTALL), max(literals, key=len), own)


class Known:
    """The sentences that have an English one, and the names that do."""

    def __init__(self, english: Mapping[str, str], names: Mapping[str, str]) -> None:
        self._english = {**names, **english}
        found = filter(None, map(_pattern, english))
        self._patterns = sorted(found, key=lambda one: one.own, reverse=True)

    def english(self, text: str) -> str:
        """The English of a msgid, of a finished sentence, of a name, or the text itself."""
        if (said := self._english.get(text)) is not None:
            return said
        if not HAN.search(text):
            return text
        for one in self._patterns:
            if one.longest in text and (match := one.shape.fullmatch(text)) is not None:
                parts = {name: self._part(part) for name, part in match.groupdict().items()}
                return self._english[one.msgid].format(**parts)
        return _listed(text, map(self.english, text.split("、"))) if "、" in text else text

    def _part(self, text: str) -> str:
        if (match := _DAY.fullmatch(text)) is not None and (day := _day(*match.groups())) is not None:
            return day
        if text in self._english or "、" not in text:
            return self.english(text)
        return _listed(text, map(self._part, text.split("、")))


def _listed(text: str, parts: Iterable[str]) -> str:
    """Joined as English does where it can be said, else as it was."""
    said = ", ".join(parts)
    return text if HAN.search(said) else said


def _day(year: str | None, month: str, day: str | None, clock: str | None) -> str | None:
    """“2022年2月9日 24:00” → 9 Feb 2022 24:00; a whole month is its ISO form."""
    if day is None:
        return f"{year}-{int(month):02}" if year and not clock else None
    try:
        found = date(int(year or _LEAP_YEAR), int(month), int(day))
    except ValueError:
        return None
    return " ".join(filter(None, (dates.day_in_words(found, "en", year=year is not None), clock)))
