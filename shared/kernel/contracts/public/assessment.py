"""Public events of *assessment*: inspections, commitments, returns, papers, and the bulletins with their rankings."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.kernel.contracts.rankings import Ranking


class InspectionRecorded(Struct, frozen=True):
    """An enterprise was inspected. `findings` counts the problems found."""

    inspection: str
    unit: str
    inspector: str
    findings: int
    at: datetime


class FindingRecorded(Struct, frozen=True):
    """An inspection found a problem; *cases* opens a case from it."""

    finding: str
    inspection: str
    unit: str


class CommitmentSigned(Struct, frozen=True):
    """A unit's principal signed the month's commitment letter. `month` is `YYYY-MM`."""

    unit: str
    month: str
    signed_at: datetime


class CommitmentMissed(Struct, frozen=True):
    """A commitment letter was not signed by its date (printed instant)."""

    unit: str
    month: str
    due: str


class CommitmentBroken(Struct, frozen=True):
    """A later finding contradicts a commitment; `case` is the contradicting case."""

    unit: str
    month: str
    case: str


class ReturnSubmitted(Struct, frozen=True):
    """A weekly return, computed from events and signed. `nil`: nothing happened in the week."""

    unit: str
    week: int
    nil: bool
    in_time: bool
    submitted_at: datetime


class ReturnMissed(Struct, frozen=True):
    """A weekly return was not submitted by its date (printed instant)."""

    unit: str
    week: int
    due: str


class PaperFiled(Struct, frozen=True):
    """A paper was filed. `kind`: plan | liaison | self-inspection | typical-case | briefing | summary …"""

    unit: str
    kind: str
    in_time: bool
    filed_at: datetime


class PaperMissed(Struct, frozen=True):
    """A paper was not filed by its date (printed instant)."""

    unit: str
    kind: str
    due: str


class BulletinPublished(Struct, frozen=True):
    """A bulletin was published: its rankings and how many cases it contains. `month` is `YYYY-MM`, or `final`."""

    bulletin: str
    month: str
    published_at: datetime
    rankings: tuple[Ranking, ...]
    cases: int
    link: str
