"""What *notify* does about reminders: one method per event of *cases*, and one for a timer.

Reminders are planned from the instant of the event, not from when it is taken in: what fell due while this service was
away is sent when it is back. Limit: a reminder whose case was meanwhile reported may then go out before that event is
read; it asks for something that is already done, and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.notify.domain.reminders import Reminders
from services.notify.domain.sentences import sentence
from services.notify.domain.values import Kind
from services.notify.rules import reminding as rules
from shared.campaign import Campaign
from shared.contracts.internal import cases
from shared.event_store.envelope import Envelope
from shared.event_store.session import Session
from shared.event_store.unit_of_work import Timer
from shared.messaging.inbox import Received

PRINCIPAL = "principal"
_TOLD_OF: dict[str, Kind] = {"overdue": "overdue", "idle_after_acceptance": "idle_after_acceptance"}
"""Triggers of escalation that the unit's principal hears of at once. A false closure is told by its own procedure."""


class Reminding:
    """The part of the application that reminds. `caused` makes the envelope of what follows from a received event."""

    def __init__(self, campaign: Campaign, caused: Callable[[Received, str], Envelope]) -> None:
        self.campaign = campaign
        self._caused = caused

    # --- what happened to a case ---

    def case_opened(self, session: Session, event: cases.CaseOpened, received: Received) -> None:
        """Follow the case."""
        envelope = self._caused(received, "a_case_is_followed")
        session.save(Reminders.follow(envelope, UUID(event.case), event.unit))

    def case_transferred(self, session: Session, event: cases.CaseTransferred, received: Received) -> None:
        """The letter's dates are known: plan."""
        reminders = session.get(Reminders, UUID(event.case))
        envelope = self._caused(received, "a_unit_is_reminded_before_its_letter_is_due")
        self._plan(
            reminders, envelope, received.at, unit=event.unit, letter=event.letter, sign_for_due=event.sign_for_due,
            feedback_due=event.feedback_due,
        )  # fmt: skip
        session.save(reminders)

    def case_not_signed_for(self, session: Session, event: cases.CaseNotSignedFor, received: Received) -> None:
        """催办: the principal is reminded."""
        reminders = session.get(Reminders, UUID(event.case))
        envelope = self._caused(received, "a_letter_is_signed_for_in_time")
        self._tell(reminders, envelope, "not_signed_for", reminders.sign_for_due)
        session.save(reminders)

    def case_signed_for(self, session: Session, event: cases.CaseSignedFor, received: Received) -> None:
        """Nobody needs to be asked to sign any more."""
        reminders = session.get(Reminders, UUID(event.case))
        reminders.stop(self._caused(received, "a_letter_is_signed_for_in_time"), "sign_for_due_soon")
        session.save(reminders)

    def result_reported(self, session: Session, event: cases.ResultReported, received: Received) -> None:
        """The unit has answered."""
        self._stop(session, event.case, received)

    def result_rejected(self, session: Session, event: cases.ResultRejected, received: Received) -> None:
        """The original date stands: what is left of it is planned again."""
        reminders = session.get(Reminders, UUID(event.case))
        if reminders.feedback_due is None:
            return
        envelope = self._caused(received, "a_rejected_result_leaves_the_original_date_standing")
        self._plan(
            reminders, envelope, received.at, unit=event.unit, letter=reminders.letter, sign_for_due=None,
            feedback_due=reminders.feedback_due,
        )  # fmt: skip
        session.save(reminders)

    def case_closed(self, session: Session, event: cases.CaseClosed, received: Received) -> None:
        """Nothing is due any more."""
        self._stop(session, event.case, received)

    def case_reopened(self, session: Session, event: cases.CaseReopened, received: Received) -> None:
        """A new window."""
        reminders = session.get(Reminders, UUID(event.case))
        envelope = self._caused(received, "a_unit_is_reminded_before_its_letter_is_due")
        self._plan(
            reminders, envelope, received.at, unit=event.unit, letter=reminders.letter, sign_for_due=None,
            feedback_due=event.feedback_due,
        )  # fmt: skip
        session.save(reminders)

    def escalation_raised(self, session: Session, event: cases.EscalationRaised, received: Received) -> None:
        """The principal hears at once that the case was escalated."""
        kind = _TOLD_OF.get(event.trigger)
        if kind is None:
            return
        reminders = session.get(Reminders, UUID(event.case))
        due = reminders.feedback_due if kind == "overdue" else None
        self._tell(reminders, self._caused(received, f"escalated_{event.trigger}"), kind, due)
        session.save(reminders)

    # --- what time does ---

    def fire(self, session: Session, timer: Timer, envelope: Envelope) -> None:
        """A planned reminder's instant has come, or passed during a downtime."""
        reminders = session.get(Reminders, timer.stream)
        one = reminders.planned.get(timer.kind)
        if one is not None:
            text = sentence(one.kind, reminders.letter, one.due, envelope.at, self.campaign.zone)
            reminders.send_planned(envelope, one.kind, text)
            session.save(reminders)

    # --- helpers ---

    def _plan(
        self,
        reminders: Reminders,
        envelope: Envelope,
        since: datetime,
        *,
        unit: str,
        letter: str | None,
        sign_for_due: datetime | None,
        feedback_due: datetime,
    ) -> None:
        plan = rules.a_unit_is_reminded_before_its_letter_is_due(self.campaign, feedback_due)
        if sign_for_due is not None:
            plan = rules.a_unit_is_reminded_on_the_last_day_for_signing(self.campaign, sign_for_due) + plan
        reminders.note_deadlines(
            envelope, unit=unit, letter=letter, sign_for_due=sign_for_due, feedback_due=feedback_due,
            plan=rules.a_reminder_comes_after_its_cause(plan, since),
        )  # fmt: skip

    def _tell(self, reminders: Reminders, envelope: Envelope, kind: Kind, due: datetime | None) -> None:
        text = sentence(kind, reminders.letter, due, envelope.at, self.campaign.zone)
        reminders.send_now(envelope, kind, PRINCIPAL, due, text)

    def _stop(self, session: Session, case: str, received: Received) -> None:
        reminders = session.get(Reminders, UUID(case))
        reminders.stop(self._caused(received, "a_reminder_stops_when_its_matter_is_done"))
        session.save(reminders)
