"""Conflict of interest is by person, not by unit (domain section 2): in every seat, by default and by choice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.cases.domain.errors import NotIndependent
from services.cases.domain.events.escalating import VerificationAssigned
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Invalid, Refusal
from shared.platform.event_store.session import NotFound
from shared.platform.service.authority import NotInThisSituation
from tests.services.cases.desk import (
    CAMPAIGN,
    CHECKED,
    COUNTY,
    DIRECTOR,
    GROUP,
    OFFICE,
    OTHER_GROUP,
    PRINCIPAL,
    RESULT,
    STEP,
    TASKFORCE,
    ZEZHOU,
    Desk,
    bring,
)

TEAM = "enforcement-team"
OTHER_GROUP_OF_ZEZHOU = Actor("p-g1-2", "group", "g1")
HEAD = Actor("p-zezhou", "taskforce", "city")
"""The bureau's head in his seat on the task force."""
CHIEF, LEADER = Actor("p-deputy-director", "director", "city"), Actor("p-deputy-director", "group", "g1")
"""The office's director, and the same person as leader of the group."""
ACCOUNTABLE: dict[str, Any] = {"ground": "overdue"}
SUPERVISED: dict[str, Any] = {"reason": "拖延。", "measures": "驻点督导。", "recheck_by": "2022-03-10", "group": "g3"}


def against_officials(desk: Desk) -> UUID:
    """A tip against officials of 泽州; it is the enforcement team's from the start."""
    return desk.tipped(tip="tip-2", matters=("against_officials",), against_officials=True)


def suspected(desk: Desk, by: Actor, closed_by: Actor = DIRECTOR) -> UUID:
    case = bring(desk, "reviewed")
    desk.give("close", case, closed_by)
    desk.give("suspect-false-closure", case, by, source="group", **CHECKED)
    desk.give("reply", case, PRINCIPAL, text="已整改。")
    return case


def verifier_of(desk: Desk, case: UUID) -> str:
    desk.give("appoint-verification", case, OFFICE)
    return next(event.verifier for event in reversed(desk.events(case)) if isinstance(event, VerificationAssigned))


# --- a matter against one's own officials does not exist ---


def test_a_bureaus_head_has_no_case_against_his_own_officials_in_his_seat_on_the_task_force() -> None:
    desk = Desk()
    case = against_officials(desk)
    with pytest.raises(NotFound):
        desk.give("impose-accountability", case, HEAD, **ACCOUNTABLE)
    with pytest.raises(NotFound):
        desk.give("record-step", case, Actor("p-zezhou-1", "county", TEAM), **STEP)


def test_what_may_never_be_public_is_owed_to_nobody() -> None:
    """It is closed without a date of disclosure: the office is late with nothing."""
    desk = Desk()
    case, clerk, head = (
        against_officials(desk),
        Actor("p-enforcement-1", "county", TEAM),
        Actor("p-enforcement", "principal", TEAM),
    )
    desk.give("transfer", case, DIRECTOR)
    desk.give("sign-for", case, clerk)
    desk.give("record-step", case, clerk, **STEP)
    desk.give("report-result", case, head, **RESULT | {"conclusion": "not_borne_out", "taken": []})
    desk.give("review-result", case, OFFICE)
    desk.give("close", case, DIRECTOR)
    assert (desk.case(case).state, desk.case(case).disclosure) == ("closed", None)
    assert desk.rows[case]["disclosure_due"] is None


def test_the_head_of_another_bureau_has_it() -> None:
    desk = Desk()
    case = against_officials(desk)
    with pytest.raises(NotInThisSituation):  # nothing was found yet
        desk.give("impose-accountability", case, Actor("p-gaoping", "taskforce", "city"), **ACCOUNTABLE)


def test_what_a_case_of_another_unit_answers_tells_no_more_than_one_that_does_not_exist() -> None:
    desk = Desk()
    case = bring(desk, "transferred")
    for id_ in (case, UUID(int=7)):
        with pytest.raises(NotFound):
            desk.give("sign-for", id_, Actor("p-gaoping-1", "county", "140581"))


# --- nobody decides from another seat on what his own unit handles ---


def test_a_bureaus_head_decides_nothing_on_his_own_bureaus_case_from_the_task_force() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("start-key-supervision", case, OFFICE, **SUPERVISED)
    with pytest.raises(NotIndependent, match=r"任职.*应当回避.*请由.*办理"):
        desk.give("impose-accountability", case, HEAD, **ACCOUNTABLE)
    desk.give("impose-accountability", case, TASKFORCE, **ACCOUNTABLE)


def test_a_body_in_which_somebody_of_the_handling_unit_sits_is_neither_appointed_nor_chosen() -> None:
    desk = Desk()
    case = against_officials(desk)
    desk.give("transfer", case, DIRECTOR)
    desk.wait_until("2022-02-20 09:00")
    with pytest.raises(Invalid, match="无利害关系") as refused:
        desk.give("appoint-verification", case, OFFICE, verifier="g2")  # which the head of the team leads
    assert refused.value.allowed == ("g3",), "members of the team sit in the three others"
    with pytest.raises(Invalid):
        desk.give("appoint-verification", case, OFFICE, verifier=TEAM)
    assert verifier_of(desk, case) == "g3"


# --- nobody decides in another seat what follows from his own step ---


