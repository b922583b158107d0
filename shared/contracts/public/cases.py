"""Public events of *cases*: thin. Details are at `link`, for who may see them.

Every event carries the case's `state` after it, the `unit` responsible and, while a letter runs, the feedback date as
a printed instant (`due`, `…T23:59:59+08:00`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _CaseEvent:
    case: str
    state: str
    unit: str
    link: str
    tip: str | None = None
    due: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(_CaseEvent):
    """A case exists. `origin`: tip | inspection | unit."""

    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTransferred(_CaseEvent):
    """The letter was signed off, numbered and dispatched."""

    letter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNotSignedFor(_CaseEvent):
    """The letter was not signed for in time; the principal was reminded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSignedFor(_CaseEvent):
    """The unit signed for the letter, or is deemed to have."""

    deemed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingStepRecorded(_CaseEvent):
    """An evidenced handling step, by its code."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReported(_CaseEvent):
    """The unit's principal signed a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReviewed(_CaseEvent):
    """The supervising officer accepts the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRejected(_CaseEvent):
    """The supervising officer sent the result back; the original date stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(_CaseEvent):
    """The office director closed the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened(_CaseEvent):
    """A closed case runs again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRaised(_CaseEvent):
    """The case is under escalated verification. `trigger`: overdue | idle_after_acceptance | false_closure."""

    trigger: str
