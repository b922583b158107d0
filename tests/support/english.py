"""What an English page still says in Chinese, or in the words of programs.

Only what is data may be Chinese: the test that made the page marks it. What lies folded under “For programs”, and what
is written in another language on purpose (`lang`), is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

from shared.kernel.campaign import Campaign

CHINESE = re.compile("[^\\s<>]{0,12}[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef][^<>]{0,30}")
CODES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-|\bp-[a-z]+|\b1405\d\d\b|[{}]|\b[a-z]+_[a-z_]+\b|\b(cases|intake|assessment|notify) \d+\b"
)
"""UUIDs, people, units, JSON, words of a list, and positions in a ledger, as programs call them."""
NUMBERS = re.compile(r"（[^（）]{1,6}）\w{1,4}〔\d{4}〕\d+号|\w{2,8}〔\d{4}〕\d+号")
"""Of letters and papers."""
FOR_PROGRAMS = "For programs"
VOID = frozenset({"base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}) | {
    "circle",
    "path",
    "rect",
}
SPOKEN = frozenset({"title", "aria-label", "placeholder", "alt", "data-live-news", "data-copied"})
SILENT = frozenset({"script", "style", "pre", "textarea"})


class _Shown(HTMLParser):
    """The texts of a page, with the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        hidden = tag in SILENT or (given.get("lang") or "en") != "en" or self._hidden
        if not hidden:
            self.texts += [value for name, value in attrs if name in SPOKEN and value]
        if tag not in VOID:
            self._open.append((tag, hidden))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._hidden:
            self.texts += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._hidden or not data.strip():
            return
        if data.strip().startswith(FOR_PROGRAMS):
            at = max(n for n, (tag, _) in enumerate(self._open) if tag == "details")
            self._open[at:] = [(tag, True) for tag, _ in self._open[at:]]
            return
        self.texts.append(data.strip())

    @property
    def _hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def shown(html: str) -> list[str]:
    """What a reader of the page meets, piece by piece."""
    page = _Shown()
    page.feed(html)
    return page.texts


def names_of(campaign: Campaign) -> list[str]:
    """What the campaign file calls by a Chinese name alone: people, their posts, towns."""
    named = [part for person in campaign.people for part in (person.name, person.post)]
    return named + [place for county in campaign.units for place in (*county.places, county.government)]


def not_english(html: str, data: Iterable[str]) -> list[str]:
    """The Chinese and the codes of an English page that are not `data`."""
    marked = sorted(set(data), key=len, reverse=True)
    found = []
    for text in shown(html):
        left = text
        for one in marked:
            left = left.replace(one, "")
        left = NUMBERS.sub("", left)
        found += [match.group() for pattern in (CHINESE, CODES) for match in pattern.finditer(left)]
    return found
