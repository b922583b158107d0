"""What *notify* hears: one table, producer → event → handler.

`IGNORED` names the events of *cases* of which nobody is reminded and nobody told; a test fails on one that is neither
heard nor ignored.
"""

from __future__ import annotations

from services.notify.application import Notify
from shared.kernel.contracts.internal import cases
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.handler import Handler

IGNORED = frozenset(
    {
        "HandlingStepRecorded", "ResultReviewed", "ReturnRequested", "ReturnRefused", "ExtensionRequested",
        "ExtensionRefused", "InterimReported", "PenaltyProceedingDecided", "AccountabilityImposed", "CaseDisclosed",
        "CaseAssessed",
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
            "CaseReturned": Handler(cases.CaseReturned, reminding.case_returned),
            "ExtensionGranted": Handler(cases.ExtensionGranted, reminding.extension_granted),
            "FalseClosureSuspected": Handler(cases.FalseClosureSuspected, reminding.false_closure_suspected),
            "VerificationAssigned": Handler(cases.VerificationAssigned, reminding.verification_assigned),
            "EscalationFound": Handler(cases.EscalationFound, reminding.escalation_found),
            "EscalationCleared": Handler(cases.EscalationCleared, reminding.escalation_cleared),
            "KeySupervisionStarted": Handler(cases.KeySupervisionStarted, reminding.key_supervision_started),
            "KeySupervisionEnded": Handler(cases.KeySupervisionEnded, reminding.key_supervision_ended),
            "LoopMoved": Handler(cases.LoopMoved, notify.loop_moved),
        }
    }
