"""Unlawful acts and what was done about them; who was held to account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.assessment.domain.facts import Fact
from services.assessment.rules.lives import Closings, Life, Outcome
from services.assessment.rules.measures.items import Counting, Item, Items, of
from shared.kernel.measures import UPHELD

ORDER = "supervision_order"


def _is_act(outcome: Outcome) -> bool:
    """A violation that the closing says was borne out; of a closing without a conclusion its measures say so."""
    if outcome.closing is None or not outcome.closing.event.violation:
        return False
    conclusion = outcome.closing.event.conclusion
    return conclusion in UPHELD if conclusion is not None else bool(outcome.measures)


def _closings(life: Life) -> Iterator[tuple[Outcome, Fact]]:
    """The last closing of the case by each unit. A reopening alone undoes nothing that was decided; a later closing of
    the unit takes its place."""
    return ((outcome, outcome.closing) for outcome in life.outcomes if outcome.closing is not None)


def acts_found(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    return (of(closing) for outcome, closing in _closings(life) if _is_act(outcome))


def acts_penalised(life: Life, counting: Counting, _: datetime) -> Iterator[Item]:
    """At the closing, or decided afterwards on it."""
    for outcome, closing in _closings(life):
        if not outcome.false and _is_act(outcome) and counting.has("penalty", outcome):
            yield of(closing)


def carried_out(code: str) -> Items:
    """Closings with this outcome that were not proven false, each of them."""

    def items(life: Life, counting: Counting, _: datetime) -> Iterator[Item]:
        return (
            of(closing) for outcome, closing in _closings(life) if not outcome.false and counting.has(code, outcome)
        )

    return items


def enterprises_decided_on(code: str) -> Items:
    """Enterprises of which a closing has this outcome, also one that was proven false."""

    def items(closings: Closings, counting: Counting, _: datetime) -> Iterator[Item]:
        return (of(closing) for _, closing in _last(closings, counting, code))

    return items


def enterprises_carried_out(code: str) -> Items:
    """Of these, those of which the closing that was last decided so was not proven false."""

    def items(closings: Closings, counting: Counting, _: datetime) -> Iterator[Item]:
        return (of(closing) for outcome, closing in _last(closings, counting, code) if not outcome.false)

    return items


def _last(closings: Closings, counting: Counting, code: str) -> list[tuple[Outcome, Fact]]:
    """Of all closings that name the enterprise the one of which this outcome was decided last, with it or afterwards:
    of what was decided twice, the first was not the end."""
    found = [
        (brought, outcome, closing)
        for life in closings.cases.values()
        for outcome, closing in _closings(life)
        if (brought := counting.brought(code, outcome)) is not None
        and counting.enterprise_of(closing.event, life.concerned) == closings.enterprise
    ]
    last = sorted(found, key=lambda one: (one[0].at, len(one[0].id), one[0].id))[-1:]
    return [(outcome, closing) for _, outcome, closing in last]


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


def accountable_units(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    """Each for itself: who is held to account need not be the unit that has the case."""
    return (Item(unit, 1, fact) for fact in life.imposed for unit in dict.fromkeys(fact.event.units))


def accountable_people(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    """Of individuals nobody is told where they work: they count where the case is."""
    return (of(fact, int(fact.event.people)) for fact in life.imposed)


def exposed(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    """公开曝光: items of that kind only, not every result that was published."""
    return (of(fact) for fact in life.disclosed if fact.event.kind == "exposure")
