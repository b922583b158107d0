"""What each figure counts, in whose column, and that a share never exceeds one."""

from __future__ import annotations

from typing import Any

import pytest

from services.assessment.rules.figures import sums_of
from services.assessment.rules.measures import MEASURES, Measure
from shared.kernel.measures import MeasureTaken
from tests.services.assessment.bureau import CAMPAIGN, COUNTING, GAOPING, ZEZHOU, at
from tests.services.assessment.happenings import (
    END,
    LATER,
    assigned,
    cleared,
    closed,
    decided,
    disclosed,
    facts,
    filed,
    found,
    hazard,
    imposed,
    inspected,
    opened,
    owed,
    proceeding,
    raised,
    reopened,
    returned,
    step,
    taken_back,
    tally,
    transferred,
)
from tests.services.assessment.histories import History

A, B = "a", "b"
IDLE, FALSE = "idle_after_acceptance", "false_closure"
PAIRS = [(one.code, one.numerator, one.denominator) for one in CAMPAIGN.assessment.components]


CLOSED_DOWN = MeasureTaken("closure")
SUSPENDED, REVOKED = (MeasureTaken("licence_withheld", licence=how) for how in ("suspended", "revoked"))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([opened(A), opened(B, origin="inspection")], {"tips_received": 1}),
        ([opened(A), transferred(A)], {"tips_received": 1, "tips_transferred": 1}),
        ([opened(A), closed(A)], {"closing_due": 1, "closed_on_time": 1}),
        ([opened(A), closed(A, on_time=False)], {"closing_due": 1, "closed_on_time": 0}),
        ([opened(A), raised(A)], {"closing_due": 0, "closed_on_time": 0, "tips_overdue": 1}),
        ([opened(A), raised(A), found(A)], {"closing_due": 1, "closed_on_time": 0, "tips_overdue": 1}),
        ([opened(A), raised(A), cleared(A)], {"closing_due": 0, "closed_on_time": 0, "tips_overdue": 0}),
        ([opened(A), raised(A), closed(A, on_time=False)], {"closing_due": 0, "closed_on_time": 0}),
        ([opened(A), raised(A), closed(A, on_time=False), found(A)], {"closing_due": 1, "closed_on_time": 0}),
        ([opened(A), raised(A), closed(A, on_time=False), cleared(A)], {"closing_due": 1, "closed_on_time": 1}),
        ([opened(A), raised(A), returned(A), found(A)], {"closing_due": 0, "tips_overdue": 0}),
        ([opened(A), raised(A), found(A), returned(A)], {"closing_due": 0, "tips_overdue": 0, "accountability_due": 0}),
        ([opened(A), raised(A, IDLE), found(A, IDLE), returned(A)], {"closing_due": 0, "tips_idle": 0}),
        ([opened(A), raised(A), found(A), closed(A, on_time=False), reopened(A), returned(A)], {"tips_overdue": 1}),
        (
            [opened(A), closed(A), raised(A, FALSE), found(A, FALSE), reopened(A), returned(A)],
            {"tips_false": 1, "closing_due": 1, "closed_on_time": 0},
        ),
        ([opened(A), closed(A), reopened(A)], {"closing_due": 1, "closed_on_time": 1}),
        ([opened(A), closed(A), reopened(A), raised(A)], {"closing_due": 1, "closed_on_time": 1}),
        ([opened(A), closed(A), reopened(A), raised(A), found(A)], {"closing_due": 1, "closed_on_time": 0}),
        ([opened(A), closed(A), reopened(A), closed(A)], {"closing_due": 1, "closed_on_time": 1}),
        ([opened(A), raised(A, IDLE)], {"tips_idle": 1, "tips_overdue": 0, "closing_due": 0}),
        ([opened(A), raised(A, IDLE), found(A, IDLE)], {"tips_idle": 1, "closing_due": 1}),
        ([opened(A), raised(A, IDLE), cleared(A, IDLE), closed(A)], {"tips_idle": 0, "closed_on_time": 1}),
        ([opened(A), closed(A), raised(A, FALSE)], {"tips_false": 0, "closed_on_time": 1}),
        ([opened(A), closed(A), raised(A, FALSE), cleared(A, FALSE)], {"tips_false": 0, "closed_on_time": 1}),
        (
            [opened(A), closed(A, "penalty"), raised(A, FALSE), found(A, FALSE), reopened(A)],
            {"tips_false": 1, "closing_due": 1, "closed_on_time": 0, "acts_found": 1, "acts_penalised": 0},
        ),
        (
            [opened(A), closed(A), raised(A, FALSE), found(A, FALSE), reopened(A), closed(A, "penalty")],
            {"tips_false": 1, "closing_due": 1, "closed_on_time": 0, "acts_found": 1, "acts_penalised": 1},
        ),
        (
            [hazard(A), hazard(B, major=True)],
            {"hazards_found": 2, "major_found": 1, "major_due": 0, "major_rectified": 0},
        ),
        (
            [hazard(A, major=True), opened(A), closed(A)],
            {"major_found": 1, "major_due": 1, "major_rectified": 1},
        ),
        (
            [hazard(A, major=True), opened(A), raised(A), found(A)],
            {"major_found": 1, "major_due": 1, "major_rectified": 0},
        ),
        (
            [hazard(A, major=True), opened(A), raised(A), cleared(A)],
            {"major_found": 1, "major_due": 0, "major_overdue": 0},
        ),
        ([hazard(A), opened(A), closed(A), hazard(B)], {"hazards_found": 2, "hazards_rectified": 1}),
        ([hazard(A, major=True), opened(A), raised(A)], {"major_found": 1, "major_rectified": 0, "major_overdue": 1}),
        ([opened(A), transferred(A, circumstance="major")], {"major_found": 0}),
        ([opened(A), transferred(A, circumstance="major"), closed(A)], {"major_found": 1, "major_rectified": 1}),
        ([opened(A), transferred(A, circumstance="mixed"), closed(A)], {"major_found": 0}),
        (
            [opened(A), transferred(A, circumstance="major"), raised(A)],
            {"major_found": 0, "major_due": 0, "major_overdue": 1},
        ),
        (
            [opened(A), transferred(A, circumstance="major"), raised(A), found(A)],
            {"major_found": 1, "major_due": 1, "major_overdue": 1},
        ),
        ([opened(A), closed(A, "penalty")], {"acts_found": 1, "acts_penalised": 1}),
        ([opened(A), closed(A, "rectification_order")], {"acts_found": 1, "acts_penalised": 0}),
        ([opened(A), closed(A)], {"acts_found": 0}),
        ([opened(A), closed(A, "penalty", violation=None)], {"acts_found": 0, "acts_penalised": 0}),
        ([opened(A), closed(A, "penalty"), reopened(A)], {"acts_found": 1, "acts_penalised": 1}),
        ([opened(A), closed(A, "penalty"), reopened(A), closed(A)], {"acts_found": 0, "acts_penalised": 0}),
        ([opened(A), proceeding(A), proceeding(B, False)], {"proceedings_opened": 1}),
        ([opened(A), step(A, "supervision_order"), step(A, "site_inspection")], {"orders": 1}),
        ([opened(A), closed(A, "suspension", "licence_withheld")], {"suspended": 1, "licences_revoked": 0}),
        ([opened(A), closed(A, "licence_withheld", taken=(SUSPENDED,))], {"licences_revoked": 0}),
        ([opened(A), closed(A, "licence_withheld", taken=(REVOKED,))], {"licences_revoked": 1}),
        ([opened(A), closed(A), decided(A, REVOKED)], {"licences_revoked": 1}),
        ([opened(A), closed(A, conclusion="borne_out")], {"acts_found": 1, "acts_penalised": 0}),
        ([opened(A), closed(A, conclusion="not_borne_out")], {"acts_found": 0}),
        ([opened(A), closed(A, conclusion="borne_out"), decided(A)], {"acts_found": 1, "acts_penalised": 1}),
        (
            [opened(A), closed(A, "order", conclusion="borne_out"), decided(A), reopened(A), closed(A)],
            {"acts_found": 0, "acts_penalised": 0},
        ),
        ([opened(A), closed(A, "closure")], {"closure_due": 1, "closed_down": 1}),
        ([opened(A), closed(A, "closure"), reopened(A)], {"closure_due": 1, "closed_down": 1}),
        (
            [opened(A), closed(A, "closure"), raised(A, FALSE), found(A, FALSE), reopened(A)],
            {"closure_due": 1, "closed_down": 0},
        ),
        ([opened(A), closed(A, "joint_sanction")], {"seriously_dishonest": 1, "jointly_sanctioned": 1}),
        ([opened(A), raised(A), assigned(A), found(A)], {"accountability_due": 1, "accountability_done": 0}),
        ([opened(A), raised(A), assigned(A), cleared(A)], {"accountability_due": 0}),
        (
            [opened(A), raised(A), assigned(A), found(A), imposed(A, ZEZHOU, people=2)],
            {"accountability_due": 1, "accountability_done": 1, "accountable_units": 1, "accountable_people": 2},
        ),
        ([opened(A), imposed(A, people=3)], {"accountability_done": 0, "accountable_people": 3}),
        ([opened(A), closed(A), disclosed(A), disclosed(A, kind="exposure")], {"exposed": 1}),
        ([opened(A), closed(A), disclosed(A)], {"exposed": 0}),
        ([opened(A), opened(B), taken_back(A)], {"tips_received": 1}),
        ([inspected(), inspected()], {"visits": 2, "equipment": 6, "cylinders": 80, "pipelines": 4, "inspectors": 8}),
        ([inspected()], {"units_due": 0, "units_inspected": 0}),
        ([inspected(grade="key_user"), inspected()], {"units_due": 0, "units_inspected": 0}),
        ([owed(A), filed(A), owed(B)], {"filings_due": 2, "filings_on_time": 1}),
        ([owed(A), filed(A, in_time=False)], {"filings_due": 1, "filings_on_time": 0}),
        ([owed(A, due=END + LATER), owed(B, due=END), filed(B)], {"filings_due": 1, "filings_on_time": 1}),
        ([owed(A, due=END), owed(B, due=END), filed(B)], {"filings_due": 2, "filings_on_time": 1}),
        ([owed(A, kind="briefing"), owed(B, kind="briefing"), filed(B, kind="briefing")], {"filings_due": 0}),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else "",
)
def test_what_happens_in_a_county_is_counted_there(events: list[Any], expected: dict[str, int]) -> None:
    counted = tally(*events)
    assert {code: counted.figure(code, ZEZHOU) for code in expected} == expected
    assert not any(counted.figure(code, GAOPING) for code in MEASURES)


