"""What became of each case, folded from its facts: the one reading of the facts on which all figures stand.

A *round* is one run of a case, from its opening or reopening to its closing. The closing that *stands* is the last one,
unless the case was reopened since. What a unit made of a case is one `Outcome`: its last closing of it, and what
verifications have proven against it. Only what was proven counts against a unit: an escalation that was cleared, that
lapsed because the letter was taken back, or that nobody has decided yet changes no outcome. Facts are read by event
time up to an instant, so the same question has the same answer after a rebuild.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.assessment.domain.facts import Fact, Filed, HazardFound, Inspected, Owed
from services.assessment.domain.values import Contained
from shared.kernel.contracts.internal import cases

OVERDUE = "overdue"
FALSE_CLOSURE = "false_closure"


@dataclass(slots=True)
class Escalation:
    """One escalation of a case in one of its rounds: raised, given to a verifier, decided."""

    raised: Fact
    round: int
    assigned: Fact | None = None
    decided: Fact | None = None

    @property
    def found(self) -> bool:
        """Whether the verification bore it out."""
        return self.decided is not None and isinstance(self.decided.event, cases.EscalationFound)

    @property
    def cleared(self) -> bool:
        """Whether the verification did not bear it out: it counts as if it had never been raised."""
        return self.decided is not None and not self.found

    def is_of(self, trigger: str, round_: int) -> bool:
        """Whether this trigger raised it in this round."""
        return self.raised.event.trigger == trigger and self.round == round_


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one unit made of one case: its last closing, whether that was proven false, and the first thing that a
    verification has proven against the unit. `on_time` is None while a late closing waits for its verification."""

    unit: str
    closing: Fact | None
    false: bool
    proven: Fact | None
    on_time: bool | None

    @property
    def true_closing(self) -> Fact | None:
        """The closing, unless it was proven false."""
        return None if self.false else self.closing


@dataclass(slots=True)
class Life:
    """Everything that counts of one case. `unit` is the one that has it now."""

    case: str
    unit: str = ""
    opened: Fact | None = None
    hazard: Fact | None = None
    transfers: list[Fact] = field(default_factory=list)
    steps: list[Fact] = field(default_factory=list)
    rounds: list[Fact | None] = field(default_factory=lambda: [None])
    escalations: list[Escalation] = field(default_factory=list)
    proceedings: list[Fact] = field(default_factory=list)
    imposed: list[Fact] = field(default_factory=list)
    disclosed: list[Fact] = field(default_factory=list)

    @property
    def standing(self) -> Fact | None:
        """The closing that stands."""
        return self.rounds[-1]

    @property
    def is_undecided(self) -> bool:
        """Whether an escalation waits for its verification."""
        return any(one.decided is None for one in self.escalations)

    @property
    def outcomes(self) -> list[Outcome]:
        """One of each unit that has closed the case or against which something was proven in it."""
        closings = {closing.event.unit: n for n, closing in enumerate(self.rounds) if closing is not None}
        proven = [one.raised.event.unit for one in self.escalations if one.found]
        return [self._of(unit, closings.get(unit)) for unit in dict.fromkeys((*closings, *proven))]

    def _of(self, unit: str, last: int | None) -> Outcome:
        against = [one for one in self.escalations if one.raised.event.unit == unit]
        proven = next((one.decided for one in against if one.found), None)
        closing = None if last is None else self.rounds[last]
        if last is None or closing is None:
            return Outcome(unit, None, False, proven, proven is None)
        false = any(one.found and one.is_of(FALSE_CLOSURE, last) for one in against)
        late = [one for one in against if one.is_of(OVERDUE, last)]
        if proven is not None:
            on_time: bool | None = False
        elif closing.event.on_time or (late and all(one.cleared for one in late)):
            on_time = True
        else:
            on_time = None if late else False
        return Outcome(unit, closing, false, proven, on_time)


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
            life.rounds[-1] = fact
        case cases.CaseReopened():
            life.rounds.append(None)
        case cases.CaseReturned():
            life.escalations = [one for one in life.escalations if one.decided is not None]
        case cases.EscalationRaised():
            life.escalations.append(Escalation(fact, len(life.rounds) - 1))
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
