"""What *notify* and *assessment* tell of a case: it is public, it is in a bulletin; and findings that become cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.cases.domain import loop
from services.cases.handlers import CASE
from shared.kernel.contracts.internal.assessment import BulletinPublished, FindingRecorded
from shared.kernel.contracts.internal.notify import DisclosurePublished
from tests.services.cases.desk import CAMPAIGN, COUNTY, DIRECTOR, OFFICE, STEP, ZEZHOU, Desk, at, bring, running

FINDING = UUID("0190a5c0-0000-7000-8000-00000000f001")
NOBODY = UUID("0190a5c0-0000-7000-8000-00000000dead")


def disclose(desk: Desk, case: object, when: Any = None) -> None:
    desk.hear("notify", DisclosurePublished("d-1", str(case), ZEZHOU, when or desk.clock.now()))


def assess(desk: Desk, *cases: object, month: str = "2022-01") -> None:
    desk.hear("assessment", BulletinPublished("b-1", month, desk.clock.now(), tuple(map(str, cases))))


def record(desk: Desk, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "finding": str(FINDING), "inspection": "i-1", "unit": ZEZHOU, "inspector": "g1", "matter": "安全阀未校验",
        "found_at": at("2022-01-21 10:00"), "enterprise": "甲气站",
    }  # fmt: skip
    desk.hear("assessment", FindingRecorded(**(facts | changes)))


# --- disclosures and bulletins ---


def test_a_published_result_and_a_bulletin_close_the_loop() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    assert not loop.is_closed(loop.steps(desk.case(case), CAMPAIGN))
    disclose(desk, case)
    assert not loop.is_closed(loop.steps(desk.case(case), CAMPAIGN))
    assess(desk, case)
    assert loop.is_closed(loop.steps(desk.case(case), CAMPAIGN))
    assert desk.names(case)[-2:] == ["CaseDisclosed", "CaseAssessed"]
    assert (desk.rows[case]["disclosed_at"], desk.rows[case]["assessed_in"]) == (desk.clock.now(), "2022-01")


def test_what_is_told_twice_happens_once() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    for _ in range(2):
        disclose(desk, case)
        assess(desk, case)
    assert desk.names(case).count("CaseDisclosed") == desk.names(case).count("CaseAssessed") == 1


def test_a_case_that_cannot_be_read_keeps_no_other_of_its_bulletin_waiting() -> None:
    desk = Desk()
    first, spoilt, last = (bring(desk, "closed", case=desk.tipped()) for _ in range(3))
    *events, closing = desk.memory.streams[spoilt]
    desk.memory.streams[spoilt] = [*events, replace(closing, state=b"not json")]
    told = BulletinPublished("b-1", "2022-01", desk.clock.now(), (str(first), str(spoilt), str(last)))
    left = desk.hear("assessment", told)
    assert [desk.case(case).assessed_in for case in (first, last)] == ["2022-01", "2022-01"]
    assert str(left).startswith(f"{spoilt}: ")
    desk.memory.streams[spoilt] = [*events, closing]
    assert desk.hear("assessment", told) is None, "mended, it is given once more"
    assert desk.case(spoilt).assessed_in == "2022-01"
    assert desk.names(first).count("CaseAssessed") == 1


def test_a_bulletin_may_name_cases_that_are_unknown_or_run_again() -> None:
    desk = Desk()
    running, closed = bring(desk, "handling"), bring(desk, "closed", case=desk.tipped(tip="tip-2"))
    assess(desk, NOBODY, "no identifier", running, closed)
    disclose(desk, NOBODY)
    disclose(desk, running)
    assert desk.case(running).assessed_in is None
    assert desk.case(closed).assessed_in == "2022-01"


def published(desk: Desk, case: UUID, kind: str) -> None:
    desk.hear("notify", DisclosurePublished("d-1", str(case), ZEZHOU, desk.clock.now(), kind))


def test_an_exposure_is_recorded_of_a_case_that_runs_and_discloses_no_result() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    published(desk, case, "exposure")
    assert desk.names(case)[-1] == "CaseDisclosed"
    assert (desk.case(case).disclosed_at, desk.rows[case].get("disclosed_at")) == (None, None)
    told = [data["kind"] for name, data in desk.messages(public=False) if name == "CaseDisclosed"]
    assert told == ["exposure"]
    assert "CaseDisclosed" not in [name for name, _ in desk.messages(public=True)], "no result is public"


def test_what_counts_in_a_number_without_a_name_is_disclosed() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    published(desk, case, "number")
    assert desk.case(case).disclosed_at == desk.clock.now()


def test_a_reopened_case_is_disclosed_and_assessed_anew() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    disclose(desk, case)
    assess(desk, case)
    desk.give("reopen", case, DIRECTOR, reason="回访不属实。")
    waiting = {step.name: step.state for step in loop.steps(desk.case(case), CAMPAIGN)}
    assert (waiting["disclosed"], waiting["assessed"]) == ("due", "due")
    desk.give("record-step", case, COUNTY, **STEP)
    desk.clock.set(at("2022-01-24 10:00"))
    bring(desk, "closed", case=case)
    disclose(desk, case, at("2022-01-24 10:00") - timedelta(minutes=1))
    assert desk.case(case).disclosed_at is None, "that was the earlier closing"
    disclose(desk, case)
    assess(desk, case, month="final")
    assert (desk.case(case).disclosed_at, desk.case(case).assessed_in) == (at("2022-01-24 10:00"), "final")


# --- findings ---


def test_a_groups_finding_becomes_a_case_of_the_same_identifier_that_is_transferred_by_letter() -> None:
    desk = Desk()
    record(desk)
    case = desk.case(FINDING)
    assert (case.origin, case.state, case.unit, case.tip) == ("inspection", "opened", ZEZHOU, None)
    assert (case.matter.text, case.matter.received_at) == ("安全阀未校验", at("2022-01-21 10:00"))
    assert desk.give("transfer", FINDING, DIRECTOR)["state"] == "transferred"


def test_a_finding_that_is_told_twice_is_one_case() -> None:
    desk = Desk()
    record(desk)
    record(desk)
    assert desk.names(FINDING) == ["CaseOpened"]


def test_what_a_county_found_in_its_own_inspection_needs_no_transfer() -> None:
    desk = Desk()
    record(desk, inspector=ZEZHOU)
    case = desk.case(FINDING)
    assert (case.origin, case.state) == ("unit", "signed_for")
    assert running(case.feedback).due == at("2022-02-10 00:00")


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, "2022-02-10 00:00"),
        ({"major": True}, "2022-02-24 00:00"),
        ({"major": True, "danger": True}, "2022-01-29 00:00"),
    ],
)
@pytest.mark.parametrize("inspector", [ZEZHOU, "g1"])
def test_a_major_hazard_has_the_window_of_one_unless_life_is_in_danger(
    inspector: str, fields: dict[str, Any], due: str
) -> None:
    desk = Desk()
    record(desk, inspector=inspector, **fields)
    if inspector != ZEZHOU:
        desk.give("transfer", FINDING, DIRECTOR)
    assert running(desk.case(FINDING).feedback).due == at(due)


def test_what_an_inspection_found_is_filled_into_the_letter_and_the_office_may_say_otherwise() -> None:
    desk = Desk()
    record(desk, major=True)
    filled = CASE.commands["transfer"].filled
    assert filled is not None
    assert filled({"case": desk.case(FINDING)})["circumstance"] == "major"
    desk.give("transfer", FINDING, DIRECTOR, circumstance="mixed")
    assert running(desk.case(FINDING).feedback).circumstance == "mixed"


@pytest.mark.parametrize("inspector", [ZEZHOU, "g1"])
def test_a_finding_against_a_countys_officials_is_never_that_countys(inspector: str) -> None:
    desk = Desk()
    record(desk, inspector=inspector, matters=("against_officials",))
    assert (desk.case(FINDING).unit, desk.case(FINDING).state) == ("enforcement-team", "opened")
    assert desk.give("transfer", FINDING, DIRECTOR)["unit"] == "enforcement-team"


def test_the_office_sees_what_is_closed_but_not_yet_public() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    waits = loop.waits_for(loop.steps(desk.case(case), CAMPAIGN))
    assert waits == [("信息公开", "办理结果待公开"), ("考核通报", "列入当月考核通报")]
    assert desk.rehearse("reopen", case, OFFICE, reason="x") is not None
