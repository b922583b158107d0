"""The way of a case through the loop, its drafts and its signatures."""

from __future__ import annotations

from typing import Any

import pytest

from services.cases.domain.case import Case
from services.cases.domain.errors import (
    AlreadyDrafted,
    EvidenceMissing,
    NothingToSign,
    OfficialsOfThisUnit,
)
from services.cases.domain.events.concluding import (
    CaseClosed,
    CaseReopened,
    ResultDrafted,
    ResultRejected,
    ResultReported,
    ResultReviewed,
)
from services.cases.domain.events.handling import HandlerAssigned, HandlingStepRecorded, RemarkAdded
from services.cases.domain.events.transferring import CaseSignedFor, CaseTransferred, LetterDrafted
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Invalid
from shared.platform.event_store.session import NotFound
from shared.platform.service.authority import NotInThisState, WrongRole
from tests.services.cases.desk import (
    COUNTY,
    DIRECTOR,
    GAOPING,
    OFFICE,
    PRINCIPAL,
    RECTIFIED,
    RESULT,
    STEP,
    ZEZHOU,
    Desk,
    bring,
)
from tests.services.cases.steps import (
    closed,
    drafted,
    opened,
    remarked,
    reopened,
    result_accepted,
    result_drafted,
    result_sent_back,
    result_signed,
    signed_for,
    step_taken,
    transferred,
)
from tests.support.scenario import event, given

HANDED_OVER = (opened(), transferred(), signed_for())
REPORTED = (*HANDED_OVER, step_taken(), result_signed())


def test_a_letter_that_the_director_signs_off_is_numbered_and_dispatched_at_once() -> None:
    case = given(opened()).when(transferred()).then(event(CaseTransferred, number="（特设）移〔2022〕1号"))
    assert (case.state, case.letters) == ("transferred", ["（特设）移〔2022〕1号"])


def test_a_letter_that_the_office_drafts_waits_for_the_director() -> None:
    case = given(opened()).when(drafted()).then(event(LetterDrafted))
    assert case.state == "opened"
    given(opened(), drafted()).when(drafted()).refused(AlreadyDrafted, "待办公室主任签发")
    after = given(opened(), drafted()).when(transferred()).then(event(CaseTransferred))
    assert after.draft_letter is None


def test_the_addressee_signs_for_its_letter() -> None:
    case = given(opened(), transferred()).when(signed_for()).then(event(CaseSignedFor, deemed=False))
    assert case.state == "signed_for"


def test_a_county_cannot_sign_for_a_letter_addressed_to_another_county() -> None:
    gaoping = Actor("p-gaoping-1", "county", GAOPING)
    given(opened(), transferred()).when(signed_for(by=gaoping)).refused(NotFound)


def test_a_letter_sent_to_another_county_takes_the_case_there() -> None:
    case = given(opened()).when(transferred(to=GAOPING)).then(event(CaseTransferred))
    assert (case.unit, case.group) == (GAOPING, "g3")
    given(opened(), transferred(to=GAOPING)).when(signed_for(by=COUNTY)).refused(NotFound)


def test_nothing_is_handled_before_the_letter_is_signed_for() -> None:
    given(opened(), transferred()).when(step_taken()).refused(NotInThisState, "已移交待签收", "已签收")
    given(opened(), transferred()).when(result_signed()).refused(NotInThisState, "已移交待签收")


def test_a_step_needs_evidence() -> None:
    given(*HANDED_OVER).when(step_taken(evidence=())).refused(EvidenceMissing, "须附证据", "请写备注")
    case = given(*HANDED_OVER).when(step_taken()).then(event(HandlingStepRecorded, evidence=("检查记录 1",)))
    assert (case.state, case.steps) == ("handling", 1)


def test_a_remark_moves_nothing() -> None:
    before = given(*HANDED_OVER).aggregate
    case = given(*HANDED_OVER).when(remarked()).then(event(RemarkAdded))
    assert (case.state, case.first_step, case.feedback) == (before.state, before.first_step, before.feedback)


def test_a_result_that_an_officer_drafts_is_not_reported_until_the_principal_signs_it() -> None:
    case = given(*HANDED_OVER).when(result_drafted("初稿")).then(event(ResultDrafted))
    assert (case.state, case.reported_at) == ("signed_for", None)
    after = given(*HANDED_OVER, step_taken(), result_drafted("初稿"), result_drafted("二稿")).when(result_signed(None))
    assert after.then(event(ResultReported, in_time=True)).result.text == "二稿"


