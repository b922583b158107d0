"""What units do themselves: inspections, papers, verifications."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from services.assessment.domain.facts import Fact
from services.assessment.rules.lives import Book, Paper
from services.assessment.rules.measures.items import Counting, Item, Items, of

BRIEFING = "briefing"


def seen(count: Callable[[Any], int]) -> Items:
    """What inspections looked at, for whoever inspected."""

    def items(book: Book, _: Counting) -> Iterator[Item]:
        for fact in book.inspections:
            if n := count(fact.event):
                yield Item(fact.event.inspector, fact.at, n, fact)

    return items


def _registered(counting: Counting) -> Iterator[tuple[str, Fact]]:
    """Each enterprise of the register with the county and the group that have to inspect it."""
    for fact in counting.register:
        unit, grade = fact.event.unit, fact.event.grade
        if grade in counting.grades["county"]:
            yield unit, fact
        if unit in counting.group_of and grade in counting.grades["group"]:
            yield counting.group_of[unit], fact


def units_due(_: Book, counting: Counting) -> Iterator[Item]:
    """What happened to be inspected, and by whom, makes nothing due: the register does."""
    return (Item(unit, fact.at, 1, fact) for unit, fact in _registered(counting))


def units_inspected(book: Book, counting: Counting) -> Iterator[Item]:
    """Each once, when the unit itself has inspected it first."""
    visits: dict[tuple[str, str, str], Fact] = {}
    for fact in book.inspections:
        visits.setdefault((fact.event.inspector, fact.event.unit, fact.event.enterprise), fact)
    for unit, due in _registered(counting):
        visit = visits.get((unit, due.event.unit, due.event.enterprise))
        if visit is not None:
            yield Item(unit, visit.at, 1, visit)


def filings_due(book: Book, counting: Counting) -> Iterator[Item]:
    """Papers in time count when they were filed, the others at their date, whether they came later or not."""
    yield from filings_on_time(book, counting)
    for paper in book.papers.values():
        due = paper.owed.event.due
        if paper.owed.event.kind != BRIEFING and not _in_time(paper) and due < book.until:
            yield Item(paper.owed.event.unit, due, 1, paper.owed)


def filings_on_time(book: Book, _: Counting) -> Iterator[Item]:
    for paper in book.papers.values():
        if paper.owed.event.kind != BRIEFING and paper.filed is not None and _in_time(paper):
            yield of(paper.filed)


def _in_time(paper: Paper) -> bool:
    return paper.filed is not None and bool(paper.filed.event.in_time)


def verifications_due(book: Book, _: Counting) -> Iterator[Item]:
    """Verifications count for the verifier once they are decided, at the latest at their date."""
    for life in book.lives.values():
        for one in life.escalations:
            if one.assigned is None:
                continue
            verifier, due = one.assigned.event.verifier, one.assigned.event.verify_due
            if one.decided is not None:
                yield Item(verifier, min(one.decided.at, due), 1, one.decided)
            elif due <= book.until:
                yield Item(verifier, due, 1, one.assigned)


def verifications_on_time(book: Book, _: Counting) -> Iterator[Item]:
    for life in book.lives.values():
        for one in life.escalations:
            if one.assigned is not None and one.decided is not None and one.decided.event.in_time:
                yield Item(one.assigned.event.verifier, one.decided.at, 1, one.decided)
