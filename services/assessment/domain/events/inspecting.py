"""The events of an inspection: that it took place, and what it found."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.assessment.domain.values import Finding, Seen
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.assessment.domain.inspection import Inspection


@stored("assessment.InspectionRecorded")
class InspectionRecorded(EnvelopedCreation):
    """An enterprise of `unit` was inspected at `inspected_at` by `inspector`: a county, a group, or `city`."""

    aggregate_topic = "assessment.Inspection"
    unit: str
    inspector: str
    enterprise: str
    place: str | None
    target: str | None
    grade: str | None
    seen: Seen
    findings: int
    inspected_at: datetime

    def apply(self, inspection: Inspection) -> None:
        inspection.unit = self.unit
        inspection.inspector = self.inspector
        inspection.enterprise = self.enterprise
        inspection.place = self.place
        inspection.target = self.target
        inspection.inspected_at = self.inspected_at


@stored("assessment.FindingRecorded")
class FindingRecorded(EnvelopedEvent):
    """The inspection found a problem. *cases* opens a case of the same identifier from it."""

    unit: str
    inspector: str
    enterprise: str
    place: str | None
    target: str | None
    finding: Finding
    found_at: datetime

    def apply(self, inspection: Inspection) -> None:
        inspection.findings.append(self.finding)
