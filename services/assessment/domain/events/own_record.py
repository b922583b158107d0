"""The events of a county's own record."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.assessment.domain.own_record import OwnRecord


@stored("assessment.ProblemRecorded")
class ProblemRecorded(EnvelopedCreation):
    """A county found and recorded itself what would contradict `statement` of its commitments."""

    aggregate_topic = "assessment.OwnRecord"
    unit: str
    statement: str
    enterprise: str
    case: str
    recorded_at: datetime

    def apply(self, record: OwnRecord) -> None:
        record.unit = self.unit
        record.statement = self.statement
        record.enterprise = self.enterprise
        record.recorded_at = self.recorded_at


@stored("assessment.ProblemRecordedEarlier")
class ProblemRecordedEarlier(EnvelopedEvent):
    """It had recorded it before, in a case of which was heard later."""

    unit: str
    case: str
    recorded_at: datetime

    def apply(self, record: OwnRecord) -> None:
        record.recorded_at = self.recorded_at
