"""What *notify* hears: one table, producer → event → handler."""

from __future__ import annotations

from services.notify.handlers.heard import Heard
from shared.kernel.contracts.internal import cases
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.handler import Handle, Handler


def handlers(heard: Heard) -> Handlers:
    """All reactions to other services' events."""
    reactions: dict[type, Handle] = {
        cases.CaseOpened: heard.case_opened,
        cases.CaseTransferred: heard.case_transferred,
        cases.CaseNotSignedFor: heard.case_not_signed_for,
        cases.CaseSignedFor: heard.case_signed_for,
        cases.CaseReturned: heard.case_returned,
        cases.ResultReported: heard.nothing_is_due,
        cases.ResultRejected: heard.result_rejected,
        cases.ExtensionGranted: heard.new_date,
        cases.ExtensionRefused: heard.new_date,
        cases.PlanApproved: heard.new_date,
        cases.PlanRefused: heard.new_date,
        cases.AccidentInvestigationOpened: heard.new_date,
        cases.CaseClosed: heard.case_closed,
        cases.DecisionRecorded: heard.decision_recorded,
        cases.CaseReopened: heard.case_reopened,
        cases.CaseTakenBack: heard.case_taken_back,
        cases.EscalationRaised: heard.escalation_raised,
        cases.FalseClosureSuspected: heard.false_closure_suspected,
        cases.VerificationAssigned: heard.verification_assigned,
        cases.EscalationFound: heard.escalation_found,
        cases.EscalationCleared: heard.escalation_cleared,
        cases.KeySupervisionStarted: heard.key_supervision_started,
        cases.KeySupervisionEnded: heard.key_supervision_ended,
    }
    return {"cases": {contract.__name__: Handler(contract, handle) for contract, handle in reactions.items()}}