def test_what_the_principal_writes_himself_goes_before_the_draft() -> None:
    before = (*HANDED_OVER, step_taken(), result_drafted("初稿"))
    case = given(*before).when(result_signed("亲笔")).then(event(ResultReported))
    assert (case.result.text, case.drafted_result) == ("亲笔", None)


def test_a_principal_has_nothing_to_sign_where_nothing_is_drafted() -> None:
    given(*HANDED_OVER).when(result_signed(None)).refused(NothingToSign, "请填写办理结果后签字")


def test_an_officer_does_not_sign_for_the_principal() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("report-result", case, COUNTY, **RESULT)
    assert desk.names(case)[-1] == "ResultDrafted"
    with pytest.raises(Invalid, match="请填写办理结果"):
        desk.give("report-result", case, COUNTY)


def test_a_result_is_reviewed_and_then_closed_by_the_director() -> None:
    given(*REPORTED).when(result_accepted()).then(event(ResultReviewed))
    given(*REPORTED).when(closed()).refused(NotInThisState, "已反馈待审核", "已审核待办结")
    given(*REPORTED, result_accepted()).when(closed(by=OFFICE)).refused(WrongRole, "办公室主任")
    case = given(*REPORTED, result_accepted()).when(closed()).then(event(CaseClosed, on_time=True))
    assert case.disclosure is not None


def test_a_result_that_is_sent_back_is_worked_on_again() -> None:
    case = given(*REPORTED).when(result_sent_back()).then(event(ResultRejected))
    assert (case.state, case.result, case.reported_at) == ("handling", None, None)
    given(*REPORTED, result_sent_back()).when(result_signed("二次反馈")).then(event(ResultReported))


def test_a_closed_case_can_run_again() -> None:
    case = given(*REPORTED, result_accepted(), closed()).when(reopened()).then(event(CaseReopened))
    assert (case.state, case.closed_at, case.disclosure) == ("handling", None, None)
    given(*REPORTED).when(reopened()).refused(NotInThisState, "已办结")


def test_a_case_walks_from_the_tip_to_its_closing() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, OFFICE)
    desk.sign("transfer", case, DIRECTOR)
    desk.give("sign-for", case, COUNTY)
    desk.give("assign-handler", case, PRINCIPAL, officer="p-zezhou-2", station="140525-bagong")
    desk.give("remark", case, COUNTY, text="已联系企业。")
    desk.give("record-step", case, COUNTY, **STEP)
    desk.give("report-result", case, COUNTY, **RESULT)
    desk.sign("report-result", case, PRINCIPAL)
    desk.give("review-result", case, OFFICE)
    told = desk.give("close", case, DIRECTOR)
    assert told == {
        "case": str(case),
        "version": 11,
        "state": "closed",
        "unit": ZEZHOU,
        "letter": "（特设）移〔2022〕1号",
        "due": "2022-02-09T23:59:59+08:00",
    }
    assert desk.names(case) == [
        "CaseOpened",
        "LetterDrafted",
        "CaseTransferred",
        "CaseSignedFor",
        "HandlerAssigned",
        "RemarkAdded",
        "HandlingStepRecorded",
        "ResultDrafted",
        "ResultReported",
        "ResultReviewed",
        "CaseClosed",
    ]
    assert desk.timers == {}


def test_the_handling_officer_and_the_station_are_the_units_own() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    with pytest.raises(Invalid) as refused:
        desk.give("assign-handler", case, COUNTY, officer="p-gaoping-1")
    assert refused.value.allowed == ("p-zezhou-1", "p-zezhou-2")
    with pytest.raises(Invalid) as refused:
        desk.give("assign-handler", case, COUNTY, officer="p-zezhou-1", station="140581-macun")
    assert "140525-bagong" in refused.value.allowed
    desk.give("assign-handler", case, COUNTY, officer="p-zezhou-1", station="140525-bagong")
    assert isinstance(desk.events(case)[-1], HandlerAssigned)


