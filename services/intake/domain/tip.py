"""The tip: what it knows. It never sees what the tipster wrote: texts come sealed."""

from __future__ import annotations

from datetime import datetime

from eventsourcing.domain import Aggregate

from services.intake.domain.events import OfficeClockMissed, TriageDueSoon
from services.intake.domain.values import Lead, Suggestion
from shared.kernel.campaign.office import DoneDate, OfficeDate
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.events import EnvelopedEvent, stored

TIPSTER = Actor(id="tipster", role="tipster", unit="none")
"""Who acts when a tipster does: always the same nobody."""
TRIAGE, SOON = "triage", "triage_soon"
"""The timers of a tip: its time is over, or nearly so."""


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
    triage: OfficeDate | None
    triage_done: DoneDate | None
    remind_at: datetime | None
    asked: bool
    waits_until: datetime | None

    @property
    def concerned(self) -> str | None:
        """The unit against whose officials it is."""
        return self.lead.unit if self.lead is not None and self.lead.against_officials else None

    def __init__(self) -> None:
        self.pseudonym = self.lead = self.reason = self.channel = None
        self.triage = self.triage_done = self.remind_at = self.waits_until = None
        self.asked = False

    # --- the office's clock ---

    def begin_triage(self, due: datetime, remind_at: datetime | None, *, of_many: bool = False) -> None:
        """It is to be triaged by this instant."""
        self.triage_due = due
        self.triage = None if of_many else OfficeDate(TRIAGE, due)
        self.remind_at = None if of_many else remind_at

    def end_triage(self, event: EnvelopedEvent) -> None:
        """It was, in time or not."""
        if self.triage is not None:
            self.triage_done = DoneDate(TRIAGE, self.triage.due, event.at, event.originator_version)
        self.triage = self.remind_at = self.waits_until = None

    def timers(self) -> dict[str, datetime]:
        """The calls that this tip now wants."""
        wanted = {} if self.remind_at is None else {SOON: self.remind_at}
        if self.triage is not None and self.triage.call is not None:
            wanted[TRIAGE] = self.triage.call
        return wanted

    def remind(self, envelope: Envelope) -> None:
        """The time for the triage is nearly over: once for each date."""
        if self.remind_at is not None and self.remind_at <= envelope.at < self.triage_due:
            self.trigger_event(TriageDueSoon, envelope=envelope, due=self.triage_due)

    def miss_triage(self, envelope: Envelope, owner_role: str, further: datetime) -> None:
        """The time for the triage is over: it is raised, once to each."""
        missed = self.triage.missed_at(envelope.at, owner_role, further) if self.triage is not None else None
        if missed is not None:
            self.trigger_event(OfficeClockMissed, envelope=envelope, **missed)
