"""A case whose source is no more, because the database that told of it was put back to an earlier state."""

from __future__ import annotations

import pytest

from services.cases.domain import loop
from services.cases.handlers.taking_back import ITEM, SOMEBODY_ACTED
from shared.kernel.contracts.internal.notify import DisclosurePublished
from shared.platform.event_store.refusal import Refusal
from tests.services.cases.desk import CAMPAIGN, DIRECTOR, OFFICE, Desk, bring


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_case_that_nobody_has_touched_is_void_without_its_tip(desk: Desk) -> None:
    case = desk.tipped()
    assert desk.abandon(case, desk.take_back) is None
    assert desk.rows[case]["state"] == "taken_back"
    assert desk.rows[case]["due"] is None
    assert desk.names(case) == ["CaseOpened", "CaseTakenBack"]
    assert loop.is_closed(loop.steps(desk.case(case), CAMPAIGN))


def test_a_void_case_waits_for_nothing_and_nobody(desk: Desk) -> None:
    case = desk.tipped()
    desk.abandon(case, desk.take_back)
    desk.wait_until("2022-03-30 09:00")
    assert desk.names(case) == ["CaseOpened", "CaseTakenBack"]
    with pytest.raises(Refusal):
        desk.give("transfer", case, DIRECTOR)


def test_taking_back_twice_is_taking_back_once(desk: Desk) -> None:
    """The producer may be put back again."""
    case = desk.tipped()
    desk.abandon(case, desk.take_back)
    assert desk.abandon(case, desk.take_back, number=3) is None
    assert desk.names(case) == ["CaseOpened", "CaseTakenBack"]


@pytest.mark.parametrize("state", ["transferred", "handling", "closed"])
def test_a_case_on_which_somebody_has_acted_goes_on_until_a_person_decides(desk: Desk, state: str) -> None:
    case = bring(desk, state)
    assert desk.abandon(case, desk.take_back) == SOMEBODY_ACTED
    assert desk.case(case).state == state


def test_also_one_of_which_only_a_letter_is_drafted(desk: Desk) -> None:
    case = desk.tipped()
    desk.give("transfer", case, OFFICE, matter="气瓶未检")
    assert desk.abandon(case, desk.take_back) == SOMEBODY_ACTED


def test_what_was_said_of_a_case_by_a_forgotten_paper_is_for_a_person(desk: Desk) -> None:
    case = bring(desk, "closed")
    desk.hear("notify", DisclosurePublished("d-1", str(case), "140525", desk.clock.now()))
    events = desk.events(case)
    assert type(events[-1]).__name__ == "CaseDisclosed"
    reason = desk.abandon(case, desk.take_back, first=len(events) - 1)
    assert reason == ITEM
    assert desk.case(case).state == "closed"


def test_everybody_hears_that_it_is_void(desk: Desk) -> None:
    case = desk.tipped()
    desk.abandon(case, desk.take_back)
    for public in (True, False):
        told = [data for name, data in desk.messages(public=public) if name == "CaseTakenBack"]
        assert [(one["case"], one["state"]) for one in told] == [(str(case), "taken_back")]
