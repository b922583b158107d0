"""The table `facts`: everything that figures are counted from, by event time. A fact is written once, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.assessment.domain import events
from services.assessment.domain.facts import Filed, HazardFound, Inspected, Owed
from shared.platform.event_store.rows import Change, insert
from shared.platform.messaging.handler import Received


class Facts:
    """One row per fact: which event it was, when, whose, and the event itself."""

    def of_a_case(self, event: Any, received: Received) -> Change:
        """An event of *cases*, as its contract tells it."""
        return _fact(f"{received.producer}:{received.sequence}", received.at, event)

    def inspection_recorded(self, event: events.InspectionRecorded) -> Change:
        """An inspection counts when it took place."""
        seen = event.seen
        return _fact(
            _id(event), event.inspected_at,
            Inspected(
                str(event.originator_id), event.unit, event.inspector, event.enterprise, event.grade, seen.equipment,
                seen.cylinders, seen.pipelines, seen.inspectors,
            ),
        )  # fmt: skip

    def finding_recorded(self, event: events.FindingRecorded) -> Change:
        """A finding counts when it was made."""
        found = HazardFound(event.finding.id, event.unit, event.inspector, event.finding.major)
        return _fact(_id(event), event.found_at, found)

    def filing_opened(self, event: events.FilingOpened) -> Change:
        """A paper is owed from when it was asked for."""
        owed = Owed(str(event.originator_id), event.unit, event.kind, event.period, event.due.due)
        return _fact(_id(event), event.at, owed)

    def filed(self, event: Any) -> Change:
        """A paper counts when it was filed."""
        paper = Filed(str(event.originator_id), event.unit, event.kind, event.period, event.in_time)
        return _fact(_id(event), event.at, paper)


def _id(event: Any) -> str:
    return f"{event.originator_id}:{event.originator_version}"


def _fact(id_: str, at: datetime, event: Any) -> Change:
    return insert("facts", key="id", id=id_, at=at, what=type(event).__name__, unit=event.unit, event=event)
