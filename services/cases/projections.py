"""Read tables of *cases*: one class per table, one method per event in the order of a case's life.

A projection copies fields and decides nothing. `IGNORED` names the events that no table needs; a test fails on one
that is neither handled nor ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.cases.domain import events
from shared.platform.event_store.rows import Change, insert, update

IGNORED = frozenset({"LetterRegisterOpened", "LetterNumbered"})


class CaseList:
    """The table `cases`: one row per case."""

    def case_opened(self, event: events.CaseOpened) -> Change:
        matter = event.matter
        deadline = event.transfer_deadline or event.feedback
        return insert(
            "cases", key="id", id=event.originator_id, tip=event.tip, origin=event.origin, unit=event.unit,
            state="opened" if event.transfer_deadline else "signed_for", version=event.originator_version,
            matter=matter.text, enterprise=matter.enterprise, source=matter.source, danger=matter.danger,
            in_period=event.in_period, received_at=matter.received_at, opened_at=event.at,
            due=deadline.due if deadline else None,
        )  # fmt: skip

    def letter_drafted(self, event: events.LetterDrafted) -> Change:
        return _row(event, draft="letter")

    def case_transferred(self, event: events.CaseTransferred) -> Change:
        return _row(
            event, state="transferred", unit=event.letter.unit, letter=event.number, draft=None,
            transferred_at=event.at, due=event.feedback.due, first_step_due=event.first_step.due,
        )  # fmt: skip

    def case_not_signed_for(self, event: events.CaseNotSignedFor) -> Change:
        return _row(event)

    def case_signed_for(self, event: events.CaseSignedFor) -> Change:
        return _row(event, state="signed_for", first_step_due=event.first_step.due)

    def return_requested(self, event: events.ReturnRequested) -> Change:
        return _row(event, return_asked=event.at)

    def case_returned(self, event: events.CaseReturned) -> Change:
        return _row(
            event, state="opened", return_asked=None, extension_asked=None, handler=None, draft=None,
            transferred_at=None, due=event.transfer.due, first_step_due=None,
        )  # fmt: skip

    def return_refused(self, event: events.ReturnRefused) -> Change:
        return _row(event, return_asked=None)

    def handler_assigned(self, event: events.HandlerAssigned) -> Change:
        return _row(event, handler=event.officer)

    def handling_step_recorded(self, event: events.HandlingStepRecorded) -> Change:
        return _row(event, state="handling", first_step_due=None)

    def remark_added(self, event: events.RemarkAdded) -> Change:
        return _row(event)

    def extension_requested(self, event: events.ExtensionRequested) -> Change:
        return _row(event, extension_asked=event.at)

    def extension_granted(self, event: events.ExtensionGranted) -> Change:
        return _row(event, extension_asked=None, due=event.feedback.due)

    def extension_refused(self, event: events.ExtensionRefused) -> Change:
        return _row(event, extension_asked=None)

    def interim_reported(self, event: events.InterimReported) -> Change:
        return _row(event)

    def penalty_proceeding_decided(self, event: events.PenaltyProceedingDecided) -> Change:
        return _row(event)

    def result_drafted(self, event: events.ResultDrafted) -> Change:
        return _row(event, draft="result")

    def result_reported(self, event: events.ResultReported) -> Change:
        return _row(
            event, state="reported", draft=None, reported_at=event.at, first_step_due=None, return_asked=None,
            extension_asked=None,
        )  # fmt: skip

    def result_rejected(self, event: events.ResultRejected) -> Change:
        return _row(event, state="handling", reported_at=None)

    def result_reviewed(self, event: events.ResultReviewed) -> Change:
        return _row(event, state="reviewed")

    def case_closed(self, event: events.CaseClosed) -> Change:
        return _row(event, state="closed", closed_at=event.at, disclosure_due=event.disclosure.due)

    def case_reopened(self, event: events.CaseReopened) -> Change:
        return _row(
            event, state="handling", closed_at=None, disclosure_due=None, disclosed_at=None, assessed_in=None,
            **_new_window(event),
        )  # fmt: skip

    def case_disclosed(self, event: events.CaseDisclosed) -> Change:
        return _row(event, disclosed_at=event.published_at)

    def case_assessed(self, event: events.CaseAssessed) -> Change:
        return _row(event, assessed_in=event.month)

    def escalation_raised(self, event: events.EscalationRaised) -> Change:
        return _row(event, reply_due=None, replied_at=None, **{_TRIGGERS[event.trigger]: True})

    def false_closure_suspected(self, event: events.FalseClosureSuspected) -> Change:
        return _row(event, reply_due=event.reply.due)

    def reply_given(self, event: events.ReplyGiven) -> Change:
        return _row(event, replied_at=event.at)

    def verification_assigned(self, event: events.VerificationAssigned) -> Change:
        return _row(event)

    def escalation_found(self, event: events.EscalationFound) -> Change:
        return _row(event, state=event.state, **_new_window(event))

    def escalation_cleared(self, event: events.EscalationCleared) -> Change:
        return _row(event, **_new_window(event)) if event.feedback else _row(event)

    def accountability_imposed(self, event: events.AccountabilityImposed) -> Change:
        return _row(event)

    def key_supervision_started(self, event: events.KeySupervisionStarted) -> Change:
        return _row(event, key_group=event.group, recheck_due=event.recheck.due)

    def key_supervision_ended(self, event: events.KeySupervisionEnded) -> Change:
        return _row(event, recheck_due=None)


class EscalationList:
    """The table `escalations`: one row per escalated verification of a case."""

    def escalation_raised(self, event: events.EscalationRaised) -> Change:
        return insert(
            "escalations", key="id", id=_nth(event), case_id=event.originator_id, n=event.n, unit=event.unit,
            trigger=event.trigger, raised_at=event.at,
        )  # fmt: skip

    def verification_assigned(self, event: events.VerificationAssigned) -> Change:
        return update("escalations", key="id", id=_nth(event), verifier=event.verifier, verify_due=event.deadline.due)

    def escalation_found(self, event: events.EscalationFound) -> Change:
        return update("escalations", key="id", id=_nth(event), outcome="found", decided_at=event.at)

    def escalation_cleared(self, event: events.EscalationCleared) -> Change:
        return update("escalations", key="id", id=_nth(event), outcome="cleared", decided_at=event.at)


_TRIGGERS = {"overdue": "overdue", "idle_after_acceptance": "idle", "false_closure": "false_closure"}
"""The column of each trigger."""


def _row(event: Any, **values: Any) -> Change:
    return update("cases", key="id", id=event.originator_id, version=event.originator_version, **values)


def _new_window(event: Any) -> dict[str, Any]:
    first_step = event.first_step.due if event.first_step else None
    return {"due": event.feedback.due, "first_step_due": first_step, "reported_at": None, "extension_asked": None}


def _nth(event: Any) -> str:
    return f"{event.originator_id}:{event.n}"


def _method_name(kind: type) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("_")


_METHODS = {
    kind.__name__: [
        getattr(table, _method_name(kind))
        for table in (CaseList(), EscalationList())
        if hasattr(table, _method_name(kind))
    ]
    for kind in events.EVENTS
    if kind.__name__ not in IGNORED
}


def project(event: Any) -> Iterator[Change]:
    """The changes of read tables that follow from one event."""
    for method in _METHODS.get(type(event).__name__, ()):
        yield method(event)