def test_each_unit_is_held_to_account_for_itself_and_people_where_the_case_is() -> None:
    counted = tally(opened(A), imposed(A, GAOPING, "g1", "enforcement-team", people=2))
    figures = ("accountable_units", "accountable_people")
    assert [[counted.figure(code, unit) for unit in (ZEZHOU, GAOPING, "enforcement-team")] for code in figures] == [
        [0, 1, 1],
        [2, 0, 0],
    ]
    assert counted.figure("accountable_units", "g1") == 1 + (GAOPING in COUNTING.counties_of("g1"))


SHUT, AGAIN = [opened(A), closed(A, "closure")], [opened(B), closed(B, "closure", enterprise="泽州县甲气站")]


@pytest.mark.parametrize(
    ("events", "due", "done"),
    [
        ([*SHUT, *AGAIN], 1, 1),
        ([*SHUT, opened(B), closed(B, "closure", enterprise="乙气站")], 2, 2),
        ([*SHUT, opened(B), closed(B, "closure", enterprise=None)], 2, 2),
        (
            [opened(A), closed(A, "closure", enterprise="不详"), opened(B), closed(B, "closure", enterprise="不详")],
            2,
            2,
        ),
        ([*SHUT, *AGAIN, raised(B, FALSE), found(B, FALSE), reopened(B)], 1, 0),
        ([*SHUT, *AGAIN, raised(A, FALSE), found(A, FALSE), reopened(A)], 1, 1),
        ([*SHUT, raised(A, FALSE), found(A, FALSE), reopened(A), *AGAIN], 1, 1),
        ([*SHUT, opened(B), closed(B, "penalty")], 1, 1),
        ([*SHUT, *AGAIN, taken_back(B)], 1, 1),
        ([opened(A), closed(A), decided(A, CLOSED_DOWN), *AGAIN], 1, 1),
        ([*SHUT, opened(B, concerned=ZEZHOU), closed(B, "closure")], 2, 2),
        ([opened(B), closed(B), *SHUT, raised(A, FALSE), found(A, FALSE), reopened(A), decided(B, CLOSED_DOWN)], 1, 1),
        ([opened(B), closed(B), decided(B, CLOSED_DOWN), *SHUT, raised(A, FALSE), found(A, FALSE), reopened(A)], 1, 0),
        ([*AGAIN, *SHUT, decided(B, CLOSED_DOWN), raised(B, FALSE), found(B, FALSE), reopened(B)], 1, 1),
    ],
)
def test_repeat_cases_of_one_enterprise_are_one_and_what_was_decided_last_says_what_became_of_it(
    events: list[Any], due: int, done: int
) -> None:
    counted = tally(*events)
    assert (counted.figure("closure_due", ZEZHOU), counted.figure("closed_down", ZEZHOU)) == (due, done)


