"""Tips and their rounds: received, transferred, closed, escalated."""

from __future__ import annotations

from collections.abc import Iterator

from services.assessment.rules.lives import Book
from services.assessment.rules.measures.items import Counting, Item, Items, of

TIP = "tip"


def received(book: Book, _: Counting) -> Iterator[Item]:
    for life in book.lives.values():
        if life.opened is not None and life.opened.event.origin == TIP:
            yield Item(life.unit, life.opened.at, 1, life.opened)


def transferred(book: Book, _: Counting) -> Iterator[Item]:
    return (of(sent) for life in book.lives.values() for sent in life.transfers)


def closing_due(book: Book, _: Counting) -> Iterator[Item]:
    return (of(one.settled) for life in book.lives.values() for one in life.rounds if one.settled is not None)


def closed_on_time(book: Book, _: Counting) -> Iterator[Item]:
    for life in book.lives.values():
        for one in life.rounds:
            if one.closed is not None and one.overdue is None and one.closed.event.on_time:
                yield of(one.closed)


def escalated(trigger: str) -> Items:
    """Escalations by one trigger."""

    def items(book: Book, _: Counting) -> Iterator[Item]:
        for life in book.lives.values():
            yield from (of(one.raised) for one in life.escalations if one.raised.event.trigger == trigger)

    return items
