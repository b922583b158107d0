"""What became of each case, paper, enterprise and duty of the office, folded from its facts: all figures stand on it.

A *round* is one run of a case, from its opening or reopening to its closing. The closing that *stands* is the last one,
unless the case was reopened since. What a unit made of a case is one `Outcome`: its last closing of it, and what
verifications have proven against it. Only what was proven counts against a unit: an escalation that was cleared, that
lapsed or is void because the letter was taken back, or that nobody has decided yet changes no outcome. Facts are read
by event time, so the same question has the same answer after a rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from services.assessment.domain.facts import (
    AN_INSTANT,
    CASE,
    CLOCK,
    CLOSINGS,
    ENTERPRISE,
    PAPER,
    Fact,
    HazardFound,
    OfficeMissed,
    Owed,
)
from shared.kernel.contracts.internal import cases

OVERDUE = "overdue"
IDLE = "idle_after_acceptance"
FALSE_CLOSURE = "false_closure"


@dataclass(slots=True)
class Escalation:
    """One escalation of a case in one of its rounds, of the `letter`-th letter: raised, given to a verifier, decided.
    `void`: the letter was taken back afterwards."""

    raised: Fact
    round: int
    letter: int
    assigned: Fact | None = None
    decided: Fact | None = None
    void: bool = False

    @property
    def lapsed(self) -> bool:
        """Whether it ended with its letter, and nobody verified it."""
        return self.decided is not None and bool(getattr(self.decided.event, "lapsed", False))

    @property
    def found(self) -> bool:
        """Whether the verification bore it out, against a unit whose matter it was."""
        return not self.void and self.decided is not None and isinstance(self.decided.event, cases.EscalationFound)

    @property
    def cleared(self) -> bool:
        """Whether the verification did not bear it out, or it is void: it counts as if it had never been raised."""
        return self.decided is not None and not self.found

    def is_of(self, trigger: str, round_: int) -> bool:
        """Whether this trigger raised it in this round."""
        return self.raised.event.trigger == trigger and self.round == round_


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one unit made of one case: its last closing, whether that was proven false, and the first thing that a
    verification has proven against the unit. `on_time` is None while a late closing waits for its verification.
    `decisions` were recorded on the closing."""

    unit: str
    closing: Fact | None
    false: bool
    proven: Fact | None
    on_time: bool | None
    decisions: tuple[Fact, ...] = ()

    @property
    def true_closing(self) -> Fact | None:
        """The closing, unless it was proven false."""
        return None if self.false else self.closing

    @property
    def measures(self) -> frozenset[str]:
        """The measures that the closing took and that were decided on it afterwards."""
        taken = self.closing.event.measures if self.closing is not None else ()
        return frozenset((*taken, *(one.event.decision.measure for one in self.decisions)))


@dataclass(slots=True)
class Life:
    """Everything that counts of one case. `unit` is the one that has it now, `state` where it is in its loop."""

    unit: str = ""
    state: str = ""
    opened: Fact | None = None
    hazard: Fact | None = None
    transfers: list[Fact] = field(default_factory=list)
    signed: Fact | None = None
    reported: Fact | None = None
    steps: list[Fact] = field(default_factory=list)
    rounds: list[Fact | None] = field(default_factory=lambda: [None])
    escalations: list[Escalation] = field(default_factory=list)
    proceedings: list[Fact] = field(default_factory=list)
    decisions: list[tuple[int, Fact]] = field(default_factory=list)
    imposed: list[Fact] = field(default_factory=list)
    disclosed: list[Fact] = field(default_factory=list)

    @property
    def concerned(self) -> str:
        """The unit whose people may not know of the case, else empty."""
        return (self.opened.event.concerned or "") if self.opened is not None else ""

    @property
    def standing(self) -> Fact | None:
        """The closing that stands."""
        return self.rounds[-1]

    @property
    def is_undecided(self) -> bool:
        """Whether an escalation waits for its verification."""
        return any(one.decided is None for one in self.escalations)

    def raised_now(self, trigger: str) -> list[Escalation]:
        """What this trigger has raised in the present round, but for what counts as if it had never been raised."""
        return [one for one in self.escalations if one.is_of(trigger, len(self.rounds) - 1) and not one.cleared]

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
        decisions = tuple(fact for round_, fact in self.decisions if round_ == last)
        false = any(one.found and one.is_of(FALSE_CLOSURE, last) for one in against)
        late = [one for one in against if one.is_of(OVERDUE, last) and not one.void]
        if proven is not None:
            on_time: bool | None = False
        elif closing.event.on_time or (late and all(one.cleared for one in late)):
            on_time = True
        else:
            on_time = None if late else False
        return Outcome(unit, closing, false, proven, on_time, decisions)


