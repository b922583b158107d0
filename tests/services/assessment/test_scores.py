"""The score by the campaign's formula, in numbers that can be counted by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from services.assessment.domain.values import Placed, Ranked
from services.assessment.rules.scores import (
    exact_score,
    ranking,
    the_more_is_due_the_more_a_line_weighs,
    worth_of_lines,
)
from tests.services.assessment.bureau import CAMPAIGN, ZEZHOU
from tests.services.assessment.happenings import closed, found, opened, raised, reopened, tally

COUNTIES = [county.code for county in CAMPAIGN.units]
GROUPS = [group.code for group in CAMPAIGN.groups]
ASSESSMENT = CAMPAIGN.assessment
COMPONENTS = {one.code: one for one in ASSESSMENT.components}


def ranked(kind: str, *events: Any) -> Ranked:
    return ranking(ASSESSMENT, kind, COUNTIES if kind == "county" else GROUPS, tally(*events).figure)


def placed(of: Ranked, unit: str) -> Placed:
    return next(one for one in of.placings if one.unit == unit)


def figures(**scores: int) -> Any:
    """A formula's figures that bring each county so many of 1,000 filings in time."""
    return lambda code, unit: scores.get(unit, 0) if code == "filings_on_time" else 1000 * (code == "filings_due")


def test_where_nothing_was_due_from_anybody_all_have_what_they_began_with_and_share_the_first_rank() -> None:
    for kind in ("county", "group"):
        assert {(one.rank, one.score) for one in ranked(kind).placings} == {(1, 80_00)}


@pytest.mark.parametrize(
    ("due", "weight"), [(0, 0), (1, Fraction(35, 6)), (5, Fraction(35, 2)), (95, Fraction(133, 4))]
)
def test_a_line_weighs_by_how_much_there_is_to_judge_by(due: int, weight: Fraction) -> None:
    assert the_more_is_due_the_more_a_line_weighs(35, due, 5) == weight


def test_a_score_is_the_weighted_mean_of_the_lines_and_the_start() -> None:
    """One case closed in time, with a penalty, of two: lines of 35 and 15 points, of which one thing is due each."""
    of = ranked("county", opened("a"), closed("a", "penalty"), opened("b"), raised("b"), found("b"))
    one = placed(of, ZEZHOU)
    lines = {share.component: share for share in one.shares if share.denominator}
    assert {code: (line.numerator, line.denominator) for code, line in lines.items()} == {
        "c_on_time": (1, 2), "c_acts": (1, 1),
    }  # fmt: skip
    on_time, acts = Fraction(35 * 2, 7), Fraction(15, 6)
    assert exact_score(ASSESSMENT, [(COMPONENTS["c_on_time"], 1, 2), (COMPONENTS["c_acts"], 1, 1)]) == (
        on_time / 2 + acts + 8
    ) / (on_time + acts + 10)
    assert (one.score, one.rank) == (68_89, 7)
    assert (lines["c_on_time"].score, lines["c_acts"].score) == (22_22, 11_11)


def test_what_each_line_can_bring_adds_up_to_a_full_score() -> None:
    lines = [(COMPONENTS["c_on_time"], 5), (COMPONENTS["c_acts"], 0), (COMPONENTS["c_filings"], 15)]
    assert worth_of_lines(ASSESSMENT, lines) == [50_00, 0, 21_43, 28_57]


def test_whoever_is_less_than_a_tenth_of_a_point_behind_the_one_before_shares_the_rank() -> None:
    """One filing of a thousand is worth 0.0499 points."""
    a, b, c, d = COUNTIES[:4]
    of = ranking(ASSESSMENT, "county", [d, b, c, a], figures(**{a: 990, b: 989, c: 988, d: 700}))
    assert [(one.unit, one.rank) for one in of.placings] == [(a, 1), (b, 1), (c, 1), (d, 4)]
    of = ranking(ASSESSMENT, "county", [a, b, c, d], figures(**{a: 990, b: 987, c: 987, d: 986}))
    assert [(one.unit, one.rank) for one in of.placings] == [(a, 1), *((unit, 2) for unit in sorted((b, c))), (d, 2)]


def test_equal_scores_are_equal_also_where_nothing_less_is_tied() -> None:
    alone = ASSESSMENT.model_copy(update={"tied_within": 0})
    a, b, c = sorted(COUNTIES[:3])
    of = ranking(alone, "county", [c, b, a], figures(**{a: 990, b: 990, c: 989}))
    assert [(one.unit, one.rank) for one in of.placings] == [(a, 1), (b, 1), (c, 3)]


def test_each_kind_is_scored_by_the_components_that_name_it() -> None:
    for kind in ("county", "group"):
        components = [one.code for one in ASSESSMENT.components if kind in one.of]
        assert [share.component for share in ranked(kind).placings[0].shares] == components


def test_no_share_is_of_what_another_unit_does() -> None:
    """Accountability is imposed by the office; a group answers for its own inspections, papers and verifications."""
    named = {code: (one.numerator, one.denominator) for code, one in COMPONENTS.items()}
    assert not any("accountability" in measure for pair in named.values() for measure in pair)
    groups = {pair[1] for code, pair in named.items() if "group" in COMPONENTS[code].of}
    assert groups == {"verifications_due", "units_due", "filings_due"}


def test_a_false_closure_costs_a_closing_and_its_penalty_until_it_is_closed_anew() -> None:
    life = [opened("a"), closed("a", "penalty")]
    false = [*life, raised("a", "false_closure"), found("a", "false_closure"), reopened("a")]
    anew = [*false, closed("a", "penalty")]
    shares = [
        {one.component: (one.numerator, one.denominator) for one in placed(ranked("county", *events), ZEZHOU).shares}
        for events in (life, false, anew)
    ]
    assert [one["c_on_time"] for one in shares] == [(1, 1), (0, 1), (0, 1)]
    assert [one["c_acts"] for one in shares] == [(1, 1), (0, 1), (1, 1)]