def test_a_group_counts_what_its_counties_did_and_of_inspections_and_papers_its_own() -> None:
    counted = tally(
        opened(A), closed(A, "penalty"), inspected("甲"), inspected("乙", inspector="g1"),
        owed(A), owed(B, "g1"), filed(B, "g1"),
    )  # fmt: skip
    figures = {"acts_penalised": 1, "visits": 1, "filings_due": 1, "filings_on_time": 1}
    assert {code: counted.figure(code, "g1") for code in figures} == figures
    assert counted.figure("acts_penalised", "g2") == 0


def test_coverage_is_of_the_register_and_of_what_one_has_inspected_oneself() -> None:
    """Three key users and three producers of each county are in the register; a stranger to it counts for nobody."""
    visits = (
        (ZEZHOU, "甲key_user", ZEZHOU), (ZEZHOU, "甲key_user", ZEZHOU), (ZEZHOU, "丁key_user", ZEZHOU),
        ("g1", "乙key_user", ZEZHOU), ("g1", "甲producer", ZEZHOU), ("city", "乙producer", ZEZHOU),
    )  # fmt: skip
    counted = History(visits=visits).tally()
    for unit, inspected_ in ((ZEZHOU, 1), ("g1", 1), ("g2", 0)):
        assert (counted.figure("units_due", unit), counted.figure("units_inspected", unit)) == (3, inspected_)


