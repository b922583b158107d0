"""What *notify* does about reminders: one method per event of *cases*, and one for a timer.

Reminders are planned from the instant of the event, not from when it is taken in: what fell due while this service was
away is sent when it is back. Limit: a reminder whose case was meanwhile reported may then go out before that event is
read; it asks for something that is already done, and no more. A problem that a unit found itself is reminded of only
from its first escalation on, because its opening carries no date.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.notify.application.mailing import Mailing
from services.notify.domain.reminders import Reminders
from services.notify.domain.sentences import sentence
from services.notify.domain.values import Kind, Plan
from services.notify.rules import reminding as rules
from services.notify.rules.reminding import GROUP, PRINCIPAL
from shared.kernel.campaign import Campaign
from shared.kernel.contracts.internal import cases
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session
from shared.platform.messaging.handler import Received

_TOLD_OF: dict[str, Kind] = {
    "overdue": "overdue",
    "idle_after_acceptance": "idle_after_acceptance",
    "false_closure": "false_closure",
}
"""Triggers of escalation, of which the unit's principal hears at once."""


class Reminding:
    """The part of the application that reminds. `caused` makes the envelope of what follows from a received event."""

    def __init__(self, campaign: Campaign, mailing: Mailing, caused: Callable[[Received, str], Envelope]) -> None:
        self.campaign = campaign
        self._mailing = mailing
        self._caused = caused

    # --- the letter ---

    def case_opened(self, session: Session, event: cases.CaseOpened, received: Received) -> None:
        """Follow the case. What a unit found itself has its date from the start, without a letter."""
        envelope = self._caused(received, "a_case_is_followed")
        session.save(Reminders.follow(envelope, UUID(event.case), event.unit))
        if event.feedback_due is not None:
            self._answer_by(session, event.case, event.unit, event.feedback_due, received)

    def case_transferred(self, session: Session, event: cases.CaseTransferred, received: Received) -> None:
        """The letter's dates are known: plan."""
        reminders, envelope = self._about(session, event.case, received, "a_unit_is_reminded_before_its_letter_is_due")
        plan = rules.a_unit_is_reminded_on_the_last_day_for_signing(self.campaign, event.sign_for_due)
        plan += rules.a_unit_is_reminded_before_its_letter_is_due(self.campaign, event.feedback_due)
        reminders.note_deadlines(
            envelope, unit=event.unit, letter=event.letter, sign_for_due=event.sign_for_due,
            feedback_due=event.feedback_due, plan=rules.a_reminder_comes_after_its_cause(plan, received.at),
        )  # fmt: skip
        session.save(reminders)

    def case_not_signed_for(self, session: Session, event: cases.CaseNotSignedFor, received: Received) -> None:
        """催办: the principal is reminded."""
        reminders, envelope = self._about(session, event.case, received, "a_letter_is_signed_for_in_time")
        self._tell(session, envelope, reminders, "not_signed_for", reminders.sign_for_due)

    def case_signed_for(self, session: Session, event: cases.CaseSignedFor, received: Received) -> None:
        """Nobody needs to be asked to sign any more."""
        reminders, envelope = self._about(session, event.case, received, "a_letter_is_signed_for_in_time")
        reminders.stop(envelope, "sign_for_due_soon")
        session.save(reminders)

    def case_returned(self, session: Session, event: cases.CaseReturned, received: Received) -> None:
        """The letter's dates are void."""
        self._stop_letter(session, event.case, received)

    def extension_granted(self, session: Session, event: cases.ExtensionGranted, received: Received) -> None:
        """A later date."""
        self._answer_by(session, event.case, event.unit, event.feedback_due, received)

    def result_reported(self, session: Session, event: cases.ResultReported, received: Received) -> None:
        """The unit has answered."""
        self._stop_letter(session, event.case, received)

    def result_rejected(self, session: Session, event: cases.ResultRejected, received: Received) -> None:
        """The original date stands: what is left of it is planned again."""
        standing = session.get(Reminders, UUID(event.case)).feedback_due
        if standing is not None:
            self._answer_by(session, event.case, event.unit, standing, received)

    def case_closed(self, session: Session, event: cases.CaseClosed, received: Received) -> None:
        """Nothing is due of the unit any more."""
        self._stop_letter(session, event.case, received)

    def case_reopened(self, session: Session, event: cases.CaseReopened, received: Received) -> None:
        """A new window."""
        self._answer_by(session, event.case, event.unit, event.feedback_due, received)

    # --- escalation ---

    def false_closure_suspected(self, session: Session, event: cases.FalseClosureSuspected, received: Received) -> None:
        """The principal may reply. Whether that happened is not told, so there is no second reminder."""
        reminders, envelope = self._about(session, event.case, received, "a_suspected_unit_is_heard")
        self._tell(session, envelope, reminders, "reply_asked", event.reply_due)

    def escalation_raised(self, session: Session, event: cases.EscalationRaised, received: Received) -> None:
        """The principal hears at once that the case was escalated."""
        kind = _TOLD_OF.get(event.trigger)
        if kind is not None:
            reminders, envelope = self._about(session, event.case, received, f"escalated_{event.trigger}")
            self._tell(session, envelope, reminders, kind, reminders.feedback_due if kind == "overdue" else None)

    def verification_assigned(self, session: Session, event: cases.VerificationAssigned, received: Received) -> None:
        """The verifying group hears of it now, and again on the working day before it is due."""
        reminders, envelope = self._about(session, event.case, received, "a_verifier_is_reminded_the_day_before")
        plan = rules.a_verifier_is_reminded_the_day_before(
            self.campaign, event.verifier, event.trigger, event.verify_due
        )
        reminders.plan(envelope, rules.a_reminder_comes_after_its_cause(plan, received.at))
        self._tell(session, envelope, reminders, "verification_assigned", event.verify_due, GROUP, event.verifier)

    def escalation_found(self, session: Session, event: cases.EscalationFound, received: Received) -> None:
        """The unit has a new date, and its principal hears why."""
        self._verified(session, event.case, event.trigger, received, "escalation_found", event.feedback_due)
        self._answer_by(session, event.case, event.unit, event.feedback_due, received)

    def escalation_cleared(self, session: Session, event: cases.EscalationCleared, received: Received) -> None:
        """The unit hears that nothing was found, and its new date where the case still runs."""
        self._verified(session, event.case, event.trigger, received, "escalation_cleared", event.feedback_due)
        if event.feedback_due is not None:
            self._answer_by(session, event.case, event.unit, event.feedback_due, received)

    # --- key supervision ---

    def key_supervision_started(self, session: Session, event: cases.KeySupervisionStarted, received: Received) -> None:
        """The group hears of it now, and again on the working day before the re-check."""
        reminders, envelope = self._about(session, event.case, received, "a_group_is_reminded_before_it_checks_again")
        plan = rules.a_group_is_reminded_before_it_checks_again(self.campaign, event.group, event.recheck_due)
        reminders.plan(envelope, rules.a_reminder_comes_after_its_cause(plan, received.at))
        self._tell(session, envelope, reminders, "key_supervision_started", event.recheck_due, GROUP, event.group)

    def key_supervision_ended(self, session: Session, event: cases.KeySupervisionEnded, received: Received) -> None:
        """The group has concluded."""
        reminders, envelope = self._about(session, event.case, received, "a_reminder_stops_when_its_matter_is_done")
        reminders.stop(envelope, "recheck_due_tomorrow")
        session.save(reminders)

    # --- what time does ---

    def fire(self, session: Session, id_: UUID, key: str, envelope: Envelope) -> None:
        """A planned reminder's instant has come, or passed during a downtime."""
        reminders = session.get(Reminders, id_)
        one = reminders.planned.get(key)
        if one is not None:
            text = sentence(one.kind, reminders.letter, one.due, envelope.at, self.campaign.zone)
            sent = reminders.send_planned(envelope, key, text)
            session.save(reminders)
            if sent is not None:
                self._mailing.queue(session, envelope, sent)

    # --- helpers ---

    def _about(self, session: Session, case: str, received: Received, rule: str) -> tuple[Reminders, Envelope]:
        return session.get(Reminders, UUID(case)), self._caused(received, rule)

    def _answer_by(self, session: Session, case: str, unit: str, due: datetime, received: Received) -> None:
        reminders, envelope = self._about(session, case, received, "a_unit_is_reminded_before_its_letter_is_due")
        plan: list[Plan] = rules.a_unit_is_reminded_before_its_letter_is_due(self.campaign, due)
        reminders.note_deadlines(
            envelope, unit=unit, letter=reminders.letter, sign_for_due=None, feedback_due=due,
            plan=rules.a_reminder_comes_after_its_cause(plan, received.at),
        )  # fmt: skip
        session.save(reminders)

    def _verified(
        self, session: Session, case: str, trigger: str, received: Received, kind: Kind, due: datetime | None
    ) -> None:
        reminders, envelope = self._about(session, case, received, "a_reminder_stops_when_its_matter_is_done")
        reminders.stop(envelope, "verification_due_tomorrow", trigger)
        self._tell(session, envelope, reminders, kind, due)

    def _tell(
        self,
        session: Session,
        envelope: Envelope,
        reminders: Reminders,
        kind: Kind,
        due: datetime | None,
        to: str = PRINCIPAL,
        unit: str | None = None,
    ) -> None:
        """Remind at once, and save."""
        text = sentence(kind, reminders.letter, due, envelope.at, self.campaign.zone)
        sent = reminders.send_now(envelope, kind, to, due, text, unit)
        session.save(reminders)
        self._mailing.queue(session, envelope, sent)

    def _stop_letter(self, session: Session, case: str, received: Received) -> None:
        reminders, envelope = self._about(session, case, received, "a_reminder_stops_when_its_matter_is_done")
        reminders.stop_letter(envelope)
        session.save(reminders)
