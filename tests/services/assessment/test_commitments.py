"""Commitments: broken by what others prove and the county had denied, never by what it finds and records itself."""

from __future__ import annotations

from typing import Any

import pytest

from shared.kernel.contracts.internal import cases
from tests.services.assessment.bureau import (
    CAMPAIGN,
    COUNTY,
    DIRECTOR,
    GAOPING,
    MEMBER,
    PRINCIPAL,
    ZEZHOU,
    Bureau,
    at,
)
from tests.services.assessment.contradicting import (
    MAJOR,
    broken,
    closed,
    found_false,
    inspect,
    opened,
    subject,
    taken_back,
)
from tests.support.running import case_id

DEN = {"matter": "无证充装", "violation": "unlicensed"}
CASE = case_id(1)


@pytest.fixture
def bureau() -> Bureau:
    """Zezhou has signed December's commitment; it is 10 January."""
    bureau = Bureau()
    bureau.wait_until("2021-12-31 10:00")
    bureau.sign(PRINCIPAL, ZEZHOU, "2021-12")
    bureau.wait_until("2022-01-10 09:00")
    return bureau


def public(bureau: Bureau, name: str) -> list[dict[str, Any]]:
    return [data for said, data in bureau.messages(public=True) if said == name]


# --- what others prove ---


@pytest.mark.parametrize(("by", "who"), [(MEMBER, "g1"), (DIRECTOR, "city")])
@pytest.mark.parametrize("finding", [MAJOR, DEN])
def test_a_major_hazard_or_den_that_a_group_or_the_city_finds_breaks_it(
    bureau: Bureau, by: Any, who: str, finding: dict[str, Any]
) -> None:
    case = inspect(bureau, by, finding)
    assert broken(bureau) == [case]
    assert public(bureau, "CommitmentBroken") == [
        {"unit": ZEZHOU, "month": "2021-12", "case": case, "found_by": who}
    ]  # fmt: skip


@pytest.mark.parametrize("conclusion", ["borne_out", "partly_borne_out"])
def test_a_tip_that_ends_as_borne_out_breaks_it(bureau: Bureau, conclusion: str) -> None:
    bureau.told(closed(CASE, conclusion))
    assert broken(bureau) == [CASE]
    assert public(bureau, "CommitmentBroken")[0]["found_by"] == "tip"


def test_a_false_closure_that_is_found_breaks_it_also_what_was_signed_after_the_tip(bureau: Bureau) -> None:
    bureau.wait_until("2022-01-30 10:00")
    bureau.sign(PRINCIPAL, ZEZHOU, "2022-01")
    bureau.wait_until("2022-02-20 10:00")
    bureau.told(closed(CASE, None), found_false(CASE, "2022-02-20 10:00"))
    assert (broken(bureau), broken(bureau, "2022-01")) == ([], [CASE])
    assert public(bureau, "CommitmentBroken")[0]["found_by"] == "g1"


def test_only_the_last_commitment_that_was_signed_before_it_was_found_is_broken(bureau: Bureau) -> None:
    bureau.wait_until("2022-01-30 10:00")
    bureau.sign(PRINCIPAL, ZEZHOU, "2022-01")
    bureau.wait_until("2022-02-20 10:00")
    bureau.told(closed(CASE))  # of which a tip came on 10 January
    assert (broken(bureau), broken(bureau, "2022-01")) == ([CASE], [])


# --- what breaks nothing ---


def test_what_a_county_finds_and_records_itself_never_breaks_its_own(bureau: Bureau) -> None:
    for finding in (MAJOR, DEN):
        inspect(bureau, COUNTY, finding)
    bureau.told(opened(CASE, "乙厂", "2022-01-09 10:00"), closed(CASE, origin="unit"))
    bureau.told(found_false(CASE, "2022-02-20 10:00", subject(origin="unit", major=True)))
    assert broken(bureau) == []


@pytest.mark.parametrize(
    ("finding", "fields"),
    [
        ({"matter": "台账不全"}, {}),
        ({"matter": "无证上岗", "violation": "sham_training"}, {}),
        (MAJOR, {"at": "2021-12-30T10:00:00+08:00"}),
    ],
)
def test_an_ordinary_problem_or_one_found_before_the_signing_breaks_nothing(
    bureau: Bureau, finding: dict[str, Any], fields: dict[str, Any]
) -> None:
    inspect(bureau, MEMBER, finding, **fields)
    assert broken(bureau) == []


def test_another_countys_hazard_breaks_nothing_here(bureau: Bureau) -> None:
    bureau.inspect(DIRECTOR, unit=GAOPING, enterprise="丙厂", findings=[MAJOR])
    assert broken(bureau) == []


@pytest.mark.parametrize(
    "told",
    [closed(CASE, "not_borne_out"), closed(CASE, None), found_false(CASE, "2022-02-20 10:00", trigger="overdue")],
)
def test_what_is_not_borne_out_unknown_or_only_late_breaks_nothing(bureau: Bureau, told: Any) -> None:
    bureau.told(told)
    assert broken(bureau) == []


