"""What became of each case, folded from its facts: the one reading of the facts on which all figures stand.

A *round* is one run of a case, from its opening or reopening to its closing. The closing that *stands* is the last one,
unless the case was reopened since. Facts are read by event time up to an instant, so the same question has the same
answer after a rebuild.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.assessment.domain.facts import Fact, Filed, HazardFound, Inspected, Owed
from services.assessment.domain.values import Contained
from shared.kernel.contracts.internal import cases

OVERDUE = "overdue"


@dataclass(slots=True)
class Round:
    """One run of a case: its closing and the first time that it was overdue, as far as they happened."""

    closed: Fact | None = None
    overdue: Fact | None = None

    @property
    def settled(self) -> Fact | None:
        """What decided whether the round was in time: the first of closing and overdue, None while both are open."""
        return self.overdue or self.closed


@dataclass(slots=True)
class Escalation:
    """One escalation of a case: raised, given to a verifier, decided."""

    raised: Fact
    assigned: Fact | None = None
    decided: Fact | None = None

    @property
    def found(self) -> bool:
        """Whether the verification bore it out."""
        return self.decided is not None and isinstance(self.decided.event, cases.EscalationFound)


@dataclass(slots=True)
class Life:
    """Everything that counts of one case. `unit` is the one that has it now."""

    case: str
    unit: str = ""
    opened: Fact | None = None
    hazard: Fact | None = None
    transfers: list[Fact] = field(default_factory=list)
    steps: list[Fact] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=lambda: [Round()])
    escalations: list[Escalation] = field(default_factory=list)
    proceedings: list[Fact] = field(default_factory=list)
    imposed: list[Fact] = field(default_factory=list)
    disclosed: list[Fact] = field(default_factory=list)

    @property
    def standing(self) -> Fact | None:
        """The closing that stands."""
        return self.rounds[-1].closed

    @property
    def closings(self) -> list[Fact]:
        """Every closing, also one that a reopening took back."""
        return [one.closed for one in self.rounds if one.closed is not None]

    @property
    def is_undecided(self) -> bool:
        """Whether an escalation waits for its verification."""
        return any(one.decided is None for one in self.escalations)


@dataclass(slots=True)
class Paper:
    """One paper that a unit owes: that it was asked for, and that it was filed."""

    owed: Fact
    filed: Fact | None = None


@dataclass(slots=True)
class Book:
    """All facts before `until`, by what they are about."""

    until: datetime
    lives: dict[str, Life] = field(default_factory=dict)
    inspections: list[Fact] = field(default_factory=list)
    papers: dict[str, Paper] = field(default_factory=dict)


def read(facts: Iterable[Fact], until: datetime) -> Book:
    """The book of the facts that happened before `until`; facts come in the order in which they happened."""
    book = Book(until)
    for fact in facts:
        if fact.at >= until:
            continue
        if isinstance(fact.event, Inspected):
            book.inspections.append(fact)
        elif isinstance(fact.event, Owed):
            book.papers[fact.event.filing] = Paper(fact)
        elif isinstance(fact.event, Filed):
            book.papers[fact.event.filing].filed = fact
        elif isinstance(fact.event, cases.CaseTakenBack):
            book.lives.pop(fact.event.case, None)
        else:
            life = book.lives.get(fact.event.case)
            if life is None:
                life = book.lives[fact.event.case] = Life(fact.event.case)
            _note(life, fact)
    return book


def closed_for_good(book: Book) -> tuple[Contained, ...]:
    """Cases that are closed with no undecided escalation: what a bulletin contains, unless an earlier one does."""
    found = [
        Contained(life.case, life.unit, life.standing.at)
        for life in book.lives.values()
        if life.standing is not None and not life.is_undecided
    ]
    return tuple(sorted(found, key=lambda one: (one.closed_at, one.case)))


def _note(life: Life, fact: Fact) -> None:
    event = fact.event
    life.unit = event.unit
    match event:
        case HazardFound():
            life.hazard = fact
        case cases.CaseOpened():
            life.opened = fact
        case cases.CaseTransferred():
            life.transfers.append(fact)
        case cases.HandlingStepRecorded():
            life.steps.append(fact)
        case cases.CaseClosed():
            life.rounds[-1].closed = fact
        case cases.CaseReopened():
            life.rounds.append(Round())
        case cases.EscalationRaised():
            life.escalations.append(Escalation(fact))
            if event.trigger == OVERDUE and life.rounds[-1].settled is None:
                life.rounds[-1].overdue = fact
        case cases.VerificationAssigned():
            for one in _undecided(life, event.trigger):
                one.assigned = fact
        case cases.EscalationFound() | cases.EscalationCleared():
            for one in _undecided(life, event.trigger):
                one.decided = fact
        case cases.PenaltyProceedingDecided():
            life.proceedings.append(fact)
        case cases.AccountabilityImposed():
            life.imposed.append(fact)
        case cases.CaseDisclosed():
            life.disclosed.append(fact)


def _undecided(life: Life, trigger: str) -> list[Escalation]:
    return [one for one in life.escalations if one.decided is None and one.raised.event.trigger == trigger]
