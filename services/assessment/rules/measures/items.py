"""What a measure is: a function from what is known of one subject to the items that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from services.assessment.domain.facts import Fact, Inspected, Registered
from services.assessment.rules.enterprises import Names
from services.assessment.rules.lives import Life, Outcome, Reading
from shared.kernel.campaign import Campaign
from shared.kernel.contracts.internal.cases import CaseClosed
from shared.kernel.measures import MeasureTaken


class Item(NamedTuple):
    """One thing that counts: `n` for `unit`, because of `fact`."""

    unit: str
    n: int
    fact: Fact


class Enrolled(Struct, frozen=True):
    """An enterprise of the campaign's register; `inspectors` have to inspect it: its county, its county's group."""

    unit: str
    enterprise: str
    grade: str
    inspectors: tuple[str, ...]


class Makes(Struct, frozen=True):
    """The handling measures that make an outcome, and what one of them must have done to a licence for that."""

    measures: tuple[str, ...]
    licence: str | None = None

    def by(self, taken: MeasureTaken) -> bool:
        """Whether this measure makes it."""
        return taken.measure in self.measures and self.licence in (None, taken.licence)


class Basis(Struct, frozen=True):
    """What of the campaign decides what counts: days begin in `zone`, which handling measures make an outcome, who
    answers for a county, the register, how enterprises are told apart."""

    zone: str
    begins: datetime
    outcomes: dict[str, Makes]
    group_of: dict[str, str]
    register: tuple[Enrolled, ...]
    names: Names

    @classmethod
    def of(cls, campaign: Campaign) -> Basis:
        """Of this version of a campaign."""
        outcomes = {
            term.code: Makes(tuple(sorted(term.measures)), term.licence) for term in campaign.taxonomy("outcomes").terms
        }
        group_of = {unit: group.code for group in campaign.groups for unit in group.units}
        grades = {
            kind: {rule.of for rule in campaign.coverage if rule.by == kind and not rule.sample}
            for kind in ("county", "group")
        }

        def inspectors(unit: str, grade: str) -> Iterator[str]:
            if grade in grades["county"]:
                yield unit
            if unit in group_of and grade in grades["group"]:
                yield group_of[unit]

        register = tuple(
            Enrolled(one.unit, one.name, one.grade, tuple(inspectors(one.unit, one.grade)))
            for one in campaign.enterprises
        )
        return cls(campaign.zone.key, campaign.begins, outcomes, group_of, register, Names.of(campaign))


class Counting:
    """Answers what counts, on a basis."""

    def __init__(self, basis: Basis) -> None:
        self.basis = basis
        self.zone = ZoneInfo(basis.zone)
        self.group_of = basis.group_of
        self.names = basis.names
        self._outcomes = basis.outcomes
        self._owing = {(one.unit, one.enterprise): frozenset(one.inspectors) for one in basis.register}
        self.register: tuple[Fact, ...] = tuple(
            Fact(f"register:{n:05}", basis.begins, Registered(one.unit, one.enterprise, one.grade))
            for n, one in enumerate(basis.register, 1)
        )

    @classmethod
    def of(cls, campaign: Campaign) -> Counting:
        return cls(Basis.of(campaign))

    def counties_of(self, group: str) -> tuple[str, ...]:
        """Those for which a group answers; none of what is no group."""
        return tuple(county for county, one in self.group_of.items() if one == group)

    def owing(self, enterprise: Registered | Inspected) -> frozenset[str]:
        """Who has to inspect this enterprise; nobody where it is not registered."""
        return self._owing.get((enterprise.unit, enterprise.enterprise), frozenset())

    def enterprise_of(self, closing: CaseClosed, concerned: str) -> str:
        """Whom a closing is about. Who has no name is nobody else; nor is anybody in a confidential case (`concerned`
        is the unit whose people may not know of it, else empty), or others could tell from figures that there is one.
        """
        name = None if concerned else closing.enterprise
        return self.names.identity(closing.unit, name, None, closing.case)

    def has(self, code: str, outcome: Outcome) -> bool:
        """Whether a measure was taken that makes this outcome."""
        return self.brought(code, outcome) is not None

    def brought(self, code: str, outcome: Outcome) -> Fact | None:
        """What brought this outcome: the closing that took a measure which makes it, or the first decision on that
        closing; of a licence, what was done to it: 暂扣 is not 吊销."""
        makes, closing = self._outcomes.get(code), outcome.closing
        if makes is None or closing is None:
            return None
        told = ((closing, closing.event.taken), *((one, (one.event.decision,)) for one in outcome.decisions))
        if makes.licence is None and not set(makes.measures).isdisjoint(closing.event.measures):
            return closing
        return next((fact for fact, taken in told if any(map(makes.by, taken))), None)


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
