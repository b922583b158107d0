"""The tip: what it knows, and what may be done to it.

Every command method checks the table of authority, then triggers events; it never asks for the time (the envelope has
it) and never sees what the tipster wrote: texts come sealed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.intake.domain import authority
from services.intake.domain.errors import StaleVersion
from services.intake.domain.events import (
    IdentitySealed,
    MessageFromTipster,
    MessageToTipster,
    TipDismissed,
    TipReceived,
    TipReferredElsewhere,
    TipSupplemented,
    TipTriaged,
)
from services.intake.domain.values import Account, Ciphertext, Lead, Suggestion
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.events import begin, stored

TIPSTER = Actor(id="tipster", role="tipster", unit="none")
"""Who acts when a tipster does: always the same nobody."""


@stored("intake.Tip")
class Tip(Aggregate):
    """One thing that somebody told us."""

    state: str
    kind: str
    source: str
    mode: str
    received_at: datetime
    triage_due: datetime
    danger: bool
    in_period: bool
    external_no: str | None
    suggestion: Suggestion
    pseudonym: str | None
    lead: Lead | None
    reason: str | None
    channel: str | None

    def __init__(self) -> None:
        self.pseudonym = self.lead = self.reason = self.channel = None

    @classmethod
    def receive(
        cls,
        envelope: Envelope,
        *,
        id: UUID,
        kind: str,
        source: str,
        mode: str,
        account: Account,
        suggestion: Suggestion,
        triage_due: datetime,
        danger: bool,
        in_period: bool,
        category: str | None = None,
        occurred_at: datetime | None = None,
        external_no: str | None = None,
    ) -> Self:
        """A new tip. Its key, and the identity if there is one, are in the vault already."""
        return begin(
            cls, TipReceived, id=id, envelope=envelope, kind=kind, source=source, mode=mode, account=account,
            suggestion=suggestion, triage_due=triage_due, danger=danger, in_period=in_period, category=category,
            occurred_at=occurred_at, external_no=external_no,
        )  # fmt: skip

    def seal_identity(self, envelope: Envelope, pseudonym: str) -> None:
        """Note that the vault holds an identity."""
        self.trigger_event(IdentitySealed, envelope=envelope, pseudonym=pseudonym)

    # --- triage ---

    def triage(self, envelope: Envelope, lead: Lead) -> None:
        """An officer decides which unit the tip concerns."""
        authority.check_may("triage", envelope.actor, self.state)
        self.trigger_event(TipTriaged, envelope=envelope, lead=lead)

    def triage_by_rule(self, envelope: Envelope, lead: Lead) -> None:
        """The campaign's rules decide; the envelope names the rule."""
        authority.check_state("triage", self.state)
        self.trigger_event(TipTriaged, envelope=envelope, lead=lead)

    def dismiss(self, envelope: Envelope, reason: str) -> None:
        """An officer ends it without a case."""
        authority.check_may("dismiss", envelope.actor, self.state)
        self.trigger_event(TipDismissed, envelope=envelope, reason=reason)

    def refer_elsewhere(self, envelope: Envelope, channel: str) -> None:
        """An officer hands a complaint or an enquiry to its own channel."""
        authority.check_may("refer-elsewhere", envelope.actor, self.state)
        self.trigger_event(TipReferredElsewhere, envelope=envelope, channel=channel)

    def supplement(self, envelope: Envelope, supplement: str, account: Account, suggestion: Suggestion) -> None:
        """An officer adds what was learnt afterwards; `suggestion` is what the rules now recognise."""
        authority.check_may("supplement", envelope.actor, self.state)
        self.trigger_event(
            TipSupplemented, envelope=envelope, supplement=supplement, account=account, suggestion=suggestion
        )

    # --- dialogue ---

    def hear(self, envelope: Envelope, message: str, text: Ciphertext) -> None:
        """The holder of the receipt writes; possible for ever."""
        self.trigger_event(MessageFromTipster, envelope=envelope, message=message, text=text)

    def tell(self, envelope: Envelope, message: str, text: Ciphertext) -> None:
        """An officer writes to the holder of the receipt."""
        authority.check_may("message", envelope.actor, self.state)
        self.trigger_event(MessageToTipster, envelope=envelope, message=message, text=text)

    # --- what is known ---

    def check_version(self, expected: int | None) -> None:
        """Raise StaleVersion if the sender looked at another version."""
        if expected is not None and expected != self.version:
            raise StaleVersion(self.version)
