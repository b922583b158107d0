"""The score by the campaign's formula: exact, explained line by line, the same for everybody who counts again.

score = Σ points × (numerator + k × mean) / (denominator + k). The mean is the share of all units of the kind together;
a unit without a denominator takes the mean itself, and where the whole kind has none, nobody has failed: full points.
Shares are fractions; each line is rounded once, half up, to hundredths of a point, and the score is the sum of the
printed lines, so that a reader can add it up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor

from services.assessment.domain.values import Placed, Ranked, Share
from shared.kernel.campaign.conduct import Assessment, Component

Figure = Callable[[str, str], int]
"""Measure code, unit → figure."""


def a_small_sample_is_shrunk_toward_the_mean(
    numerator: int, denominator: int, mean: Fraction, shrinkage: int
) -> Fraction:
    """The share of one unit. A zero denominator takes the mean."""
    if denominator == 0:
        return mean
    return (numerator + shrinkage * mean) / (denominator + shrinkage)


def the_mean_of_a_kind_is_of_all_its_units_together(numerators: int, denominators: int) -> Fraction:
    """One where nothing was due from anybody."""
    return Fraction(numerators, denominators) if denominators else Fraction(1)


def ranking(assessment: Assessment, kind: str, units: Sequence[str], figure: Figure) -> Ranked:
    """The units of one kind by score, best first; equal scores share a rank and stand in the campaign's order."""
    shares: dict[str, list[Share]] = {unit: [] for unit in units}
    for component in assessment.components:
        if kind in component.of:
            for unit, share in _shares(component, units, figure, assessment.shrinkage):
                shares[unit].append(share)
    scores = {unit: sum(share.score for share in shares[unit]) for unit in units}
    placings = [
        Placed(unit, 1 + sum(other > scores[unit] for other in scores.values()), scores[unit], tuple(shares[unit]))
        for unit in units
    ]
    return Ranked(kind, tuple(sorted(placings, key=lambda placed: placed.rank)))


def _shares(component: Component, units: Sequence[str], figure: Figure, shrinkage: int) -> list[tuple[str, Share]]:
    counted = [(unit, figure(component.numerator, unit), figure(component.denominator, unit)) for unit in units]
    mean = the_mean_of_a_kind_is_of_all_its_units_together(
        sum(numerator for _, numerator, _ in counted), sum(denominator for _, _, denominator in counted)
    )
    found = []
    for unit, numerator, denominator in counted:
        share = a_small_sample_is_shrunk_toward_the_mean(numerator, denominator, mean, shrinkage)
        hundredths = floor(component.points * share * 100 + Fraction(1, 2))
        found.append((unit, Share(component.code, numerator, denominator, hundredths)))
    return found
