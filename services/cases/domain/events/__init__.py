"""The events of a case, in the order of its life. Stored names are fixed for ever; each event applies itself."""

from __future__ import annotations

from services.cases.domain.events.base import CaseEvent
from services.cases.domain.events.concluding import (
    CaseAssessed,
    CaseClosed,
    CaseDisclosed,
    CaseReopened,
    ResultDrafted,
    ResultRejected,
    ResultReported,
    ResultReviewed,
)
from services.cases.domain.events.escalating import (
    EscalationCleared,
    EscalationFound,
    EscalationRaised,
    FalseClosureSuspected,
    ReplyGiven,
    VerificationAssigned,
)
from services.cases.domain.events.handling import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    HandlerAssigned,
    HandlingStepRecorded,
    InterimReported,
    PenaltyProceedingDecided,
    RemarkAdded,
)
from services.cases.domain.events.register import (
    LetterNumbered,
    LetterRegisterOpened,
)
from services.cases.domain.events.supervising import (
    AccountabilityImposed,
    KeySupervisionEnded,
    KeySupervisionStarted,
)
from services.cases.domain.events.transferring import (
    CaseNotSignedFor,
    CaseOpened,
    CaseReturned,
    CaseSignedFor,
    CaseTransferred,
    LetterDrafted,
    ReturnRefused,
    ReturnRequested,
)
from shared.platform.event_store.events import EnvelopedEvent

CASE_EVENTS: tuple[type[CaseEvent], ...] = (
    CaseOpened,
    LetterDrafted,
    CaseTransferred,
    CaseNotSignedFor,
    CaseSignedFor,
    ReturnRequested,
    CaseReturned,
    ReturnRefused,
    HandlerAssigned,
    HandlingStepRecorded,
    RemarkAdded,
    ExtensionRequested,
    ExtensionGranted,
    ExtensionRefused,
    InterimReported,
    PenaltyProceedingDecided,
    ResultDrafted,
    ResultReported,
    ResultRejected,
    ResultReviewed,
    CaseClosed,
    CaseReopened,
    CaseDisclosed,
    CaseAssessed,
    EscalationRaised,
    FalseClosureSuspected,
    ReplyGiven,
    VerificationAssigned,
    EscalationFound,
    EscalationCleared,
    AccountabilityImposed,
    KeySupervisionStarted,
    KeySupervisionEnded,
)
"""Every kind of event of a case."""
EVENTS: tuple[type[EnvelopedEvent], ...] = (*CASE_EVENTS, LetterRegisterOpened, LetterNumbered)
"""Every kind of event of this service."""

__all__ = [
    "CASE_EVENTS",
    "EVENTS",
    "AccountabilityImposed",
    "CaseAssessed",
    "CaseClosed",
    "CaseDisclosed",
    "CaseEvent",
    "CaseNotSignedFor",
    "CaseOpened",
    "CaseReopened",
    "CaseReturned",
    "CaseSignedFor",
    "CaseTransferred",
    "EscalationCleared",
    "EscalationFound",
    "EscalationRaised",
    "ExtensionGranted",
    "ExtensionRefused",
    "ExtensionRequested",
    "FalseClosureSuspected",
    "HandlerAssigned",
    "HandlingStepRecorded",
    "InterimReported",
    "KeySupervisionEnded",
    "KeySupervisionStarted",
    "LetterDrafted",
    "LetterNumbered",
    "LetterRegisterOpened",
    "PenaltyProceedingDecided",
    "RemarkAdded",
    "ReplyGiven",
    "ResultDrafted",
    "ResultRejected",
    "ResultReported",
    "ResultReviewed",
    "ReturnRefused",
    "ReturnRequested",
    "VerificationAssigned",
]
