"""Read tables of *intake*: one class per table, one method per event in the order of a tip's life.

A projection copies fields and decides nothing. `tips` and `tip_texts` follow from the tip's own events; `receipts`
from each tip and the peppers (the command that receives a tip writes it); `tip_loops` from events of *cases*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from services.intake.domain import events
from shared.platform.event_store.rows import Change, insert, update


class TipList:
    """The table `tips`: one row per tip."""

    def tip_received(self, event: events.TipReceived) -> Change:
        return insert(
            "tips", key="id", id=event.originator_id, version=event.originator_version, state="received",
            kind=event.kind, source=event.source, mode=event.mode, danger=event.danger, in_period=event.in_period,
            received_at=event.at, triage_due=event.triage_due, category=event.category,
            occurred_at=event.occurred_at, external_no=event.external_no, account=event.account,
            suggestion=event.suggestion,
        )  # fmt: skip

    def identity_sealed(self, event: events.IdentitySealed) -> Change:
        return _row(event)

    def tip_supplemented(self, event: events.TipSupplemented) -> Change:
        return _row(event, suggestion=event.suggestion)

    def tip_triaged(self, event: events.TipTriaged) -> Change:
        lead = event.lead
        return _row(
            event, state="triaged", triaged_at=event.at, triaged_by=event.envelope.actor.id, unit=lead.unit,
            matter=lead.matter, enterprise=lead.enterprise, place=lead.place, violation=lead.violation,
            target=lead.target, danger=lead.danger,
        )  # fmt: skip

    def tip_dismissed(self, event: events.TipDismissed) -> Change:
        return _row(
            event, state="dismissed", triaged_at=event.at, triaged_by=event.envelope.actor.id, reason=event.reason
        )  # fmt: skip

    def tip_referred_elsewhere(self, event: events.TipReferredElsewhere) -> Change:
        return _row(
            event, state="referred_elsewhere", triaged_at=event.at, triaged_by=event.envelope.actor.id,
            channel=event.channel,
        )  # fmt: skip

    def message_from_tipster(self, event: events.MessageFromTipster) -> Change:
        return _row(event)

    def message_to_tipster(self, event: events.MessageToTipster) -> Change:
        return _row(event)


class TipTexts:
    """The table `tip_texts`: one row per message or supplement."""

    def tip_supplemented(self, event: events.TipSupplemented) -> Change:
        return _text(event, event.supplement, "office", "supplement", event.account)

    def message_from_tipster(self, event: events.MessageFromTipster) -> Change:
        return _text(event, event.message, "tipster", "message", {"text": event.text})

    def message_to_tipster(self, event: events.MessageToTipster) -> Change:
        return _text(event, event.message, "office", "message", {"text": event.text})


def _row(event: Any, **values: Any) -> Change:
    return update("tips", key="id", id=event.originator_id, version=event.originator_version, **values)


def _text(event: Any, id_: str, author: str, kind: str, sealed: Any) -> Change:
    return insert(
        "tip_texts", key="id", id=UUID(id_), tip=event.originator_id, at=event.at, author=author, kind=kind,
        sealed=sealed,
    )  # fmt: skip


def _method_name(cls: type) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")


_STORED = [cls for cls in vars(events).values() if isinstance(cls, type) and hasattr(cls, "TOPIC")]
_TABLES = (TipList(), TipTexts())
_METHODS = {
    cls: [getattr(table, _method_name(cls)) for table in _TABLES if hasattr(table, _method_name(cls))]
    for cls in _STORED
}


def project(event: Any) -> Iterator[Change]:
    """The changes of read tables that follow from one event."""
    for method in _METHODS[type(event)]:
        yield method(event)
