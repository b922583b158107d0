"""What *assessment* does about what others tell, besides counting it: one table, producer → event → handler."""

from __future__ import annotations

from services.assessment.handlers.contradicting import HeardOfCases
from shared.kernel.contracts.internal import cases
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.handler import Handle, Handler


def handlers(heard: HeardOfCases) -> Handlers:
    """All reactions to other services' events."""
    reactions: dict[type, Handle] = {
        cases.CaseOpened: heard.case_opened,
        cases.CaseClosed: heard.case_closed,
        cases.EscalationFound: heard.escalation_found,
        cases.CaseTakenBack: heard.case_taken_back,
    }
    return {"cases": {contract.__name__: Handler(contract, handle) for contract, handle in reactions.items()}}
