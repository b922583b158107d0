"""The application of intake over memory: what a command writes, and what it refuses before it writes anything."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.intake.domain.errors import OutsidePeriod
from services.intake.domain.tip import TIPSTER
from services.intake.domain.values import Lead
from services.intake.handlers.receiving import Receive
from services.intake.rules.triage import RULE, Reader, Words
from services.intake.vault import Identity
from services.intake.web.words import length
from shared.kernel.campaign import load
from shared.platform.event_store import canonical
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.refusal import Invalid, StaleVersion
from shared.platform.service.authority import WrongRole
from tests.services.intake.desk import (
    CAMPAIGN,
    CLEAR,
    CODES,
    COUNTY,
    GAOPING,
    HOTLINE,
    IDENTITY,
    NOON,
    SHANGHAI,
    UNCLEAR,
    ZEZHOU,
    Desk,
    at,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def lead_of(desk: Desk, tip: UUID) -> Lead:
    lead = desk.tip(tip).lead
    assert lead is not None
    return lead


# --- taking in ---


def test_a_clear_tip_is_received_and_triaged_in_one_commit(desk: Desk) -> None:
    tip = desk.receive(CLEAR)  # one command is one commit
    assert (desk.tip(tip).state, lead_of(desk, tip).unit) == ("triaged", ZEZHOU)
    received, triaged = (canonical.decode(stored.state) for stored in desk.memory.streams[tip])
    assert received["actor"]["id"] == "tipster"
    assert (triaged["actor"]["id"], triaged["rule"]) == (f"system:{RULE}", RULE)


def test_others_hear_of_a_clear_tip_at_once(desk: Desk) -> None:
    desk.receive(CLEAR)
    received, triaged = "TipReceived", "TipTriaged"
    assert desk.told == [(received, "none"), (received, None), (triaged, ZEZHOU), (triaged, None)]


def test_an_unclear_tip_waits_for_an_officer(desk: Desk) -> None:
    assert desk.tip(desk.receive(UNCLEAR)).state == "received"
    assert desk.told == [("TipReceived", "none"), ("TipReceived", None)]


def test_a_tip_is_due_for_triage_in_four_hours_and_in_two_when_life_is_in_danger(desk: Desk) -> None:
    assert desk.tip(desk.receive(UNCLEAR)).triage_due == NOON + timedelta(hours=4)
    assert desk.tip(desk.receive(UNCLEAR, danger=True)).triage_due == NOON + timedelta(hours=2)
    assert desk.tip(desk.receive("高平市寺庄镇气站漏气")).triage_due == NOON + timedelta(hours=2)


def test_the_receipt_is_found_by_its_look_up_value_and_no_row_holds_the_code(desk: Desk) -> None:
    tip = desk.receive(CLEAR)
    assert desk.tables["receipts"] == {CODES.lookup_of(tip): {"lookup": CODES.lookup_of(tip), "tip": tip}}
    assert CODES.code(tip) not in desk.written


def test_a_tip_outside_the_period_is_accepted_and_marked(desk: Desk) -> None:
    desk.clock.set(at("2022-05-01 00:00"))
    tip = desk.tip(desk.receive(CLEAR))
    assert (tip.in_period, tip.state) == (False, "triaged")


def test_a_campaign_may_refuse_what_comes_outside_its_period() -> None:
    limits = CAMPAIGN.limits.model_copy(update={"outside_period": "refuse"})
    desk = Desk(CAMPAIGN.model_copy(update={"limits": limits}))
    desk.clock.set(at("2022-05-01 00:00"))
    with pytest.raises(OutsidePeriod):
        desk.receive(CLEAR)


def test_a_named_tipster_is_a_pseudonym_in_the_history(desk: Desk) -> None:
    tip = desk.tip(desk.receive(CLEAR, identity=IDENTITY))
    assert (tip.mode, tip.pseudonym) == ("confidential", desk.vault.identities[tip.id].pseudonym)
    assert IDENTITY["name"] not in desk.written
    assert IDENTITY["phone"] not in desk.written


def test_nothing_of_the_text_is_in_what_a_commit_writes(desk: Desk) -> None:
    desk.receive("我是惠民厂的工人，" + CLEAR + "，求你们保密")
    assert "超期未检" in desk.written, "the matter of the letter is there"
    assert "惠民厂" not in desk.written
    assert "求你们保密" not in desk.written


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("kind", {"kind": "rumour"}),
        ("source", {"source": "pigeon"}),
        ("category", {"category": "three_year_action"}),
        ("identity/mode", {"identity": {"name": "周小满", "phone": "13500001234", "mode": "anonymous"}}),
    ],
)
def test_an_unknown_code_is_refused_with_the_allowed_ones(desk: Desk, field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        desk.receive(CLEAR, **fields)
    assert refused.value.field == field
    assert refused.value.allowed
    assert desk.streams == []
    assert desk.vault.keys == {}


def test_only_an_officer_registers_what_came_by_another_way(desk: Desk) -> None:
    for by in (TIPSTER, COUNTY):
        with pytest.raises(WrongRole):
            desk.receive(CLEAR, by=by, source="hotline")
    tip = desk.receive(CLEAR, by=HOTLINE, source="hotline", external_no="12345-20220121-0007")
    assert desk.tip(tip).source == "hotline"


@pytest.mark.parametrize(
    "number",
    [
        "13500001234",
        "0086-135-0000-1234",
        "110101199003070054",
        "11010119900307005-4",
        "130503670401001",
        "1350-0001-234",
    ],
)
def test_a_persons_number_is_no_external_number(desk: Desk, number: str) -> None:
    with pytest.raises(Invalid) as refused:
        desk.receive(CLEAR, by=HOTLINE, source="superior", external_no=number)
    assert refused.value.field == "external_no"
    assert number not in desk.written


def test_who_gives_a_tip_himself_has_no_number_of_another_system(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.receive(CLEAR, external_no="JC12345-2201060388")
    assert desk.streams == []


def test_the_same_number_of_the_same_source_is_the_same_tip(desk: Desk) -> None:
    numbered: dict[str, Any] = {"by": HOTLINE, "source": "superior", "external_no": "SXZX-20220104-118"}
    first = desk.receive(CLEAR, **numbered, identity=IDENTITY)
    events = len(desk.events(first))
    assert {desk.receive(CLEAR, **numbered), desk.receive(UNCLEAR, **numbered)} == {first}
    assert (len(desk.streams), len(desk.events(first))) == (1, events)
    other = desk.receive(CLEAR, **(numbered | {"source": "hotline"}))
    assert other not in (first, desk.receive(CLEAR, by=HOTLINE, source="superior"))


def test_a_number_that_was_claimed_by_a_request_that_failed_gets_a_tip_that_can_be_read(desk: Desk) -> None:
    numbered = {"source": "superior", "external_no": "SXZX-20220104-119"}
    failed = new_id()
    reception = desk.setting.reception
    identity = Identity("周小满", "13500001234", "open")
    asyncio.run(reception.take_in_once("superior", "SXZX-20220104-119", failed, {"text": "没有提交"}, identity))
    tip = desk.receive(CLEAR, by=HOTLINE, **numbered, identity=IDENTITY)
    assert tip == failed
    row = asyncio.run(reception.row(tip))
    assert asyncio.run(reception.account(row)).text == CLEAR
    assert asyncio.run(reception.identity(tip)) == ("周小满", "13500001234")
    assert desk.tip(tip).pseudonym == desk.vault.identities[tip].pseudonym


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " \n　"},
        {"text": "漏" * 20_001},
        {"text": "漏\x00气"},
        {"text": "漏气", "phone": "13500001234"},
        {"text": "漏气", "occurred_at": "2022-01-05T10:00:00"},
        {"text": "漏气", "identity": {"name": "周小满"}},
        {"text": "漏气", "identity": {"name": "周小满", "phone": "明天再说"}},
        {"text": "漏气", "danger": "perhaps"},
        {"text": "漏气", "place": "巴" * 201},
    ],
)
def test_a_body_that_cannot_be_is_refused_without_repeating_it(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        Receive.model_validate(body)
    assert "13500001234" not in str(refused.value)
    assert "周小满" not in str(refused.value)


def test_the_longest_text_is_taken(desk: Desk) -> None:
    assert desk.tip(desk.receive("漏" * 20_000)).state == "received"


# --- triage ---


def test_an_officer_follows_the_suggestion_by_saying_nothing(desk: Desk) -> None:
    tip = desk.receive("请问巴公镇充装站超装归谁管")
    assert desk.give("triage", tip) == {"tip": str(tip), "version": 2, "state": "triaged", "unit": ZEZHOU}
    lead = lead_of(desk, tip)
    assert (lead.matter, lead.violation, lead.target) == (
        "泽州县巴公镇某气瓶充装单位涉嫌超装", "three_violations", "cylinder_filling",
    )  # fmt: skip


def test_a_check_of_the_work_is_no_violation_that_somebody_may_be_accused_of(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    with pytest.raises(Invalid) as refused:
        desk.give("triage", tip, unit=GAOPING, violation="three_year_action")
    assert refused.value.field == "violation"
    assert "three_year_action" not in refused.value.allowed


def test_an_officer_who_names_another_unit_gets_a_matter_composed_for_it(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    desk.give("triage", tip, unit=GAOPING, violation="unlicensed")
    lead = lead_of(desk, tip)
    assert lead.matter.startswith("高平市某气瓶充装单位涉嫌无证")


def test_an_officers_own_words_become_the_matter(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    desk.give("triage", tip, unit=GAOPING, matter="某气站涉嫌超装", enterprise="惠民气站", place=None, violation=None)
    lead = lead_of(desk, tip)
    assert (lead.matter, lead.enterprise, lead.place, lead.violation) == ("某气站涉嫌超装", "惠民气站", None, None)


def test_a_tip_against_officials_tells_cases_so(desk: Desk) -> None:
    tip = desk.receive("巴公镇黑气站有保护伞")
    desk.give("triage", tip)
    told = dict(desk.messages(public=False))
    assert told["TipTriaged"]["against_officials"] is True


def test_without_a_certain_unit_the_officer_has_to_name_one(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        desk.give("triage", desk.receive(UNCLEAR))
    assert refused.value.allowed == tuple(county.code for county in CAMPAIGN.units)


@pytest.mark.parametrize(
    ("field", "code"), [("unit", "g1"), ("violation", "jaywalking"), ("target", "kites"), ("matters", ["gossip"])]
)
def test_a_code_that_the_campaign_does_not_have_is_refused(desk: Desk, field: str, code: Any) -> None:
    tip = desk.receive(UNCLEAR)
    with pytest.raises(Invalid) as refused:
        desk.give("triage", tip, **({"unit": ZEZHOU} | {field: code}))
    assert refused.value.field == field


def test_an_officer_who_looked_at_an_older_version_is_told_the_present_one(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    desk.give("supplement", tip, version=1, place="村口")
    with pytest.raises(StaleVersion) as refused:
        desk.give("triage", tip, version=1, unit=ZEZHOU)
    assert refused.value.version == 2


def test_a_tip_is_dismissed_for_a_reason_of_the_campaign(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    with pytest.raises(Invalid) as refused:
        desk.give("dismiss", tip, reason="boring")
    assert "duplicate" in refused.value.allowed
    assert desk.give("dismiss", tip, reason="duplicate")["state"] == "dismissed"
    assert desk.told[-3:] == [("TipDismissed", "none"), ("TipDismissed", None), ("OfficeClockDone", None)]


def test_an_enquiry_goes_to_the_channel_that_its_words_suggest(desk: Desk) -> None:
    tip = desk.receive("请问煤气罐怎么办理检验")
    desk.give("refer-elsewhere", tip)
    assert desk.tip(tip).channel == "enquiry"


def test_a_tip_has_no_channel_of_its_own_unless_an_officer_names_one(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    with pytest.raises(Invalid) as refused:
        desk.give("refer-elsewhere", tip)
    assert refused.value.allowed == ("complaint", "enquiry")
    desk.give("refer-elsewhere", tip, channel="complaint")
    assert desk.tip(tip).state == "referred_elsewhere"


# --- another campaign ---


def test_another_campaign_has_its_own_units_words_and_windows_without_any_code() -> None:
    other = load(ROOT / "tests" / "support" / "campaigns" / "lanjiang-2023.yaml")
    reader = Reader(other)
    suggestion = reader.read(Words("柳浦镇有气站泄漏"))
    assert (suggestion.units, suggestion.danger) == (("990101",), True)
    desk = Desk(other)
    with pytest.raises(OutsidePeriod):
        desk.receive("柳浦镇有气站泄漏")
    desk.clock.set(datetime.combine(other.period.start, time(9), SHANGHAI))
    tip = desk.tip(desk.receive("柳浦镇有气站泄漏"))
    assert tip.state == "received"
    assert tip.triage_due - tip.received_at > timedelta(hours=4)
    assert length(other.window("triage"), "zh") == "1 个工作日"
