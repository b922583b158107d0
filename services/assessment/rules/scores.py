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

The score is rounded once, half up, to hundredths of a point, its lines for themselves; what the start brings is the
rest, so that they add up.
Whoever is less than the campaign's `tied_within` behind the one before shares the rank: printed scores alone decide, so
that a reader can follow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from services.assessment.domain.values import Placed, Ranked, Share
from services.assessment.rules.figures import Figure
from shared.kernel.campaign.conduct import Assessment, Component

HUNDREDTHS = 100_00
"""A full score."""


def the_more_is_due_the_more_a_line_weighs(points: int, due: int, shrinkage: int) -> Fraction:
    """Of `points`; nothing where nothing is due."""
    return Fraction(points * due, due + shrinkage) if due else Fraction(0)


def exact_score(assessment: Assessment, lines: Sequence[tuple[Component, int, int]]) -> Fraction:
    """Between 0 and 1, of what was done and what was due in each line."""
    start = Fraction(assessment.start_points * assessment.start_score, 100)
    earned = sum((_share(done, due) * _weight_of(assessment, line, due) for line, done, due in lines), start)
    return earned / _weight(assessment, [(line, due) for line, _, due in lines])


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
    """What each line (component, due) can bring at most, and the start, in hundredths: together a full score. The
    largest remainders are rounded up, the first of equal ones."""
    weights = [*(_weight_of(assessment, line, due) for line, due in lines), Fraction(assessment.start_points)]
    exact = [weight / sum(weights) * HUNDREDTHS for weight in weights]
    found = [floor(one) for one in exact]
    for n in sorted(range(len(found)), key=lambda n: found[n] - exact[n])[: HUNDREDTHS - sum(found)]:
        found[n] += 1
    return found


def _printed(assessment: Assessment, lines: Sequence[tuple[Component, int, int]]) -> tuple[int, tuple[Share, ...]]:
    """The score and its lines in hundredths. A line in which all was done brings all that it can."""
    due_only = [(line, due) for line, _, due in lines]
    weight = _weight(assessment, due_only)
    shares = []
    for (line, done, due), most in zip(lines, worth_of_lines(assessment, due_only), strict=False):
        earned = _share(done, due) * _weight_of(assessment, line, due) / weight
        shares.append(Share(line.code, done, due, most if done == due else min(most, _half_up(earned))))
    return _half_up(exact_score(assessment, lines)), tuple(shares)


def _half_up(part: Fraction) -> int:
    return floor(part * HUNDREDTHS + Fraction(1, 2))


def _share(done: int, due: int) -> Fraction:
    return Fraction(done, due) if due else Fraction(0)


def _weight(assessment: Assessment, lines: Sequence[tuple[Component, int]]) -> Fraction:
    return sum((_weight_of(assessment, line, due) for line, due in lines), Fraction(assessment.start_points))


def _weight_of(assessment: Assessment, component: Component, due: int) -> Fraction:
    return the_more_is_due_the_more_a_line_weighs(component.points, due, assessment.shrinkage)
