"""What *notify* does about what *cases* tells, and when time is over: it reminds, and drafts what is to be public.

Reminders are planned from the instant of the event, not from when it is taken in: what fell due while this service was
away is told when it is back. On the desk such a reminder may then stand before it is read that its matter was done;
its mail waits for that, and is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.disclosure import RESULT, Disclosure, result_id
from services.notify.domain.notice import Notice
from services.notify.domain.reminders import Reminders
from services.notify.domain.values import ESCALATIONS, LETTER_KINDS, About, Kind
from services.notify.domain.week import Week
from services.notify.handlers.mailing import Mailing
from services.notify.handlers.office import Office
from services.notify.handlers.reminding import Telling, results
from services.notify.rules import reminding as rules
from services.notify.rules.drafting import a_closed_case_is_told_to_the_public, outcomes_follow_from_measures
from services.notify.rules.reminding import GROUP, PRINCIPAL
from shared.kernel.campaign import Campaign
from shared.kernel.commands import by_rule
from shared.kernel.contracts.internal import cases
from shared.platform.clock import Clock
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer
from shared.platform.messaging.handler import Received

_TOLD_OF: dict[str, Kind] = {kind: kind for kind in ESCALATIONS}
"""Triggers of escalation, of which the unit's principal hears at once."""
SIGNING: tuple[Kind, ...] = ("sign_for_due_soon",)
SUPERVISION: tuple[Kind, ...] = ("key_supervision_started", "recheck_due_tomorrow")
VERIFICATION: tuple[Kind, ...] = ("verification_assigned", "verification_due_tomorrow")


