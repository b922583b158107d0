"""Read tables of *cases*: one class per table, one method per event in the order of a case's life.

A projection copies fields and decides nothing. `IGNORED` names the events that no table needs; a test fails on one
that is neither handled nor ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.cases.domain import events
from services.cases.domain.case import OVERDUE
from shared.event_store.rows import Change, insert, update

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

    def handler_assigned(self, event: events.HandlerAssigned) -> Change:
        return _row(event, handler=event.officer)

    def handling_step_recorded(self, event: events.HandlingStepRecorded) -> Change:
        return _row(event, state="handling", first_step_due=None)

    def remark_added(self, event: events.RemarkAdded) -> Change:
        return _row(event)

    def result_drafted(self, event: events.ResultDrafted) -> Change:
        return _row(event, draft="result")

    def result_reported(self, event: events.ResultReported) -> Change:
        return _row(event, state="reported", draft=None, reported_at=event.at, first_step_due=None)

    def result_rejected(self, event: events.ResultRejected) -> Change:
        return _row(event, state="handling", reported_at=None)

    def result_reviewed(self, event: events.ResultReviewed) -> Change:
        return _row(event, state="reviewed")

    def case_closed(self, event: events.CaseClosed) -> Change:
        return _row(event, state="closed", closed_at=event.at)

    def case_reopened(self, event: events.CaseReopened) -> Change:
        return _row(
            event, state="handling", closed_at=None, reported_at=None, due=event.feedback.due,
            first_step_due=event.first_step.due,
        )  # fmt: skip

    def escalation_raised(self, event: events.EscalationRaised) -> Change:
        column = "overdue" if event.trigger == OVERDUE else "idle"
        return _row(event, **{column: True})


def _row(event: Any, **values: Any) -> Change:
    return update("cases", key="id", id=event.originator_id, version=event.originator_version, **values)


_LIST = CaseList()
_METHODS = {
    name: getattr(_LIST, method)
    for name, method in (
        (cls.__name__, "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_"))
        for cls in vars(events).values()
        if isinstance(cls, type) and hasattr(cls, "TOPIC")
    )
    if name not in IGNORED
}


def project(event: Any) -> Iterator[Change]:
    """The changes of read tables that follow from one event."""
    method = _METHODS.get(type(event).__name__)
    if method is not None:
        yield method(event)
