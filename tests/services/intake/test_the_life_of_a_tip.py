"""What may happen to a tip, who may bring it about, and what never may."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.domain.authority import OFFICERS, STATES, may_read_text
from services.intake.handlers import TIP
from shared.kernel.roles import ROLES
from shared.platform.event_store.envelope import Actor, system
from shared.platform.event_store.refusal import Refusal
from shared.platform.service.authority import NotInThisState, WrongRole
from tests.services.intake.desk import CLEAR, COUNTY, DIRECTOR, ENDINGS, IDENTITY, OFFICE, ZEZHOU, Desk

COMMANDS: dict[str, dict[str, Any]] = {
    **dict(ENDINGS.values()), "supplement": {"place": "泽州县巴公镇"}, "message": {"text": "您好"},
}  # fmt: skip
DECIDING = sorted(COMMANDS.keys() - {"message"})


def test_a_tip_is_received_and_waits_for_triage() -> None:
    desk = Desk()
    tip = desk.receive()
    (received,) = desk.events(tip)
    assert (received.source, received.mode, desk.tip(tip).state) == ("web", "anonymous", "received")


def test_an_identity_leaves_only_a_pseudonym_in_the_history() -> None:
    desk = Desk()
    tip = desk.receive(identity=IDENTITY)
    assert desk.names(tip) == ["TipReceived", "IdentitySealed"]
    assert desk.events(tip)[1].pseudonym == desk.vault.identities[tip].pseudonym


@pytest.mark.parametrize("officer", [OFFICE, DIRECTOR])
def test_an_officer_of_the_city_triages_a_tip(officer: Actor) -> None:
    desk = Desk()
    tip = desk.receive()
    desk.give("triage", tip, officer, unit=ZEZHOU)
    triaged = desk.events(tip)[-1]
    assert (desk.tip(tip).state, desk.tip(tip).lead) == ("triaged", triaged.lead)
    assert (triaged.lead.unit, triaged.envelope.actor) == (ZEZHOU, officer)


def test_a_rule_triages_a_tip_without_an_officer() -> None:
    desk = Desk()
    assert desk.names(desk.receive(CLEAR)) == ["TipReceived", "TipTriaged"]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_county_officer_decides_nothing_about_a_tip(command: str) -> None:
    desk = Desk()
    tip = desk.receive()
    with pytest.raises(WrongRole, match="举报热线、市局办公室"):
        desk.give(command, tip, COUNTY, **COMMANDS[command])
    assert desk.names(tip) == ["TipReceived"]


def test_the_system_gives_no_officers_command() -> None:
    desk = Desk()
    with pytest.raises(WrongRole):
        desk.give("triage", desk.receive(), system("some_rule"), unit=ZEZHOU)


@pytest.mark.parametrize("state", sorted(ENDINGS))
@pytest.mark.parametrize("command", DECIDING)
def test_a_tip_is_decided_once(state: str, command: str) -> None:
    desk = Desk()
    tip = desk.bring(state)
    with pytest.raises(NotInThisState, match=r"待梳理.*刷新") as refused:
        desk.give(command, tip, **COMMANDS[command])
    assert refused.value.clause == "通知六（一）"
    assert desk.tip(tip).state == state


def test_a_dismissed_tip_keeps_its_coded_reason() -> None:
    desk = Desk()
    tip = desk.tip(desk.bring("dismissed"))
    assert (tip.state, tip.reason) == ("dismissed", "duplicate")


def test_a_complaint_goes_to_its_own_channel() -> None:
    desk = Desk()
    tip = desk.receive(kind="complaint")
    desk.give("refer-elsewhere", tip)
    assert desk.events(tip)[-1].channel == "complaint"
    assert desk.tip(tip).state == "referred_elsewhere"


def test_what_was_learnt_afterwards_changes_what_the_rules_suggest() -> None:
    desk = Desk()
    tip = desk.receive()
    assert desk.tip(tip).suggestion.unit is None
    desk.give("supplement", tip, place="泽州县巴公镇")
    found = desk.tip(tip)
    assert (found.suggestion.unit, found.suggestion.violation, found.state) == (ZEZHOU, "three_violations", "received")


@pytest.mark.parametrize("state", STATES)
def test_the_dialogue_goes_on_whatever_became_of_the_tip(state: str) -> None:
    desk = Desk()
    tip = desk.bring(state)
    desk.write(tip)
    desk.give("message", tip, text="您好")
    assert desk.names(tip)[-2:] == ["MessageFromTipster", "MessageToTipster"]


def test_only_the_hotline_and_the_office_have_any_command() -> None:
    for command in TIP.commands:
        for state in STATES:
            for role in ROLES:
                desk = Desk()
                tip = desk.bring(state)
                try:
                    desk.give(command.name, tip, Actor("p", role, "city"), **COMMANDS[command.name])
                    refusal: type[Refusal] | None = None
                except Refusal as refused:
                    refusal = type(refused)
                if role not in OFFICERS.split():
                    assert refusal is WrongRole
                else:
                    right = state == "received" or command.name == "message"
                    assert refusal is (None if right else NotInThisState), (command.name, state, role)


def test_the_hotline_reads_the_text_until_triage_the_office_always_and_nobody_else() -> None:
    assert {(role, state) for role in ROLES for state in STATES if may_read_text(role, state)} == {
        ("hotline", "received"),
        *((role, state) for role in ("office", "director") for state in STATES),
    }
