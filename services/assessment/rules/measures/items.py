"""What a measure is: a function from the book of facts to the items that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.assessment.domain.facts import Fact, Registered
from services.assessment.rules.lives import Book
from shared.kernel.campaign import Campaign


class Item(NamedTuple):
    """One thing that counts: `n` for `unit`, at the instant `at`, because of `fact`."""

    unit: str
    at: datetime
    n: int
    fact: Fact


class Counting:
    """What of the campaign decides what counts: which handling measures make an outcome, who inspects which grades."""

    def __init__(self, campaign: Campaign) -> None:
        outcomes = campaign.taxonomy("outcomes").terms
        self.outcomes: Mapping[str, frozenset[str]] = {term.code: frozenset(term.measures) for term in outcomes}
        self.grades: Mapping[str, frozenset[str]] = {
            kind: frozenset(rule.of for rule in campaign.coverage if rule.by == kind and not rule.sample)
            for kind in ("county", "group")
        }
        self.register: tuple[Fact, ...] = tuple(
            Fact(f"register:{n:05}", campaign.begins, Registered(one.unit, one.name, one.grade))
            for n, one in enumerate(campaign.enterprises, 1)
        )
        self.group_of: Mapping[str, str] = {unit: group.code for group in campaign.groups for unit in group.units}

    def has(self, outcome: str, closing: Fact | None) -> bool:
        """Whether a closing took a measure that makes this outcome."""
        return closing is not None and bool(self.outcomes.get(outcome, frozenset()) & set(closing.event.measures))


Items = Callable[[Book, Counting], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Measure:
    """`says` is printed beside the figure. `own`: a group counts only what is its own, not what its counties did."""

    says: str
    items: Items
    own: bool = False


def of(fact: Fact, n: int = 1) -> Item:
    """An item of the unit that the fact names, at the fact's time."""
    return Item(fact.event.unit, fact.at, n, fact)
