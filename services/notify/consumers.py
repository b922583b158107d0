"""What *notify* hears: one table, producer → event → handler.

`IGNORED` names the events of *cases* of which nobody is reminded and nobody told; a test fails on one that is neither
heard nor ignored.
"""

from __future__ import annotations

from services.notify.application import Notify
from shared.contracts.internal import cases
from shared.messaging.engine import Handlers
from shared.messaging.inbox import Handler

IGNORED = frozenset(
    {
        "HandlingStepRecorded", "ResultReviewed", "ReturnRequested", "CaseReturned", "ReturnRefused",
        "ExtensionRequested", "ExtensionGranted", "ExtensionRefused", "InterimReported", "PenaltyProceedingDecided",
        "FalseClosureSuspected", "VerificationAssigned", "EscalationFound", "EscalationCleared",
        "AccountabilityImposed", "KeySupervisionStarted", "KeySupervisionEnded", "CaseDisclosed", "CaseAssessed",
    }
)  # fmt: skip


def handlers(notify: Notify) -> Handlers:
    """All reactions to other services' events."""
    reminding = notify.reminding
    return {
        "cases": {
            "CaseOpened": Handler(cases.CaseOpened, notify.case_opened),
            "CaseTransferred": Handler(cases.CaseTransferred, reminding.case_transferred),
            "CaseNotSignedFor": Handler(cases.CaseNotSignedFor, reminding.case_not_signed_for),
            "CaseSignedFor": Handler(cases.CaseSignedFor, reminding.case_signed_for),
            "ResultReported": Handler(cases.ResultReported, reminding.result_reported),
            "ResultRejected": Handler(cases.ResultRejected, reminding.result_rejected),
            "CaseClosed": Handler(cases.CaseClosed, notify.case_closed),
            "CaseReopened": Handler(cases.CaseReopened, notify.case_reopened),
            "EscalationRaised": Handler(cases.EscalationRaised, reminding.escalation_raised),
            "LoopMoved": Handler(cases.LoopMoved, notify.loop_moved),
        }
    }