@pytest.mark.parametrize("name", ["甲气站", "泽州县甲气站有限公司"])
def test_what_the_county_had_recorded_of_the_same_enterprise_before_does_not_contradict(
    bureau: Bureau, name: str
) -> None:
    inspect(bureau, COUNTY, enterprise=name)
    bureau.wait_until("2022-01-12 09:00")
    inspect(bureau, MEMBER)
    assert broken(bureau) == []
    case = inspect(bureau, MEMBER, enterprise="乙厂")
    assert broken(bureau) == [case]


def test_it_must_have_recorded_the_same_and_not_something_else(bureau: Bureau) -> None:
    inspect(bureau, COUNTY, DEN)
    bureau.wait_until("2022-01-12 09:00")
    assert broken(bureau) == [] != [inspect(bureau, MEMBER, MAJOR)] == broken(bureau)


def test_what_it_records_only_after_the_letter_told_it_does_not_help(bureau: Bureau) -> None:
    inspect(bureau, COUNTY, DEN)
    bureau.told(closed(CASE, about=subject(found="2022-01-05 09:00", letter="2022-01-08 09:00")))
    assert broken(bureau) == [CASE]


def test_what_it_recorded_between_the_tip_and_the_letter_it_found_itself(bureau: Bureau) -> None:
    inspect(bureau, COUNTY, DEN)
    bureau.told(closed(CASE, about=subject(found="2022-01-05 09:00", letter="2022-01-11 09:00")))
    assert broken(bureau) == []


def test_who_backdates_his_inspection_has_not_recorded_it_before(bureau: Bureau) -> None:
    case = inspect(bureau, MEMBER)
    inspect(bureau, COUNTY, at="2022-01-05T09:00:00+08:00")
    assert broken(bureau) == [case]


# --- what is lifted ---


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        (lambda case: closed(case, "not_borne_out", origin="inspection"), "not_borne_out"),
        (taken_back, "taken_back"),
        (lambda _: opened(CASE, "甲气站", "2022-01-09 10:00"), "recorded_before"),
        (lambda case: closed(case, unit=GAOPING, about=subject(major=True)), "another_unit"),
    ],
)
def test_what_turns_out_otherwise_is_lifted_and_says_why(bureau: Bureau, later: Any, reason: str) -> None:
    case = inspect(bureau, MEMBER)
    bureau.told(later(case))
    assert broken(bureau) == []
    lifted = {"unit": ZEZHOU, "month": "2021-12", "case": case, "reason": reason}
    assert public(bureau, "CommitmentBreakLifted") == [lifted]


def test_the_first_record_counts_though_it_is_heard_of_after_the_second(bureau: Bureau) -> None:
    case = inspect(bureau, MEMBER)
    bureau.wait_until("2022-01-12 09:00")
    inspect(bureau, COUNTY)
    assert broken(bureau) == [case]
    bureau.told(opened(CASE, "甲气站", "2022-01-09 10:00"))
    assert broken(bureau) == []


def test_a_commitment_that_two_cases_break_stays_broken_by_the_other(bureau: Bureau) -> None:
    first, second = (inspect(bureau, MEMBER, enterprise=name) for name in ("甲气站", "乙厂"))
    bureau.told(closed(second, "not_borne_out", origin="inspection"))
    assert broken(bureau) == [first]


def test_one_case_breaks_once(bureau: Bureau) -> None:
    case = inspect(bureau, MEMBER)
    for _ in range(2):
        bureau.told(closed(case, about=subject(major=True, origin="inspection")), found_false(case, "2022-02-20 10:00"))
    assert broken(bureau) == [case]
    assert len(public(bureau, "CommitmentBroken")) == 1


def test_what_an_older_release_held_against_a_county_that_found_it_itself_is_lifted(bureau: Bureau) -> None:
    case = inspect(bureau, MEMBER)
    own = cases.CaseOpened(
        case=case, unit=ZEZHOU, state="signed_for", origin="unit", tip=None, opened_at=at("2022-01-10 09:00")
    )
    bureau.told(own)
    assert broken(bureau) == []


# --- the campaign ---


def test_what_contradicts_which_statement_is_said_by_the_campaign() -> None:
    assert CAMPAIGN.contradicted("unlicensed", major=False) == ("no_illegal_enterprise",)
    assert CAMPAIGN.contradicted("sc_concealed", major=False) == ("inspection_complete",)
    assert set(CAMPAIGN.contradicted("unlicensed", major=True)) == {"no_illegal_enterprise", "inspection_complete"}
    assert CAMPAIGN.contradicted("sham_training", major=False) == CAMPAIGN.contradicted(None, major=False) == ()


def test_every_contradicted_statement_is_one_of_the_commitments() -> None:
    for one in CAMPAIGN.contradictions:
        assert one.statement in CAMPAIGN.commitment("county").statements
