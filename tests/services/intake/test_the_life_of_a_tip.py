"""What may happen to a tip, who may bring it about, and what never may."""

from __future__ import annotations

import pytest

from services.intake.domain import events
from services.intake.domain.authority import AUTHORITY, STATES, check_may, may_read_text
from services.intake.domain.errors import NotInThisState, WrongRole
from shared.kernel.roles import ROLES
from shared.platform.event_store.envelope import Actor, system
from tests.services.intake.tips import (
    COUNTY,
    DIRECTOR,
    LEAD,
    OFFICE,
    dismissed,
    heard,
    identity_sealed,
    received,
    referred,
    supplemented,
    told,
    triaged,
    triaged_by_rule,
)
from tests.support.scenario import Step, event, given


def test_a_tip_is_received_and_waits_for_triage() -> None:
    tip = given().when(received()).then(event(events.TipReceived, source="web", mode="anonymous"))
    assert tip.state == "received"


def test_an_identity_leaves_only_a_pseudonym_in_the_history() -> None:
    given(received(mode="confidential")).when(identity_sealed("f00d")).then(
        event(events.IdentitySealed, pseudonym="f00d")
    )


@pytest.mark.parametrize("officer", [OFFICE, DIRECTOR])
def test_an_officer_of_the_city_triages_a_tip(officer: Actor) -> None:
    tip = given(received()).when(triaged(officer)).then(event(events.TipTriaged, lead=LEAD))
    assert (tip.state, tip.lead) == ("triaged", LEAD)


def test_a_rule_triages_a_tip_without_an_officer() -> None:
    given(received()).when(triaged_by_rule()).then(event(events.TipTriaged, lead=LEAD))


@pytest.mark.parametrize("command", [triaged, dismissed, referred, supplemented, told])
def test_a_county_officer_decides_nothing_about_a_tip(command: object) -> None:
    given(received()).when(command(COUNTY)).refused(WrongRole, "举报热线或市局办公室")  # type: ignore[operator]


def test_the_system_gives_no_officers_command() -> None:
    given(received()).when(triaged(system("some_rule"))).refused(WrongRole)


@pytest.mark.parametrize("before", [triaged(), dismissed(), referred()])
@pytest.mark.parametrize("command", [triaged(), triaged_by_rule(), dismissed(), referred(), supplemented()])
def test_a_tip_is_decided_once(before: Step, command: Step) -> None:
    given(received(), before).when(command).refused(NotInThisState, "待梳理", "刷新")


def test_a_dismissed_tip_keeps_its_coded_reason() -> None:
    tip = given(received()).when(dismissed(reason="duplicate")).then(event(events.TipDismissed, reason="duplicate"))
    assert (tip.state, tip.reason) == ("dismissed", "duplicate")


def test_a_complaint_goes_to_its_own_channel() -> None:
    tip = (
        given(received(kind="complaint")).when(referred()).then(event(events.TipReferredElsewhere, channel="complaint"))
    )
    assert tip.state == "referred_elsewhere"


def test_what_was_learnt_afterwards_changes_what_the_rules_suggest() -> None:
    tip = given(received()).when(supplemented()).then(event(events.TipSupplemented))
    assert tip.suggestion.unit == "140525"
    assert tip.state == "received"


@pytest.mark.parametrize("before", [[], [triaged()], [dismissed()], [referred()]])
def test_the_dialogue_goes_on_whatever_became_of_the_tip(before: list[Step]) -> None:
    given(received(), *before).when(heard()).then(event(events.MessageFromTipster))
    given(received(), *before).when(told()).then(event(events.MessageToTipster))


def test_only_the_hotline_and_the_office_have_any_command() -> None:
    officers = {"hotline", "office", "director"}
    for command, permission in AUTHORITY.items():
        for role in ROLES:
            for state in STATES:
                actor = Actor("p", role, "city")
                if role in officers and state in permission.states:
                    check_may(command, actor, state)
                else:
                    with pytest.raises((WrongRole, NotInThisState)):
                        check_may(command, actor, state)


def test_the_hotline_reads_the_text_until_triage_the_office_always_and_nobody_else() -> None:
    assert {(role, state) for role in ROLES for state in STATES if may_read_text(role, state)} == {
        ("hotline", "received"),
        *((role, state) for role in ("office", "director") for state in STATES),
    }
