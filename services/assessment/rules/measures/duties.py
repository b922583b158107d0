"""What units do themselves: inspections, papers, verifications."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from services.assessment.rules.lives import Life, Paper, Visits, last_of
from services.assessment.rules.measures.items import Counting, Item, Items, of

BRIEFING = "briefing"


def seen(count: Callable[[Any], int]) -> Items:
    """What inspections looked at, for whoever inspected."""

    def items(visits: Visits, _: Counting, __: datetime) -> Iterator[Item]:
        return (Item(fact.event.inspector, count(fact.event), fact) for fact in visits.inspections)

    return items


def by_the_register(_: Visits, __: Counting, ___: datetime) -> Iterator[Item]:
    """What happened to be inspected, and by whom, makes nothing due: the register does (`figures.Sums`)."""
    return iter(())


def units_inspected(visits: Visits, counting: Counting, _: datetime) -> Iterator[Item]:
    """An enterprise of the register once, when the unit itself that has to has inspected it first."""
    done: set[str] = set()
    for fact in visits.inspections:
        inspector = fact.event.inspector
        if inspector in counting.owing(fact.event) and inspector not in done:
            done.add(inspector)
            yield Item(inspector, 1, fact)


def filings_due(paper: Paper, counting: Counting, now: datetime) -> Iterator[Item]:
    """Papers in time count when they were filed, the others at their date, whether they came later or not."""
    if _counts(paper) and paper.owed is not None:
        if _in_time(paper):
            yield from filings_on_time(paper, counting, now)
        elif last_of(paper.owed.event.due) <= now:
            yield of(paper.owed)


def filings_on_time(paper: Paper, _: Counting, __: datetime) -> Iterator[Item]:
    if _counts(paper) and paper.filed is not None and _in_time(paper):
        yield of(paper.filed)


def _counts(paper: Paper) -> bool:
    return paper.owed is not None and paper.owed.event.kind != BRIEFING


def _in_time(paper: Paper) -> bool:
    return paper.filed is not None and bool(paper.filed.event.in_time)


def verifications_due(life: Life, _: Counting, now: datetime) -> Iterator[Item]:
    """Verifications count for the verifier once they are decided, at the latest at their date."""
    for one in life.escalations:
        if one.assigned is not None and (one.decided is not None or last_of(one.assigned.event.verify_due) <= now):
            yield Item(one.assigned.event.verifier, 1, one.assigned)


def verifications_on_time(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    for one in life.escalations:
        if one.assigned is not None and one.decided is not None and one.decided.event.in_time:
            yield Item(one.assigned.event.verifier, 1, one.decided)
