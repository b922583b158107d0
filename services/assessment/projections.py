"""Read tables of *assessment*: one class per table, one method per event of *cases* in the order of a case's life.

A projection copies fields and decides nothing. `IGNORED` names the events of *cases* that no table needs; a test fails
on one that is neither taken nor ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from shared.contracts.internal import cases
from shared.event_store.rows import Change, insert, update

IGNORED = frozenset({"CaseNotSignedFor", "LoopMoved"})
_TRIGGERS = {"overdue": "overdue", "idle_after_acceptance": "idle", "false_closure": "false_closure"}


class CaseFacts:
    """The table `case_facts`: one row per case."""

    def case_opened(self, event: cases.CaseOpened) -> Change:
        return insert(
            "case_facts", key="case_id", case_id=UUID(event.case), unit=event.unit, origin=event.origin,
            state=event.state, opened_at=event.opened_at,
        )  # fmt: skip

    def case_transferred(self, event: cases.CaseTransferred) -> Change:
        return _row(event, letter=event.letter, transferred_at=event.transferred_at, feedback_due=event.feedback_due)

    def case_signed_for(self, event: cases.CaseSignedFor) -> Change:
        return _row(event, signed_for_at=event.signed_for_at, deemed=event.deemed)

    def handling_step_recorded(self, event: cases.HandlingStepRecorded) -> Change:
        return _row(event)

    def result_reported(self, event: cases.ResultReported) -> Change:
        return _row(event, reported_at=event.reported_at, in_time=event.in_time)

    def result_rejected(self, event: cases.ResultRejected) -> Change:
        return _row(event, reported_at=None, in_time=None)

    def result_reviewed(self, event: cases.ResultReviewed) -> Change:
        return _row(event)

    def case_closed(self, event: cases.CaseClosed) -> Change:
        return _row(event, closed_at=event.closed_at, on_time=event.on_time)

    def case_reopened(self, event: cases.CaseReopened) -> Change:
        return _row(
            event, feedback_due=event.feedback_due, reported_at=None, in_time=None, closed_at=None, on_time=None
        )

    def escalation_raised(self, event: cases.EscalationRaised) -> Change:
        return _row(event, **{_TRIGGERS[event.trigger]: True})


def _row(event: Any, **values: Any) -> Change:
    """The case's row: every event also says whose the case is and where it stands."""
    return update("case_facts", key="case_id", case_id=UUID(event.case), unit=event.unit, state=event.state, **values)


_FACTS = CaseFacts()
FROM_CASES: Mapping[type, Callable[[Any], Change]] = {
    cases.CaseOpened: _FACTS.case_opened,
    cases.CaseTransferred: _FACTS.case_transferred,
    cases.CaseSignedFor: _FACTS.case_signed_for,
    cases.HandlingStepRecorded: _FACTS.handling_step_recorded,
    cases.ResultReported: _FACTS.result_reported,
    cases.ResultRejected: _FACTS.result_rejected,
    cases.ResultReviewed: _FACTS.result_reviewed,
    cases.CaseClosed: _FACTS.case_closed,
    cases.CaseReopened: _FACTS.case_reopened,
    cases.EscalationRaised: _FACTS.escalation_raised,
}
"""Contract → the change that follows from it."""