@dataclass(slots=True)
class Paper:
    """One paper that a unit owes: that it was asked for, and that it was filed."""

    owed: Fact | None = None
    filed: Fact | None = None


@dataclass(slots=True)
class Visits:
    """The inspections of one enterprise, by whoever inspected it."""

    inspections: list[Fact] = field(default_factory=list)


@dataclass(slots=True)
class Duty:
    """What the campaign office owed by one date, about one thing: to whom it was raised, and that it was done."""

    raised: list[Fact] = field(default_factory=list)
    done: list[Fact] = field(default_factory=list)


@dataclass(slots=True)
class Closings:
    """The cases of which a closing names one enterprise (its identity, `rules/enterprises`), by case: however many they
    are, they are one 家."""

    enterprise: str
    cases: dict[str, Life] = field(default_factory=dict)


Reading = Life | Paper | Visits | Duty | Closings
"""What is known of one subject."""
_READINGS: Mapping[str, Callable[[str], Reading]] = {
    CASE: lambda _: Life(),
    PAPER: lambda _: Paper(),
    ENTERPRISE: lambda _: Visits(),
    CLOCK: lambda _: Duty(),
    CLOSINGS: Closings,
}


def begin(subject: str) -> Reading:
    """Nothing is known yet of this subject (`facts.subject_of`)."""
    kind, _, name = subject.partition(":")
    return _READINGS[kind](name)


def note(reading: Reading, fact: Fact) -> Reading:
    """What is known after one more fact; facts come in the order in which they happened."""
    if isinstance(reading, Visits):
        reading.inspections.append(fact)
    elif isinstance(reading, Duty):
        (reading.raised if isinstance(fact.event, OfficeMissed) else reading.done).append(fact)
    elif isinstance(reading, Paper):
        if isinstance(fact.event, Owed):
            reading.owed = fact
        else:
            reading.filed = fact
    elif isinstance(reading, Closings):
        life = reading.cases.get(fact.event.case, Life())
        reading.cases[fact.event.case] = cast(Life, note(life, fact))
    elif isinstance(fact.event, cases.CaseTakenBack):
        return Life()
    else:
        _note(reading, fact)
    return reading


def instants(reading: Reading) -> Iterator[datetime]:
    """When something counts that no fact tells of: a date passes."""
    if isinstance(reading, Paper) and reading.owed is not None:
        yield last_of(reading.owed.event.due)
    elif isinstance(reading, Life):
        yield from (last_of(one.assigned.event.verify_due) for one in reading.escalations if one.assigned is not None)


def last_of(due: datetime) -> datetime:
    """The last instant of an exclusive date: with it the date is over, in the month and the week that end with it. Else
    what was missed at the end of a month would not count in it, and what was done on that day would."""
    return due - AN_INSTANT


def _note(life: Life, fact: Fact) -> None:
    event = fact.event
    life.unit = event.unit
    life.state = getattr(event, "state", life.state)
    match event:
        case HazardFound():
            life.hazard = fact
        case cases.CaseOpened():
            life.opened = fact
        case cases.CaseTransferred():
            life.transfers.append(fact)
        case cases.CaseSignedFor():
            life.signed = fact
        case cases.ResultReported():
            life.reported = fact
        case cases.ResultRejected():
            life.reported = None
        case cases.HandlingStepRecorded():
            life.steps.append(fact)
        case cases.CaseClosed():
            life.rounds[-1] = fact
        case cases.DecisionRecorded():
            life.decisions.append((len(life.rounds) - 1, fact))
        case cases.CaseReopened():
            life.rounds.append(None)
            life.reported = None
        case cases.CaseReturned():
            life.escalations = [one for one in life.escalations if one.decided is not None and not one.lapsed]
            for one in life.escalations:
                one.void = one.void or (one.round, one.letter) == (len(life.rounds) - 1, len(life.transfers))
            life.signed = None
        case cases.EscalationRaised():
            life.escalations.append(Escalation(fact, len(life.rounds) - 1, len(life.transfers)))
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
