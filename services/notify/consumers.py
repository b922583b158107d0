"""What *notify* hears: one table, producer → event → handlers, in this order."""

from __future__ import annotations

from typing import Any

from services.notify.handlers.heard import Heard
from services.notify.handlers.office import BEGINS, ENDS
from shared.kernel.contracts.internal import cases, intake
from shared.platform.event_store.session import Session
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.handler import Handle, Handler, Received


def handlers(heard: Heard) -> Handlers:
    """All reactions to other services' events."""
    office = heard.office
    of_cases: dict[type, tuple[Handle, ...]] = {
        cases.CaseOpened: (heard.case_opened,),
        cases.CaseTransferred: (heard.case_transferred, office.first_report),
        cases.CaseNotSignedFor: (heard.case_not_signed_for,),
        cases.CaseSignedFor: (heard.case_signed_for,),
        cases.HandlingStepRecorded: (office.first_report,),
        cases.InterimReported: (office.first_report,),
        cases.ReturnRequested: (office.first_report,),
        cases.ReturnRefused: (office.first_report,),
        cases.CaseReturned: (heard.case_returned,),
        cases.ResultReported: (heard.nothing_is_due,),
        cases.ResultRejected: (heard.result_rejected,),
        cases.ResultReviewed: (),
        cases.ExtensionRequested: (),
        cases.ExtensionGranted: (heard.new_date,),
        cases.ExtensionRefused: (heard.new_date,),
        cases.PlanApproved: (heard.new_date,),
        cases.PlanRefused: (heard.new_date,),
        cases.AccidentInvestigationOpened: (heard.new_date,),
        cases.CaseClosed: (heard.case_closed,),
        cases.DecisionRecorded: (heard.decision_recorded,),
        cases.CaseReopened: (heard.case_reopened,),
        cases.CaseTakenBack: (heard.case_taken_back,),
        cases.CaseDisclosed: (),
        cases.EscalationRaised: (heard.escalation_raised,),
        cases.FalseClosureSuspected: (heard.false_closure_suspected, office.in_doubt),
        cases.VerificationAssigned: (heard.verification_assigned,),
        cases.EscalationFound: (heard.escalation_found,),
        cases.EscalationCleared: (heard.escalation_cleared, office.no_longer_in_doubt),
        cases.KeySupervisionStarted: (heard.key_supervision_started,),
        cases.KeySupervisionEnded: (heard.key_supervision_ended,),
        cases.OfficeClockMissed: (office.case_missed,),
        cases.FirstReportMissed: (office.first_report_missed,),
    }
    of_intake: dict[type, tuple[Handle, ...]] = {
        intake.TriageDueSoon: (office.triage_due_soon,),
        intake.OfficeClockMissed: (office.tip_missed,),
        intake.TipTriaged: (office.tip_done,),
        intake.TipDismissed: (office.tip_done,),
        intake.TipReferredElsewhere: (office.tip_done,),
    }
    for contract in BEGINS.keys() | ENDS.keys():
        of_cases[contract] = (*of_cases[contract], office.heard)
    return {
        producer: {contract.__name__: Handler(contract, _in_turn(handles)) for contract, handles in table.items()}
        for producer, table in (("cases", of_cases), ("intake", of_intake))
    }


def _in_turn(handles: tuple[Handle, ...]) -> Handle:
    def handle(session: Session, event: Any, received: Received) -> None:
        for one in handles:
            one(session, event, received)

    return handle if len(handles) > 1 else handles[0]
