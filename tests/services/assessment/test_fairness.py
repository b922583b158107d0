"""Fairness, as properties that hold for every history: each compares two histories that differ in one act.

`BIHUAN_HISTORIES=20000` looks at that many histories for each property instead of a few.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from services.assessment.rules.measures import MEASURES
from services.assessment.rules.scores import exact_score, ranking, worth_of_lines
from tests.services.assessment.happenings import by_case, facts
from tests.services.assessment.histories import (
    ASSESSMENT,
    CASES,
    CLOSINGS,
    COUNTIES,
    COUNTING,
    GROUP_OF,
    GROUPS,
    HISTORIES,
    KINDS,
    NAMED,
    TRIGGERS,
    UNITS,
    WORDS_TOLD,
    History,
    Telling,
    Told,
    exact,
    printed,
    ranked,
)

MANY = settings(
    max_examples=int(os.environ.get("BIHUAN_HISTORIES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ORIGINS = st.sampled_from(("tip", "own", "others"))
WORSE_AND_BETTER: tuple[tuple[str, str], ...] = (
    ("overdue found", ""),
    ("idle found", ""),
    ("overdue found penalise", "penalise"),
    ("overdue penalise found", "penalise"),
    ("idle found groundless", "groundless"),
    ("order", "penalise"),
    ("order false found", "order"),
    ("penalise false found", "penalise"),
    ("penalise false found penalise", "penalise"),
    ("penalise false found impose penalise", "penalise"),
    ("shut false found impose shut", "shut"),
    ("shut false found groundless", "shut"),
    ("penalise false found", "penalise false found penalise"),
    ("overdue found", "overdue found penalise"),
    ("", "penalise"),
    ("", "groundless"),
    ("", "shut"),
)


def better_is_no_worse(worse: History, better: History, unit: str) -> None:
    assert exact(better, unit) >= exact(worse, unit)
    (rank, score), (other_rank, other_score) = printed(better, unit), printed(worse, unit)
    assert score >= other_score
    assert rank <= other_rank


# --- better and worse acts ---


@MANY
@given(HISTORIES, UNITS, ORIGINS, st.booleans(), st.sampled_from(WORSE_AND_BETTER), NAMED, st.integers(0, 6))
def test_a_better_act_never_lowers_a_score_or_a_rank_and_a_worse_one_never_raises_them(
    others: History, unit: str, origin: str, major: bool, pair: tuple[str, str], named: str | None, n: int
) -> None:
    told = [Told(unit, origin, major, tuple(words.split()), named) for words in pair]
    worse, better = (replace(others, cases=(*others.cases[:n], one, *others.cases[n:])) for one in told)
    better_is_no_worse(worse, better, unit)


@MANY
@given(HISTORIES, st.sampled_from((*COUNTIES, *GROUPS)), st.sampled_from(("return", "commitment")))
def test_a_paper_in_time_is_better_than_one_that_is_late_or_missed(others: History, unit: str, kind: str) -> None:
    missed, late, in_time = (replace(others, papers=(*others.papers, (unit, kind, how)))
                             for how in ("missed", "late", "in time"))  # fmt: skip
    better_is_no_worse(missed, late, unit)
    better_is_no_worse(late, others, unit)
    better_is_no_worse(others, in_time, unit)
    assert exact(late, unit) < exact(in_time, unit)


@MANY
@given(HISTORIES, UNITS, st.sampled_from(("甲", "乙", "丁")))
def test_whoever_inspects_an_enterprise_never_loses_by_it(others: History, unit: str, name: str) -> None:
    for inspector, enterprise in ((unit, f"{name}key_user"), (GROUP_OF[unit], f"{name}producer")):
        better_is_no_worse(others, replace(others, visits=(*others.visits, (inspector, enterprise, unit))), inspector)


@MANY
@given(HISTORIES, UNITS, st.sampled_from(("found", "cleared")))
def test_a_verification_in_time_is_better_for_the_group_than_a_late_one(
    others: History, unit: str, outcome: str
) -> None:
    late = others.plus(Told(unit, words=("overdue", "late", outcome)))
    in_time = others.plus(Told(unit, words=("overdue", outcome)))
    better_is_no_worse(late, others, GROUP_OF[unit])
    better_is_no_worse(others, in_time, GROUP_OF[unit])
    assert exact(late, GROUP_OF[unit]) < exact(in_time, GROUP_OF[unit])


# --- tips and findings ---


@MANY
@given(HISTORIES, UNITS, ORIGINS, st.booleans())
def test_receiving_another_tip_or_recording_another_finding_changes_nothing(
    others: History, unit: str, origin: str, major: bool
) -> None:
    for kind in KINDS:
        assert ranked(others.plus(Told(unit, origin, major)), kind) == ranked(others, kind)


@MANY
@given(HISTORIES, UNITS, ORIGINS, st.booleans(), st.sampled_from(("penalise", "shut", "sanction", "groundless")), NAMED)
def test_a_tip_or_finding_that_is_dealt_with_well_never_lowers_a_score(
    others: History, unit: str, origin: str, major: bool, how: str, named: str | None
) -> None:
    better_is_no_worse(others, others.plus(Told(unit, origin, major, (how,), named)), unit)


@MANY
@given(HISTORIES, UNITS, st.sampled_from(("shut", "sanction")), st.integers(1, 4))
def test_repeat_cases_of_one_enterprise_are_one(others: History, unit: str, how: str, times: int) -> None:
    told = Told(unit, words=(how,), enterprise="丙气站")
    once, often = others.plus(told).tally(), others.plus(*[told] * times).tally()
    for code in ("closure_due", "closed_down", "seriously_dishonest", "jointly_sanctioned"):
        assert once.figure(code, unit) == often.figure(code, unit)


# --- what was proven, and what was cleared ---


@MANY
@given(HISTORIES, CASES, st.sampled_from(tuple(TRIGGERS)))
def test_a_proven_overdue_idle_or_false_closure_lowers_the_score(others: History, told: Told, trigger: str) -> None:
    now = Telling("case", told)
    assume(not now.pending and now.is_closed == (trigger == "false"))
    before, after = others.plus(told), others.plus(told.then(trigger, "found"))
    proven_before = any(type(event).__name__ == "EscalationFound" and event.unit == now.unit for event in now.events)
    if proven_before:
        assert exact(after, now.unit) <= exact(before, now.unit)
    else:
        assert exact(after, now.unit) < exact(before, now.unit)


@MANY
@given(HISTORIES, CASES, st.integers(0, 6), st.sampled_from(tuple(TRIGGERS)))
def test_what_was_cleared_leaves_everything_as_if_it_had_never_been_raised(
    others: History, told: Told, where: int, trigger: str
) -> None:
    now = Telling("case", replace(told, words=told.words[:where]))
    assume(not now.pending and now.is_closed == (trigger == "false"))
    doubted = replace(told, words=(*told.words[:where], trigger, "cleared", *told.words[where:]))
    assert ranked(others.plus(doubted)) == ranked(others.plus(told))


@MANY
@given(HISTORIES, UNITS, ORIGINS, st.booleans(), st.sampled_from(tuple(CLOSINGS)))
def test_a_case_that_was_closed_late_for_a_reason_that_was_accepted_counts_as_closed_in_time(
    others: History, unit: str, origin: str, major: bool, closing: str
) -> None:
    in_time = ranked(others.plus(Told(unit, origin, major, (closing,))))
    for words in (("overdue", closing, "cleared"), ("overdue", "cleared", closing)):
        assert ranked(others.plus(Told(unit, origin, major, words))) == in_time


@MANY
@given(HISTORIES, CASES, st.sampled_from(tuple(TRIGGERS)))
def test_what_nobody_has_decided_yet_counts_against_nobody(others: History, told: Told, trigger: str) -> None:
    now = Telling("case", told)
    assume(now.is_closed == (trigger == "false"))
    assert ranked(others.plus(told.then(trigger))) == ranked(others.plus(told))


# --- one case, one outcome; one's own acts ---


@MANY
@given(HISTORIES)
def test_one_case_counts_once_for_a_unit_in_every_line(history: History) -> None:
    counted = by_case(facts(*history.events()), COUNTING)
    for component in ASSESSMENT.components:
        done, due = (Counter({(case, unit): n for (case, measure, unit), n in counted.items()
                              if n and measure == code and not MEASURES[code].own})
                     for code in (component.numerator, component.denominator))  # fmt: skip
        assert done <= due <= Counter(dict.fromkeys(due, 1))


@MANY
@given(HISTORIES, UNITS, st.sampled_from(tuple(CLOSINGS)), st.integers(1, 3))
def test_a_false_closure_is_no_closing_in_time_twice_or_once(
    others: History, unit: str, closing: str, times: int
) -> None:
    once = others.plus(Told(unit, words=(closing, "false", "found", closing)))
    again = others.plus(Told(unit, words=(closing, "false", "found") * times + (closing,)))
    assert ranked(again) == ranked(once)


@MANY
@given(HISTORIES, st.lists(CASES, max_size=3), UNITS)
def test_nobody_is_scored_by_what_another_county_does_or_omits(
    history: History, instead: list[Told], unit: str
) -> None:
    own = tuple(told for told in history.cases if unit in told.units)
    others = tuple(told for told in instead if unit not in told.units)
    visits = tuple(visit for visit in history.visits if visit[0] == unit)
    papers = tuple(paper for paper in history.papers if paper[0] == unit)
    assert exact(History((*own, *others), visits, papers), unit) == exact(history, unit)


@MANY
@given(HISTORIES, CASES, WORDS_TOLD)
def test_nobody_is_scored_by_what_becomes_of_a_case_that_went_to_another_county(
    others: History, told: Told, words: tuple[str, ...]
) -> None:
    now = Telling("case", told)
    assume(not now.is_closed and now.unit == told.unit != told.elsewhere)
    returned = told.then("return")
    assert exact(others.plus(returned.then(*words)), told.unit) == exact(others.plus(returned), told.unit)


@MANY
@given(HISTORIES, UNITS)
def test_whether_accountability_was_imposed_or_a_result_published_is_the_offices_figure(
    history: History, unit: str
) -> None:
    def without(told: Told) -> Told:
        return replace(told, words=tuple(word for word in told.words if word not in ("impose", "disclose")))

    left_out = replace(history, cases=tuple(map(without, history.cases)))
    for kind in KINDS:
        assert ranked(left_out, kind) == ranked(history, kind)


@MANY
@given(HISTORIES, CASES)
def test_that_the_office_reopens_a_case_changes_nothing_before_it_is_closed_anew(others: History, told: Told) -> None:
    assert ranked(others.plus(told.then("reopen"))) == ranked(others.plus(told))


@MANY
@given(HISTORIES)
def test_a_group_is_scored_by_nothing_that_its_counties_make_of_their_cases(history: History) -> None:
    def otherwise(told: Told) -> Told:
        words = tuple("groundless" if word in CLOSINGS else word for word in told.words)
        return replace(told, words=words, major=not told.major)

    instead = replace(history, cases=tuple(map(otherwise, history.cases)))
    assert ranked(instead, "group") == ranked(history, "group")


# --- figures without a denominator, small samples, places ---


@MANY
@given(HISTORIES, UNITS)
def test_a_figure_without_a_denominator_counts_for_nobody_and_its_points_go_to_the_others(
    history: History, unit: str
) -> None:
    tally = history.tally()
    lines = [(one, tally.figure(one.numerator, unit), tally.figure(one.denominator, unit))
             for one in ASSESSMENT.components if "county" in one.of]  # fmt: skip
    due = [line for line in lines if line[2]]
    assert exact_score(ASSESSMENT, lines) == exact_score(ASSESSMENT, due)
    worth = worth_of_lines(ASSESSMENT, [(one, of) for one, _, of in lines])
    assert sum(worth) == 100_00
    assert all(points == 0 for points, (_, _, of) in zip(worth, lines, strict=False) if of == 0)


@MANY
@given(HISTORIES, st.permutations(COUNTIES))
def test_the_order_does_not_depend_on_the_order_of_units(history: History, order: list[str]) -> None:
    figure = history.tally().figure
    assert ranking(ASSESSMENT, "county", order, figure) == ranking(ASSESSMENT, "county", COUNTIES, figure)


@MANY
@given(HISTORIES)
def test_equal_means_equal_rank_and_places_that_differ_by_rounding_only_are_ties(history: History) -> None:
    for kind in KINDS:
        placings = ranked(history, kind).placings
        assert placings[0].rank == 1
        for n, (one, following) in enumerate(pairwise(placings), 2):
            assert one.score >= following.score
            assert following.rank == (one.rank if one.score - following.score < ASSESSMENT.tied_within else n)


@MANY
@given(HISTORIES)
def test_the_printed_lines_and_the_start_add_up_to_the_printed_score(history: History) -> None:
    component_of = {one.code: one for one in ASSESSMENT.components}
    for kind in KINDS:
        for placed in ranked(history, kind).placings:
            due = [(component_of[share.component], share.denominator) for share in placed.shares]
            *most, most_of_start = worth_of_lines(ASSESSMENT, due)
            assert 0 <= placed.score - sum(share.score for share in placed.shares) <= most_of_start
            for share, worth in zip(placed.shares, most, strict=True):
                assert 0 <= share.score <= worth
                assert share.score == (worth if share.numerator == share.denominator else share.score)
                assert share.numerator or not share.score
            assert abs(Fraction(placed.score, 100_00) - exact(history, placed.unit)) <= Fraction(1, 2 * 100_00)


@MANY
@given(st.integers(1, 40), st.integers(0, 40), st.integers(2, 5))
def test_few_things_are_shrunk_toward_the_mean_more_than_many(due: int, done: int, times: int) -> None:
    component = ASSESSMENT.components[0]
    done = min(done, due)
    mean = Fraction(ASSESSMENT.start_score, 100)
    few, many = (exact_score(ASSESSMENT, [(component, done * n, due * n)]) for n in (1, times))
    assert abs(few - mean) <= abs(many - mean)
    assert min(mean, Fraction(done, due)) <= few <= max(mean, Fraction(done, due))


@pytest.mark.parametrize("pair", WORSE_AND_BETTER, ids=" / ".join)
def test_each_better_life_of_these_tests_is_seen_in_a_figure(pair: tuple[str, str]) -> None:
    worse, better = (History((Told(COUNTIES[0], "own", True, tuple(words.split())),)) for words in pair)
    assert exact(worse, COUNTIES[0]) < exact(better, COUNTIES[0])
