"""What *notify* hears: one table, producer → event → handler.

`IGNORED` names the events of *cases* of which nobody is reminded; a test fails on one that is neither heard nor
ignored.
"""

from __future__ import annotations

from services.notify.application import Notify
from shared.contracts.internal import cases
from shared.messaging.engine import Handlers
from shared.messaging.inbox import Handler

IGNORED = frozenset({"HandlingStepRecorded", "ResultReviewed", "LoopMoved"})


def handlers(notify: Notify) -> Handlers:
    """All reactions to other services' events."""
    return {
        "cases": {
            "CaseOpened": Handler(cases.CaseOpened, notify.case_opened),
            "CaseTransferred": Handler(cases.CaseTransferred, notify.case_transferred),
            "CaseNotSignedFor": Handler(cases.CaseNotSignedFor, notify.case_not_signed_for),
            "CaseSignedFor": Handler(cases.CaseSignedFor, notify.case_signed_for),
            "ResultReported": Handler(cases.ResultReported, notify.result_reported),
            "ResultRejected": Handler(cases.ResultRejected, notify.result_rejected),
            "CaseClosed": Handler(cases.CaseClosed, notify.case_closed),
            "CaseReopened": Handler(cases.CaseReopened, notify.case_reopened),
            "EscalationRaised": Handler(cases.EscalationRaised, notify.escalation_raised),
        }
    }
