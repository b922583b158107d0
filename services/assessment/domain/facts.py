"""Facts: what happened and when, of which every figure is counted.

A fact is an event of *cases* as its contract tells it, or one of our own, kept by event time: by when it was recorded,
so that what was signed does not change afterwards. Each is about one subject, and what a subject adds to the figures
follows from its own facts alone (rules/figures).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from shared.kernel.contracts.internal import cases


class Inspected(Struct, frozen=True):
    """An enterprise of `unit` was inspected by `inspector` (a county, a group, `city`). `grade` is its grade of
    supervision, as far as known; the counts are pieces of equipment, cylinders, kilometres of pipeline, inspectors."""

    inspection: str
    unit: str
    inspector: str
    enterprise: str
    grade: str | None
    equipment: int
    cylinders: int
    pipelines: int
    inspectors: int


class Registered(Struct, frozen=True):
    """An enterprise of `unit` stands in the campaign's register of enterprises, with its grade of supervision."""

    unit: str
    enterprise: str
    grade: str


class HazardFound(Struct, frozen=True):
    """An inspection found a problem, which is a case from then on. `major`: a major hazard."""

    case: str
    unit: str
    inspector: str
    major: bool


class Owed(Struct, frozen=True):
    """The campaign asked a paper of a unit. `period` is a week's number, a month, or `once`; `due` is exclusive.

    Whether it was missed follows from the date, so that a figure need not wait until the clock is heard."""

    filing: str
    unit: str
    kind: str
    period: str
    due: datetime


class Filed(Struct, frozen=True):
    """A paper that was owed was filed, for the first time."""

    filing: str
    unit: str
    kind: str
    period: str
    in_time: bool


class OfficeMissed(Struct, frozen=True):
    """The campaign office did not do in time what it owed by `due` (exclusive), which was raised to `raised_to`:
    director | taskforce. `clock` is one of the campaign's; `about` tells clocks of that name and date apart: a case
    and the escalation of it, a tip, an item of disclosure, or nothing for what is owed every week."""

    unit: str
    clock: str
    about: str
    due: datetime
    raised_to: str
    case: str | None = None


class OfficeDone(Struct, frozen=True):
    """The campaign office did what it owed by `due` (exclusive), in time or late."""

    unit: str
    clock: str
    about: str
    due: datetime
    done_at: datetime
    case: str | None = None

    @property
    def late(self) -> bool:
        """Whether the date was over."""
        return self.due <= self.done_at


class Fact(Struct, frozen=True):
    """One fact. `id` names the stored event (`cases:17`: the feed's sequence; of our own `<stream>:<version>`), `at` is
    the event's time, `event` one of `KINDS`."""

    id: str
    at: datetime
    event: Any


KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        cases.CaseOpened,
        cases.CaseTransferred,
        cases.CaseSignedFor,
        cases.HandlingStepRecorded,
        cases.ResultReported,
        cases.ResultRejected,
        cases.ResultReviewed,
        cases.CaseClosed,
        cases.DecisionRecorded,
        cases.CaseReopened,
        cases.CaseReturned,
        cases.EscalationRaised,
        cases.VerificationAssigned,
        cases.EscalationFound,
        cases.EscalationCleared,
        cases.PenaltyProceedingDecided,
        cases.AccountabilityImposed,
        cases.CaseDisclosed,
        cases.CaseTakenBack,
        Inspected,
        HazardFound,
        Owed,
        Filed,
        OfficeMissed,
        OfficeDone,
    )
}
"""The kinds of fact that figures are counted from, by name. Other events change no figure."""

AN_INSTANT = timedelta(microseconds=1)
"""What lies between an instant and the next."""
CASE, PAPER, ENTERPRISE, CLOCK, CLOSINGS = "case", "paper", "enterprise", "clock", "closings"
"""The kinds of subject. `closings:<identity of an enterprise>` has no facts of its own: it is read from its cases."""


def subject_of(event: Any) -> str:
    """What a fact is about: `case:<id>`, `paper:<filing>`, `enterprise:<unit>:<name>`,
    `clock:<name>:<about>:<due>`."""
    if isinstance(event, Owed | Filed):
        return f"{PAPER}:{event.filing}"
    if isinstance(event, Inspected):
        return f"{ENTERPRISE}:{event.unit}:{event.enterprise}"
    if isinstance(event, OfficeMissed | OfficeDone):
        return f"{CLOCK}:{event.clock}:{event.about}:{event.due.isoformat()}"
    return f"{CASE}:{event.case}"
