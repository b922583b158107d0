"""A weekly return is a query: Annex 1 and Annex 2 computed from the facts.

It covers what no earlier return of the unit covers: from the end of the last signed one to its own signing. Its figures
of the week are what the whole figures are more than those that were signed then, so that weeks add up to the whole,
whatever came late or was taken back; its acts are the closings that *cases* has told of since, and what runs now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.assessment.domain.facts import Fact
from services.assessment.domain.values import ActLine, Ended, FigureLine
from services.assessment.rules.figures import Figure, Sums
from services.assessment.rules.lives import Life
from services.assessment.rules.measures import MEASURES
from shared.kernel.campaign import Campaign


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a return is made of: the figures of all units, the cases of some that were closed since the last return, and
    that run, with what became of them; `through` is the place in the feed of *cases* up to which all of it is."""

    sums: Sums
    closed: Sequence[tuple[str, Life]]
    running: Sequence[tuple[str, Life]]
    through: int


def annex_1(campaign: Campaign, figure: Figure, unit: str, last: Ended | None) -> tuple[FigureLine, ...]:
    """Every cell of Annex 1 that has events to count, in the campaign's order; rates follow from two cells. `last` is
    where the unit's last signed return ends."""
    before = last.totals if last is not None else {}
    lines = []
    for cell in campaign.annexes.statistics:
        if cell.code in MEASURES and not cell.confidential:
            total = figure(cell.code, unit)
            lines.append(FigureLine(cell.code, total - before.get(cell.code, 0), total))
    return tuple(lines)


def annex_2(closed: Iterable[tuple[str, Life]], running: Iterable[tuple[str, Life]]) -> tuple[ActLine, ...]:
    """The cases that were closed, first closed first, then those that run; each once, as it is now."""
    done = sorted((life.standing.at, case, life) for case, life in closed if life.standing is not None)
    return (
        *(_line(case, life, running=False) for _, case, life in done),
        *(_line(case, life, running=True) for case, life in sorted(running)),
    )


def a_nil_return_says_that_nothing_happened(figures: tuple[FigureLine, ...], acts: tuple[ActLine, ...]) -> bool:
    """零报告: nothing was counted and nothing runs, whatever fell due."""
    happened = [line for line in figures if line.week and line.measure not in _DUE]
    return not happened and not acts


_DUE = frozenset({"closing_due", "filings_due", "filings_on_time", "verifications_due", "units_due"})


def _line(case: str, life: Life, *, running: bool) -> ActLine:
    standing = [one for one in life.escalations if not one.cleared]
    verifiers = [one.assigned.event.verifier for one in standing if one.assigned is not None]
    closing = life.standing
    enterprise, place, matter, violation = _named(closing, life)
    return ActLine(
        case, verifiers[-1] if verifiers else None, bool(standing), enterprise, place, matter, violation,
        life.opened.event.origin if life.opened else "unit", closing.event.measures if closing else (), running,
    )  # fmt: skip


def _named(closing: Fact | None, life: Life) -> tuple[str | None, str | None, str, str | None]:
    """As the closing names it; what runs as its letter does, or as its unit that found it."""
    told = (*life.transfers[-1:], *([life.opened] if life.opened is not None else []))
    subjects = [one.event.subject for one in told if one.event.subject is not None]
    about = closing.event if closing is not None else next(iter(subjects), None)
    return (None, None, "", None) if about is None else (about.enterprise, about.place, about.matter, about.violation)
