"""The score by the campaign's formula: exact, and fair to those who receive more tips."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.assessment.domain.values import Ranked
from services.assessment.rules.scores import (
    a_small_sample_is_shrunk_toward_the_mean,
    ranking,
    the_mean_of_a_kind_is_of_all_its_units_together,
)
from tests.services.assessment.bureau import CAMPAIGN, ZEZHOU
from tests.services.assessment.happenings import (
    assigned,
    cleared,
    closed,
    facts,
    found,
    hazard,
    imposed,
    opened,
    raised,
    reopened,
    tally,
    transferred,
)

COUNTIES = [county.code for county in CAMPAIGN.units]
GROUPS = [group.code for group in CAMPAIGN.groups]
ASSESSMENT = CAMPAIGN.assessment


def ranked(kind: str, *events: Any) -> Ranked:
    return ranking(ASSESSMENT, kind, COUNTIES if kind == "county" else GROUPS, tally(*events).figure)


def score(of: Ranked, unit: str) -> int:
    return next(placed.score for placed in of.placings if placed.unit == unit)


# --- the formula ---


def test_where_nothing_was_due_from_anybody_all_have_full_points_and_share_the_first_rank() -> None:
    for kind in ("county", "group"):
        assert {(one.rank, one.score) for one in ranked(kind).placings} == {(1, 100_00)}


def test_one_case_cannot_make_or_break_a_rank() -> None:
    """One act, not penalised: the mean is 0, so everybody's line is 0; one more, penalised elsewhere, pulls both."""
    shares = [
        a_small_sample_is_shrunk_toward_the_mean(0, 1, Fraction(1, 2), 5),
        a_small_sample_is_shrunk_toward_the_mean(1, 1, Fraction(1, 2), 5),
        a_small_sample_is_shrunk_toward_the_mean(0, 0, Fraction(1, 2), 5),
        a_small_sample_is_shrunk_toward_the_mean(0, 1, Fraction(1, 2), 0),
    ]
    assert shares == [Fraction(5, 12), Fraction(7, 12), Fraction(1, 2), 0]


def test_the_mean_is_that_of_all_units_together() -> None:
    assert the_mean_of_a_kind_is_of_all_its_units_together(3, 4) == Fraction(3, 4)
    assert the_mean_of_a_kind_is_of_all_its_units_together(0, 0) == 1


def test_a_score_is_the_sum_of_its_printed_lines_each_rounded_half_up() -> None:
    of = ranked("county", opened("a"), closed("a", "penalty"), opened("b", COUNTIES[0]),
                closed("b", "rectification_order", unit=COUNTIES[0]))  # fmt: skip
    lines = {share.component: share for share in of.placings[0].shares}
    assert of.placings[0].unit == ZEZHOU
    assert (lines["c_acts"].numerator, lines["c_acts"].denominator) == (1, 1)
    assert lines["c_acts"].score == 875  # 15 × (1 + 5 × ½) / (1 + 5)
    assert score(of, COUNTIES[0]) == 100_00 - 1500 + 625
    assert score(of, COUNTIES[3]) == 100_00 - 1500 + 750
    assert all(one.score == sum(share.score for share in one.shares) for one in of.placings)


def test_equal_scores_share_a_rank_and_the_next_rank_is_left_out() -> None:
    of = ranked("county", opened("a"), raised("a"), opened("b", COUNTIES[0]), closed("b", unit=COUNTIES[0]))
    assert [(one.unit, one.rank) for one in of.placings] == [
        (COUNTIES[0], 1), *((unit, 2) for unit in COUNTIES if unit not in (ZEZHOU, COUNTIES[0])), (ZEZHOU, 7),
    ]  # fmt: skip


def test_each_kind_is_scored_by_the_components_that_name_it() -> None:
    for kind in ("county", "group"):
        components = [one.code for one in ASSESSMENT.components if kind in one.of]
        assert [share.component for share in ranked(kind).placings[0].shares] == components


# --- fairness ---


def _life(case: str, unit: str, how: str) -> list[Any]:
    lives: dict[str, list[Any]] = {
        "running": [opened(case, unit), transferred(case, unit)],
        "closed": [opened(case, unit), closed(case, "penalty", unit=unit)],
        "groundless": [opened(case, unit), closed(case, unit=unit)],
        "lenient": [opened(case, unit), closed(case, "rectification_order", unit=unit)],
        "shut": [opened(case, unit), closed(case, "closure", "joint_sanction", unit=unit)],
        "overdue": [opened(case, unit), raised(case, unit=unit)],
        "late": [opened(case, unit), raised(case, unit=unit), closed(case, "penalty", unit=unit, on_time=False)],
        "again": [opened(case, unit), closed(case, "closure", unit=unit), reopened(case, unit)],
        "hazard": [hazard(case, major=True, unit=unit), opened(case, unit, "inspection")],
        "verified": [opened(case, unit), raised(case, unit=unit), assigned(case), found(case), imposed(case, unit)],
        "cleared": [opened(case, unit), raised(case, unit=unit), assigned(case), cleared(case, in_time=False)],
    }
    return lives[how]


HOW = ["running", "closed", "groundless", "lenient", "shut", "overdue", "late", "again", "hazard", "verified"]
HOW += ["cleared"]
LIVES = st.lists(st.tuples(st.sampled_from(COUNTIES), st.sampled_from(HOW)), max_size=12)


def _events(lives: list[tuple[str, str]]) -> list[Any]:
    return [event for n, (unit, how) in enumerate(lives) for event in _life(f"case-{n}", unit, how)]


@settings(max_examples=150, deadline=None)
@given(LIVES, st.sampled_from(COUNTIES), st.sampled_from([None, "major", "mixed"]))
def test_receiving_another_tip_changes_nobodys_score(
    lives: list[tuple[str, str]], unit: str, circumstance: str | None
) -> None:
    before = _events(lives)
    received = [opened("more", unit), transferred("more", unit, circumstance)]
    for kind in ("county", "group"):
        assert ranked(kind, *before, *received) == ranked(kind, *before)


@settings(max_examples=150, deadline=None)
@given(LIVES, st.sampled_from(COUNTIES), st.sampled_from(["closed", "groundless", "shut"]))
def test_a_tip_that_is_dealt_with_well_never_lowers_a_score(lives: list[tuple[str, str]], unit: str, how: str) -> None:
    if how == "shut":
        lives = [one for one in lives if one[1] != "lenient"]
    before, more = _events(lives), _life("more", unit, "closed" if how == "shut" else how)
    assert score(ranked("county", *before, *more), unit) >= score(ranked("county", *before), unit)
    group = CAMPAIGN.group_of(unit).code
    assert score(ranked("group", *before, *more), group) >= score(ranked("group", *before), group)


@settings(max_examples=150, deadline=None)
@given(LIVES)
def test_no_share_exceeds_one_and_no_score_a_hundred(lives: list[tuple[str, str]]) -> None:
    for kind in ("county", "group"):
        of = ranked(kind, *_events(lives))
        for placed in of.placings:
            assert all(0 <= share.numerator <= share.denominator for share in placed.shares)
            assert 0 <= placed.score <= 100_00
            assert placed.rank == 1 + sum(other.score > placed.score for other in of.placings)


@pytest.mark.parametrize("how", HOW)
def test_the_lives_of_these_tests_are_told_in_order(how: str) -> None:
    times = [fact.at for fact in facts(*_life("a", ZEZHOU, how))]
    assert times == sorted(times)
