"""Public events of *intake*: that something was heard, never what or by whom."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class TipReceived(Struct, frozen=True):
    """A tip came in. No text, no place, no identity."""

    tip: str
    state: str
    source: str
    received_at: datetime


class TipTriaged(Struct, frozen=True):
    """A tip was found to concern a unit; *cases* opens a case from it."""

    tip: str
    state: str
    unit: str
    triaged_at: datetime


class TipDismissed(Struct, frozen=True):
    """A tip was closed without a case, with the coded reason."""

    tip: str
    state: str
    reason: str


class TipReferredElsewhere(Struct, frozen=True):
    """A consumer complaint or an enquiry was handed to its own channel."""

    tip: str
    state: str
    channel: str
