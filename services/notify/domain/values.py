"""The values inside the events of reminders. Frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["sign_for_due_soon", "due_tomorrow", "due_today", "not_signed_for", "overdue", "idle_after_acceptance"]


@dataclass(frozen=True)
class Planned:
    """A reminder that waits for its instant `at`. `due` is the exclusive end of the deadline that it is about."""

    id: str
    kind: Kind
    to: str
    at: datetime
    due: datetime