@dataclass(frozen=True, slots=True)
class Heard:
    """One method for each event of *cases*; what several of them mean alike has one method."""

    campaign: Campaign
    clock: Clock
    mailing: Mailing

    @property
    def telling(self) -> Telling:
        """What is told with."""
        return Telling(self.campaign, self.clock, self.mailing)

    @property
    def office(self) -> Office:
        """What is told of the office itself."""
        return Office(self.telling)

    # --- the letter ---

    def case_opened(self, session: Session, event: cases.CaseOpened, received: Received) -> None:
        """Follow the case. What a unit found itself has its date from the start, without a letter."""
        envelope = self._caused(received, "a_case_is_followed")
        session.save(Reminders.follow(envelope, UUID(event.case), event.unit, danger=event.danger))
        if event.feedback_due is not None:
            self._answer_by(session, event, event.feedback_due, received)

    def case_transferred(self, session: Session, event: cases.CaseTransferred, received: Received) -> None:
        """The letter's dates are known: plan."""
        reminders, envelope = self._about(session, event, received, "a_unit_is_reminded_before_its_letter_is_due")
        plan = rules.a_unit_is_reminded_on_the_last_day_for_signing(self.campaign, event.sign_for_due)
        plan += rules.a_unit_is_reminded_before_its_letter_is_due(self.campaign, event.feedback_due)
        reminders.note_deadlines(
            envelope, unit=event.unit, letter=event.letter, sign_for_due=event.sign_for_due,
            feedback_due=event.feedback_due, plan=rules.a_reminder_comes_after_its_cause(plan, received.at),
        )  # fmt: skip
        session.save(reminders)

    def case_not_signed_for(self, session: Session, event: cases.CaseNotSignedFor, received: Received) -> None:
        """催办: the principal is reminded."""
        reminders, envelope = self._about(session, event, received, "a_letter_is_signed_for_in_time")
        self._tell(session, envelope, reminders, "not_signed_for", reminders.sign_for_due)

    def case_signed_for(self, session: Session, event: cases.CaseSignedFor, received: Received) -> None:
        """Nobody needs to be asked to sign any more."""
        reminders, envelope = self._about(session, event, received, "a_letter_is_signed_for_in_time")
        reminders.stop(envelope, "sign_for_due_soon")
        self.telling.drop(session, envelope, reminders.told_of(SIGNING))
        session.save(reminders)

    def nothing_is_due(self, session: Session, event: Any, received: Received) -> None:
        """The unit has answered, or the letter's dates are void."""
        reminders, envelope = self._about(session, event, received, "a_reminder_stops_when_its_matter_is_done")
        reminders.stop_letter(envelope)
        self.telling.drop(session, envelope, reminders.told_of(LETTER_KINDS))
        session.save(reminders)

    def new_date(self, session: Session, event: Any, received: Received) -> None:
        """The unit has another date, if the case still runs."""
        if event.feedback_due is not None:
            self._answer_by(session, event, event.feedback_due, received)

    def result_rejected(self, session: Session, event: cases.ResultRejected, received: Received) -> None:
        """The new result has a date, in older releases the one that stood: it is planned again."""
        standing = event.feedback_due or session.get(Reminders, UUID(event.case)).feedback_due
        if standing is not None:
            self._answer_by(session, event, standing, received)

    # --- the result ---

    def case_closed(self, session: Session, event: cases.CaseClosed, received: Received) -> None:
        """Nothing is due of the unit any more; the result is to be disclosed."""
        self.nothing_is_due(session, event, received)
        case = UUID(event.case)
        about = About(
            kind=RESULT, unit=event.unit, case=event.case, enterprise=event.enterprise, place=event.place,
            violation=event.violation,
        )  # fmt: skip
        escalated = session.get(Reminders, case).escalated
        n = sum(1 for _ in results(session, case)) + 1
        session.save(
            Disclosure.draft(
                self._caused(received, "a_closed_case_is_told_to_the_public"), id=result_id(case, n), about=about,
                wording=a_closed_case_is_told_to_the_public(self.campaign, event), due=event.disclosure_due,
                outcomes=outcomes_follow_from_measures(self.campaign, about, event.measures, escalated),
            )
        )  # fmt: skip

    def case_reopened(self, session: Session, event: cases.CaseReopened, received: Received) -> None:
        """The unit has a new date. What was drafted of the result is void; what stands on a channel stays until a
        person decides."""
        self.new_date(session, event, received)
        for disclosure in results(session, UUID(event.case)):
            disclosure.supersede(self._caused(received, "a_draft_of_a_reopened_case_is_void"))
            session.save(disclosure)

    def case_taken_back(self, session: Session, event: cases.CaseTakenBack, received: Received) -> None:
        """There is no longer such a case: nobody is to be reminded of it."""
        reminders, envelope = self._about(session, event, received, "a_reminder_stops_when_its_matter_is_done")
        reminders.stop_all(envelope)
        self.telling.drop(session, envelope, reminders.told.values())
        session.save(reminders)

    # --- escalation ---

    def false_closure_suspected(self, session: Session, event: cases.FalseClosureSuspected, received: Received) -> None:
        """The principal may reply. Whether that happened is not told, so there is no second reminder."""
        reminders, envelope = self._about(session, event, received, "a_suspected_unit_is_heard")
        self._tell(session, envelope, reminders, "reply_asked", event.reply_due)

    def escalation_raised(self, session: Session, event: cases.EscalationRaised, received: Received) -> None:
        """The principal hears at once that the case was escalated."""
        kind = _TOLD_OF.get(event.trigger)
        if kind is not None:
            reminders, envelope = self._about(session, event, received, f"escalated_{event.trigger}")
            self._tell(session, envelope, reminders, kind, reminders.feedback_due if kind == "overdue" else None)

    def verification_assigned(self, session: Session, event: cases.VerificationAssigned, received: Received) -> None:
        """The verifying group hears of it now, and again on the working day before it is due."""
        reminders, envelope = self._about(session, event, received, "a_verifier_is_reminded_the_day_before")
        plan = rules.a_verifier_is_reminded_the_day_before(
            self.campaign, event.verifier, event.trigger, event.verify_due
        )
        reminders.plan(envelope, rules.a_reminder_comes_after_its_cause(plan, received.at))
        self._tell(
            session, envelope, reminders, "verification_assigned", event.verify_due, GROUP, event.verifier,
            event.trigger,
        )  # fmt: skip

    def escalation_found(self, session: Session, event: cases.EscalationFound, received: Received) -> None:
        """The unit has a new date, and its principal hears why."""
        self._verified(session, event, received, "escalation_found")

    def escalation_cleared(self, session: Session, event: cases.EscalationCleared, received: Received) -> None:
        """The unit hears that nothing was found, and its new date where the case still runs."""
        self._verified(session, event, received, "escalation_cleared")

    # --- key supervision ---

    def key_supervision_started(self, session: Session, event: cases.KeySupervisionStarted, received: Received) -> None:
        """The group hears of it now, and again on the working day before the re-check."""
        reminders, envelope = self._about(session, event, received, "a_group_is_reminded_before_it_checks_again")
        plan = rules.a_group_is_reminded_before_it_checks_again(self.campaign, event.group, event.recheck_due)
        reminders.plan(envelope, rules.a_reminder_comes_after_its_cause(plan, received.at))
        self._tell(session, envelope, reminders, "key_supervision_started", event.recheck_due, GROUP, event.group)

    def key_supervision_ended(self, session: Session, event: cases.KeySupervisionEnded, received: Received) -> None:
        """The group has concluded."""
        reminders, envelope = self._about(session, event, received, "a_reminder_stops_when_its_matter_is_done")
        reminders.stop(envelope, "recheck_due_tomorrow")
        self.telling.drop(session, envelope, reminders.told_of(SUPERVISION))
        session.save(reminders)

    # --- what time does ---

    def fire(self, session: Session, timer: Timer, now: datetime) -> None:
        """A planned reminder's instant has come, or the pause after a mail that failed; perhaps during a downtime."""
        notice, cause = session.find(Notice, timer.stream), f"timer:{timer.id}"
        if notice is not None:
            notice.ask_again(by_rule(self.campaign, "a_failed_mail_is_tried_again", now, cause))
            session.save(notice)
            return
        if self.office.fire(session, timer, now):
            return
        reminders = session.get(Reminders, timer.stream)
        one = reminders.planned.get(timer.kind)
        if one is not None:
            envelope = by_rule(self.campaign, "a_reminder_comes_when_it_is_due", now, cause)
            text = self.telling.sentence(reminders, one.kind, one.due, now, one.trigger)
            sent = reminders.send_planned(envelope, timer.kind, text)
            session.save(reminders)
            if sent is not None:
                self.mailing.queue(session, envelope, sent, danger=reminders.danger)

    # --- helpers ---

    def _caused(self, received: Received, rule: str) -> Envelope:
        return self.telling.caused(received, rule)

    def _about(self, session: Session, event: Any, received: Received, rule: str) -> tuple[Reminders, Envelope]:
        return session.get(Reminders, UUID(event.case)), self._caused(received, rule)

    def _answer_by(self, session: Session, event: Any, due: datetime, received: Received) -> None:
        reminders, envelope = self._about(session, event, received, "a_unit_is_reminded_before_its_letter_is_due")
        plan = rules.a_unit_is_reminded_before_its_letter_is_due(self.campaign, due)
        self.telling.drop(session, envelope, reminders.told_of(LETTER_KINDS))
        reminders.note_deadlines(
            envelope, unit=event.unit, letter=reminders.letter, sign_for_due=None, feedback_due=due,
            plan=rules.a_reminder_comes_after_its_cause(plan, received.at),
        )  # fmt: skip
        session.save(reminders)

    def _verified(
        self, session: Session, event: cases.EscalationFound | cases.EscalationCleared, received: Received, kind: Kind
    ) -> None:
        reminders, envelope = self._about(session, event, received, "a_reminder_stops_when_its_matter_is_done")
        reminders.stop(envelope, "verification_due_tomorrow", event.trigger)
        self.telling.drop(session, envelope, reminders.told_of(VERIFICATION, event.trigger))
        self._tell(session, envelope, reminders, kind, event.feedback_due)
        self.new_date(session, event, received)

    def _tell(
        self, session: Session, envelope: Envelope, reminders: Reminders, kind: Kind, due: datetime | None,
        to: str = PRINCIPAL, unit: str | None = None, trigger: str | None = None,
    ) -> None:  # fmt: skip
        """Remind at once, and save."""
        self.telling.tell(session, envelope, reminders, kind, due, to, unit, trigger)


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants."""
    return aggregate.timers() if isinstance(aggregate, Reminders | Notice | Disclosure | Week) else {}