def test_what_a_unit_made_of_a_case_stays_its_own_when_the_letter_goes_to_another() -> None:
    counted = tally(
        opened(A), closed(A, "penalty"), reopened(A), returned(A), transferred(A, GAOPING),
        raised(A, unit=GAOPING), found(A, unit=GAOPING),
    )  # fmt: skip
    for unit, figures in ((ZEZHOU, (1, 1, 1)), (GAOPING, (1, 0, 0))):
        assert tuple(counted.figure(code, unit) for code in ("closing_due", "closed_on_time", "acts_found")) == figures


def figures(unit: str, *events: Any) -> list[int]:
    counted = tally(opened(A), transferred(A, circumstance="major"), *events)
    return [counted.figure(code, unit) for code in ("overdue", "idle", "false_closure", "major_overdue")]


def test_nobody_is_shown_late_for_the_date_of_another() -> None:
    late = [raised(A), raised(A, IDLE)]
    sent = transferred(A, GAOPING, circumstance="major")
    assert figures(ZEZHOU, *late) == [1, 1, 0, 1]
    assert figures(ZEZHOU, *late, sent) == [1, 1, 0, 0]
    assert figures(GAOPING, *late, sent) == [0, 0, 0, 0]
    assert figures(GAOPING, *late, sent, raised(A, unit=GAOPING)) == [1, 0, 0, 1]


