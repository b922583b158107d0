"""The score by the campaign's formula: exact, explained line by line, the same for everybody who counts again.

A line is a share, what was done of what was due. It *weighs* its points × due ÷ (due + k): the more there is to judge
by, the more it says. A line of which nothing is due weighs nothing, so that its points are spread over the others. The
score is the weighted mean of the unit's own lines and of the start, a line that everybody has: 100 × earned ÷ weight,

    earned = Σ points × done ÷ (due + k) + start points × start share
    weight = Σ points × due ÷ (due + k) + start points

Nothing in it is another unit's. One more thing well done adds to what is earned at least what it adds to the weight,
and one badly done takes from it and adds to the weight; since earned ÷ weight is at most 1, the first never lowers the
score and the second always does. The start is the mean toward which few things are shrunk: fixed beforehand, for a mean
that is measured would score each unit by what all others do.

The score is rounded once, half up, to hundredths of a point; printed lines are rounded so that they add up to it.
Whoever is less than the campaign's `tied_within` behind the one before shares the rank: printed scores alone decide, so
that a reader can follow it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor

from services.assessment.domain.values import Placed, Ranked, Share
from shared.kernel.campaign.conduct import Assessment, Component

Figure = Callable[[str, str], int]
"""Measure code, unit → figure."""
HUNDREDTHS = 100_00
"""A full score."""


def the_more_is_due_the_more_a_line_weighs(points: int, due: int, shrinkage: int) -> Fraction:
    """Of `points`; nothing where nothing is due."""
    return Fraction(points * due, due + shrinkage) if due else Fraction(0)


def exact_score(assessment: Assessment, lines: Sequence[tuple[Component, int, int]]) -> Fraction:
    """Between 0 and 1, of what was done and what was due in each line."""
    return sum(_earned(assessment, lines)) / _weight(assessment, [(line, due) for line, _, due in lines])


def ranking(assessment: Assessment, kind: str, units: Sequence[str], figure: Figure) -> Ranked:
    """The units of one kind by score, best first; those that are tied share a rank. The order of `units` is without
    effect."""
    components = [component for component in assessment.components if kind in component.of]
    scores, shares = {}, {}
    for unit in units:
        lines = [(one, figure(one.numerator, unit), figure(one.denominator, unit)) for one in components]
        scores[unit], shares[unit] = _printed(assessment, lines)
    placings: list[Placed] = []
    for unit in sorted(units, key=lambda unit: (-scores[unit], unit)):
        behind = placings[-1].score - scores[unit] if placings else None
        tied = behind is not None and (behind == 0 or behind < assessment.tied_within)
        rank = placings[-1].rank if tied else len(placings) + 1
        placings.append(Placed(unit, rank, scores[unit], shares[unit]))
    return Ranked(kind, tuple(placings))


def worth_of_lines(assessment: Assessment, lines: Sequence[tuple[Component, int]]) -> list[int]:
    """What each line (component, due) can bring at most, and the start, in hundredths: together a full score."""
    weights = [*(_weight_of(assessment, line, due) for line, due in lines), Fraction(assessment.start_points)]
    return _apportioned([weight / sum(weights) for weight in weights], HUNDREDTHS)


def _printed(assessment: Assessment, lines: Sequence[tuple[Component, int, int]]) -> tuple[int, tuple[Share, ...]]:
    """The score and its lines in hundredths; what the start brings is the rest."""
    score = floor(exact_score(assessment, lines) * HUNDREDTHS + Fraction(1, 2))
    weight = _weight(assessment, [(line, due) for line, _, due in lines])
    *printed, _start = _apportioned([earned / weight for earned in _earned(assessment, lines)], score)
    return score, tuple(
        Share(component.code, done, due, hundredths)
        for (component, done, due), hundredths in zip(lines, printed, strict=True)
    )


def _apportioned(parts: Sequence[Fraction], total: int) -> list[int]:
    """Hundredths of each part, adding up to `total`: the largest remainders are rounded up, the first of equal ones."""
    exact = [part * HUNDREDTHS for part in parts]
    found = [floor(one) for one in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: found[n] - exact[n])
    for n in by_remainder[: total - sum(found)]:
        found[n] += 1
    return found


def _earned(assessment: Assessment, lines: Sequence[tuple[Component, int, int]]) -> list[Fraction]:
    """What each line and the start bring, in the weights' measure."""
    start = Fraction(assessment.start_points * assessment.start_score, 100)
    shares = [(one, Fraction(done, due) if due else Fraction(0), due) for one, done, due in lines]
    return [*(share * _weight_of(assessment, one, due) for one, share, due in shares), start]


def _weight(assessment: Assessment, lines: Sequence[tuple[Component, int]]) -> Fraction:
    return sum((_weight_of(assessment, line, due) for line, due in lines), Fraction(assessment.start_points))


def _weight_of(assessment: Assessment, component: Component, due: int) -> Fraction:
    return the_more_is_due_the_more_a_line_weighs(component.points, due, assessment.shrinkage)
