"""Hazards: what inspections found, what letters speak of as major, and what units made of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.assessment.rules.lives import OVERDUE, Life, Outcome
from services.assessment.rules.measures.items import Counting, Item, of

MAJOR = "major"


def _majors(life: Life) -> Iterator[Outcome]:
    """What units made of a major hazard: one that an inspection found, or one of which the unit's letter speaks."""
    by_inspection = life.hazard is not None and life.hazard.event.major
    to = {sent.event.unit for sent in life.transfers if sent.event.circumstance == MAJOR}
    return (one for one in life.outcomes if by_inspection or (life.hazard is None and one.unit in to))


def hazards_found(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    if life.hazard is not None:
        yield of(life.hazard)


def hazards_rectified(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    if life.hazard is not None and life.standing is not None:
        yield of(life.standing)


def major_due(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    """Whoever finds a major hazard loses nothing by it: it is due once it is closed, or neglect of it is proven."""
    for outcome in _majors(life):
        fact = outcome.closing or outcome.proven
        if fact is not None:
            yield Item(outcome.unit, 1, fact)


def major_found(life: Life, counting: Counting, now: datetime) -> Iterator[Item]:
    """An inspection's counts when it is found, where the case is now; a tip's once it is more than a suspicion."""
    if life.hazard is None:
        yield from major_due(life, counting, now)
    elif life.hazard.event.major:
        yield Item(life.unit, 1, life.hazard)


def major_rectified(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    """The unit's last closing of the case, unless it was proven false."""
    return (of(outcome.true_closing) for outcome in _majors(life) if outcome.true_closing is not None)


def major_overdue(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    """The case runs and is past the feedback date of the unit that has it, for no reason that a verification has
    accepted."""
    sent = any(one.event.circumstance == MAJOR for one in life.transfers)
    is_major = sent if life.hazard is None else life.hazard.event.major
    late = [one.raised for one in life.raised_now(OVERDUE) if one.raised.event.unit == life.unit]
    if is_major and life.standing is None and late:
        yield of(late[0])
