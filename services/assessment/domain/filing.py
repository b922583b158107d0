"""A filing: one paper that one unit owes for one period, from the day on which the campaign asks for it.

It is missed exactly once at its date, also when the service was away then; filed late it is accepted and marked. It
computes no figure and no date: both are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assessment.domain.events.filing import (
    CommitmentBreakLifted,
    CommitmentMissed,
    FilingOpened,
    PaperMissed,
    ReturnMissed,
)
from services.assessment.domain.values import Break, FilingState, Return
from shared.kernel.campaign.deadline import FixedDeadline
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored

RETURN, COMMITMENT, TYPICAL_CASE, BRIEFING = "return", "commitment", "typical-case", "briefing"
MISSED = {RETURN: ReturnMissed, COMMITMENT: CommitmentMissed}
"""How a missed paper is called, by kind; any other is a PaperMissed."""


@stored("assessment.Filing")
class Filing(Aggregate):
    """What a unit owes under a rule for a period (a week's number, a month, `once`)."""

    rule: str
    kind: str
    unit: str
    period: str
    due: FixedDeadline
    state: FilingState
    in_time: bool | None
    filed_at: datetime | None
    signed: Return | None
    broken_by: list[str]
    breaks: list[Break]
    statements: list[str]

    def __init__(self) -> None:
        self.state = "owed"
        self.in_time = self.filed_at = self.signed = None
        self.broken_by = []
        self.breaks = []
        self.statements = []

    @classmethod
    def open(
        cls, envelope: Envelope, *, id: UUID, rule: str, kind: str, unit: str, period: str, due: FixedDeadline
    ) -> Self:
        """The campaign asks for a paper."""
        return begin(
            cls, FilingOpened, id=id, envelope=envelope, rule=rule, kind=kind, unit=unit, period=period, due=due
        )

    def file(self, event: type[Any], envelope: Envelope, **values: Any) -> None:
        """The unit files it, in time or late: what is late was missed first."""
        self.miss(envelope)  # its date may be over before the timer was answered
        in_time = envelope.at < self.due.due
        self.trigger_event(event, envelope=envelope, **self.names, in_time=in_time, **values)

    @property
    def names(self) -> dict[str, str]:
        """What every event of it carries."""
        return {"unit": self.unit, "kind": self.kind, "period": self.period}

    def denied(self, statements: Iterable[str], found_at: datetime) -> tuple[str, ...]:
        """Which of the statements this commitment makes, if it was signed before something was found."""
        signed = self.filed_at is not None and self.filed_at < found_at
        return tuple(one for one in statements if signed and one in self.statements)

    def lift(self, envelope: Envelope, case: str, reason: str) -> None:
        """The case does not contradict it after all, if it did."""
        if case in self.broken_by:
            left = [one for one in self.broken_by if one != case]
            self.trigger_event(
                CommitmentBreakLifted, envelope=envelope, **self.names, case=case, reason=reason,
                still_broken_by=left[-1] if left else None,
            )  # fmt: skip

    def miss(self, envelope: Envelope) -> None:
        """The date is over and nothing is there: once."""
        if self.state == "owed" and self.due.due <= envelope.at:
            kind = MISSED.get(self.kind, PaperMissed)
            self.trigger_event(kind, envelope=envelope, **self.names, due=self.due)

    def timers(self) -> dict[str, datetime]:
        """The call that this filing wants: at its date, while it is owed."""
        return {"due": self.due.due} if self.state == "owed" else {}
