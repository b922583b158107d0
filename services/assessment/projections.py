"""Read tables of *assessment*: what each event, our own or of another service, makes of a row. A projection copies
fields and decides nothing.

`case_facts` is where each case stands now; `facts` is everything that figures are counted from, by event time, written
once and never changed; `filings` is what every unit owes, and what became of it; what bulletins say is in their events.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from services.assessment.domain import events
from services.assessment.domain.facts import (
    KINDS,
    Filed,
    HazardFound,
    Inspected,
    OfficeDone,
    OfficeMissed,
    Owed,
    subject_of,
)
from shared.kernel.contracts.internal import cases, intake, notify
from shared.platform.event_store.rows import Change, insert
from shared.platform.messaging.handler import Received
from shared.platform.service.projector import Projector, Rows, Values

_RAISED = {"overdue": "overdue", "idle_after_acceptance": "idle"}
"""The column of each trigger that a clock raises."""
_PROVEN = {"false_closure": {"false_closure": True}}
"""A false closure is a suspicion until it is found."""
_PAPERS: tuple[type, ...] = (
    events.CommitmentSigned, events.TypicalCaseSubmitted, events.PaperFiled, events.BriefingHeld,
)  # fmt: skip
"""That a paper other than a return was filed."""
_MISSED: tuple[type, ...] = (events.ReturnMissed, events.CommitmentMissed, events.PaperMissed)


def _moved(event: Any) -> Values:
    """The feedback date, where the event has a new one."""
    return {"feedback_due": event.feedback_due} if event.feedback_due else {}


def _late(event: cases.EscalationRaised | cases.EscalationCleared, late: bool) -> Values:
    """What is cleared counts as if it had never been raised."""
    return {_RAISED[event.trigger]: late} if event.trigger in _RAISED else {}


CASE_FACTS = Rows(
    "case_facts", key="case_id", of=lambda event: UUID(event.case),
    extra=lambda event: {"unit": event.unit, "state": event.state},
)  # fmt: skip
CASE_FACTS.new(cases.CaseOpened, lambda e: {"origin": e.origin, "opened_at": e.opened_at})
CASE_FACTS.touched_by(cases.HandlingStepRecorded, cases.ResultReviewed, cases.CaseDisclosed, cases.CaseTakenBack)
CASE_FACTS.on(
    {
        cases.CaseTransferred: lambda e: {
            "letter": e.letter, "transferred_at": e.transferred_at, "feedback_due": e.feedback_due,
        },
        cases.CaseSignedFor: lambda e: {"signed_for_at": e.signed_for_at, "deemed": e.deemed},
        cases.ResultReported: lambda e: {"reported_at": e.reported_at, "in_time": e.in_time},
        cases.ResultRejected: lambda e: {"reported_at": None, "in_time": None, **_moved(e)},
        cases.CaseClosed: lambda e: {"closed_at": e.closed_at, "on_time": e.on_time},
        cases.CaseReopened: lambda e: {
            "feedback_due": e.feedback_due, "reported_at": None, "in_time": None, "closed_at": None, "on_time": None,
        },
        cases.CaseReturned: lambda _: {
            "letter": None, "transferred_at": None, "signed_for_at": None, "deemed": False, "feedback_due": None,
            "overdue": False, "idle": False,
        },
        cases.ExtensionGranted: _moved,
        cases.ExtensionRefused: _moved,
        cases.PlanApproved: _moved,
        cases.PlanRefused: _moved,
        cases.AccidentInvestigationOpened: _moved,
        cases.EscalationRaised: lambda e: _late(e, True),
        cases.EscalationFound: lambda e: {"feedback_due": e.feedback_due, **_PROVEN.get(e.trigger, {})},
        cases.EscalationCleared: lambda e: {**_moved(e), **_late(e, False)},
    }
)  # fmt: skip


def _fact(id_: str, at: datetime, fact: Any, sequence: int | None = None) -> Change:
    return insert(
        "facts", key="id", id=id_, at=at, what=type(fact).__name__, unit=fact.unit, event=fact,
        subject=subject_of(fact), sequence=sequence,
    )  # fmt: skip


def _own(event: Any, fact: Any) -> Change:
    """By when it was recorded: what was signed before does not change."""
    return _fact(f"{event.originator_id}:{event.originator_version}", event.at, fact)


def _inspected(event: events.InspectionRecorded) -> Change:
    seen = event.seen
    fact = Inspected(
        str(event.originator_id), event.unit, event.inspector, event.enterprise, event.grade, seen.equipment,
        seen.cylinders, seen.pipelines, seen.inspectors,
    )  # fmt: skip
    return _own(event, fact)


def _hazard(event: events.FindingRecorded) -> Change:
    found = HazardFound(event.finding.id, event.unit, event.inspector, event.finding.major)
    return _own(event, found)


def _owed(event: events.FilingOpened) -> Change:
    """A paper is owed from when it was asked for."""
    return _own(event, Owed(str(event.originator_id), event.unit, event.kind, event.period, event.due.due))


def _filed(event: Any) -> Change:
    return _own(event, Filed(str(event.originator_id), event.unit, event.kind, event.period, event.in_time))


def _about(event: Any) -> tuple[str, str | None]:
    """What a clock of the office is about, and the case, if it is one."""
    if isinstance(event, intake.OfficeClockMissed | intake.OfficeClockDone):
        return event.tip, None
    if isinstance(event, notify.OfficeClockMissed | notify.OfficeClockDone):
        return event.disclosure or "", event.case
    return event.case if event.n is None else f"{event.case}/{event.n}", event.case


def _office_missed(event: Any, told: Received) -> Iterator[Change]:
    """Where what was done is not told, what was missed is not counted either: it would be the whole."""
    if event.done_is_told:
        about, case = _about(event)
        missed = OfficeMissed(event.unit, event.clock, about, event.due, event.raised_to, case)
        yield _fact(told.reference, told.at, missed)


def _office_done(event: Any, told: Received) -> Change:
    about, case = _about(event)
    return _fact(told.reference, told.at, OfficeDone(event.unit, event.clock, about, event.due, event.done_at, case))


FACTS = Rows("facts")
for producer in (intake, cases, notify):
    FACTS.heard(producer.OfficeClockMissed, _office_missed)
    FACTS.heard(producer.OfficeClockDone, _office_done)
for kind in KINDS.values():
    if kind.__module__ == cases.__name__:
        FACTS.heard(kind, lambda event, told: _fact(told.reference, told.at, event, told.sequence))
FACTS.by(events.InspectionRecorded, _inspected)
FACTS.by(events.FindingRecorded, _hazard)
FACTS.by(events.FilingOpened, _owed)
for kind in (*_PAPERS, events.ReturnSubmitted):
    FACTS.by(kind, _filed)


def _to_be_filed(event: events.FilingOpened) -> Values:
    return {
        "rule": event.rule, "kind": event.kind, "unit": event.unit, "period": event.period, "due": event.due.due,
        "deadline": event.due, "state": "owed",
    }  # fmt: skip


def _came_in(event: Any) -> Values:
    return {"state": "filed", "in_time": event.in_time, "filed_at": event.at}


FILINGS = Rows("filings")
FILINGS.new(events.FilingOpened, _to_be_filed)
FILINGS.on(
    {
        events.ReturnSubmitted: lambda e: {**_came_in(e), "nil": e.signed.nil, "ended": e.signed.ended},
        events.ReturnSentBack: lambda _: {"state": "sent_back"},
        events.ReturnCorrected: lambda e: {"state": "filed", "nil": e.signed.nil, "ended": e.signed.ended},
        events.CommitmentBroken: lambda e: {"broken_by": e.case},
        events.CommitmentBreakLifted: lambda e: {"broken_by": e.still_broken_by},
        **dict.fromkeys(_PAPERS, _came_in),
        **dict.fromkeys(_MISSED, lambda _: {"state": "missed"}),
    }
)
BULLETINS = Rows("bulletins")
BULLETINS.new(events.BulletinOpened, lambda e: {"month": e.month})
BULLETINS.on(
    {
        events.BulletinDrawn: lambda e: {"drawn_at": e.at, "cases": len(e.content.cases)},
        events.BulletinPublished: lambda e: {"published_at": e.at},
    }
)


def _confidential(event: cases.CaseOpened) -> Iterator[Change]:
    if event.concerned is not None:
        yield insert("confidential", key="id", id=UUID(event.case), unit=event.concerned)


CONFIDENTIAL = Rows("confidential")
CONFIDENTIAL.by(cases.CaseOpened, _confidential)

PROJECTOR = Projector(CASE_FACTS, FACTS, FILINGS, BULLETINS, CONFIDENTIAL)
