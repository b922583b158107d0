"""An inspection (notice 五（四）): who looked at which enterprise, when, and what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assessment.domain.events.inspecting import FindingRecorded, InspectionRecorded
from services.assessment.domain.values import Finding, Seen
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored


@stored("assessment.Inspection")
class Inspection(Aggregate):
    """One visit to one enterprise."""

    unit: str
    inspector: str
    enterprise: str
    place: str | None
    target: str | None
    inspected_at: datetime
    findings: list[Finding]

    def __init__(self) -> None:
        self.findings = []

    @classmethod
    def record(
        cls,
        envelope: Envelope,
        *,
        id: UUID,
        unit: str,
        inspector: str,
        enterprise: str,
        place: str | None,
        target: str | None,
        grade: str | None,
        seen: Seen,
        findings: tuple[Finding, ...],
        inspected_at: datetime,
    ) -> Self:
        """An inspection and each of its findings."""
        made = begin(
            cls, InspectionRecorded, id=id, envelope=envelope, unit=unit, inspector=inspector, enterprise=enterprise,
            place=place, target=target, grade=grade, seen=seen, findings=len(findings), inspected_at=inspected_at,
        )  # fmt: skip
        for finding in findings:
            made.trigger_event(
                FindingRecorded, envelope=envelope, unit=unit, inspector=inspector, enterprise=enterprise, place=place,
                target=target, finding=finding, found_at=inspected_at,
            )  # fmt: skip
        return made
