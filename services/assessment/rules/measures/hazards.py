"""Hazards: what inspections found, what letters speak of as major, and what units made of them."""

from __future__ import annotations

from collections.abc import Iterator

from services.assessment.rules.lives import OVERDUE, Book, Life, Outcome
from services.assessment.rules.measures.items import Counting, Item, of

MAJOR = "major"


def _found(book: Book) -> Iterator[Life]:
    return (life for life in book.lives.values() if life.hazard is not None)


def _majors(book: Book) -> Iterator[tuple[Life, Outcome]]:
    """What units made of major hazards: of those that an inspection found, and of those of which the unit's letter
    speaks."""
    for life in book.lives.values():
        by_inspection = life.hazard is not None and life.hazard.event.major
        to = {sent.event.unit for sent in life.transfers if sent.event.circumstance == MAJOR}
        for outcome in life.outcomes:
            if by_inspection or (life.hazard is None and outcome.unit in to):
                yield life, outcome


def hazards_found(book: Book, _: Counting) -> Iterator[Item]:
    return (of(life.hazard) for life in _found(book) if life.hazard is not None)


def hazards_rectified(book: Book, _: Counting) -> Iterator[Item]:
    return (of(life.standing) for life in _found(book) if life.standing is not None)


def major_due(book: Book, _: Counting) -> Iterator[Item]:
    """Whoever finds a major hazard loses nothing by it: it is due once it is closed, or neglect of it is proven."""
    for _life, outcome in _majors(book):
        fact = outcome.closing or outcome.proven
        if fact is not None:
            yield Item(outcome.unit, fact.at, 1, fact)


def major_found(book: Book, _: Counting) -> Iterator[Item]:
    """An inspection's counts when it is found, where the case is now; a tip's once it is more than a suspicion."""
    for life in _found(book):
        if life.hazard is not None and life.hazard.event.major:
            yield Item(life.unit, life.hazard.at, 1, life.hazard)
    for life, outcome in _majors(book):
        fact = outcome.closing or outcome.proven
        if life.hazard is None and fact is not None:
            yield Item(outcome.unit, fact.at, 1, fact)


def major_rectified(book: Book, _: Counting) -> Iterator[Item]:
    """The unit's last closing of the case, unless it was proven false."""
    return (of(outcome.true_closing) for _life, outcome in _majors(book) if outcome.true_closing is not None)


def major_overdue(book: Book, _: Counting) -> Iterator[Item]:
    """The case runs and is past its feedback date, for no reason that a verification has accepted."""
    for life in book.lives.values():
        sent = any(one.event.circumstance == MAJOR for one in life.transfers)
        is_major = sent if life.hazard is None else life.hazard.event.major
        late = [one for one in life.escalations if one.is_of(OVERDUE, len(life.rounds) - 1) and not one.cleared]
        if is_major and life.standing is None and late:
            yield of(late[0].raised)
