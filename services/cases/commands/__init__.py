"""What a person may send: the bodies of the commands. Unknown fields are refused, so that a typing error is noticed."""

from __future__ import annotations

from services.cases.commands.concluding import (
    Close,
    RejectResult,
    Reopen,
    ReportResult,
    ReviewResult,
)
from services.cases.commands.escalating import (
    AppointVerification,
    EndKeySupervision,
    ImposeAccountability,
    Reply,
    StartKeySupervision,
    SuspectFalseClosure,
    VerifyEscalation,
)
from services.cases.commands.fields import Body
from services.cases.commands.handling import (
    AssignHandler,
    DecidePenaltyProceeding,
    GrantExtension,
    RecordStep,
    RefuseExtension,
    Remark,
    ReportInterim,
    RequestExtension,
)
from services.cases.commands.transferring import (
    AcceptReturn,
    Open,
    RefuseReturn,
    RequestReturn,
    SignFor,
    Transfer,
)

BODIES: dict[str, type[Body]] = {
    "transfer": Transfer,
    "sign-for": SignFor,
    "request-return": RequestReturn,
    "accept-return": AcceptReturn,
    "refuse-return": RefuseReturn,
    "assign-handler": AssignHandler,
    "record-step": RecordStep,
    "remark": Remark,
    "request-extension": RequestExtension,
    "grant-extension": GrantExtension,
    "refuse-extension": RefuseExtension,
    "report-interim": ReportInterim,
    "report-result": ReportResult,
    "decide-penalty-proceeding": DecidePenaltyProceeding,
    "review-result": ReviewResult,
    "reject-result": RejectResult,
    "close": Close,
    "reopen": Reopen,
    "suspect-false-closure": SuspectFalseClosure,
    "reply": Reply,
    "appoint-verification": AppointVerification,
    "verify-escalation": VerifyEscalation,
    "impose-accountability": ImposeAccountability,
    "start-key-supervision": StartKeySupervision,
    "end-key-supervision": EndKeySupervision,
}
"""Every command on a case by its name in the API."""

__all__ = [
    "BODIES",
    "AcceptReturn",
    "AppointVerification",
    "AssignHandler",
    "Body",
    "Close",
    "DecidePenaltyProceeding",
    "EndKeySupervision",
    "GrantExtension",
    "ImposeAccountability",
    "Open",
    "RecordStep",
    "RefuseExtension",
    "RefuseReturn",
    "RejectResult",
    "Remark",
    "Reopen",
    "Reply",
    "ReportInterim",
    "ReportResult",
    "RequestExtension",
    "RequestReturn",
    "ReviewResult",
    "SignFor",
    "StartKeySupervision",
    "SuspectFalseClosure",
    "Transfer",
    "VerifyEscalation",
]
