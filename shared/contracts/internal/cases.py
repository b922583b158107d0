"""Internal events of *cases*: what *intake*, *assessment* and *notify* count, tell and draw."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

StepName = Literal["found", "processed", "transferred", "disclosed", "escalated", "key_supervision", "assessed"]
StepState = Literal["done", "current", "due", "not_needed", "alarm"]


class _CaseEvent(Struct, frozen=True, kw_only=True):
    case: str
    unit: str
    state: str


class CaseOpened(_CaseEvent, frozen=True, kw_only=True):
    """A case exists; `tip` links it to what was heard."""

    origin: str
    tip: str | None
    opened_at: datetime


class CaseTransferred(_CaseEvent, frozen=True, kw_only=True):
    """The letter went out. Due instants are exclusive."""

    letter: str
    transferred_at: datetime
    sign_for_due: datetime
    feedback_due: datetime


class CaseNotSignedFor(_CaseEvent, frozen=True, kw_only=True):
    """Not signed for in time: *notify* reminds the principal."""


class CaseSignedFor(_CaseEvent, frozen=True, kw_only=True):
    """Signed for, or deemed to be."""

    deemed: bool
    signed_for_at: datetime
    first_step_due: datetime


class HandlingStepRecorded(_CaseEvent, frozen=True, kw_only=True):
    """An evidenced step."""

    step: str


class ResultReported(_CaseEvent, frozen=True, kw_only=True):
    """A result was signed by the unit's principal, in time or not."""

    reported_at: datetime
    in_time: bool


class ResultRejected(_CaseEvent, frozen=True, kw_only=True):
    """The result was sent back."""


class ResultReviewed(_CaseEvent, frozen=True, kw_only=True):
    """The result was accepted."""


class CaseClosed(_CaseEvent, frozen=True, kw_only=True):
    """The case was closed. `on_time`: the first result was signed before the feedback date."""

    closed_at: datetime
    on_time: bool


class CaseReopened(_CaseEvent, frozen=True, kw_only=True):
    """A closed case runs again, with a new feedback date."""

    feedback_due: datetime


class EscalationRaised(_CaseEvent, frozen=True, kw_only=True):
    """Escalated verification. `trigger`: overdue | idle_after_acceptance | false_closure."""

    trigger: str
    raised_at: datetime


class LoopStep(Struct, frozen=True):
    """One of the seven steps as everybody draws it. `when` is when it was done, or the exclusive instant of its due."""

    name: StepName
    state: StepState
    when: datetime | None
    note: str


class LoopMoved(_CaseEvent, frozen=True, kw_only=True):
    """All seven steps of one case after a change. Not stored: derived from the case's events."""

    tip: str | None
    version: int
    steps: tuple[LoopStep, ...]
