"""The table `case_facts`: where each case stands now, one row per case, from the events of *cases* in their order.

`IGNORED` names the events of *cases* that change nothing here and are no fact either; a test fails on one that is
neither taken in nor ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from shared.kernel.contracts.internal import cases
from shared.platform.event_store.rows import Change, insert, update

IGNORED = frozenset(
    {
        "CaseAssessed",  # our own bulletin, come back
        "CaseNotSignedFor",  # the same as a deemed signature, which follows
        "ExtensionRefused",
        "ExtensionRequested",
        "FalseClosureSuspected",  # a suspicion is no figure until the escalation is raised
        "InterimReported",
        "KeySupervisionEnded",
        "KeySupervisionStarted",
        "LoopMoved",
        "ReturnRefused",
        "ReturnRequested",
    }
)
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

    def case_returned(self, event: cases.CaseReturned) -> Change:
        return _row(event, letter=None, transferred_at=None, signed_for_at=None, deemed=False, feedback_due=None)

    def extension_granted(self, event: cases.ExtensionGranted) -> Change:
        return _row(event, feedback_due=event.feedback_due)

    def escalation_found(self, event: cases.EscalationFound) -> Change:
        return _row(event, feedback_due=event.feedback_due)

    def escalation_cleared(self, event: cases.EscalationCleared) -> Change:
        return _row(event) if event.feedback_due is None else _row(event, feedback_due=event.feedback_due)

    def case_disclosed(self, event: cases.CaseDisclosed) -> Change:
        return _row(event)

    def escalation_raised(self, event: cases.EscalationRaised) -> Change:
        return _row(event, **{_TRIGGERS[event.trigger]: True})


def _row(event: Any, **values: Any) -> Change:
    """The case's row: every event also says whose the case is and where it stands."""
    return update("case_facts", key="case_id", case_id=UUID(event.case), unit=event.unit, state=event.state, **values)


_FACTS = CaseFacts()
STANDING: Mapping[type, Callable[[Any], Change]] = {
    cases.CaseOpened: _FACTS.case_opened,
    cases.CaseTransferred: _FACTS.case_transferred,
    cases.CaseSignedFor: _FACTS.case_signed_for,
    cases.HandlingStepRecorded: _FACTS.handling_step_recorded,
    cases.ResultReported: _FACTS.result_reported,
    cases.ResultRejected: _FACTS.result_rejected,
    cases.ResultReviewed: _FACTS.result_reviewed,
    cases.CaseClosed: _FACTS.case_closed,
    cases.CaseReopened: _FACTS.case_reopened,
    cases.CaseReturned: _FACTS.case_returned,
    cases.ExtensionGranted: _FACTS.extension_granted,
    cases.EscalationRaised: _FACTS.escalation_raised,
    cases.EscalationFound: _FACTS.escalation_found,
    cases.EscalationCleared: _FACTS.escalation_cleared,
    cases.CaseDisclosed: _FACTS.case_disclosed,
}
"""Contract → the change of the case's row that follows from it."""
