"""Internal events of *cases*: what *intake*, *assessment* and *notify* count, tell and draw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _CaseEvent:
    case: str
    unit: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(_CaseEvent):
    """A case exists; `tip` links it to what was heard."""

    origin: str
    tip: str | None
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTransferred(_CaseEvent):
    """The letter went out. Due instants are exclusive."""

    letter: str
    transferred_at: datetime
    sign_for_due: datetime
    feedback_due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNotSignedFor(_CaseEvent):
    """Not signed for in time: *notify* reminds the principal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSignedFor(_CaseEvent):
    """Signed for, or deemed to be."""

    deemed: bool
    signed_for_at: datetime
    first_step_due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingStepRecorded(_CaseEvent):
    """An evidenced step."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReported(_CaseEvent):
    """A result was signed by the unit's principal, in time or not."""

    reported_at: datetime
    in_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRejected(_CaseEvent):
    """The result was sent back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReviewed(_CaseEvent):
    """The result was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(_CaseEvent):
    """The case was closed. `on_time`: the first result was signed before the feedback date."""

    closed_at: datetime
    on_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened(_CaseEvent):
    """A closed case runs again, with a new feedback date."""

    feedback_due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRaised(_CaseEvent):
    """Escalated verification. `trigger`: overdue | idle_after_acceptance | false_closure."""

    trigger: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class LoopStep:
    """One of the seven steps as everybody draws it. `state`: done | current | due | not_needed | alarm."""

    name: str
    state: str
    when: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopMoved(_CaseEvent):
    """All seven steps of one case after a change. Not stored: derived from the case's events."""

    tip: str | None
    version: int
    steps: tuple[LoopStep, ...]
