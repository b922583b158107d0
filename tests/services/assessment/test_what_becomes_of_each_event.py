"""What follows from each event, of *cases* and our own: rows, facts, what others are told. None is forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from services.assessment.domain import events
from services.assessment.domain.facts import KINDS, Filed, HazardFound, Inspected, OfficeDone, OfficeMissed, Owed
from services.assessment.projections import CASE_FACTS, PROJECTOR
from services.assessment.publishers import INTERNAL, PRIVATE, PUBLIC
from services.assessment.web.words import EVENT_NAMES
from shared.kernel.contracts import internal_contracts, public_contracts
from shared.kernel.contracts.internal import cases
from shared.platform.messaging.handler import Received
from tests.services.assessment.bureau import Bureau
from tests.services.assessment.happenings import (
    assigned,
    cleared,
    decided,
    disclosed,
    found,
    imposed,
    proceeding,
    returned,
    taken_back,
)
from tests.support import life
from tests.support.running import case_id

CASE = case_id(1)
CONTRACTS = {name for name, contract in internal_contracts("cases").items() if hasattr(contract, "case")}
EVENTS = [getattr(events, name) for name in events.__all__]
OWN_FACTS = {Inspected, HazardFound, Owed, Filed, OfficeMissed, OfficeDone}
HELD = frozenset({events.ProblemRecorded, events.ProblemRecordedEarlier})
"""What is only held against what others prove later: no page shows it."""
IGNORED = frozenset(
    {
        "CaseAssessed",  # our own bulletin, come back
        "CaseNotSignedFor",  # the same as a deemed signature, which follows
        "ExtensionRequested",
        "FirstReportMissed",  # no escalation, and no figure
        "FalseClosureSuspected",  # a suspicion is no figure until the escalation is raised
        "InterimReported",
        "KeySupervisionEnded",
        "KeySupervisionStarted",
        "LoopMoved",
        "ReturnRefused",
        "ReturnRequested",
    }
)
"""Events of *cases* that change nothing here and are no fact either."""
WHOLE_LIFE = (
    life.opened(CASE), life.transferred(CASE), life.signed_for(CASE), life.step(CASE), life.reported(CASE),
    life.rejected(CASE), life.reviewed(CASE), life.closed(CASE), life.reopened(CASE), life.escalated(CASE),
    returned(CASE), assigned(CASE), found(CASE), cleared(CASE), imposed(CASE), proceeding(CASE), disclosed(CASE),
    decided(CASE), taken_back(CASE),
)  # fmt: skip


def rows(event: Any) -> dict[str, dict[str, Any]]:
    """The rows that an event of *cases* changes, by table."""
    received = Received("cases", type(event).__name__, event.case, 17, life.OPENED)
    return {change.table: dict(change.values) for change in PROJECTOR.project(event, received)}


def change(event: Any) -> dict[str, Any]:
    return rows(event)["case_facts"]


# --- what *cases* tells ---


@pytest.mark.parametrize("kind", [cases.ExtensionRefused, cases.PlanApproved, cases.PlanRefused, cases.ResultRejected])
def test_a_date_that_an_answer_of_the_office_sets_is_the_date_here_too(kind: Any) -> None:
    told = kind(case=CASE, unit=life.ZEZHOU, state="handling", feedback_due=life.FEEDBACK_DUE)
    assert change(told)["feedback_due"] == life.FEEDBACK_DUE


@pytest.mark.parametrize("kind", [cases.ExtensionRefused, cases.PlanRefused, cases.ResultRejected])
def test_where_the_date_stands_it_stands_here_too(kind: Any) -> None:
    assert "feedback_due" not in change(kind(case=CASE, unit=life.ZEZHOU, state="handling"))


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_every_event_of_cases_is_either_taken_in_or_declared_ignored(name: str) -> None:
    taken = {kind.__name__ for kind in PROJECTOR.kinds - set(EVENTS)}
    assert (name in taken) != (name in IGNORED)


def test_nothing_is_declared_ignored_that_cases_does_not_tell() -> None:
    assert CONTRACTS >= IGNORED


def test_each_contract_has_one_handler_under_its_own_name() -> None:
    handlers = Bureau(opened=False).handlers
    assert {
        (producer, name): handler.contract for producer, table in handlers.items() for name, handler in table.items()
    } == {(kind.__module__.rpartition(".")[2], kind.__name__): kind for kind in PROJECTOR.kinds - set(EVENTS)}
    assert set(handlers["intake"]) == set(handlers["notify"]) == {"OfficeClockMissed", "OfficeClockDone"}


@pytest.mark.parametrize(
    "event", [one for one in WHOLE_LIFE if type(one) in CASE_FACTS.reactions], ids=lambda one: type(one).__name__
)
def test_after_every_event_it_is_known_whose_the_case_is_and_where_it_stands(event: Any) -> None:
    found = change(event)
    assert (str(found["case_id"]), found["unit"], found["state"]) == (CASE, event.unit, event.state)


@pytest.mark.parametrize("event", WHOLE_LIFE, ids=lambda event: type(event).__name__)
def test_what_counts_is_kept_as_it_was_told_with_its_time_and_its_number(event: Any) -> None:
    assert (type(event).__name__ in KINDS) == ("facts" in rows(event))
    if "facts" in rows(event):
        row = rows(event)["facts"]
        assert (row["id"], row["at"], row["what"], row["unit"]) == (
            "cases:17", life.OPENED, type(event).__name__, event.unit,
        )  # fmt: skip
        assert row["event"] is event


def test_every_kind_of_fact_is_met_in_these_tests_and_has_a_name_on_the_page() -> None:
    assert {type(event) for event in WHOLE_LIFE} | OWN_FACTS >= set(KINDS.values())
    behind_none = {"CaseReopened", "CaseReturned", "CaseTakenBack", "CaseSignedFor", "ResultReported",
                   "ResultRejected", "ResultReviewed"}  # fmt: skip
    assert set(EVENT_NAMES) == (set(KINDS) | {"Registered"}) - behind_none, "the register is no event"


@pytest.mark.parametrize(
    ("trigger", "column"),
    [("overdue", "overdue"), ("idle_after_acceptance", "idle")],
)
def test_an_escalation_marks_the_case_by_its_trigger_until_it_is_cleared_or_the_letter_is_taken_back(
    trigger: str, column: str
) -> None:
    assert change(life.escalated(CASE, trigger))[column] is True
    assert column not in change(life.reopened(CASE))
    assert change(cleared(CASE, trigger))[column] is False
    assert change(returned(CASE))[column] is False


def test_a_closure_is_marked_as_false_when_that_was_found_and_not_when_it_is_suspected() -> None:
    assert "false_closure" not in change(life.escalated(CASE, "false_closure"))
    assert "false_closure" not in change(found(CASE, "overdue"))
    assert change(found(CASE, "false_closure"))["false_closure"] is True


def test_a_rejected_result_takes_back_that_it_was_reported() -> None:
    found = change(life.rejected(CASE))
    assert (found["reported_at"], found["in_time"]) == (None, None)


def test_a_reopened_case_has_a_new_date_and_is_neither_reported_nor_closed() -> None:
    found = change(life.reopened(CASE))
    assert found["feedback_due"] == life.reopened(CASE).feedback_due
    assert {found[name] for name in ("reported_at", "in_time", "closed_at", "on_time")} == {None}


def test_a_cleared_escalation_of_a_closed_case_moves_no_date() -> None:
    assert "feedback_due" not in change(cleared(CASE))
    assert change(found(CASE))["feedback_due"] == found(CASE).feedback_due


# --- our own events ---


def test_the_walk_leaves_out_no_kind_of_event_and_each_survives_its_bytes(eventful: Bureau) -> None:
    assert {type(event) for event in eventful.events()} == set(EVENTS)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_changes_a_table_and_is_told_to_others_or_declared_private(kind: type) -> None:
    assert (kind in PROJECTOR) != (kind in HELD)
    told = kind.__name__ in PUBLIC.contracts or kind.__name__ in INTERNAL.contracts
    assert told != (kind in PRIVATE)


def test_every_contract_is_sent(eventful: Bureau) -> None:
    told = {name for name, _ in eventful.messages(public=True)}
    assert told == set(public_contracts("assessment"))
    assert {name for name, _ in eventful.messages(public=False)} == set(internal_contracts("assessment"))


def test_no_free_text_leaves_the_service_but_the_matter_of_a_finding(eventful: Bureau) -> None:
    told = [one for one in eventful.published if "此乃自由文字" in one.data]
    assert {one.name for one in told} == {"FindingRecorded"}
    assert all(one.jurisdiction is None for one in told)


def test_a_finding_travels_under_the_case_that_it_becomes(eventful: Bureau) -> None:
    sent = [one for one in eventful.published if one.name == "FindingRecorded" and one.jurisdiction is None]
    assert sent
    assert all(f'"finding":"{one.partitionkey}"' in one.data for one in sent)


def test_what_a_unit_files_is_published_under_it(eventful: Bureau) -> None:
    units = {(one.name, one.jurisdiction) for one in eventful.published if one.jurisdiction}
    assert {("ReturnSubmitted", "140525"), ("ReturnSubmitted", "g1"), ("BulletinPublished", "city")} <= units
