"""Hazards: what inspections found, and what tips reported as major once it is settled."""

from __future__ import annotations

from collections.abc import Iterator

from services.assessment.domain.facts import Fact
from services.assessment.rules.lives import Book, Life
from services.assessment.rules.measures.items import Counting, Item, of

MAJOR = "major"


def _found(book: Book, major: bool) -> Iterator[Life]:
    return (life for life in book.lives.values() if life.hazard is not None and (life.hazard.event.major or not major))


def _reported_as_major(book: Book) -> Iterator[tuple[Life, Fact]]:
    """Cases of tips whose letter speaks of a major hazard, and what settled them: until then it is a suspicion."""
    for life in book.lives.values():
        settled = next((one.settled for one in life.rounds if one.settled is not None), None)
        if life.hazard is None and settled is not None and _is_major(life):
            yield life, settled


def _is_major(life: Life) -> bool:
    return any(sent.event.circumstance == MAJOR for sent in life.transfers)


def hazards_found(book: Book, _: Counting) -> Iterator[Item]:
    return (of(life.hazard) for life in _found(book, False) if life.hazard is not None)


def hazards_rectified(book: Book, _: Counting) -> Iterator[Item]:
    return (of(life.standing) for life in _found(book, False) if life.standing is not None)


def major_found(book: Book, _: Counting) -> Iterator[Item]:
    """An inspection's counts when it is found, a tip's when its case is settled."""
    yield from (of(life.hazard) for life in _found(book, True) if life.hazard is not None)
    yield from (of(settled) for _, settled in _reported_as_major(book))


def major_rectified(book: Book, _: Counting) -> Iterator[Item]:
    """The case is closed, and was not reopened since."""
    yield from (of(life.standing) for life in _found(book, True) if life.standing is not None)
    yield from (of(life.standing) for life, _ in _reported_as_major(book) if life.standing is not None)


def major_overdue(book: Book, _: Counting) -> Iterator[Item]:
    """The case ran past its feedback date and is not closed yet."""
    lives = [*_found(book, True), *(life for life, _ in _reported_as_major(book))]
    for life in lives:
        if life.standing is None and life.rounds[-1].overdue is not None:
            yield of(life.rounds[-1].overdue)
