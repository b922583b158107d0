"""What a county found and recorded itself: of one enterprise, what contradicts one statement of its commitments.

The first record counts, by when it was made (never by when something is said to have been found), whatever the order in
which records arrive.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assessment.domain.events.own_record import ProblemRecorded, ProblemRecordedEarlier
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored


@stored("assessment.OwnRecord")
class OwnRecord(Aggregate):
    """One enterprise of `unit` (`rules.enterprises.identity`) and one statement."""

    unit: str
    statement: str
    enterprise: str
    recorded_at: datetime

    def __init__(self) -> None:
        """All of it comes with the first event."""

    @classmethod
    def begin(
        cls, envelope: Envelope, *, id: UUID, unit: str, statement: str, enterprise: str, case: str,
        recorded_at: datetime,
    ) -> Self:  # fmt: skip
        """The unit recorded it."""
        return begin(
            cls, ProblemRecorded, id=id, envelope=envelope, unit=unit, statement=statement, enterprise=enterprise,
            case=case, recorded_at=recorded_at,
        )  # fmt: skip

    def record(self, envelope: Envelope, case: str, recorded_at: datetime) -> None:
        """The unit recorded it in another case: that counts where it was earlier."""
        if recorded_at < self.recorded_at:
            self.trigger_event(
                ProblemRecordedEarlier, envelope=envelope, unit=self.unit, case=case, recorded_at=recorded_at
            )
