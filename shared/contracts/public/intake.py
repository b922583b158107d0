"""Public events of *intake*: that something was heard, never what or by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TipReceived:
    """A tip came in. No text, no place, no identity."""

    tip: str
    state: str
    source: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class TipTriaged:
    """A tip was found to concern a unit; *cases* opens a case from it."""

    tip: str
    state: str
    unit: str
    triaged_at: datetime


@dataclass(frozen=True, slots=True)
class TipDismissed:
    """A tip was closed without a case, with the coded reason."""

    tip: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class TipReferredElsewhere:
    """A consumer complaint or an enquiry was handed to its own channel."""

    tip: str
    state: str
    channel: str
