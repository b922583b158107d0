"""Read tables of *intake*: what each event makes of a row. A projection copies fields and decides nothing.

`receipts` follows from each tip and the peppers, `tip_loops` from what *cases* tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.intake.domain import events
from services.intake.receipts import ReceiptCodes
from shared.kernel.contracts.internal import cases
from shared.platform.event_store.rows import Change, insert
from shared.platform.service.projector import Projector, Rows, Values


def _received(event: events.TipReceived) -> Values:
    return {
        "state": "received", "kind": event.kind, "source": event.source, "mode": event.mode, "danger": event.danger,
        "in_period": event.in_period, "received_at": event.at, "triage_due": event.triage_due,
        "category": event.category, "occurred_at": event.occurred_at, "external_no": event.external_no,
        "account": event.account, "suggestion": event.suggestion,
    }  # fmt: skip


def _decided(event: events.TipEvent, state: str) -> dict[str, Any]:
    return {"state": state, "triaged_at": event.at, "triaged_by": event.envelope.actor.id}


def _triaged(event: events.TipTriaged) -> Values:
    lead = event.lead
    return _decided(event, "triaged") | {
        "unit": lead.unit, "matter": lead.matter, "enterprise": lead.enterprise, "place": lead.place,
        "violation": lead.violation, "target": lead.target, "danger": lead.danger,
    }  # fmt: skip


def _another_date(event: events.MessageFromTipster | events.MessageToTipster) -> Values:
    return {"triage_due": event.triage_due} if event.triage_due is not None else {}


TIPS = Rows("tips", version=True)
TIPS.new(events.TipReceived, _received)
TIPS.on(
    {
        events.TipSupplemented: lambda e: {"suggestion": e.suggestion},
        events.MessageFromTipster: _another_date,
        events.MessageToTipster: _another_date,
        events.OfficeClockMissed: lambda e: {"raised_to": e.raised_to},
        events.TipTriaged: _triaged,
        events.TipDismissed: lambda e: _decided(e, "dismissed") | {"reason": e.reason},
        events.TipReferredElsewhere: lambda e: _decided(e, "referred_elsewhere") | {"channel": e.channel},
    }
)
TIPS.touched_by(events.IdentitySealed, events.TriageDueSoon)


def _text(event: Any, id_: str, author: str, kind: str, sealed: Any) -> Values:
    return {
        "id": UUID(id_), "tip": event.originator_id, "at": event.at, "author": author, "kind": kind, "sealed": sealed
    }  # fmt: skip


TEXTS = Rows("tip_texts")
TEXTS.new(events.TipSupplemented, lambda e: _text(e, e.supplement, "office", "supplement", e.account))
TEXTS.new(events.MessageFromTipster, lambda e: _text(e, e.message, "tipster", "message", {"text": e.text}))
TEXTS.new(events.MessageToTipster, lambda e: _text(e, e.message, "office", "message", {"text": e.text}))


def _case_of_a_tip(event: cases.CaseOpened) -> Iterable[Change]:
    if event.tip is not None:
        row = {"tip": UUID(event.tip), "unit": event.unit, "state": event.state, "version": 1, "steps": event.steps}
        yield insert("tip_loops", key="case_id", case_id=event.case, **row)


LOOPS = Rows("tip_loops", key="case_id", of=lambda event: event.case)
LOOPS.by(cases.CaseOpened, _case_of_a_tip)
LOOPS.on(  # of a case without a tip there is no row to change
    {
        cases.LoopMoved: lambda e: {"unit": e.unit, "state": e.state, "version": e.version, "steps": e.steps},
        cases.CaseTakenBack: lambda e: {"state": e.state},
        cases.CaseTransferred: lambda e: {"feedback_due": e.feedback_due},
        cases.CaseReopened: lambda e: {"feedback_due": e.feedback_due},
    }
)


def _confidential(event: events.TipTriaged) -> Iterable[Change]:
    if event.lead.against_officials:
        yield insert("confidential", key="id", id=event.originator_id, unit=event.lead.unit)


CONFIDENTIAL = Rows("confidential")
CONFIDENTIAL.by(events.TipTriaged, _confidential)


def projector_of(receipts: ReceiptCodes) -> Projector:
    """The read tables; the look-up value of a tip's receipt is made with the installation's peppers."""
    codes = Rows("receipts", key="lookup", of=lambda event: receipts.lookup_of(event.originator_id))
    codes.new(events.TipReceived, lambda e: {"tip": e.originator_id})
    return Projector(TIPS, TEXTS, LOOPS, codes, CONFIDENTIAL)
