"""Public events of *cases*: thin. Details are at `link`, for who may see them.

Every event carries the case's `state` after it, the `unit` responsible and, while a letter runs, the feedback date as
a printed instant (`due`, `…T23:59:59+08:00`).
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shared.kernel.contracts.clocks import MissedByTheOffice
from shared.kernel.contracts.fields import (
    BulletinId,
    BulletinMonth,
    CaseId,
    CaseState,
    ConclusionOrNone,
    Group,
    Instant,
    InvestigationLevel,
    Link,
    Origin,
    PrintedInstant,
    ReinspectedOrNone,
    TakenBack,
    TipId,
    Trigger,
    Unit,
    Verifier,
)
from shared.kernel.measures import MeasureTaken


class _CaseEvent(Struct, frozen=True, kw_only=True):
    case: CaseId
    state: CaseState
    unit: Annotated[Unit, Meta(description="The unit responsible: a county's code (GB/T 2260), or `city`.")]
    link: Link
    tip: Annotated[TipId | None, Meta(description="The tip from which the case came, where it came from one.")] = None
    due: Annotated[PrintedInstant | None, Meta(description="The feedback date, while a letter runs.")] = None


class CaseOpened(_CaseEvent, frozen=True, kw_only=True):
    """A case exists."""

    origin: Origin


class CaseTransferred(_CaseEvent, frozen=True, kw_only=True):
    """The letter was signed off, numbered and dispatched."""

    letter: Annotated[str, Meta(description="The letter's number.")]


class CaseNotSignedFor(_CaseEvent, frozen=True, kw_only=True):
    """The letter was not signed for in time; the principal was reminded."""


class CaseSignedFor(_CaseEvent, frozen=True, kw_only=True):
    """The unit signed for the letter, or is deemed to have."""

    deemed: Annotated[bool, Meta(description="Nobody signed; by the rules it counts as signed for.")]


class HandlingStepRecorded(_CaseEvent, frozen=True, kw_only=True):
    """An evidenced handling step, by its code."""

    step: Annotated[str, Meta(description="The kind of step, a code of the campaign.")]


class ResultReported(_CaseEvent, frozen=True, kw_only=True):
    """The unit's principal signed a result."""

    conclusion: ConclusionOrNone = None


class ResultReviewed(_CaseEvent, frozen=True, kw_only=True):
    """The supervising officer accepts the result."""


class ResultRejected(_CaseEvent, frozen=True, kw_only=True):
    """The supervising officer sent the result back; the new one is due by `due`."""


class CaseClosed(_CaseEvent, frozen=True, kw_only=True):
    """The office director closed the case."""

    on_time: Annotated[bool, Meta(description="The first result was signed before the feedback date.")]
    conclusion: ConclusionOrNone = None


class DecisionRecorded(_CaseEvent, frozen=True, kw_only=True):
    """Decided after the closing: a penalty whose proceeding ran on, the re-inspection of a suspension, a revocation, a
    closure. It adds to the measures of the closed case. Why a penalty is below the maximum is at `link` alone."""

    decision: Annotated[MeasureTaken, Meta(description="What was decided, with its facts.")]
    outcome: ReinspectedOrNone = None
    recorded_at: Annotated[Instant, Meta(description="When it was recorded.")]


class AccidentInvestigationOpened(_CaseEvent, frozen=True, kw_only=True):
    """The accident that the case is about is investigated. Without that the case is not closed."""

    level: InvestigationLevel
    number: Annotated[str | None, Meta(description="The number of the paper that opened it.")] = None
    opened_at: Annotated[Instant, Meta(description="When it was recorded.")]


class CaseReopened(_CaseEvent, frozen=True, kw_only=True):
    """A closed case runs again."""


class EscalationRaised(_CaseEvent, frozen=True, kw_only=True):
    """The case is under escalated verification."""

    trigger: Trigger


class ReturnRequested(_CaseEvent, frozen=True, kw_only=True):
    """The unit asks the office to take the letter back, for a coded reason."""

    reason: Annotated[str, Meta(description="Why, a code of the campaign.")]


class CaseReturned(_CaseEvent, frozen=True, kw_only=True):
    """The office took the letter back; the case waits for another letter."""


class ReturnRefused(_CaseEvent, frozen=True, kw_only=True):
    """The letter stays with the unit."""


class ExtensionRequested(_CaseEvent, frozen=True, kw_only=True):
    """The unit asks for a later feedback date."""


class ExtensionGranted(_CaseEvent, frozen=True, kw_only=True):
    """A later feedback date: `due`."""


class ExtensionRefused(_CaseEvent, frozen=True, kw_only=True):
    """The date stands, or is `due` where the answer came too late for it."""


class InterimReported(_CaseEvent, frozen=True, kw_only=True):
    """The unit told how far it is. No date moves yet."""


class PlanApproved(_CaseEvent, frozen=True, kw_only=True):
    """The office approved the unit's rectification plan: its day is the feedback date, `due`."""


class PenaltyProceedingDecided(_CaseEvent, frozen=True, kw_only=True):
    """Whether a penalty proceeding is opened."""

    proceeding: Annotated[bool, Meta(description="Whether one is opened.")]


class VerificationAssigned(_CaseEvent, frozen=True, kw_only=True):
    """Somebody is to verify what was escalated, until a date."""

    trigger: Trigger
    verifier: Verifier
    verify_due: PrintedInstant


class EscalationFound(_CaseEvent, frozen=True, kw_only=True):
    """The verification bears out the escalation."""

    trigger: Trigger
    verifier: Verifier


class EscalationCleared(_CaseEvent, frozen=True, kw_only=True):
    """The verification does not bear it out."""

    trigger: Trigger
    verifier: Verifier


class AccountabilityImposed(_CaseEvent, frozen=True, kw_only=True):
    """Published accountability: who was held to account, on which ground, by which actions. Individuals are never named
    here."""

    ground: Annotated[str, Meta(description="Why, a code of the campaign.")]
    actions: Annotated[tuple[str, ...], Meta(description="What was imposed, codes of the campaign.")]
    units: Annotated[
        tuple[str, ...],
        Meta(description="The bodies held to account, codes of the campaign; `unit` need not be among them."),
    ] = ()


class KeySupervisionStarted(_CaseEvent, frozen=True, kw_only=True):
    """A group supervises the case closely."""

    group: Group


class KeySupervisionEnded(_CaseEvent, frozen=True, kw_only=True):
    """The group concluded."""

    group: Group


class OfficeClockMissed(MissedByTheOffice, frozen=True, kw_only=True):
    """The office did not do in time what it owed on a case; it is raised once to each above it."""


class CaseTakenBack(_CaseEvent, frozen=True, kw_only=True):
    """The case is void: what it came from is no more, after a restore, and nobody had acted on it."""

    state: TakenBack  # type: ignore[assignment]  # no other event has it: their readers know the states of then


class CaseDisclosed(_CaseEvent, frozen=True, kw_only=True):
    """The result was published."""


class CaseAssessed(_CaseEvent, frozen=True, kw_only=True):
    """A published bulletin contains the case."""

    bulletin: BulletinId
    month: BulletinMonth