@pytest.mark.parametrize(
    ("command", "fields", "field"),
    [
        ("record-step", {**STEP, "step": "phone_call"}, "step"),
        ("report-result", RESULT | {"taken": [RECTIFIED | {"measure": "scolding"}]}, "taken/measure"),
    ],
)
def test_a_code_that_the_campaign_does_not_have_is_answered_with_those_that_it_has(
    command: str, fields: dict[str, Any], field: str
) -> None:
    desk = Desk()
    with pytest.raises(Invalid) as refused:
        desk.give(command, bring(desk, "handling"), COUNTY, **fields)
    assert (refused.value.field, len(refused.value.allowed) >= 6) == (field, True)


def test_nobody_finds_a_problem_or_takes_a_step_in_the_future() -> None:
    desk = Desk()
    with pytest.raises(Invalid, match="晚于现在"):
        desk.open(COUNTY, found_at="2022-01-21T17:37:00+08:00")
    with pytest.raises(Invalid, match="晚于现在"):
        desk.give("record-step", bring(desk, "signed_for"), COUNTY, **STEP, taken_at="2022-02-01T00:00:00+08:00")


# --- a problem that the unit found itself ---


def test_a_problem_that_a_county_found_itself_needs_no_transfer() -> None:
    desk = Desk()
    case = desk.open(COUNTY)
    assert (desk.case(case).state, desk.case(case).letters) == ("signed_for", [])
    assert desk.case(case).feedback is not None
    with pytest.raises(NotInThisState):
        desk.give("transfer", case, DIRECTOR)
    desk.give("record-step", case, COUNTY, **STEP)
    desk.give("report-result", case, PRINCIPAL, **RESULT)
    desk.give("review-result", case, OFFICE)
    assert desk.give("close", case, DIRECTOR)["state"] == "closed"


def test_a_problem_that_an_inspection_found_is_transferred_by_letter() -> None:
    desk = Desk()
    case = desk.open(OFFICE, unit=ZEZHOU)
    assert desk.case(case).state == "opened"
    assert desk.give("transfer", case, DIRECTOR)["letter"] == "（特设）移〔2022〕1号"


# --- a tip against officials ---


def test_a_letter_about_a_units_officials_does_not_go_to_that_unit() -> None:
    bribed = opened(against_officials=True, concerned=ZEZHOU)
    letter = given(opened(), transferred()).aggregate.letter

    def to_the_same_unit(case: Case) -> None:
        case.check_receiver(letter)

    given(bribed).when(to_the_same_unit).refused(OfficialsOfThisUnit, "不得交该单位办理", "请改交其他单位")


@pytest.mark.parametrize("said", [{"against_officials": True}, {"matters": ("against_officials",)}])
def test_a_tip_against_a_countys_officials_is_never_that_countys_not_even_to_see(said: dict[str, object]) -> None:
    desk = Desk()
    case = desk.tipped(**said)
    assert desk.case(case).unit == desk.rows[case]["unit"] == "enforcement-team"
    assert desk.case(case).group is None
    assert {one.jurisdiction for one in desk.published} == {"city", None}
    assert ZEZHOU not in str([data for _, data in desk.messages(public=True)])
    told = desk.give("transfer", case, DIRECTOR)
    assert told["unit"] == "enforcement-team"
    with pytest.raises(NotFound):
        desk.give("sign-for", case, COUNTY)


@pytest.mark.parametrize("unit", [ZEZHOU, GAOPING])
def test_the_director_cannot_send_a_letter_about_officials_to_a_county(unit: str) -> None:
    desk = Desk()
    with pytest.raises(Invalid) as refused:
        desk.give("transfer", desk.tipped(against_officials=True), DIRECTOR, unit=unit)
    assert refused.value.allowed == ("enforcement-team",)


def test_a_county_does_not_open_a_case_against_its_own_officials() -> None:
    with pytest.raises(OfficialsOfThisUnit, match="移送纪检监察机关"):
        Desk().open(COUNTY, matters=["against_officials"])


def test_officials_found_out_by_an_inspection_are_not_handed_to_their_county() -> None:
    desk = Desk()
    assert desk.case(desk.open(OFFICE, unit=ZEZHOU, matters=["against_officials"])).unit == "enforcement-team"


def test_the_team_that_handles_a_case_against_officials_can_be_given_a_handler_without_an_error() -> None:
    desk = Desk()
    case = desk.tipped(against_officials=True)
    desk.give("transfer", case, DIRECTOR)
    team = Actor("p-enforcement", "county", "enforcement-team")
    desk.give("sign-for", case, team)
    with pytest.raises(Invalid, match="本单位承办人员"):
        desk.give("assign-handler", case, team, officer="p-zezhou-1")
