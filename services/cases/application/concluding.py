"""Results, reviews, closing and reopening; what *notify* and *assessment* add to make the loop whole."""

from __future__ import annotations

from services.cases import commands, rules
from services.cases.application.base import Base
from services.cases.domain.case import Case
from services.cases.domain.errors import Invalid
from services.cases.domain.values import Result
from shared.kernel.contracts.internal.assessment import BulletinPublished
from shared.kernel.contracts.internal.notify import DisclosurePublished
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.ids import parse_id
from shared.platform.event_store.session import Session
from shared.platform.messaging.inbox import Received


class Concluding(Base):
    """Commands that conclude a case, and what other services say of it."""

    def report_result(self, _: Session, envelope: Envelope, case: Case, asked: commands.ReportResult) -> None:
        """The handling officer drafts; the principal signs."""
        measures = tuple(str(self._term("measures", "measures", code)) for code in asked.measures)
        result = Result(asked.text, measures, asked.evidence) if asked.text else None
        if envelope.actor.role == "principal":
            case.report_result(envelope, result, rules.a_result_is_reviewed_in_time(self.campaign, envelope.at))
        elif result is None:
            raise Invalid("text", "请填写办理结果。")
        else:
            case.draft_result(envelope, result)

    def review_result(self, _: Session, envelope: Envelope, case: Case, asked: commands.ReviewResult) -> None:
        """The supervising officer accepts the result."""
        case.review_result(envelope, asked.opinion)

    def reject_result(self, _: Session, envelope: Envelope, case: Case, asked: commands.RejectResult) -> None:
        """The supervising officer sends the result back."""
        case.reject_result(envelope, asked.reason)

    def close(self, _: Session, envelope: Envelope, case: Case, __: commands.Close) -> None:
        """The director closes the case."""
        case.close(envelope, rules.a_result_is_disclosed_in_time(self.campaign, envelope.at))

    def reopen(self, _: Session, envelope: Envelope, case: Case, asked: commands.Reopen) -> None:
        """The director lets a closed case run again."""
        feedback = rules.the_unit_answers_by_the_letters_date(self.campaign, envelope.at, None, asked.feedback_by)
        first_step = rules.a_unit_that_signed_for_a_letter_must_act(self.campaign, envelope.at, feedback)
        case.reopen(envelope, reason=asked.reason, feedback=feedback, first_step=first_step)

    def disclosure_published(self, session: Session, told: DisclosurePublished, received: Received) -> None:
        """The result of a case is public."""
        case = self._find(session, told.case)
        if case is not None:
            envelope = self._heard("a_published_result_is_disclosed", received, case.tip)
            case.disclosed(envelope, told.disclosure, told.published_at)
            session.save(case)

    def bulletin_published(self, session: Session, told: BulletinPublished, received: Received) -> None:
        """A bulletin contains these cases: their loops are assessed."""
        for id_ in told.cases:
            case = self._find(session, id_)
            if case is not None:
                envelope = self._heard("a_published_bulletin_closes_loops", received, case.tip)
                case.assessed(envelope, told.bulletin, told.month)
                session.save(case)

    @staticmethod
    def _find(session: Session, id_: str) -> Case | None:
        found = parse_id(id_)
        return session.find(Case, found) if found is not None else None