def test_who_signed_the_letter_as_director_does_not_verify_as_leader_of_the_group() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, CHIEF)
    bring(desk, "handling", case=case)
    desk.wait_until("2022-02-10 09:00")
    assert verifier_of(desk, case) == "g1"
    with pytest.raises(NotIndependent, match=r"办公室主任.*身份办理过此件.*请由.*许立言"):
        desk.give("verify-escalation", case, LEADER, found=True, **CHECKED)
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)


def test_the_group_that_is_led_by_who_closed_a_case_does_not_verify_the_closure() -> None:
    desk = Desk()
    assert verifier_of(desk, suspected(desk, GROUP, closed_by=CHIEF)) == "g2"
    desk = Desk()
    assert verifier_of(desk, suspected(desk, GROUP)) == "g1", "the deputy closed it"


def test_who_suspects_does_not_verify_in_the_same_seat_either() -> None:
    desk = Desk()
    case = suspected(desk, Actor("p-g1-2", "group", "g1"))
    desk.give("appoint-verification", case, OFFICE, verifier="g3")
    stranger = Actor("p-g1-2", "group", "g3")  # whatever seat he is given
    with pytest.raises(NotIndependent):
        desk.give("verify-escalation", case, stranger, found=True, **CHECKED)
    desk.give("verify-escalation", case, OTHER_GROUP, found=True, **CHECKED)


def test_who_suspected_first_does_not_verify_what_another_suspected_later() -> None:
    first = Actor("p-g1-2", "group", "g1")
    desk = Desk()
    case = suspected(desk, first)
    desk.give("appoint-verification", case, OFFICE, verifier="g3")
    desk.give("verify-escalation", case, OTHER_GROUP, found=False, **CHECKED)
    desk.give("suspect-false-closure", case, OFFICE, source="return_visit", **CHECKED)
    desk.give("reply", case, PRINCIPAL, text="已整改。")
    desk.give("appoint-verification", case, OFFICE, verifier="g1")
    with pytest.raises(NotIndependent, match=r"提出过此件虚假办结的疑点.*请由.*办理"):
        desk.give("verify-escalation", case, first, found=True, **CHECKED)
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)


def test_who_reviewed_a_result_does_not_close_on_it_and_is_told_who_can() -> None:
    desk = Desk()
    case = bring(desk, "reported")
    desk.give("review-result", case, DIRECTOR)
    with pytest.raises(NotIndependent, match=r"您审核了此件的办理结果.*请由.*办理") as refused:
        desk.give("close", case, DIRECTOR)
    assert CAMPAIGN.person(CHIEF.id).name in refused.value.sentence
    assert desk.give("close", case, CHIEF)["state"] == "closed"


def test_who_reviewed_an_earlier_result_may_close_on_the_next_one() -> None:
    desk = Desk()
    case = bring(desk, "reported")
    desk.give("review-result", case, DIRECTOR)
    desk.give("close", case, CHIEF)
    desk.give("reopen", case, DIRECTOR, reason="回访不属实。")
    desk.give("record-step", case, COUNTY, **STEP)
    desk.give("report-result", case, PRINCIPAL, **RESULT)
    desk.give("review-result", case, OFFICE)
    assert desk.give("close", case, DIRECTOR)["state"] == "closed"


@pytest.mark.parametrize("trigger", ["overdue", "false_closure"])
def test_who_reviewed_does_not_verify_as_a_member_of_the_group_whatever_was_raised(trigger: str) -> None:
    chief = Actor("p-section-chief", "office", "city")
    desk = Desk()
    case = bring(desk, "reported")
    if trigger == "false_closure":
        desk.give("review-result", case, chief)
        desk.give("close", case, DIRECTOR)
        desk.give("suspect-false-closure", case, OTHER_GROUP_OF_ZEZHOU, source="group", **CHECKED)
        desk.give("reply", case, PRINCIPAL, text="已整改。")
    else:
        desk.give("reject-result", case, chief, reason="没有附件。")
        desk.wait_until("2022-02-10 09:00")
    assert verifier_of(desk, case) == "g1"
    with pytest.raises(NotIndependent, match="身份办理过此件"):
        desk.give("verify-escalation", case, Actor(chief.id, "group", "g1"), found=True, **CHECKED)
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)


def test_a_remark_decides_nothing_and_binds_nobody() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("remark", case, Actor("p-section-chief", "office", "city"), text="已电话催问。")
    assert "p-section-chief" not in desk.case(case).acted
    desk.give("transfer", case, CHIEF)
    desk.give("remark", case, LEADER, text="已到现场。")


def test_somebody_goes_on_in_his_own_seat() -> None:
    desk = Desk()
    bring(desk, "closed")  # the director signed the letter and closes; the officer acts throughout


# --- for every person of the campaign ---


@pytest.mark.parametrize("person", [one.id for one in CAMPAIGN.people])
def test_every_person_in_every_seat_is_told_of_a_case_against_officials_or_not(person: str) -> None:
    desk = Desk()
    case = against_officials(desk)
    for seat in CAMPAIGN.appointments(person):
        unit = "city" if seat.role in ("director", "office", "taskforce", "hotline") else seat.unit
        actor = Actor(person, seat.role, unit)
        try:
            desk.give("remark", case, actor, text="请看。")
        except NotFound:
            told = False
        except Refusal:
            continue  # a role that never has this command learns nothing
        else:
            told = True
        own = ZEZHOU in CAMPAIGN.bodies_of(person)
        assert told == (not own and (actor.unit in ("city", TEAM))), (person, seat)


def test_a_program_acts_under_its_own_name_without_seats() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.give("record-step", case, Actor("api-county-140525", "county", ZEZHOU), **STEP)
    assert COUNTY.id in desk.case(case).acted
