"""Public events of *assessment*: inspections, commitments, returns, papers, and the bulletins with their rankings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from shared.kernel.contracts.fields import (
    BulletinId,
    BulletinMonth,
    CaseId,
    Count,
    FindingId,
    InspectionId,
    Instant,
    InTime,
    Link,
    Month,
    PaperKind,
    PrintedInstant,
    Unit,
    Week,
)
from shared.kernel.contracts.rankings import Ranking


class InspectionRecorded(Struct, frozen=True):
    """An enterprise was inspected."""

    inspection: InspectionId
    unit: Unit
    inspector: Annotated[Unit, Meta(description="Who inspected: a county's code, a group, or `city`.")]
    findings: Annotated[Count, Meta(description="How many problems were found.")]
    at: Annotated[Instant, Meta(description="When the inspection was.")]


class FindingRecorded(Struct, frozen=True):
    """An inspection found a problem; *cases* opens a case from it."""

    finding: FindingId
    inspection: InspectionId
    unit: Unit


class CommitmentSigned(Struct, frozen=True):
    """A unit's principal signed the month's commitment letter."""

    unit: Unit
    month: Month
    signed_at: Annotated[Instant, Meta(description="When it was signed.")]


class CommitmentMissed(Struct, frozen=True):
    """A commitment letter was not signed by its date."""

    unit: Unit
    month: Month
    due: PrintedInstant


class CommitmentBroken(Struct, frozen=True):
    """What others have proven contradicts a commitment."""

    unit: Unit
    month: Month
    case: Annotated[CaseId, Meta(description="The case that contradicts it.")]
    found_by: Annotated[
        str | None,
        Meta(description="Who found it: a unit's code, a group, `city`; `tip` or `inspection` of a case."),
    ] = None


class CommitmentBreakLifted(Struct, frozen=True):
    """A case does not contradict a commitment after all."""

    unit: Unit
    month: Month
    case: Annotated[CaseId, Meta(description="The case that was taken to contradict it.")]
    reason: Annotated[
        Literal["not_borne_out", "another_unit", "taken_back", "recorded_before"],
        Meta(
            description="The case ended as not borne out, is of another unit, is no more, or the unit had recorded the "
            "problem itself before."
        ),
    ]


class ReturnSubmitted(Struct, frozen=True):
    """A weekly return, computed from events and signed."""

    unit: Unit
    week: Week
    nil: Annotated[bool, Meta(description="Nothing happened in the week.")]
    in_time: InTime
    submitted_at: Annotated[Instant, Meta(description="When it was signed and submitted.")]


class ReturnMissed(Struct, frozen=True):
    """A weekly return was not submitted by its date."""

    unit: Unit
    week: Week
    due: PrintedInstant


class PaperFiled(Struct, frozen=True):
    """A paper was filed."""

    unit: Unit
    kind: PaperKind
    in_time: InTime
    filed_at: Annotated[Instant, Meta(description="When it was filed.")]


class PaperMissed(Struct, frozen=True):
    """A paper was not filed by its date."""

    unit: Unit
    kind: PaperKind
    due: PrintedInstant


class BulletinPublished(Struct, frozen=True):
    """A bulletin was published: its rankings and how many cases it contains."""

    bulletin: BulletinId
    month: BulletinMonth
    published_at: Annotated[Instant, Meta(description="When it was published.")]
    rankings: Annotated[tuple[Ranking, ...], Meta(description="One ranking for each kind of unit.")]
    cases: Annotated[Count, Meta(description="How many cases it contains.")]
    link: Link
