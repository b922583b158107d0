"""Commitments that others prove wrong (notice 六（四）, domain 5): broken, and lifted where it turns out otherwise.

Others prove it by an inspection of a group or the city, by a case that ends as borne out, or by a false closure that a
verification finds. Which statements that contradicts says the campaign file. It breaks the last commitment that the
county had signed before it was found, as far as that made the statement and the county had not recorded the same of the
same enterprise itself before it was told (by the letter, or by the inspection). One case breaks at most one commitment
of a unit. What a unit finds and records itself breaks nothing, however it ends.

All of it goes by when things happened, not by when they are heard of, so it ends the same in any order: what comes
later and was earlier lifts. Limits: what the county hears of in another way before the letter, it can still record; a
hazard that it listed is known only by its case; a matter against officials contradicts nobody's commitment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from services.assessment.domain.events.filing import CommitmentBroken
from services.assessment.domain.filing import COMMITMENT, Filing
from services.assessment.domain.inspection import Inspection
from services.assessment.domain.own_record import OwnRecord
from services.assessment.domain.values import Finding
from services.assessment.rules.enterprises import Names
from services.assessment.rules.lives import FALSE_CLOSURE
from services.assessment.rules.schedule import Schedule
from shared.kernel.campaign import Campaign
from shared.kernel.commands import because_of
from shared.kernel.contracts.internal import cases
from shared.kernel.measures import NOT_BORNE_OUT, UPHELD
from shared.platform.clock import Clock
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session
from shared.platform.messaging.handler import Received

OWN, TIP, INSPECTION = "unit", "tip", "inspection"
RULE = "a_commitment_is_broken_by_what_others_prove"
_NAMESPACE = UUID("0e6c7f0b-5a8c-5a6e-9a43-0d3c2f5be8d1")


@dataclass(frozen=True, slots=True)
class Problem:
    """What was found in `unit`, in a case: it contradicts these statements. `found_at`: when; `told_at`: until when the
    unit could have recorded it itself."""

    unit: str
    case: str
    enterprise: str
    statements: tuple[str, ...]
    found_at: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Contradictions:
    """What inspections and cases make of commitments."""

    campaign: Campaign
    schedule: Schedule
    names: Names

    def inspected(self, session: Session, envelope: Envelope, inspection: Inspection) -> None:
        """An inspection was recorded: now, whenever it was."""
        for finding in inspection.findings:
            problem = self._found(inspection, finding)
            if inspection.inspector == inspection.unit:
                self.recorded(session, envelope, problem, envelope.at)
            else:
                self.proven(session, envelope, problem, inspection.inspector)

    def recorded(self, session: Session, envelope: Envelope, problem: Problem, at: datetime) -> None:
        """The unit recorded it itself. What others have proven of it since is no contradiction."""
        for statement in problem.statements:
            id_ = self._record_id(problem, statement)
            record = session.find(OwnRecord, id_)
            if record is None:
                record = OwnRecord.begin(
                    envelope, id=id_, unit=problem.unit, statement=statement, enterprise=problem.enterprise,
                    case=problem.case, recorded_at=at,
                )  # fmt: skip
            else:
                record.record(envelope, problem.case, at)
            session.save(record)
        for filing in self._commitments(session, problem.unit) if problem.statements else ():
            for one in filing.breaks:
                same = one.enterprise == problem.enterprise and one.told_at is not None
                if same and all(self._is_recorded(session, problem, name, one.told_at) for name in one.statements):
                    filing.lift(envelope, one.case, "recorded_before")
            session.save(filing)

    def proven(
        self, session: Session, envelope: Envelope, problem: Problem, found_by: str, *, denied: bool = False
    ) -> None:
        """Others have proven it. `denied`: the unit had said of this very case that it is not so."""
        if not problem.statements:
            return
        self.lifted(session, envelope, problem.case, "another_unit", but=problem.unit)
        commitments = list(self._commitments(session, problem.unit))
        if any(problem.case in one.broken_by for one in commitments):
            return
        signed = [one for one in commitments if one.denied(one.statements, problem.found_at)]
        last = max(signed, key=lambda one: one.filed_at or problem.found_at, default=None)
        if last is None:
            return
        contradicted = tuple(
            name
            for name in last.denied(problem.statements, problem.found_at)
            if denied or not self._is_recorded(session, problem, name, problem.told_at)
        )
        if contradicted:
            last.trigger_event(
                CommitmentBroken, envelope=envelope, **last.names, case=problem.case, found_by=found_by,
                enterprise=problem.enterprise, statements=contradicted,
                told_at=None if denied else problem.told_at,
            )  # fmt: skip
            session.save(last)

    def lifted(self, session: Session, envelope: Envelope, case: str, reason: str, but: str | None = None) -> None:
        """A case contradicts nobody's commitment after all; `but` that of this unit."""
        for unit in self.campaign.county_codes:
            for filing in self._commitments(session, unit) if unit != but else ():
                filing.lift(envelope, case, reason)
                session.save(filing)

    def _found(self, inspection: Inspection, finding: Finding) -> Problem:
        return self.problem(
            inspection.unit, finding.id, inspection.enterprise, inspection.place, finding.violation,
            inspection.inspected_at, inspection.inspected_at, major=finding.major,
        )  # fmt: skip

    def problem(
        self, unit: str, case: str, enterprise: str | None, place: str | None, violation: str | None,
        found_at: datetime, told_at: datetime, *, major: bool,
    ) -> Problem:  # fmt: skip
        """What was found, as commitments are held against it."""
        return Problem(
            unit, case, self.names.identity(unit, enterprise, place, case),
            self.campaign.contradicted(violation, major=major), found_at, told_at,
        )  # fmt: skip

    def _is_recorded(self, session: Session, problem: Problem, statement: str, before: datetime | None) -> bool:
        record = session.find(OwnRecord, self._record_id(problem, statement))
        return record is not None and before is not None and record.recorded_at < before

    def _record_id(self, problem: Problem, statement: str) -> UUID:
        return uuid5(_NAMESPACE, f"{self.campaign.id}/{statement}/{problem.enterprise}")

    def _commitments(self, session: Session, unit: str) -> Iterator[Filing]:
        for month in self.schedule.months:
            for rule in self.schedule.rules_of(COMMITMENT):
                filing = session.find(Filing, self.schedule.filing_id(rule.code, unit, month))
                if filing is not None:
                    yield filing


