"""Letters that were dispatched in a time of which the database knows nothing any more."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.cases.domain.errors import NumberKnown
from services.cases.domain.letter_register import LetterRegister
from services.cases.handlers import LETTER_NUMBERS
from services.cases.handlers.forgetting import DISPATCHED, NOT_TOLD, TWICE, UNREADABLE, USED
from services.cases.letters import register_place
from services.cases.web.desk import facts_of
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Invalid, Refusal
from shared.platform.service.authority import WrongRole
from tests.services.cases.desk import CAMPAIGN, COUNTY, DIRECTOR, GROUP, OFFICE, PRINCIPAL, TASKFORCE, Desk, at

TRANSFERRED, NUMBERED = "cases.CaseTransferred", "cases.LetterNumbered"
REGISTER = LetterRegister.id_of(CAMPAIGN.id, "transfer", 2022)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def tipped(desk: Desk, n: int) -> UUID:
    return desk.tipped(tip=f"0190a5c0-0000-7000-8000-00000000000{n}")


def lettered(desk: Desk, n: int) -> UUID:
    case = tipped(desk, n)
    desk.give("transfer", case, DIRECTOR)
    return case


def test_numbers_are_read_back_as_they_are_written() -> None:
    for form in CAMPAIGN.letters.forms:
        for n in (1, 17, 1024):
            assert register_place(CAMPAIGN, CAMPAIGN.letter_number(form.code, 2022, n)) == (form.code, 2022, n)
    assert register_place(CAMPAIGN, "晋市市监〔2021〕210号") is None


def test_a_number_that_was_used_in_the_forgotten_time_is_void_and_the_next_letter_gets_the_next(desk: Desk) -> None:
    lettered(desk, 1)
    before = desk.copied()
    forgotten = [lettered(desk, 2), lettered(desk, 3)]
    desk.put_back(before)
    left = desk.forget(desk.remember, before.told)
    assert left == {
        (forgotten[0], TRANSFERRED): (DISPATCHED, "（特设）移〔2022〕2号（泽州县）"),
        (forgotten[1], TRANSFERRED): (DISPATCHED, "（特设）移〔2022〕3号（泽州县）"),
    }
    voided = desk.events(REGISTER)[-2:]
    assert [(one.n, one.number, one.case, one.reason) for one in voided] == [
        (2, "（特设）移〔2022〕2号", str(forgotten[0]), USED),
        (3, "（特设）移〔2022〕3号", str(forgotten[1]), USED),
    ]
    assert desk.case(lettered(desk, 4)).letters == ["（特设）移〔2022〕4号"]


def test_a_letter_against_officials_of_which_the_case_is_forgotten_too_names_no_addressee(desk: Desk) -> None:
    before = desk.copied()
    case = desk.tipped(matters=("against_officials",), against_officials=True)
    desk.give("transfer", case, DIRECTOR)
    desk.put_back(before)
    left = desk.forget(desk.remember, before.told)
    assert [about[-1] for _, about in left.values()] == ["号"]


def test_also_the_first_of_a_year_of_which_the_register_is_forgotten_too(desk: Desk) -> None:
    before = desk.copied()
    lettered(desk, 1)
    desk.put_back(before)
    desk.forget(desk.remember, 0)
    assert desk.names(REGISTER) == ["LetterRegisterOpened", "LetterNumberVoided"]
    desk.clock.set(at("2022-01-22 09:00"))
    assert desk.case(lettered(desk, 2)).letters == ["（特设）移〔2022〕2号"]


def test_a_number_given_again_before_anybody_knew_is_left_to_a_person_with_both_letters(desk: Desk) -> None:
    before = desk.copied()
    forgotten = lettered(desk, 1)
    until = len(desk.published)
    desk.put_back(before)
    again = lettered(desk, 2)
    del desk.published[until:]
    left = desk.forget(desk.remember, before.told)
    assert left == {
        (forgotten, TRANSFERRED): (TWICE, "（特设）移〔2022〕1号（泽州县）"),
        (again, NUMBERED): (TWICE, "（特设）移〔2022〕1号"),
    }
    assert "LetterNumberVoided" not in desk.names(REGISTER)


def test_a_number_of_which_the_bus_lost_the_letter_is_void_as_well(desk: Desk) -> None:
    before = desk.copied()
    lettered(desk, 1)
    told = len(desk.published)
    lettered(desk, 2)
    desk.put_back(before)
    desk.forget(desk.remember, told)
    assert [(one.n, one.case is None, one.reason) for one in desk.events(REGISTER)[1:]] == [
        (1, True, NOT_TOLD), (2, False, USED)
    ]  # fmt: skip


def test_who_is_asked_again_about_the_same_does_nothing_twice(desk: Desk) -> None:
    """The process may have ended before the timeline began."""
    before = desk.copied()
    lettered(desk, 1)
    desk.put_back(before)
    left = desk.forget(desk.remember, before.told)
    assert desk.forget(desk.remember, before.told, listed=left) == {}
    assert desk.names(REGISTER) == ["LetterRegisterOpened", "LetterNumberVoided"]


def test_a_number_that_no_form_of_today_writes_is_left_to_a_person(desk: Desk) -> None:
    case = lettered(desk, 1)
    for n, one in enumerate(desk.published):
        desk.published[n] = type(one)(
            **{field: getattr(one, field) for field in one.__struct_fields__ if field != "data"},
            data=one.data.replace("（特设）移", "旧字"),
        )
    assert desk.forget(desk.remember, 0)[case, TRANSFERRED] == (UNREADABLE, "旧字〔2022〕1号（泽州县）")
    assert "LetterNumberVoided" not in desk.names(REGISTER)


def test_what_others_were_told_beside_letters_leaves_the_register_alone(desk: Desk) -> None:
    before = desk.copied()
    tipped(desk, 1)
    desk.put_back(before)
    assert desk.forget(desk.remember, 0) == {}
    assert desk.streams == []


def say(desk: Desk, letter: str, by: Actor = OFFICE) -> dict[str, Any]:
    return dict(desk.order(LETTER_NUMBERS, "void", by, letter=letter))


def test_the_office_voids_what_no_bus_could_tell(desk: Desk) -> None:
    lettered(desk, 1)
    assert say(desk, "（特设）移〔2022〕3号") == {"form": "transfer", "year": 2022, "numbers": 3}
    assert [(one.n, one.reason, one.envelope.actor.id) for one in desk.events(REGISTER)[-2:]] == [
        (2, NOT_TOLD, OFFICE.id), (3, USED, OFFICE.id)
    ]  # fmt: skip
    assert desk.case(lettered(desk, 2)).letters == ["（特设）移〔2022〕4号"]


@pytest.mark.parametrize(
    ("letter", "refusal"),
    [
        ("（特设）移〔2022〕1号", NumberKnown),
        ("（特设）移〔2022〕999号", Invalid),
        ("（特设）移〔2023〕2号", Invalid),
        ("二号", Invalid),
    ],
)
def test_a_number_that_is_known_or_cannot_be_is_refused(desk: Desk, letter: str, refusal: type[Refusal]) -> None:
    lettered(desk, 1)
    with pytest.raises(refusal):
        say(desk, letter)


@pytest.mark.parametrize("by", [COUNTY, PRINCIPAL, GROUP, TASKFORCE])
def test_nobody_but_the_office_voids_numbers(desk: Desk, by: Actor) -> None:
    with pytest.raises(WrongRole):
        say(desk, "（特设）移〔2022〕1号", by)


def test_the_list_names_a_case_that_goes_on_by_its_letter_and_one_without_by_its_state(desk: Desk) -> None:
    cases = (lettered(desk, 1), tipped(desk, 2))
    rows = [SimpleNamespace(**({"id": case, "letter": None} | desk.rows[case])) for case in cases]

    async def some(*_: Any) -> list[Any]:
        return rows

    queries: Any = SimpleNamespace(some=some)
    listed: Any = facts_of(queries, CAMPAIGN)
    facts = asyncio.run(listed(None, [], "zh"))
    assert [list(facts[row.id][1:]) for row in rows] == [
        ["泽州县市场监督管理局", rows[0].letter, "已移交待签收"],
        ["泽州县市场监督管理局", "待移交"],
    ]
