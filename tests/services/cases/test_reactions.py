"""What follows from each event: read rows, what others are told, a sentence on the timeline. None is forgotten."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from services.cases.domain import loop
from services.cases.domain.events.base import CaseEvent
from services.cases.domain.events.register import LetterNumbered, LetterNumberVoided, LetterRegisterOpened
from services.cases.projections import PROJECTOR
from services.cases.publishers import INTERNAL, PRIVATE, PUBLIC
from services.cases.web.timeline import sentence
from shared.kernel.contracts import public_contracts
from shared.platform.event_store.events import stored_events
from tests.services.cases.desk import CAMPAIGN, DIRECTOR, OFFICE, SECRET, Desk, bring

EVENTS = stored_events("cases")
CASE_EVENTS = tuple(kind for kind in EVENTS if issubclass(kind, CaseEvent))
WITHOUT_A_ROW = {LetterRegisterOpened, LetterNumbered, LetterNumberVoided}  # the numbers are in the rows of the cases
# all that an outsider may learn: identifiers, states and codes of lists, dates, a link
THIN = {
    "case", "state", "unit", "link", "tip", "due", "origin", "letter", "deemed", "step", "trigger", "on_time", "reason",
    "proceeding", "verifier", "verify_due", "ground", "actions", "units", "group", "bulletin", "month",
    "conclusion", "decision", "outcome", "recorded_at", "level", "number", "opened_at", "clock",
    "owner_role", "raised_to", "missed_at",
}  # fmt: skip
# what a disclosure is drafted from goes to our own *notify*, with the closing alone
FROM_A_CLOSING = {"matter", "enterprise", "place", "result"}
OF_WHAT_IT_IS = {(name, "subject") for name in ("CaseTransferred", "CaseClosed", "EscalationFound")}
"""Enterprise, place and the letter's sentence, for returns and commitments: of a letter, a closing, a false closure;
and of what a unit found itself, which here names none."""
FROM_A_DECISION = {("DecisionRecorded", "decision")}  # why a penalty is below the maximum


def all_events(desk: Desk) -> list[Any]:
    return [event for stream in desk.streams for event in desk.events(stream)]


def test_the_walk_of_these_tests_leaves_out_no_kind_of_event(eventful: Desk) -> None:
    assert {type(event) for event in all_events(eventful)} == set(EVENTS)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_is_shown_in_lists_but_those_of_the_register(kind: type) -> None:
    assert (kind in PROJECTOR) != (kind in WITHOUT_A_ROW)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_is_either_told_to_others_or_declared_private(kind: type) -> None:
    told = kind.__name__ in PUBLIC.contracts or kind.__name__ in INTERNAL.contracts
    assert told != (kind in PRIVATE)


def test_every_contract_has_an_event_that_it_tells() -> None:
    names = {kind.__name__ for kind in EVENTS}
    assert set(PUBLIC.contracts) <= names
    assert set(INTERNAL.contracts) - {"LoopMoved", "OfficeClockDone", "Subject"} <= names


@pytest.mark.parametrize("name", sorted(public_contracts("cases")))
def test_a_public_event_is_thin(name: str) -> None:
    assert set(get_type_hints(public_contracts("cases")[name])) <= THIN


def test_no_free_text_leaves_the_service_by_the_bus(eventful: Desk) -> None:
    told = list(eventful.messages(public=True)) + list(eventful.messages(public=False))
    leaks = {(name, field) for name, data in told for field, value in data.items() if SECRET in str(value)}
    assert leaks == {("CaseClosed", field) for field in FROM_A_CLOSING} | FROM_A_DECISION | OF_WHAT_IT_IS
    assert not any(SECRET in str(data) for _, data in eventful.messages(public=True))
    assert any(SECRET in str(event) for event in all_events(eventful)), "the walk must have had some to leak"


def test_every_public_event_goes_out_when_it_happens_and_once(eventful: Desk) -> None:
    public = set(PUBLIC.contracts)
    for case in eventful.cases:
        happened = [name for name in eventful.names(case) if name in public]
        assert [name for name, data in eventful.messages(public=True) if data["case"] == str(case)] == happened


def test_after_the_opening_every_save_that_others_hear_of_moves_the_loop_once_after_the_events() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, OFFICE)
    desk.sign("transfer", case, DIRECTOR)
    told = [name for name, _ in desk.messages(public=False)]
    assert told == ["CaseOpened", "CaseTransferred", "OfficeClockDone", "LoopMoved"]
    _, moved = list(desk.messages(public=False))[-1]
    assert [step["name"] for step in moved["steps"]] == list(loop.NAMES)
    assert moved["version"] == 3


def test_what_goes_out_carries_the_state_after_the_event_and_the_date_of_the_letter() -> None:
    desk = Desk()
    bring(desk, "signed_for")
    messages = dict(desk.messages(public=True))
    assert (messages["CaseOpened"]["state"], messages["CaseOpened"]["due"]) == ("opened", None)
    assert messages["CaseTransferred"] == {
        "case": messages["CaseOpened"]["case"],
        "state": "transferred",
        "unit": "140525",
        "link": f"/cases/{messages['CaseOpened']['case']}",
        "tip": "0190a5c0-0000-7000-8000-000000000001",
        "due": "2022-02-09T23:59:59+08:00",
        "letter": "（特设）移〔2022〕1号",
    }


def test_a_case_is_published_under_the_county_that_now_has_it() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, DIRECTOR, unit="140581")
    assert [one.jurisdiction for one in desk.published if one.jurisdiction] == ["140525", "140581"]


@pytest.mark.parametrize("kind", CASE_EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_of_a_case_has_its_sentence_on_the_timeline(kind: type, eventful: Desk) -> None:
    found = [event for event in all_events(eventful) if isinstance(event, kind)]
    for event in found:
        title, text, _ = sentence(event, CAMPAIGN)
        assert title
        assert text
        assert "p-" not in text, "people are called by their names"


def test_the_row_remembers_drafts_handlers_and_escalations(eventful: Desk) -> None:
    row = eventful.rows[eventful.cases[0]]
    assert (row["handler"], row["draft"], row["overdue"], row["idle"]) == ("p-zezhou-2", None, True, True)
