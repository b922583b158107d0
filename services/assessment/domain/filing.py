"""A filing: one paper that one unit owes for one period, from the day on which the campaign asks for it.

It is missed exactly once at its date, also when the service was away then; filed late it is accepted and marked. It
computes no figure and no date: both are given.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assessment.domain.errors import AlreadyFiled, NotFiled
from services.assessment.domain.events.filing import (
    BriefingHeld,
    CommitmentBroken,
    CommitmentMissed,
    CommitmentSigned,
    FilingOpened,
    PaperFiled,
    PaperMissed,
    ReturnCorrected,
    ReturnMissed,
    ReturnSentBack,
    ReturnSubmitted,
    TypicalCaseSubmitted,
)
from services.assessment.domain.values import FilingState, Return
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

    def __init__(self) -> None:
        self.state = "owed"
        self.in_time = self.filed_at = self.signed = None
        self.broken_by = []

    @classmethod
    def open(
        cls, envelope: Envelope, *, id: UUID, rule: str, kind: str, unit: str, period: str, due: FixedDeadline
    ) -> Self:
        """The campaign asks for a paper."""
        return begin(
            cls, FilingOpened, id=id, envelope=envelope, rule=rule, kind=kind, unit=unit, period=period, due=due
        )

    # --- filing; each raises AlreadyFiled ---

    def submit_return(self, envelope: Envelope, signed: Return) -> None:
        """The unit signs the week's figures as they were computed."""
        self._file(ReturnSubmitted, envelope, signed=signed)

    def sign_commitment(self, envelope: Envelope, statements: tuple[str, ...]) -> None:
        """The principal signs the month's letter."""
        self._file(CommitmentSigned, envelope, statements=statements)

    def submit_typical_case(
        self, envelope: Envelope, *, title: str, keywords: tuple[str, ...], parts: tuple[str, ...], case: str | None
    ) -> None:
        """A typical case goes along with the week's return."""
        self._file(TypicalCaseSubmitted, envelope, title=title, keywords=keywords, parts=parts, case=case)

    def file_paper(self, envelope: Envelope, title: str, text: str) -> None:
        """Any other paper."""
        self._file(PaperFiled, envelope, title=title, text=text)

    def hold_briefing(self, envelope: Envelope, text: str) -> None:
        """The head of the task force heard the unit."""
        self._file(BriefingHeld, envelope, text=text)

    # --- afterwards ---

    def send_back(self, envelope: Envelope, reason: str) -> None:
        """The office asks for a corrected return. Raises NotFiled."""
        if self.state != "filed":
            raise NotFiled("本周情况还没有报送，或已经退回，不能退回更正。")
        self.trigger_event(ReturnSentBack, envelope=envelope, **self._names, reason=reason)

    def correct_return(self, envelope: Envelope, signed: Return) -> None:
        """The unit signs the figures computed anew. Raises NotFiled where nothing was sent back."""
        if self.state != "sent_back":
            raise NotFiled("办公室没有退回这份报送，不能更正。需要更正的，请先联系办公室退回。")
        self.trigger_event(ReturnCorrected, envelope=envelope, **self._names, signed=signed)

    def contradict(self, envelope: Envelope, case: str) -> None:
        """A later finding contradicts the signed commitment."""
        self.trigger_event(CommitmentBroken, envelope=envelope, **self._names, case=case)

    # --- what time does ---

    def miss(self, envelope: Envelope) -> None:
        """The date is over and nothing is there: once."""
        if self.state == "owed" and self.due.due <= envelope.at:
            kind = MISSED.get(self.kind, PaperMissed)
            self.trigger_event(kind, envelope=envelope, **self._names, due=self.due)

    def timers(self) -> dict[str, datetime]:
        """The call that this filing wants: at its date, while it is owed."""
        return {"due": self.due.due} if self.state == "owed" else {}

    # --- helpers ---

    @property
    def _names(self) -> dict[str, str]:
        return {"unit": self.unit, "kind": self.kind, "period": self.period}

    def _file(self, event: Any, envelope: Envelope, **values: Any) -> None:
        if self.filed_at is not None:
            raise AlreadyFiled("已经报送过，不能重复报送。需要更正的，请联系办公室退回。")
        self.miss(envelope)  # its date may be over before the timer was answered
        in_time = envelope.at < self.due.due
        self.trigger_event(event, envelope=envelope, **self._names, in_time=in_time, **values)
