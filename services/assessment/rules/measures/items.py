"""What a measure is: a function from what is known of one subject to the items that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from services.assessment.domain.facts import Fact, Inspected, Registered
from services.assessment.rules.lives import Life, Reading
from shared.kernel.campaign import Campaign


class Item(NamedTuple):
    """One thing that counts: `n` for `unit`, because of `fact`."""

    unit: str
    n: int
    fact: Fact


class Counting:
    """What of the campaign decides what counts: which handling measures make an outcome, who inspects which grades of
    which enterprises."""

    def __init__(self, campaign: Campaign) -> None:
        outcomes = campaign.taxonomy("outcomes").terms
        self.zone = campaign.zone
        self.outcomes: Mapping[str, frozenset[str]] = {term.code: frozenset(term.measures) for term in outcomes}
        self.group_of: Mapping[str, str] = {unit: group.code for group in campaign.groups for unit in group.units}
        grades = {
            kind: frozenset(rule.of for rule in campaign.coverage if rule.by == kind and not rule.sample)
            for kind in ("county", "group")
        }
        self._owing: dict[tuple[str, str], frozenset[str]] = {}
        for one in campaign.enterprises:
            county = {one.unit} if one.grade in grades["county"] else set()
            group = {self.group_of[one.unit]} if one.unit in self.group_of and one.grade in grades["group"] else set()
            self._owing[one.unit, one.name] = frozenset(county | group)
        self.register: tuple[Fact, ...] = tuple(
            Fact(f"register:{n:05}", campaign.begins, Registered(one.unit, one.name, one.grade))
            for n, one in enumerate(campaign.enterprises, 1)
        )

    def owing(self, enterprise: Registered | Inspected) -> frozenset[str]:
        """Who has to inspect this enterprise: its county, its county's group; nobody where it is not registered."""
        return self._owing.get((enterprise.unit, enterprise.enterprise), frozenset())

    @property
    def basis(self) -> str:
        """Everything that is taken from the campaign, as text."""
        outcomes = sorted((code, sorted(measures)) for code, measures in self.outcomes.items())
        return repr((outcomes, sorted((key, sorted(units)) for key, units in self._owing.items()), self.zone))

    def has(self, outcome: str, closing: Fact | None) -> bool:
        """Whether a closing took a measure that makes this outcome."""
        return closing is not None and bool(self.outcomes.get(outcome, frozenset()) & set(closing.event.measures))


Items = Callable[[Any, Counting, datetime], Iterator[Item]]
"""What is known of a subject, what counts, and until when (inclusive)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """`says` is printed beside the figure; `of` is what the items are read from. `own`: a group counts only what is its
    own, not what its counties did."""

    says: str
    items: Items
    of: type[Reading] = Life
    own: bool = False


def of(fact: Fact, n: int = 1) -> Item:
    """An item of the unit that the fact names."""
    return Item(fact.event.unit, n, fact)
