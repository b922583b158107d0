"""The values inside the events of reminders and disclosures. Frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["sign_for_due_soon", "due_tomorrow", "due_today", "not_signed_for", "overdue", "idle_after_acceptance"]
ESCALATIONS: frozenset[Kind] = frozenset({"overdue", "idle_after_acceptance"})
"""Reminders that tell of an escalation."""
DoubtKind = Literal["phone", "identity", "receipt", "name", "tipster", "exact_time", "one_person_site"]


@dataclass(frozen=True)
class Planned:
    """A reminder that waits for its instant `at`. `due` is the exclusive end of the deadline that it is about."""

    id: str
    kind: Kind
    to: str
    at: datetime
    due: datetime


@dataclass(frozen=True)
class About:
    """What an item of disclosure is about; codes are the campaign's. `case` is None where it is about no single one."""

    kind: str
    unit: str
    case: str | None = None
    enterprise: str | None = None
    place: str | None = None
    violation: str | None = None


@dataclass(frozen=True)
class Wording:
    """What the public reads."""

    title: str
    text: str


@dataclass(frozen=True)
class Doubt:
    """Something in a wording that could identify somebody, and why it may stand all the same.

    `excerpt` says where it is and does not repeat a number.
    """

    kind: DoubtKind
    excerpt: str
    answer: str | None = None


@dataclass(frozen=True)
class OnChannel:
    """A channel of the campaign on which the item stands since `at`, and what proves it."""

    channel: str
    evidence: str
    at: datetime
