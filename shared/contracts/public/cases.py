"""Public events of *cases*: thin. Details are at `link`, for who may see them.

Every event carries the case's `state` after it, the `unit` responsible and, while a letter runs, the feedback date as
a printed instant (`due`, `…T23:59:59+08:00`).
"""

from __future__ import annotations

from msgspec import Struct


class _CaseEvent(Struct, frozen=True, kw_only=True):
    case: str
    state: str
    unit: str
    link: str
    tip: str | None = None
    due: str | None = None


class CaseOpened(_CaseEvent, frozen=True, kw_only=True):
    """A case exists. `origin`: tip | inspection | unit."""

    origin: str


class CaseTransferred(_CaseEvent, frozen=True, kw_only=True):
    """The letter was signed off, numbered and dispatched."""

    letter: str


class CaseNotSignedFor(_CaseEvent, frozen=True, kw_only=True):
    """The letter was not signed for in time; the principal was reminded."""


class CaseSignedFor(_CaseEvent, frozen=True, kw_only=True):
    """The unit signed for the letter, or is deemed to have."""

    deemed: bool


class HandlingStepRecorded(_CaseEvent, frozen=True, kw_only=True):
    """An evidenced handling step, by its code."""

    step: str


class ResultReported(_CaseEvent, frozen=True, kw_only=True):
    """The unit's principal signed a result."""


class ResultReviewed(_CaseEvent, frozen=True, kw_only=True):
    """The supervising officer accepts the result."""


class ResultRejected(_CaseEvent, frozen=True, kw_only=True):
    """The supervising officer sent the result back; the original date stands."""


class CaseClosed(_CaseEvent, frozen=True, kw_only=True):
    """The office director closed the case."""


class CaseReopened(_CaseEvent, frozen=True, kw_only=True):
    """A closed case runs again."""


class EscalationRaised(_CaseEvent, frozen=True, kw_only=True):
    """The case is under escalated verification. `trigger`: overdue | idle_after_acceptance | false_closure."""

    trigger: str
