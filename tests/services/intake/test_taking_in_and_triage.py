"""The application of intake over memory: what a command writes, and what it refuses before it writes anything."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.intake import commands
from services.intake.application import Tips
from services.intake.domain.errors import Invalid, OutsidePeriod, StaleVersion, WrongRole
from services.intake.domain.tip import TIPSTER
from services.intake.domain.values import Account
from services.intake.rules.triage import RULE, Reader, Words
from services.intake.web.words import length
from shared.kernel.campaign import load
from shared.platform.event_store import canonical
from tests.services.intake.tips import (
    CAMPAIGN,
    CLEAR,
    CODES,
    COUNTY,
    GAOPING,
    HOTLINE,
    NOON,
    READER,
    SHANGHAI,
    UNCLEAR,
    ZEZHOU,
    Desk,
    envelope,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def states_of(desk: Desk) -> list[dict[str, Any]]:
    return [canonical.decode(event.state) for work in desk.works for event in work.events]


# --- taking in ---


def test_a_clear_tip_is_received_and_triaged_in_one_commit(desk: Desk) -> None:
    tip = desk.tip(desk.receive(CLEAR))
    assert (tip.state, tip.lead.unit) == ("triaged", ZEZHOU)
    assert len(desk.works) == 1
    received, triaged = states_of(desk)
    assert received["actor"]["id"] == "tipster"
    assert (triaged["actor"]["id"], triaged["rule"]) == (f"system:{RULE}", RULE)


def test_others_hear_of_a_clear_tip_at_once(desk: Desk) -> None:
    desk.receive(CLEAR)
    received, triaged = "TipReceived", "TipTriaged"
    assert desk.published() == [(received, "none"), (received, None), (triaged, ZEZHOU), (triaged, None)]


def test_an_unclear_tip_waits_for_an_officer(desk: Desk) -> None:
    assert desk.tip(desk.receive(UNCLEAR)).state == "received"
    assert desk.published() == [("TipReceived", "none"), ("TipReceived", None)]


def test_a_tip_is_due_for_triage_in_four_hours_and_in_two_when_life_is_in_danger(desk: Desk) -> None:
    assert desk.tip(desk.receive(UNCLEAR)).triage_due == NOON + timedelta(hours=4)
    assert desk.tip(desk.receive(UNCLEAR, danger=True)).triage_due == NOON + timedelta(hours=2)
    assert desk.tip(desk.receive("高平市寺庄镇气站漏气")).triage_due == NOON + timedelta(hours=2)


def test_the_receipt_is_found_by_its_look_up_value_and_no_row_holds_the_code(desk: Desk) -> None:
    tip = desk.receive(CLEAR)
    changes = {change.table: change for change in desk.works[0].changes._by_row.values()}
    assert changes["receipts"].values == {"lookup": CODES.lookup_of(tip), "tip": tip}
    assert CODES.code(tip) not in repr(changes)


def test_a_tip_outside_the_period_is_accepted_and_marked(desk: Desk) -> None:
    tip = desk.tip(desk.receive(CLEAR, at=datetime(2022, 5, 1, tzinfo=SHANGHAI)))
    assert (tip.in_period, tip.state) == (False, "triaged")


def test_a_campaign_may_refuse_what_comes_outside_its_period(desk: Desk) -> None:
    limits = CAMPAIGN.limits.model_copy(update={"outside_period": "refuse"})
    desk.tips = Tips(CAMPAIGN.model_copy(update={"limits": limits}), READER, CODES)
    with pytest.raises(OutsidePeriod):
        desk.receive(CLEAR, at=datetime(2022, 5, 1, tzinfo=SHANGHAI))


def test_a_named_tipster_is_a_pseudonym_in_the_history(desk: Desk) -> None:
    tip = desk.tip(desk.receive(CLEAR, identity={"name": "周小满", "phone": "13500001234"}))
    assert (tip.mode, tip.pseudonym) == ("confidential", "f00d")
    assert "周小满" not in repr(desk.works)
    assert "13500001234" not in repr(desk.works)


def test_nothing_of_the_text_is_in_what_a_commit_writes(desk: Desk) -> None:
    desk.receive("我是惠民厂的工人，" + CLEAR + "，求你们保密")
    written = repr(desk.works) + "".join(event.state.decode() for work in desk.works for event in work.events)
    assert "惠民厂" not in written
    assert "求你们保密" not in written


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
    assert desk.works == []


def test_only_an_officer_registers_what_came_by_another_way(desk: Desk) -> None:
    for by in (TIPSTER, COUNTY):
        with pytest.raises(WrongRole):
            desk.receive(CLEAR, by=by, source="hotline")
    tip = desk.receive(CLEAR, by=HOTLINE, source="hotline", external_no="12345-20220121-0007")
    assert desk.tip(tip).source == "hotline"


def test_a_telephone_number_is_no_external_number(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.receive(CLEAR, external_no="13500001234")


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
        commands.Receive.model_validate(body)
    assert "13500001234" not in str(refused.value)
    assert "周小满" not in str(refused.value)


def test_the_longest_text_is_taken(desk: Desk) -> None:
    assert desk.tip(desk.receive("漏" * 20_000)).state == "received"


# --- triage ---


def test_an_officer_follows_the_suggestion_by_saying_nothing(desk: Desk) -> None:
    tip = desk.receive("请问巴公镇充装站超装归谁管")
    assert desk.triage(tip) == {"tip": str(tip), "version": 2, "state": "triaged", "unit": ZEZHOU}
    lead = desk.tip(tip).lead
    assert (lead.matter, lead.violation, lead.target) == (
        "泽州县巴公镇某气瓶充装单位涉嫌超装", "three_violations", "cylinder_filling",
    )  # fmt: skip


def test_an_officer_who_names_another_unit_gets_a_matter_composed_for_it(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    desk.triage(tip, unit=GAOPING, violation="unlicensed")
    lead = desk.tip(tip).lead
    assert lead.matter.startswith("高平市某气瓶充装单位涉嫌无证")


def test_an_officers_own_words_become_the_matter(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    desk.triage(tip, unit=GAOPING, matter="某气站涉嫌超装", enterprise="惠民气站", place=None, violation=None)
    lead = desk.tip(tip).lead
    assert (lead.matter, lead.enterprise, lead.place, lead.violation) == ("某气站涉嫌超装", "惠民气站", None, None)


def test_a_tip_against_officials_tells_cases_so(desk: Desk) -> None:
    tip = desk.receive("巴公镇黑气站有保护伞")
    desk.triage(tip)
    told = [one.data for one in desk.works[-1].publications if one.jurisdiction is None]
    assert canonical.decode(told[0])["against_officials"] is True


def test_without_a_certain_unit_the_officer_has_to_name_one(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        desk.triage(desk.receive(UNCLEAR))
    assert refused.value.allowed == tuple(county.code for county in CAMPAIGN.units)


@pytest.mark.parametrize(
    ("field", "code"), [("unit", "g1"), ("violation", "jaywalking"), ("target", "kites"), ("matters", ["gossip"])]
)
def test_a_code_that_the_campaign_does_not_have_is_refused(desk: Desk, field: str, code: Any) -> None:
    tip = desk.receive(UNCLEAR)
    with pytest.raises(Invalid) as refused:
        desk.triage(tip, **({"unit": ZEZHOU} | {field: code}))
    assert refused.value.field == field


def test_an_officer_who_looked_at_an_older_version_is_told_the_present_one(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    found = desk.tip(tip).suggestion
    desk.run(lambda s: desk.tips.supplement(s, envelope(HOTLINE), tip, 1, str(tip), Account(), found))
    with pytest.raises(StaleVersion) as refused:
        desk.triage(tip, version=1, unit=ZEZHOU)
    assert refused.value.version == 2


def test_a_tip_is_dismissed_for_a_reason_of_the_campaign(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    with pytest.raises(Invalid) as refused:
        desk.dismiss(tip, "boring")
    assert "duplicate" in refused.value.allowed
    assert desk.dismiss(tip, "duplicate")["state"] == "dismissed"
    assert desk.published()[-2:] == [("TipDismissed", "none"), ("TipDismissed", None)]


def test_an_enquiry_goes_to_the_channel_that_its_words_suggest(desk: Desk) -> None:
    tip = desk.receive("请问煤气罐怎么办理检验")
    desk.refer_elsewhere(tip)
    assert desk.tip(tip).channel == "enquiry"


def test_a_tip_has_no_channel_of_its_own_unless_an_officer_names_one(desk: Desk) -> None:
    tip = desk.receive(UNCLEAR)
    with pytest.raises(Invalid) as refused:
        desk.refer_elsewhere(tip)
    assert refused.value.allowed == ("complaint", "enquiry")
    desk.refer_elsewhere(tip, "complaint")
    assert desk.tip(tip).state == "referred_elsewhere"


# --- another campaign ---


def test_another_campaign_has_its_own_units_words_and_windows_without_any_code() -> None:
    other = load(ROOT / "tests" / "support" / "campaigns" / "lanjiang-2023.yaml")
    reader = Reader(other)
    suggestion = reader.read(Words("柳浦镇有气站泄漏"))
    assert (suggestion.units, suggestion.danger) == (("990101",), True)
    desk = Desk()
    desk.tips = Tips(other, reader, CODES)
    with pytest.raises(OutsidePeriod):
        desk.receive("柳浦镇有气站泄漏")
    tip = desk.tip(desk.receive("柳浦镇有气站泄漏", at=datetime.combine(other.period.start, time(9), SHANGHAI)))
    assert tip.state == "received"
    assert tip.triage_due - tip.received_at > timedelta(hours=4)
    assert length(other.window("triage"), "zh") == "1 个工作日"
