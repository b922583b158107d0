"""Read tables of *cases*: what each event makes of a row. A projection copies fields and decides nothing.

The register of letter numbers has no table: its numbers are in the rows of the cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.cases.domain.events import concluding, escalating, handling, missing, supervising, transferring
from services.cases.domain.values import Deadline
from shared.platform.event_store.rows import Change, insert
from shared.platform.service.projector import Projector, Rows, Values
from shared.platform.text import plain

_TRIGGERS = {"overdue": "overdue", "idle_after_acceptance": "idle", "false_closure": "false_closure"}
"""The column of each trigger."""


def _opened(event: transferring.CaseOpened) -> Values:
    matter = event.matter
    deadline = event.transfer_deadline or event.feedback
    return {
        "tip": event.tip, "origin": event.origin, "unit": event.unit,
        "state": "opened" if event.transfer_deadline else "signed_for", "matter": matter.text,
        "enterprise": matter.enterprise, "source": matter.source, "danger": matter.danger,
        "in_period": event.in_period, "received_at": matter.received_at, "opened_at": event.at,
        "due": deadline.due if deadline else None, "awaits_investigation": event.investigation is not None,
    }  # fmt: skip


def _new_window(event: Any) -> Values:
    return {
        "due": event.feedback.due, "first_step_due": _due(event.first_step), "reported_at": None,
        "extension_asked": None, "answer_due": None, "review_due": None, "closing_due": None,
    }  # fmt: skip


def _moved(event: Any) -> Values:
    """The feedback date, where the event has a new one."""
    return {"due": event.feedback.due} if event.feedback else {}


def _words(*texts: str | None) -> str:
    return plain(" ".join(text for text in texts if text is not None))


def _due(deadline: Deadline | None) -> datetime | None:
    return deadline.due if deadline else None


CASES = Rows("cases", version=True)
CASES.new(transferring.CaseOpened, _opened)
CASES.touched_by(
    transferring.CaseNotSignedFor, handling.RemarkAdded, handling.PenaltyProceedingDecided,
    escalating.VerificationAssigned, missing.FirstReportMissed, missing.OfficeClockMissed,
    supervising.AccountabilityImposed, concluding.DecisionRecorded,
)  # fmt: skip
CASES.on(
    {
        transferring.LetterDrafted: lambda _: {"draft": "letter"},
        transferring.CaseTransferred: lambda e: {
            "state": "transferred", "unit": e.letter.unit, "letter": e.number, "draft": None, "transferred_at": e.at,
            "due": e.feedback.due, "first_step_due": None,
        },
        transferring.CaseSignedFor: lambda e: {"state": "signed_for", "first_step_due": _due(e.first_step)},
        transferring.ReturnRequested: lambda e: {"return_asked": e.at, "return_due": _due(e.answer)},
        transferring.CaseReturned: lambda e: {
            "state": "opened", "return_asked": None, "return_due": None, "extension_asked": None, "answer_due": None,
            "handler": None, "draft": None, "transferred_at": None, "due": e.transfer.due, "first_step_due": None,
        },
        transferring.ReturnRefused: lambda e: {
            "return_asked": None, "return_due": None, **({"first_step_due": _due(e.first_step)} if e.recounted else {}),
        },
        handling.HandlerAssigned: lambda e: {"handler": e.officer},
        handling.HandlingStepRecorded: lambda _: {"state": "handling", "first_step_due": None},
        handling.ExtensionRequested: lambda e: {"extension_asked": e.at, "answer_due": _due(e.answer)},
        handling.ExtensionGranted: lambda e: {"extension_asked": None, "answer_due": None, "due": e.feedback.due},
        handling.ExtensionRefused: lambda e: {"extension_asked": None, "answer_due": None, **_moved(e)},
        handling.InterimReported: lambda e: {"extension_asked": e.at, "answer_due": _due(e.answer)} if e.asked else {},
        handling.PlanApproved: lambda e: {"extension_asked": None, "answer_due": None, **_moved(e)},
        handling.PlanRefused: lambda e: {"extension_asked": None, "answer_due": None, **_moved(e)},
        concluding.ResultDrafted: lambda _: {"draft": "result"},
        concluding.ResultReported: lambda e: {
            "state": "reported", "draft": None, "reported_at": e.at, "first_step_due": None, "return_asked": None,
            "return_due": None, "extension_asked": None, "answer_due": None, "review_due": e.review.due,
        },
        concluding.ResultRejected: lambda e: {
            "state": "handling", "reported_at": None, "review_due": None, **_moved(e)
        },
        concluding.ResultReviewed: lambda e: {
            "state": "reviewed", "review_due": None, "closing_due": _due(e.closing),
        },
        concluding.CaseClosed: lambda e: {
            "state": "closed", "closed_at": e.at, "closing_due": None,
            "disclosure_due": e.disclosure.due if e.disclosure else None,
        },
        concluding.CaseTakenBack: lambda _: {"state": "taken_back", "due": None},
        concluding.CaseReopened: lambda e: {
            "state": "handling", "closed_at": None, "disclosure_due": None, "disclosed_at": None, "assessed_in": None,
            **_new_window(e),
        },
        concluding.AccidentInvestigationOpened: lambda e: {
            "awaits_investigation": False, **_moved(e),
            **({"first_step_due": e.first_step.due} if e.first_step else {}),
        },
        concluding.CaseDisclosed: lambda e: {} if e.kind == concluding.EXPOSURE else {"disclosed_at": e.published_at},
        concluding.CaseAssessed: lambda e: {"assessed_in": e.month},
        escalating.EscalationRaised: lambda e: {"reply_due": None, "replied_at": None, _TRIGGERS[e.trigger]: True},
        escalating.FalseClosureSuspected: lambda e: {"reply_due": e.reply.due},
        escalating.ReplyGiven: lambda e: {"replied_at": e.at},
        escalating.EscalationFound: lambda e: {"state": e.state, **_new_window(e)},
        escalating.EscalationCleared: lambda e: {
            **(_new_window(e) if e.feedback else {}), **({"closing_due": e.closing.due} if e.closing else {}),
        },
        supervising.KeySupervisionStarted: lambda e: {"key_group": e.group, "recheck_due": e.recheck.due},
        supervising.KeySupervisionEnded: lambda _: {"recheck_due": None},
    }
)  # fmt: skip

ESCALATIONS = Rows("escalations", of=lambda event: f"{event.originator_id}:{event.n}")
ESCALATIONS.new(
    escalating.EscalationRaised,
    lambda e: {
        "case_id": e.originator_id, "n": e.n, "unit": e.unit, "trigger": e.trigger, "raised_at": e.at,
        "appoint_due": _due(e.appointment),
    },
)  # fmt: skip
ESCALATIONS.on(
    {
        escalating.VerificationAssigned: lambda e: {"verifier": e.verifier, "verify_due": e.deadline.due},
        escalating.EscalationFound: lambda e: {"outcome": "found", "decided_at": e.at},
        escalating.EscalationCleared: lambda e: {"outcome": "cleared", "decided_at": e.at},
    }
)


def _confidential(event: transferring.CaseOpened) -> Iterator[Change]:
    if event.matter.concerned is not None:
        yield insert("confidential", key="id", id=event.originator_id, unit=event.matter.concerned)


CONFIDENTIAL = Rows("confidential")
CONFIDENTIAL.by(transferring.CaseOpened, _confidential)

WORDS = Rows("case_words")
WORDS.new(
    transferring.CaseOpened,
    lambda e: {"said": _words(e.matter.text, e.matter.enterprise, e.matter.place, e.matter.external_no)},
)
WORDS.on(
    {
        transferring.CaseTransferred: lambda e: {"sent": _words(e.number, e.letter.supervising.name)},
        transferring.CaseReturned: lambda _: {"handler": None},
        handling.HandlerAssigned: lambda e: {"handler": e.officer},
    }
)

PROJECTOR = Projector(CASES, ESCALATIONS, CONFIDENTIAL, WORDS)
