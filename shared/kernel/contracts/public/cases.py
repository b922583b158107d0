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
    """The office director closed the case. `on_time`: the first result was signed before the feedback date."""

    on_time: bool


class CaseReopened(_CaseEvent, frozen=True, kw_only=True):
    """A closed case runs again."""


class EscalationRaised(_CaseEvent, frozen=True, kw_only=True):
    """The case is under escalated verification. `trigger`: overdue | idle_after_acceptance | false_closure."""

    trigger: str


class ReturnRequested(_CaseEvent, frozen=True, kw_only=True):
    """The unit asks the office to take the letter back, for a coded reason."""

    reason: str


class CaseReturned(_CaseEvent, frozen=True, kw_only=True):
    """The office took the letter back; the case waits for another letter."""


class ReturnRefused(_CaseEvent, frozen=True, kw_only=True):
    """The letter stays with the unit; its dates never stopped."""


class ExtensionRequested(_CaseEvent, frozen=True, kw_only=True):
    """The unit asks for a later feedback date."""


class ExtensionGranted(_CaseEvent, frozen=True, kw_only=True):
    """A later feedback date: `due`."""


class ExtensionRefused(_CaseEvent, frozen=True, kw_only=True):
    """The original date stands."""


class InterimReported(_CaseEvent, frozen=True, kw_only=True):
    """The unit told how far it is. No date moves."""


class PenaltyProceedingDecided(_CaseEvent, frozen=True, kw_only=True):
    """Whether a penalty proceeding is opened."""

    proceeding: bool


class VerificationAssigned(_CaseEvent, frozen=True, kw_only=True):
    """`verifier` is to verify what was escalated, until `verify_due` (printed instant)."""

    trigger: str
    verifier: str
    verify_due: str


class EscalationFound(_CaseEvent, frozen=True, kw_only=True):
    """The verification bears out the escalation."""

    trigger: str
    verifier: str


class EscalationCleared(_CaseEvent, frozen=True, kw_only=True):
    """The verification does not bear it out."""

    trigger: str
    verifier: str


class AccountabilityImposed(_CaseEvent, frozen=True, kw_only=True):
    """Published accountability: on which ground, by which actions. Individuals are never named here."""

    ground: str
    actions: tuple[str, ...]


class KeySupervisionStarted(_CaseEvent, frozen=True, kw_only=True):
    """A group supervises the case closely."""

    group: str


class KeySupervisionEnded(_CaseEvent, frozen=True, kw_only=True):
    """The group concluded."""

    group: str


class CaseDisclosed(_CaseEvent, frozen=True, kw_only=True):
    """The result was published."""


class CaseAssessed(_CaseEvent, frozen=True, kw_only=True):
    """A published bulletin contains the case."""

    bulletin: str
    month: str
