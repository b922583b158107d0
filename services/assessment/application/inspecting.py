"""Inspections: recorded with their findings, which become cases; a major one breaks a commitment that denies it."""

from __future__ import annotations

from datetime import datetime

from services.assessment import commands
from services.assessment.application.office import Office, Told
from services.assessment.domain.authority import CITY_ROLES, check_may
from services.assessment.domain.errors import Invalid
from services.assessment.domain.filing import COMMITMENT, Filing
from services.assessment.domain.inspection import Inspection
from services.assessment.domain.values import Finding, Seen
from shared.kernel.campaign.definition import CITY
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.session import Session


class Inspections(Office):
    """Commands of inspections."""

    def record_inspection(self, session: Session, envelope: Envelope, asked: commands.RecordInspection) -> Told:
        """An enterprise was inspected (notice 五（四）)."""
        actor = envelope.actor
        unit = self._unit_of(asked, actor)
        check_may("record-inspection", actor, unit, self.group_of(unit))
        if asked.at is not None and asked.at > envelope.at:
            raise Invalid("at", "检查时间晚于现在，请核对。")
        inspected_at = asked.at or envelope.at
        findings = tuple(self._finding(one) for one in asked.findings)
        inspection = Inspection.record(
            envelope, id=new_id(), unit=unit, inspector=CITY if actor.role in CITY_ROLES else actor.unit,
            enterprise=asked.enterprise, place=asked.place, target=self.term("targets", "target", asked.target),
            grade=self.term("enterprise_grades", "grade", asked.grade), findings=findings, inspected_at=inspected_at,
            seen=Seen(asked.equipment, asked.cylinders, asked.pipelines, asked.inspectors),
        )  # fmt: skip
        session.save(inspection)
        for finding in findings:
            if finding.major:
                self._a_later_finding_breaks_a_commitment(session, envelope, unit, finding.id, inspected_at)
        return {"inspection": str(inspection.id), "unit": unit, "findings": [one.id for one in findings]}

    def _unit_of(self, asked: commands.RecordInspection, actor: Actor) -> str:
        counties = tuple(county.code for county in self.campaign.units)
        unit = asked.unit or actor.unit
        if unit not in counties:
            raise Invalid("unit", "请写明被检查单位所在的县级单位。", counties)
        return unit

    def _finding(self, asked: commands.FoundProblem) -> Finding:
        matters = tuple(str(self.term("matters", "findings", code)) for code in asked.matters)
        violation = self.term("violations", "findings", asked.violation)
        return Finding(str(new_id()), asked.matter, violation, matters, asked.danger, asked.major)

    def _a_later_finding_breaks_a_commitment(
        self, session: Session, envelope: Envelope, unit: str, case: str, found_at: datetime
    ) -> None:
        """通知六（四）: the last commitment that the county signed before a major hazard was found in its area."""
        for month in self.schedule.months_until(found_at):
            for rule in self.schedule.rules_of(COMMITMENT):
                filing = session.find(Filing, self.schedule.filing_id(rule.code, unit, month))
                if filing is not None and filing.filed_at is not None and filing.filed_at <= found_at:
                    filing.contradict(envelope, case)
                    session.save(filing)
                    return
