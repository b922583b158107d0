"""Internal events of *intake*: what *cases* needs to open a case. Redacted: no text of the tipster, no identity."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.kernel.contracts.clocks import DoneAmongUs, MissedAmongUs


class TipReceived(Struct, frozen=True):
    """A tip came in. The office triages it by `triage_due`, exclusive."""

    tip: str
    kind: str
    source: str
    received_at: datetime
    in_period: bool
    triage_due: datetime | None = None


class TipTriaged(Struct, frozen=True):
    """A tip concerns `unit`. `matter` is the redacted sentence that the letter will carry."""

    tip: str
    unit: str
    matter: str
    source: str
    received_at: datetime
    triaged_at: datetime
    enterprise: str | None = None
    place: str | None = None
    violation: str | None = None
    target: str | None = None
    matters: tuple[str, ...] = ()
    danger: bool = False
    against_officials: bool = False
    external_no: str | None = None
    in_period: bool = True


class TipDismissed(Struct, frozen=True):
    """A tip was closed without a case."""

    tip: str
    reason: str


class TipReferredElsewhere(Struct, frozen=True):
    """No tip: a complaint or an enquiry, handed to its own channel."""

    tip: str
    channel: str


class TriageDueSoon(Struct, frozen=True):
    """The time for the triage of a tip is nearly over (`due`, exclusive)."""

    tip: str
    due: datetime
    danger: bool


class OfficeClockMissed(MissedAmongUs, frozen=True, kw_only=True):
    """A tip was not triaged in time."""

    tip: str


class OfficeClockDone(DoneAmongUs, frozen=True, kw_only=True):
    """A tip was triaged, in time or late."""

    tip: str