@dataclass(frozen=True, slots=True)
class HeardOfCases:
    """What *cases* tells that commitments are held against."""

    contradictions: Contradictions
    clock: Clock

    def case_opened(self, session: Session, told: cases.CaseOpened, received: Received) -> None:
        """The unit found it itself. Older releases held that against it, and told nothing more of the case."""
        if told.origin != OWN:
            return
        envelope = self._envelope(received)
        if told.subject is None:
            self.contradictions.lifted(session, envelope, told.case, "recorded_before")
        else:
            self.contradictions.recorded(session, envelope, self._problem(told, told.subject), told.opened_at)

    def case_closed(self, session: Session, told: cases.CaseClosed, received: Received) -> None:
        """Borne out, it proves what was alleged; not borne out, it takes back what was proven before."""
        if told.conclusion == NOT_BORNE_OUT:
            self.contradictions.lifted(session, self._envelope(received), told.case, NOT_BORNE_OUT)
        elif told.conclusion in UPHELD and told.subject is not None and told.subject.origin != OWN:
            found_by = TIP if told.subject.origin == TIP else INSPECTION
            self.contradictions.proven(session, self._envelope(received), self._problem(told, told.subject), found_by)

    def escalation_found(self, session: Session, told: cases.EscalationFound, received: Received) -> None:
        """The unit had closed the case falsely: at the latest now others have found what it denied."""
        if told.trigger == FALSE_CLOSURE and told.subject is not None and told.subject.origin != OWN:
            problem = self._problem(told, told.subject, found_at=told.found_at)
            self.contradictions.proven(session, self._envelope(received), problem, told.verifier, denied=True)

    def case_taken_back(self, session: Session, told: cases.CaseTakenBack, received: Received) -> None:
        """What the case came from is no more."""
        self.contradictions.lifted(session, self._envelope(received), told.case, "taken_back")

    def _problem(
        self, told: cases.CaseOpened | cases.CaseClosed | cases.EscalationFound, subject: cases.Subject,
        found_at: datetime | None = None,
    ) -> Problem:  # fmt: skip
        return self.contradictions.problem(
            told.unit, told.case, subject.enterprise, subject.place, subject.violation,
            found_at or subject.found_at, subject.told_at, major=subject.major,
        )  # fmt: skip

    def _envelope(self, received: Received) -> Envelope:
        return because_of(self.contradictions.campaign, RULE, received, self.clock.now())
