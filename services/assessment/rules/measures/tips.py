"""Tips and what became of them: received, transferred, closed, escalated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.assessment.domain.facts import Fact
from services.assessment.rules.lives import FALSE_CLOSURE, Life, Outcome
from services.assessment.rules.measures.items import Counting, Item, Items, of

TIP = "tip"


def received(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    if life.opened is not None and life.opened.event.origin == TIP:
        yield Item(life.unit, 1, life.opened)


def transferred(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    return map(of, life.transfers)


def closing_due(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    """Each case once for each unit that made something of it: closed it, or had something proven against it."""
    return (Item(outcome.unit, 1, fact) for outcome, fact in _decided(life))


def closed_on_time(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    return (Item(outcome.unit, 1, fact) for outcome, fact in _decided(life) if outcome.on_time)


def _decided(life: Life) -> Iterator[tuple[Outcome, Fact]]:
    """Outcomes that are certain, and what made them so: the first thing proven, else the closing."""
    for outcome in life.outcomes:
        fact = outcome.proven or outcome.closing
        if fact is not None and outcome.on_time is not None:
            yield outcome, fact


def escalated(trigger: str) -> Items:
    """Escalations by one trigger, but those that were cleared; of false closures those that were found."""

    def items(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
        for one in life.escalations:
            if one.raised.event.trigger != trigger or one.cleared:
                continue
            if trigger != FALSE_CLOSURE:
                yield of(one.raised)
            elif one.found and one.decided is not None:
                yield Item(one.raised.event.unit, 1, one.decided)

    return items
