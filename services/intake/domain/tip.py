"""The tip: what it knows. It never sees what the tipster wrote: texts come sealed."""

from __future__ import annotations

from datetime import datetime

from eventsourcing.domain import Aggregate

from services.intake.domain.values import Lead, Suggestion
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.events import stored

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

    @property
    def concerned(self) -> str | None:
        """The unit against whose officials it is."""
        return self.lead.unit if self.lead is not None and self.lead.against_officials else None

    def __init__(self) -> None:
        self.pseudonym = self.lead = self.reason = self.channel = None