def test_a_letter_that_was_taken_back_was_nobodys_neglect_also_where_it_was_found() -> None:
    late = [raised(A), assigned(A), found(A), returned(A), transferred(A, GAOPING, circumstance="major")]
    assert [figures(unit, *late) for unit in (ZEZHOU, GAOPING)] == [[0, 0, 0, 0], [0, 0, 0, 0]]
    assert figures(GAOPING, *late, raised(A, unit=GAOPING)) == [1, 0, 0, 1]


def test_what_was_late_before_a_reopening_is_not_late_now_and_a_false_closure_stays_one() -> None:
    again = [raised(A), closed(A, on_time=False), raised(A, FALSE), found(A, FALSE), reopened(A)]
    assert figures(ZEZHOU, *again) == [0, 0, 1, 0]
    assert figures(ZEZHOU, *again, raised(A)) == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("events", "due", "on_time"),
    [
        ([assigned(A)], 1, 0),
        ([assigned(A, due=at("2022-04-01 00:00"))], 0, 0),
        ([assigned(A), found(A)], 1, 1),
        ([assigned(A), cleared(A)], 1, 1),
        ([assigned(A), found(A, in_time=False)], 1, 0),
        ([assigned(A), found(A), returned(A)], 1, 1),
        ([assigned(A), cleared(A, lapsed=True), returned(A)], 0, 0),
        ([assigned(A, "g3"), assigned(A, "g1"), found(A)], 1, 1),
        ([], 0, 0),
    ],
)
def test_a_verification_counts_for_the_group_that_has_it_once_it_is_due(
    events: list[Any], due: int, on_time: int
) -> None:
    counted = tally(opened(A), raised(A), *events)
    assert (counted.figure("verifications_due", "g1"), counted.figure("verifications_on_time", "g1")) == (due, on_time)
    assert counted.figure("verifications_due", "g3") == 0


def test_a_case_that_moved_is_counted_where_it_is_and_its_letter_where_it_went() -> None:
    counted = tally(opened(A), transferred(A, GAOPING), closed(A, "penalty", unit=GAOPING))
    for code in ("tips_received", "tips_transferred", "acts_found", "closed_on_time"):
        assert (counted.figure(code, ZEZHOU), counted.figure(code, GAOPING)) == (0, 1)


def test_nothing_after_the_end_is_counted_however_early_it_is_told() -> None:
    happened = facts(opened(A), closed(A, "penalty"), reopened(A))
    assert sums_of(happened, COUNTING, happened[1].at).figure("acts_found", ZEZHOU) == 0
    before = sums_of(happened, COUNTING, happened[2].at)
    assert (before.figure("acts_found", ZEZHOU), before.figure("acts_penalised", ZEZHOU)) == (1, 1)


def test_every_figure_of_the_score_and_of_the_batches_has_a_measure_with_its_sentence() -> None:
    wanted = {code for _, numerator, denominator in PAIRS for code in (numerator, denominator)}
    wanted |= {code for batch in CAMPAIGN.assessment.batches for code in batch.counts}
    assert wanted <= set(MEASURES)
    assert set(MEASURES) <= {cell.code for cell in CAMPAIGN.annexes.statistics}
    assert all(isinstance(one, Measure) and one.says for one in MEASURES.values())
