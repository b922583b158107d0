"""What the checks share: how a finding is told, and the two questions that most of them ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from shared.kernel.campaign.definition import Campaign
from shared.kernel.campaign.errors import hint

Location = tuple[str | int, ...]
Finding = tuple[Location, str]
Check = Callable[[Campaign], Iterator[Finding]]


def unknown(where: Location, kind: str, code: str, allowed: Iterable[str]) -> Iterator[Finding]:
    """A finding when a code is not among the allowed ones."""
    options = list(allowed)
    if code not in options:
        yield where, f"写的是“{code}”，没有这个{kind}。{hint(code, options)}"


def twice(where: Location, field: str, codes: Iterable[str]) -> Iterator[Finding]:
    """A finding for each code of a list that stands there already."""
    seen: dict[str, int] = {}
    for index, code in enumerate(codes):
        if code in seen:
            yield (*where, index, field), f"“{code}”与第 {seen[code] + 1} 项重复；编码须唯一"
        seen.setdefault(code, index)


def codes_of(c: Campaign, taxonomy: str) -> tuple[str, ...]:
    """The codes of a taxonomy; nothing when it is missing, which another check reports."""
    return next((t.codes for t in c.taxonomies if t.code == taxonomy), ())
