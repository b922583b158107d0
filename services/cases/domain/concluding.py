"""The result, its review, the closing, and what makes the loop whole."""

from __future__ import annotations

from datetime import datetime

from services.cases.domain.errors import NothingToSign
from services.cases.domain.events import (
    CaseAssessed,
    CaseClosed,
    CaseDisclosed,
    CaseReopened,
    ResultDrafted,
    ResultRejected,
    ResultReported,
    ResultReviewed,
)
from services.cases.domain.state import CaseState
from services.cases.domain.values import Deadline, Result
from shared.platform.event_store.envelope import Envelope


class Concluding(CaseState):
    """Results, reviews, closing and reopening, disclosure, assessment."""

    def draft_result(self, envelope: Envelope, result: Result) -> None:
        """The handling officer drafts the result for the principal's signature."""
        self.check("report-result", envelope)
        self.trigger_event(ResultDrafted, envelope=envelope, result=result)

    def report_result(self, envelope: Envelope, result: Result | None, review: Deadline) -> None:
        """The principal signs the given result, or the drafted one."""
        self.check("report-result", envelope)
        signed = result or self.drafted_result
        if signed is None:
            raise NothingToSign("还没有拟好的办理结果。请填写办理结果后签字，或请承办人先拟稿。")
        in_time = self.feedback is None or envelope.at < self.feedback.due
        self.trigger_event(ResultReported, envelope=envelope, result=signed, in_time=in_time, review=review)

    def review_result(self, envelope: Envelope, opinion: str) -> None:
        """The supervising officer accepts the result."""
        self.check("review-result", envelope)
        self.trigger_event(ResultReviewed, envelope=envelope, opinion=opinion)

    def reject_result(self, envelope: Envelope, reason: str) -> None:
        """The supervising officer sends the result back; the original date stands."""
        self.check("reject-result", envelope)
        self.trigger_event(ResultRejected, envelope=envelope, reason=reason)

    def close(self, envelope: Envelope, disclosure: Deadline) -> None:
        """The director closes the case; the result is then to be disclosed."""
        self.check("close", envelope)
        self.trigger_event(CaseClosed, envelope=envelope, on_time=self.is_on_time, disclosure=disclosure)

    def reopen(self, envelope: Envelope, *, reason: str, feedback: Deadline, first_step: Deadline) -> None:
        """The director lets a closed case run again, with a new window."""
        self.check("reopen", envelope)
        self.trigger_event(CaseReopened, envelope=envelope, reason=reason, feedback=feedback, first_step=first_step)

    def disclosed(self, envelope: Envelope, disclosure: str, published_at: datetime) -> None:
        """The result is public. What was published of an earlier closing says nothing of this one."""
        if self.closed_at is not None and self.disclosed_at is None and published_at >= self.closed_at:
            self.trigger_event(CaseDisclosed, envelope=envelope, disclosure=disclosure, published_at=published_at)

    def assessed(self, envelope: Envelope, bulletin: str, month: str) -> None:
        """A published bulletin contains the case: once for each closing."""
        if self.closed_at is not None and self.assessed_in is None:
            self.trigger_event(CaseAssessed, envelope=envelope, bulletin=bulletin, month=month)
