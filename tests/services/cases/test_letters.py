"""What the letter says, whom it goes to, and which number it has."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from services.cases import letters
from services.cases.documents.letter import LetterFacts, letter_text
from services.cases.domain.letter_register import LetterRegister
from services.cases.handlers import CASE
from shared.platform.event_store.refusal import Invalid
from tests.services.cases.desk import CAMPAIGN, DIRECTOR, GAOPING, MAPPER, OFFICE, ZEZHOU, Desk, at, running
from tests.services.cases.steps import opened, transferred
from tests.support.scenario import given


def last_letter(desk: Desk, case: UUID) -> LetterFacts:
    return letters.facts(desk.events(case)[-1])


# --- numbers ---


def test_letters_are_numbered_without_gaps_by_the_year_of_their_date() -> None:
    desk = Desk(at("2021-12-30 10:00"))
    cases = [desk.tipped(tip=f"tip-{n}") for n in range(5)]
    numbers = [desk.give("transfer", case, DIRECTOR)["letter"] for case in cases[:3]]
    desk.clock.set(at("2022-01-04 09:00"))
    numbers += [desk.give("transfer", case, DIRECTOR)["letter"] for case in cases[3:]]
    assert numbers == [
        "（特设）移〔2021〕1号",
        "（特设）移〔2021〕2号",
        "（特设）移〔2021〕3号",
        "（特设）移〔2022〕1号",
        "（特设）移〔2022〕2号",
    ]


def test_the_year_of_a_number_is_the_year_in_shanghai() -> None:
    desk = Desk(at("2022-01-01 00:30"))  # still 2021 in Greenwich
    assert desk.give("transfer", desk.tipped(), DIRECTOR)["letter"] == "（特设）移〔2022〕1号"


def test_each_form_of_letter_has_numbers_of_its_own() -> None:
    desk = Desk()
    plain, fatal = desk.tipped(), desk.tipped(tip="tip-2", matters=("fatality",))
    assert desk.give("transfer", plain, DIRECTOR)["letter"] == "（特设）移〔2022〕1号"
    assert desk.give("transfer", fatal, DIRECTOR)["letter"] == "（特设专）移〔2022〕1号"


def test_the_register_says_which_case_has_which_number() -> None:
    desk = Desk()
    cases = [desk.tipped(tip=f"tip-{n}") for n in range(3)]
    for case in cases:
        desk.give("transfer", case, DIRECTOR)
    register = LetterRegister.id_of(CAMPAIGN.id, "transfer", 2022)
    given_out = [(event.n, event.case) for event in desk.events(register)[1:]]
    assert given_out == [(n, str(case)) for n, case in enumerate(cases, 1)]


def test_a_letter_that_cannot_be_printed_gets_no_number() -> None:
    desk = Desk()
    case = desk.tipped(matter="涉嫌充装\n超期未检气瓶")
    with pytest.raises(Invalid, match="不能印在文书上"):
        desk.give("transfer", case, DIRECTOR)
    assert desk.aggregate(LetterRegister.id_of(CAMPAIGN.id, "transfer", 2022)) is None
    told = desk.give("transfer", case, DIRECTOR, matter="涉嫌充装超期未检气瓶")
    assert told["letter"] == "（特设）移〔2022〕1号"


def test_a_draft_takes_no_number() -> None:
    desk = Desk()
    first, second = desk.tipped(), desk.tipped(tip="tip-2")
    assert "letter" not in desk.give("transfer", first, OFFICE)
    assert desk.give("transfer", second, DIRECTOR)["letter"] == "（特设）移〔2022〕1号"
    assert desk.sign("transfer", first, DIRECTOR)["letter"] == "（特设）移〔2022〕2号"


# --- addressees ---


def test_a_letter_goes_to_the_bureau_of_the_county_where_the_problem_is() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR)
    facts = last_letter(desk, case)
    assert (facts.addressee, facts.kind, facts.informed) == ("泽州县市场监督管理局", "transfer", ())


@pytest.mark.parametrize("matter", ["fatality", "concealed_accident"])
def test_a_fatality_goes_to_the_county_government_and_its_bureau_is_informed(matter: str) -> None:
    desk = Desk()
    case = desk.tipped(matters=(matter,))
    told = desk.give("transfer", case, DIRECTOR)
    facts = last_letter(desk, case)
    assert (facts.kind, facts.addressee, facts.informed) == (
        "government",
        "泽州县人民政府",
        ("泽州县市场监督管理局",),
    )
    assert facts.authority == "晋城市特种设备集中行动专项工作组办公室"
    assert told["unit"] == ZEZHOU


def test_the_director_may_send_the_letter_to_another_county() -> None:
    desk = Desk()
    case = desk.tipped()
    assert desk.give("transfer", case, DIRECTOR, unit=GAOPING)["unit"] == GAOPING
    assert last_letter(desk, case).addressee == "高平市市场监督管理局"
    assert desk.rows[case]["unit"] == GAOPING


@pytest.mark.parametrize("unit", ["140599", "g1", "140525-bagong", "police"])
def test_a_letter_goes_to_no_unit_that_could_not_sign_for_it(unit: str) -> None:
    desk = Desk()
    with pytest.raises(Invalid) as refused:
        desk.give("transfer", desk.tipped(), DIRECTOR, unit=unit)
    assert refused.value.allowed == tuple(county.code for county in CAMPAIGN.units)


def test_a_case_whose_unit_the_campaign_does_not_know_can_still_be_sent_to_one_that_it_knows() -> None:
    desk = Desk()
    case = desk.tipped(unit="140599")
    with pytest.raises(Invalid, match="没有这个单位代码"):
        desk.give("transfer", case, DIRECTOR)
    assert desk.give("transfer", case, DIRECTOR, unit=ZEZHOU)["unit"] == ZEZHOU


def test_the_supervising_officer_is_of_the_office() -> None:
    desk = Desk()
    case = desk.tipped()
    with pytest.raises(Invalid) as refused:
        desk.give("transfer", case, DIRECTOR, supervising="p-zezhou-1")
    assert refused.value.allowed == ("p-contact", "p-office-2", "p-office-3")
    desk.give("transfer", case, DIRECTOR, supervising="p-office-3")
    assert last_letter(desk, case).supervising_officer.name == "丁若溪"


# --- what was drafted ---


def test_the_director_who_signs_without_a_word_signs_what_the_office_drafted() -> None:
    desk = Desk()
    case = desk.tipped()
    drafted: dict[str, Any] = {"matter": "涉嫌无证充装", "attachments": ["照片 3 张"], "supervising": "p-office-2"}
    desk.give("transfer", case, OFFICE, **drafted, feedback_by="2022-02-18")
    desk.sign("transfer", case, DIRECTOR)
    facts = last_letter(desk, case)
    assert (facts.matter, facts.attachments, facts.feedback_by) == (
        "涉嫌无证充装",
        ("照片 3 张",),
        date(2022, 2, 18),
    )
    assert facts.supervising_officer.name == "魏行简"


def test_the_circumstance_that_the_office_drafted_sets_the_window() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, OFFICE, circumstance="major")
    desk.sign("transfer", case, DIRECTOR)
    assert running(desk.case(case).feedback).due_date.counted == 20


def test_what_the_director_changes_is_changed_and_the_rest_stays_as_drafted() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, OFFICE, matter="涉嫌无证充装", attachments=["照片 3 张"], feedback_by="2022-02-18")
    desk.sign("transfer", case, DIRECTOR, attachments=[], circumstance="major")
    facts = last_letter(desk, case)
    assert (facts.matter, facts.attachments, facts.feedback_by) == ("涉嫌无证充装", (), date(2022, 2, 18))


def test_a_letter_read_back_from_its_bytes_prints_what_was_signed() -> None:
    transfer = given(opened()).when(transferred()).events[-1]
    stored = MAPPER.to_domain_event(MAPPER.to_stored_event(transfer))
    assert letters.facts(stored) == letters.facts(transfer)
    assert letters.facts(stored).issued_on == date(2022, 1, 21)


# --- what can be printed ---

UNPRINTABLE = {
    "matter": "某充装站涉嫌超装🔥",
    "enterprise": "城南气\U00030edd站",
    "attachments": ["照片\U0002ceb0"],
}


@pytest.mark.parametrize("field", UNPRINTABLE)
@pytest.mark.parametrize("by", [OFFICE, DIRECTOR])
def test_a_letter_with_a_character_that_its_fonts_lack_is_neither_drafted_nor_numbered(by: Any, field: str) -> None:
    desk = Desk()
    case = desk.tipped()
    unprintable: dict[str, Any] = {field: UNPRINTABLE[field]}
    with pytest.raises(Invalid) as refused:
        desk.give("transfer", case, by, **unprintable)
    assert refused.value.field == field
    assert f"U+{ord(max(''.join(UNPRINTABLE[field]))):04X}" in refused.value.sentence
    assert desk.case(case).draft_letter is None
    assert desk.give("transfer", case, DIRECTOR)["letter"].endswith("1号")


def test_what_came_with_the_tip_is_replaced_by_what_can_be_printed() -> None:
    desk = Desk()
    case = desk.tipped(enterprise="城南\ue000气站")
    with pytest.raises(Invalid) as refused:
        desk.give("transfer", case, DIRECTOR)
    assert refused.value.field == "enterprise"
    desk.give("transfer", case, DIRECTOR, enterprise="城南气站")
    assert last_letter(desk, case).enterprise == "城南气站"


def test_a_draft_from_before_shows_what_cannot_be_printed_of_it() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, OFFICE)
    view: dict[str, Any] = {"case": desk.case(case), "locale": "zh"}
    notice = CASE.commands["transfer"].notice
    assert callable(notice)
    assert "U+" not in notice(view)
    drafted = view["case"].draft_letter
    view["case"] = SimpleNamespace(draft_letter=structs.replace(drafted, matter="某站超装🔥"))
    assert "🔥（U+1F525）" in notice(view)


def test_a_letter_that_has_its_number_is_printed_with_a_placeholder_for_what_does_not_show() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR)
    sent = desk.events(case)[-1]
    old: Any = SimpleNamespace(
        letter=structs.replace(sent.letter, matter="某站\u202e超装\u200b"), number=sent.number, feedback=sent.feedback,
        at=sent.at,
    )  # fmt: skip
    facts = letters.facts(old)
    assert facts.matter == "某站□超装□"
    assert letter_text(facts).replaced_note == "文中“□”处的字符不能印出，原为 U+202E、U+200B，以登记内容为准。"
