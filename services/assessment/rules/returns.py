"""A weekly return is a query: Annex 1 and Annex 2 computed from the facts, this week and since the campaign began."""

from __future__ import annotations

from datetime import datetime

from services.assessment.domain.facts import Fact
from services.assessment.domain.values import ActLine, FigureLine
from services.assessment.rules.lives import Book, Life
from services.assessment.rules.measures import MEASURES, Counting, Tally
from shared.kernel.campaign import Campaign


def annex_1(campaign: Campaign, tally: Tally, unit: str, week_start: datetime) -> tuple[FigureLine, ...]:
    """Every cell of Annex 1 that has events to count, in the campaign's order; rates follow from two cells."""
    return tuple(
        FigureLine(cell.code, tally.figure(cell.code, unit, week_start), tally.figure(cell.code, unit))
        for cell in campaign.annexes.statistics
        if cell.code in MEASURES and not cell.confidential
    )


def annex_2(book: Book, counting: Counting, unit: str, week_start: datetime) -> tuple[ActLine, ...]:
    """The acts of the week: cases of the county (of the group's counties) whose closing of that week stands and that
    were borne out, first closed first."""
    found = []
    for life in book.lives.values():
        closing = life.standing
        if closing is None or closing.at < week_start or not closing.event.measures:
            continue
        if unit in (closing.event.unit, counting.group_of.get(closing.event.unit)):
            found.append((closing.at, _line(life, closing)))
    return tuple(line for _, line in sorted(found, key=lambda one: (one[0], one[1].case)))


def a_nil_return_says_that_nothing_happened(figures: tuple[FigureLine, ...], acts: tuple[ActLine, ...]) -> bool:
    """零报告: nothing was counted in the week, whatever fell due in it."""
    happened = [line for line in figures if line.week and line.measure not in _DUE]
    return not happened and not acts


_DUE = frozenset({"closing_due", "filings_due", "filings_on_time", "verifications_due"})


def _line(life: Life, closing: Fact) -> ActLine:
    verifiers = [one.assigned.event.verifier for one in life.escalations if one.assigned is not None]
    event = closing.event
    return ActLine(
        life.case, verifiers[-1] if verifiers else None, bool(life.escalations), event.enterprise, event.place,
        event.matter, event.violation, life.opened.event.origin if life.opened else "unit", event.measures,
    )  # fmt: skip
