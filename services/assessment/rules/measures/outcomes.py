"""Unlawful acts and what was done about them; who was held to account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from services.assessment.domain.facts import Fact
from services.assessment.rules.lives import Book
from services.assessment.rules.measures.items import Counting, Item, Items, of

ORDER = "supervision_order"


def _is_act(closing: Fact) -> bool:
    return bool(closing.event.violation and closing.event.measures)


def _closings(book: Book) -> Iterator[tuple[Fact, bool]]:
    """The last closing of each case by each unit, and whether it was proven false. A reopening alone undoes nothing
    that was decided; a later closing of the unit takes its place."""
    for life in book.lives.values():
        for outcome in life.outcomes:
            if outcome.closing is not None:
                yield outcome.closing, outcome.false


def acts_found(book: Book, _: Counting) -> Iterator[Item]:
    return (of(closing) for closing, _false in _closings(book) if _is_act(closing))


def acts_penalised(book: Book, counting: Counting) -> Iterator[Item]:
    for closing, false in _closings(book):
        if not false and _is_act(closing) and counting.has("penalty", closing):
            yield of(closing)


def decided_on(outcome: str) -> Items:
    """Cases whose closing says so, also one that was proven false."""

    def items(book: Book, counting: Counting) -> Iterator[Item]:
        return (of(closing) for closing, _false in _closings(book) if counting.has(outcome, closing))

    return items


def carried_out(outcome: str) -> Items:
    """Cases whose closing says so and was not proven false."""

    def items(book: Book, counting: Counting) -> Iterator[Item]:
        return (of(closing) for closing, false in _closings(book) if not false and counting.has(outcome, closing))

    return items


def proceedings(book: Book, _: Counting) -> Iterator[Item]:
    return (of(fact) for life in book.lives.values() for fact in life.proceedings if fact.event.proceeding)


def orders(book: Book, _: Counting) -> Iterator[Item]:
    return (of(fact) for life in book.lives.values() for fact in life.steps if fact.event.step == ORDER)


def accountability_due(book: Book, _: Counting) -> Iterator[Item]:
    for life in book.lives.values():
        yield from (of(one.decided) for one in life.escalations if one.found and one.decided is not None)


def accountability_done(book: Book, _: Counting) -> Iterator[Item]:
    for life in book.lives.values():
        for one in life.escalations:
            if one.found and one.decided is not None:
                decided = one.decided.at
                yield from map(of, [imposed for imposed in life.imposed if imposed.at >= decided][:1])


def accountable(count: Callable[[Any], int]) -> Items:
    """Units or people held to account, as `count` reads them from the fact."""

    def items(book: Book, _: Counting) -> Iterator[Item]:
        for life in book.lives.values():
            yield from (of(fact, count(fact.event)) for fact in life.imposed)

    return items


def exposed(book: Book, _: Counting) -> Iterator[Item]:
    """公开曝光: items of that kind only, not every result that was published."""
    return (of(fact) for life in book.lives.values() for fact in life.disclosed if fact.event.kind == "exposure")
