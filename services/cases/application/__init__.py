"""What *cases* does: one method per command, by subject. Load, one call of the domain, save; in the lane's transaction.

Each method takes the session, the envelope, the case and what was asked; the asker is told `told`. Dates come from the
campaign's rules, names from its people.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.cases.application.answers import told
from services.cases.application.base import Told
from services.cases.application.concluding import Concluding
from services.cases.application.escalating import Escalating
from services.cases.application.handling import Handling
from services.cases.application.opening import Opening
from services.cases.application.supervising import Supervising
from services.cases.application.transferring import Transferring
from services.cases.domain.case import Case
from services.cases.domain.state import IDLE, OVERDUE, REPLY
from shared.kernel.campaign import Campaign
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer
from shared.platform.messaging.engine import Clock

__all__ = ["Cases", "Told", "timers_of", "told"]


class Cases(Opening, Transferring, Handling, Concluding, Escalating, Supervising):
    """The application of *cases*."""

    def __init__(self, campaign: Campaign, clock: Clock) -> None:
        super().__init__(campaign, clock)
        self.commands: dict[str, Callable[[Session, Envelope, Case, Any], None]] = {
            "transfer": self.transfer,
            "sign-for": self.sign_for,
            "request-return": self.request_return,
            "accept-return": self.accept_return,
            "refuse-return": self.refuse_return,
            "assign-handler": self.assign_handler,
            "record-step": self.record_step,
            "remark": self.remark,
            "request-extension": self.request_extension,
            "grant-extension": self.grant_extension,
            "refuse-extension": self.refuse_extension,
            "report-interim": self.report_interim,
            "report-result": self.report_result,
            "decide-penalty-proceeding": self.decide_penalty_proceeding,
            "review-result": self.review_result,
            "reject-result": self.reject_result,
            "close": self.close,
            "reopen": self.reopen,
            "suspect-false-closure": self.suspect_false_closure,
            "reply": self.reply,
            "appoint-verification": self.appoint_verification,
            "verify-escalation": self.verify_escalation,
            "impose-accountability": self.impose_accountability,
            "start-key-supervision": self.start_key_supervision,
            "end-key-supervision": self.end_key_supervision,
        }

    def run(
        self, session: Session, command: str, id_: UUID, version: int | None, envelope: Envelope, body: Any
    ) -> Told:
        """Load the case, check who may, give the command, save. `version` is the one that the sender saw, if told."""
        case = session.get(Case, id_)
        case.check_command(command, envelope.actor, version)
        self.commands[command](session, envelope, case, body)
        session.save(case)
        return told(case)

    def fire(self, session: Session, timer: Timer, now: datetime) -> None:
        """Answer a due timer. What fell due in a downtime is dated when it is noticed; the deadline says the rest."""
        case = session.get(Case, timer.stream)
        envelope = self._system(_TIMER_RULES[timer.kind], now, f"timer:{timer.id}", correlation=case.tip)
        if timer.kind == OVERDUE:
            case.raise_overdue(envelope)
        elif timer.kind == IDLE:
            case.raise_idle(envelope)
        elif timer.kind == REPLY:
            case.raise_false_closure(envelope)
        else:
            case.deem_signed_for(envelope, self._first_step(case, now))
        session.save(case)


_TIMER_RULES = {
    OVERDUE: "a_result_is_signed_by_the_feedback_date",
    IDLE: "a_unit_that_signed_for_a_letter_must_act",
    REPLY: "the_unit_may_reply_to_a_suspicion",
    "signing": "a_letter_is_signed_for_in_time",
}


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants; only cases have deadlines."""
    return aggregate.timers() if isinstance(aggregate, Case) else {}
