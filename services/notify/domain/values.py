"""The values inside the events of reminders and disclosures. Frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.kernel.measures import NOT_BORNE_OUT

Kind = Literal[
    "sign_for_due_soon",
    "due_tomorrow",
    "due_today",
    "not_signed_for",
    "overdue",
    "idle_after_acceptance",
    "false_closure",
    "reply_asked",
    "verification_assigned",
    "verification_due_tomorrow",
    "escalation_found",
    "escalation_cleared",
    "overdue_excused",
    "escalation_lapsed",
    "key_supervision_started",
    "recheck_due_tomorrow",
    "correction_owed",
    "correction_due_today",
    "correction_overdue",
    "office_due",
    "office_late",
    "first_report_due",
    "first_report_missed",
]
LETTER_KINDS: frozenset[Kind] = frozenset(
    {"sign_for_due_soon", "due_tomorrow", "due_today", "first_report_due", "not_signed_for"}
)
"""Reminders of a letter's own dates: they stop when the unit has answered."""
ESCALATIONS: frozenset[Kind] = frozenset({"overdue", "idle_after_acceptance", "false_closure"})
"""Reminders that tell of an escalation."""
CORRECTION_KINDS: tuple[Kind, ...] = ("correction_due_today", "correction_overdue")
"""Reminders of a correction that is owed: they stop when it stands on every channel."""
Cause = Literal["false_closure", "result_changed", "not_borne_out"]
"""Why what was disclosed is to be corrected."""
Situation = Literal["against_officials", "in_doubt", "not_borne_out"]
"""Why the public is not told of a case by name."""
DoubtKind = Literal["phone", "identity", "receipt", "name", "tipster", "exact_time", "one_person_site"]


OFFICE_KINDS: frozenset[Kind] = frozenset({"office_due", "office_late"})
"""Reminders of what the office owes: they stop when it has done it, or owes it no more."""
MOST_URGENT: tuple[Kind, ...] = (
    "first_report_missed", "overdue", "idle_after_acceptance", "false_closure", "office_late", "not_signed_for",
)  # fmt: skip
"""What comes first in a mail of several reminders; the others follow by their dates."""


@dataclass(frozen=True)
class Plan:
    """What is to be sent at `at` to a role of `unit` (the case's own where None).

    `due` is the exclusive end of the deadline that it is about; `trigger` tells several verifications of one case, or
    several clocks of the office, from each other.
    """

    kind: Kind
    to: str
    at: datetime
    due: datetime
    unit: str | None = None
    trigger: str | None = None

    @property
    def key(self) -> str:
        """Which of a case's planned reminders this is: the name of its timer."""
        return self.kind if self.trigger is None else f"{self.kind}:{self.trigger}"


@dataclass(frozen=True)
class Planned(Plan):
    """A reminder that waits for its instant."""

    id: str = ""


@dataclass(frozen=True)
class Told:
    """The last reminder of its kind and trigger: to whom it went."""

    reminder: str
    kind: Kind
    trigger: str | None
    to: str
    unit: str


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


@dataclass(frozen=True)
class Deferred:
    """A draft that waits because something of its case is undecided."""

    about: About
    wording: Wording
    outcomes: tuple[str, ...]


def situation_of(
    *, confidential: bool, doubts: Sequence[str], closed: bool, conclusion: str | None
) -> Situation | None:
    """Why the public is not told of a case in this standing by name; None where it may be."""
    if confidential:
        return "against_officials"
    if doubts:
        return "in_doubt"
    return "not_borne_out" if closed and conclusion == NOT_BORNE_OUT else None
