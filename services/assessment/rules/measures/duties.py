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


def _enterprises(book: Book, counting: Counting) -> Iterator[tuple[str, list[Fact]]]:
    """For each county and each group: the inspections of every enterprise that it has to inspect, first ones first."""
    visits: dict[tuple[str, str], list[Fact]] = {}
    for fact in book.inspections:
        visits.setdefault((fact.event.unit, fact.event.enterprise), []).append(fact)
    for (unit, _), facts in visits.items():
        grades = {fact.event.grade for fact in facts}
        if grades & counting.grades["county"]:
            yield unit, facts
        if unit in counting.group_of and grades & counting.grades["group"]:
            yield counting.group_of[unit], facts


def units_due(book: Book, counting: Counting) -> Iterator[Item]:
    return (Item(unit, facts[0].at, 1, facts[0]) for unit, facts in _enterprises(book, counting))


def units_inspected(book: Book, counting: Counting) -> Iterator[Item]:
    for unit, facts in _enterprises(book, counting):
        own = [fact for fact in facts if fact.event.inspector == unit]
        yield from (Item(unit, fact.at, 1, fact) for fact in own[:1])


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
