"""Tips and what became of them: received, transferred, closed, escalated."""

from __future__ import annotations

from collections.abc import Iterator

from services.assessment.domain.facts import Fact
from services.assessment.rules.lives import FALSE_CLOSURE, Book, Outcome
from services.assessment.rules.measures.items import Counting, Item, Items, of

TIP = "tip"


def received(book: Book, _: Counting) -> Iterator[Item]:
    for life in book.lives.values():
        if life.opened is not None and life.opened.event.origin == TIP:
            yield Item(life.unit, life.opened.at, 1, life.opened)


def transferred(book: Book, _: Counting) -> Iterator[Item]:
    return (of(sent) for life in book.lives.values() for sent in life.transfers)


def closing_due(book: Book, _: Counting) -> Iterator[Item]:
    """Each case once for each unit that made something of it: closed it, or had something proven against it."""
    for outcome, fact in _decided(book):
        yield Item(outcome.unit, fact.at, 1, fact)


def closed_on_time(book: Book, _: Counting) -> Iterator[Item]:
    for outcome, fact in _decided(book):
        if outcome.on_time:
            yield Item(outcome.unit, fact.at, 1, fact)


def _decided(book: Book) -> Iterator[tuple[Outcome, Fact]]:
    """Outcomes that are certain, and what made them so: the first thing proven, else the closing."""
    for life in book.lives.values():
        for outcome in life.outcomes:
            fact = outcome.proven or outcome.closing
            if fact is not None and outcome.on_time is not None:
                yield outcome, fact


def escalated(trigger: str) -> Items:
    """Escalations by one trigger, but those that were cleared; of false closures those that were found."""

    def items(book: Book, _: Counting) -> Iterator[Item]:
        for life in book.lives.values():
            for one in life.escalations:
                if one.raised.event.trigger != trigger or one.cleared:
                    continue
                if trigger != FALSE_CLOSURE:
                    yield of(one.raised)
                elif one.found and one.decided is not None:
                    yield Item(one.raised.event.unit, one.decided.at, 1, one.decided)

    return items
