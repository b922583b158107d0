"""Every event of *cases* is either a change of the facts or declared not to be one."""

from __future__ import annotations

from typing import Any

import pytest

from services.assessment import consumers, projections
from shared.contracts import internal_contracts
from tests.support import life
from tests.support.running import case_id

CASE = case_id(1)
CONTRACTS = {name for name, contract in internal_contracts("cases").items() if hasattr(contract, "case")}
WHOLE_LIFE = (
    life.opened(CASE), life.transferred(CASE), life.signed_for(CASE), life.step(CASE), life.reported(CASE),
    life.rejected(CASE), life.reviewed(CASE), life.closed(CASE), life.reopened(CASE), life.escalated(CASE),
)  # fmt: skip


def change(event: Any) -> dict[str, Any]:
    return dict(projections.FROM_CASES[type(event)](event).values)


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_every_event_of_cases_is_either_taken_in_or_declared_ignored(name: str) -> None:
    taken = {contract.__name__ for contract in projections.FROM_CASES}
    assert (name in taken) != (name in projections.IGNORED)


def test_nothing_is_declared_ignored_that_cases_does_not_tell() -> None:
    assert CONTRACTS >= projections.IGNORED


def test_each_contract_has_one_handler_under_its_own_name() -> None:
    handlers = consumers.handlers()["cases"]
    assert {name: handler.contract for name, handler in handlers.items()} == {
        contract.__name__: contract for contract in projections.FROM_CASES
    }


@pytest.mark.parametrize("event", WHOLE_LIFE, ids=lambda event: type(event).__name__)
def test_after_every_event_it_is_known_whose_the_case_is_and_where_it_stands(event: Any) -> None:
    found = change(event)
    assert (str(found["case_id"]), found["unit"], found["state"]) == (CASE, event.unit, event.state)


def test_the_walk_of_these_tests_leaves_out_no_event_that_is_taken_in() -> None:
    assert {type(event) for event in WHOLE_LIFE} == set(projections.FROM_CASES)


@pytest.mark.parametrize(
    ("trigger", "column"),
    [("overdue", "overdue"), ("idle_after_acceptance", "idle"), ("false_closure", "false_closure")],
)
def test_an_escalation_marks_the_case_by_its_trigger_for_good(trigger: str, column: str) -> None:
    assert change(life.escalated(CASE, trigger))[column] is True
    assert column not in change(life.reopened(CASE))


def test_a_rejected_result_takes_back_that_it_was_reported() -> None:
    found = change(life.rejected(CASE))
    assert (found["reported_at"], found["in_time"]) == (None, None)


def test_a_reopened_case_has_a_new_date_and_is_neither_reported_nor_closed() -> None:
    found = change(life.reopened(CASE))
    assert found["feedback_due"] == life.reopened(CASE).feedback_due
    assert {found[name] for name in ("reported_at", "in_time", "closed_at", "on_time")} == {None}
