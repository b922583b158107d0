"""The events of a tip, in the order of its life. Stored names are fixed for ever; each event applies itself.

Nothing in them identifies a tipster: free text is ciphertext from the first event on, because the logs of the database
and of the bus keep what once went through them; of an identity there is a pseudonym.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.intake.domain.values import Account, Ciphertext, Lead, Suggestion
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.intake.domain.tip import Tip


class TipEvent(EnvelopedEvent):
    """Any event of a tip."""


@stored("intake.TipReceived")
class TipReceived(TipEvent, EnvelopedCreation):
    """Somebody told us something. `danger` is what they or their words say; `mode`: anonymous | confidential | open.
    It is to be triaged by `triage_due`, of which somebody is reminded at `remind_at`. `of_many`: its sender sends too
    many; that nobody keeps up with them is raised to nobody."""

    aggregate_topic = "intake.Tip"
    kind: str
    source: str
    mode: str
    account: Account
    suggestion: Suggestion
    triage_due: datetime
    danger: bool
    in_period: bool
    category: str | None = None
    occurred_at: datetime | None = None
    external_no: str | None = None
    remind_at: datetime | None = None
    of_many: bool = False

    def apply(self, tip: Tip) -> None:
        tip.kind = self.kind
        tip.source = self.source
        tip.mode = self.mode
        tip.received_at = self.at
        tip.triage_due = self.triage_due
        tip.danger = self.danger
        tip.in_period = self.in_period
        tip.external_no = self.external_no
        tip.suggestion = self.suggestion
        tip.state = "received"
        tip.begin_triage(self.triage_due, self.remind_at, of_many=self.of_many)


@stored("intake.IdentitySealed")
class IdentitySealed(TipEvent):
    """The sender gave a name; it is in the vault alone, under this pseudonym."""

    pseudonym: str

    def apply(self, tip: Tip) -> None:
        tip.pseudonym = self.pseudonym


@stored("intake.TipSupplemented")
class TipSupplemented(TipEvent):
    """An officer added what was learnt afterwards, by calling back or reading again."""

    supplement: str
    account: Account
    suggestion: Suggestion

    def apply(self, tip: Tip) -> None:
        tip.suggestion = self.suggestion


@stored("intake.TipTriaged")
class TipTriaged(TipEvent):
    """The tip concerns a unit: by an officer, or by the rule that the envelope names."""

    lead: Lead

    def apply(self, tip: Tip) -> None:
        tip.lead = self.lead
        tip.state = "triaged"
        tip.end_triage(self)


@stored("intake.TipDismissed")
class TipDismissed(TipEvent):
    """The tip ends without a case, for a coded reason of the campaign."""

    reason: str

    def apply(self, tip: Tip) -> None:
        tip.reason = self.reason
        tip.state = "dismissed"
        tip.end_triage(self)


@stored("intake.TipReferredElsewhere")
class TipReferredElsewhere(TipEvent):
    """No tip: a consumer complaint or an enquiry, handed to its own channel."""

    channel: str

    def apply(self, tip: Tip) -> None:
        tip.channel = self.channel
        tip.state = "referred_elsewhere"
        tip.end_triage(self)


@stored("intake.MessageFromTipster")
class MessageFromTipster(TipEvent):
    """The holder of the receipt wrote. Where he was asked, the triage goes on from here and is due by `triage_due`."""

    message: str
    text: Ciphertext
    triage_due: datetime | None = None
    remind_at: datetime | None = None

    def apply(self, tip: Tip) -> None:
        if self.triage_due is not None:
            tip.waits_until = None
            tip.begin_triage(self.triage_due, self.remind_at)


@stored("intake.MessageToTipster")
class MessageToTipster(TipEvent):
    """An officer wrote to the holder of the receipt. Where he asked something, the triage stands still until the
    answer, at most until `waits_until`, and is due by `triage_due` then."""

    message: str
    text: Ciphertext
    waits_until: datetime | None = None
    triage_due: datetime | None = None
    remind_at: datetime | None = None

    def apply(self, tip: Tip) -> None:
        if self.triage_due is not None:
            tip.asked = True
            tip.waits_until = self.waits_until
            tip.begin_triage(self.triage_due, self.remind_at)


@stored("intake.TriageDueSoon")
class TriageDueSoon(TipEvent):
    """The time for the triage is nearly over (`due`, exclusive): somebody is reminded."""

    due: datetime

    def apply(self, tip: Tip) -> None:
        tip.remind_at = None


@stored("intake.OfficeClockMissed")
class OfficeClockMissed(TipEvent):
    """The tip was not triaged by `due` (exclusive): it is raised to `raised_to`, director and then taskforce, at
    `further`."""

    clock: str
    due: datetime
    owner_role: str
    raised_to: str
    further: datetime | None = None

    def apply(self, tip: Tip) -> None:
        if tip.triage is not None:
            tip.triage = tip.triage.raised_once_more(self.further)
