"""Unlawful acts and what was done about them; who was held to account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from services.assessment.domain.facts import Fact
from services.assessment.rules.lives import Life
from services.assessment.rules.measures.items import Counting, Item, Items, of

ORDER = "supervision_order"


def _is_act(closing: Fact) -> bool:
    return bool(closing.event.violation and closing.event.measures)


def _closings(life: Life) -> Iterator[tuple[Fact, bool]]:
    """The last closing of the case by each unit, and whether it was proven false. A reopening alone undoes nothing
    that was decided; a later closing of the unit takes its place."""
    return ((outcome.closing, outcome.false) for outcome in life.outcomes if outcome.closing is not None)


def acts_found(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    return (of(closing) for closing, _false in _closings(life) if _is_act(closing))


def acts_penalised(life: Life, counting: Counting, _: datetime) -> Iterator[Item]:
    for closing, false in _closings(life):
        if not false and _is_act(closing) and counting.has("penalty", closing):
            yield of(closing)


def decided_on(outcome: str) -> Items:
    """Closings that say so, also one that was proven false."""

    def items(life: Life, counting: Counting, _: datetime) -> Iterator[Item]:
        return (of(closing) for closing, _false in _closings(life) if counting.has(outcome, closing))

    return items


def carried_out(outcome: str) -> Items:
    """Closings that say so and were not proven false."""

    def items(life: Life, counting: Counting, _: datetime) -> Iterator[Item]:
        return (of(closing) for closing, false in _closings(life) if not false and counting.has(outcome, closing))

    return items


def proceedings(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    return (of(fact) for fact in life.proceedings if fact.event.proceeding)


def orders(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    return (of(fact) for fact in life.steps if fact.event.step == ORDER)


def accountability_due(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    return (of(one.decided) for one in life.escalations if one.found and one.decided is not None)


def accountability_done(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    """One imposition may answer several findings."""
    for one in life.escalations:
        if one.found and one.decided is not None:
            decided = one.decided.at
            yield from map(of, [imposed for imposed in life.imposed if imposed.at >= decided][:1])


def accountable(count: Callable[[Any], int]) -> Items:
    """Units or people held to account, as `count` reads them from the fact."""

    def items(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
        return (of(fact, count(fact.event)) for fact in life.imposed)

    return items


def exposed(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    return map(of, life.disclosed)
