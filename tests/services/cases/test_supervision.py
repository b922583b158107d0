"""What follows from a finding: accountability by ground, and a group's key supervision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.cases.domain.case import OVERDUE
from services.cases.domain.errors import AnotherUnit
from services.cases.domain.events.supervising import AccountabilityImposed
from shared.kernel.contracts.internal.assessment import BulletinPublished
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import NotInThisSituation
from tests.services.cases.desk import (
    CAMPAIGN,
    CHECKED,
    COUNTY,
    DIRECTOR,
    GAOPING,
    GROUP,
    OFFICE,
    OTHER_GROUP,
    TASKFORCE,
    ZEZHOU,
    Desk,
    at,
    bring,
)

CLOSELY: dict[str, Any] = {"reason": "属实。", "measures": "驻点督导。", "recheck_by": "2022-03-10"}
GROUNDS = CAMPAIGN.taxonomy("accountability_grounds").codes


def found_overdue(desk: Desk, found: bool = True) -> UUID:
    case = bring(desk, "handling")
    desk.wait_until("2022-02-10 09:00")
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=found, **CHECKED)
    return case


# --- accountability ---


@pytest.mark.parametrize("ground", GROUNDS)
def test_the_actions_follow_from_the_ground(ground: str) -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("start-key-supervision", case, OFFICE, **CLOSELY)
    desk.give("impose-accountability", case, TASKFORCE, ground=ground)
    imposed = desk.events(case)[-1]
    assert imposed.actions == CAMPAIGN.actions_for(ground) != ()
    assert (imposed.units, imposed.people) == ((ZEZHOU,), 0)


def test_lax_work_is_criticised_and_its_principal_interviewed_but_fraud_is_pursued() -> None:
    lax = {"self_check_not_serious", "rectification_not_thorough", "enforcement_not_strict"}
    assert {
        g for g in GROUNDS if set(CAMPAIGN.actions_for(g)) == {"circulated_criticism", "admonition_interview"}
    } == lax
    assert CAMPAIGN.actions_for("fraud") == ("accountability",)


def test_nobody_is_held_to_account_before_something_was_found_or_the_case_is_supervised() -> None:
    desk = Desk()
    cleared = found_overdue(desk, found=False)
    with pytest.raises(NotInThisSituation, match="核查属实"):
        desk.give("impose-accountability", cleared, DIRECTOR, ground=OVERDUE)
    assert desk.names(cleared)[-1] == "EscalationCleared"


@pytest.mark.parametrize("publish", [True, False])
def test_the_public_is_told_only_what_is_published_and_never_of_individuals(publish: bool) -> None:
    desk = Desk()
    case = found_overdue(desk)
    desk.give("impose-accountability", case, DIRECTOR, ground=OVERDUE, people=2, posts="副局长", publish=publish)
    outside = [data for name, data in desk.messages(public=True) if name == "AccountabilityImposed"]
    assert len(outside) == publish
    assert "副局长" not in str(outside)
    assert not any("people" in data or "posts" in data for data in outside)
    (inside,) = [data for name, data in desk.messages(public=False) if name == "AccountabilityImposed"]
    assert (inside["people"], inside["units"]) == (2, [ZEZHOU])


def test_somebody_is_held_to_account_a_unit_or_individuals() -> None:
    desk = Desk()
    case = found_overdue(desk)
    with pytest.raises(Invalid, match="被追责的单位或人数"):
        desk.give("impose-accountability", case, DIRECTOR, ground=OVERDUE, units=[])
    with pytest.raises(Invalid, match="没有这个单位代码"):
        desk.give("impose-accountability", case, DIRECTOR, ground=OVERDUE, units=["140599"])
    with pytest.raises(Invalid) as refused:
        desk.give("impose-accountability", case, DIRECTOR, ground="bad_luck")
    assert refused.value.allowed == GROUNDS
    desk.give("impose-accountability", case, DIRECTOR, ground=OVERDUE, units=[], people=1)
    assert isinstance(desk.events(case)[-1], AccountabilityImposed)


def test_the_public_is_told_which_units_were_held_to_account() -> None:
    desk = Desk()
    case = found_overdue(desk)
    desk.give("impose-accountability", case, DIRECTOR, ground=OVERDUE, units=["g1", GAOPING, "g1"], publish=True)
    (outside,) = [data for name, data in desk.messages(public=True) if name == "AccountabilityImposed"]
    assert (outside["unit"], outside["units"]) == (ZEZHOU, ["g1", GAOPING])


def test_the_public_is_told_nothing_where_only_individuals_were_held_to_account() -> None:
    desk = Desk()
    case = found_overdue(desk)
    desk.give("impose-accountability", case, DIRECTOR, ground=OVERDUE, units=[], people=1, publish=True)
    assert "AccountabilityImposed" not in [name for name, _ in desk.messages(public=True)]


def test_who_neglected_the_case_is_held_to_account_and_not_who_has_it_since() -> None:
    desk = Desk()
    case = bring(desk, "transferred")
    desk.wait_until("2022-01-24 10:00")
    desk.give("request-return", case, COUNTY, reason="not_our_duty", text="企业在高平市。")
    desk.wait_until("2022-02-10 09:00")
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
    desk.give("accept-return", case, OFFICE)
    desk.give("transfer", case, DIRECTOR, unit=GAOPING)
    desk.give("impose-accountability", case, DIRECTOR, ground=OVERDUE)
    assert (desk.case(case).unit, desk.events(case)[-1].units) == (GAOPING, (ZEZHOU,))


@pytest.mark.parametrize("body", ["enforcement-team", "g1", "140525-bagong"])
def test_every_body_of_the_campaign_may_be_held_to_account(body: str) -> None:
    desk = Desk()
    case = found_overdue(desk)
    desk.give("impose-accountability", case, DIRECTOR, ground=OVERDUE, units=[GAOPING, body])
    (inside,) = [data for name, data in desk.messages(public=False) if name == "AccountabilityImposed"]
    assert inside["units"] == [GAOPING, body]


# --- key supervision ---


def test_a_group_supervises_a_case_closely_until_it_concludes() -> None:
    desk = Desk()
    case = found_overdue(desk)
    desk.give("start-key-supervision", case, OFFICE, **CLOSELY)
    key = desk.case(case).key_supervision
    assert key is not None
    assert (key.group, key.recheck.due) == ("g1", at("2022-03-11 00:00"))
    with pytest.raises(NotInThisSituation, match="正在重点督导"):
        desk.give("start-key-supervision", case, DIRECTOR, **CLOSELY)
    desk.give("end-key-supervision", case, GROUP, conclusion="已到位。")
    assert not desk.case(case).is_supervised
    desk.give("start-key-supervision", case, DIRECTOR, **CLOSELY)
    assert desk.case(case).is_supervised


def test_the_group_that_supervises_ends_it_and_no_other_not_even_the_one_that_answers_for_the_unit() -> None:
    desk = Desk()
    case = found_overdue(desk)
    desk.give("start-key-supervision", case, OFFICE, group="g3", **CLOSELY)
    with pytest.raises(AnotherUnit, match="负责重点督导的工作组"):
        desk.give("end-key-supervision", case, GROUP, conclusion="已到位。")
    desk.give("end-key-supervision", case, OTHER_GROUP, conclusion="已到位。")


@pytest.mark.parametrize("day", ["2022-02-10", "2021-01-01", "2025-01-01"])
def test_a_recheck_on_a_day_that_is_past_or_a_slip_of_the_pen_is_refused(day: str) -> None:
    desk = Desk()
    case = found_overdue(desk)
    with pytest.raises(Invalid, match="复查日期"):
        desk.give("start-key-supervision", case, OFFICE, **CLOSELY | {"recheck_by": day})


def test_a_case_that_no_group_answers_for_is_supervised_by_a_group_that_is_named() -> None:
    desk = Desk()
    case = desk.tipped(against_officials=True)
    with pytest.raises(Invalid) as refused:
        desk.give("start-key-supervision", case, OFFICE, **CLOSELY)
    assert refused.value.allowed == ("g1", "g2", "g3", "g4")
    desk.give("start-key-supervision", case, OFFICE, group="g3", **CLOSELY)


def test_a_case_that_is_closed_and_in_a_bulletin_is_no_longer_supervised() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    assert desk.rehearse("start-key-supervision", case, OFFICE, **CLOSELY) is None
    desk.hear("assessment", BulletinPublished("b-1", "2022-01", desk.clock.now(), (str(case),)))
    with pytest.raises(NotInThisSituation, match="考核通报"):
        desk.give("start-key-supervision", case, OFFICE, **CLOSELY)
