"""What *notify* does about what *cases* tells, and when time is over: it reminds, and drafts what is to be public.

Reminders are planned from the instant of the event, not from when it is taken in: what fell due while this service was
away is told when it is back. On the desk such a reminder may then stand before it is read that its matter was done;
its mail waits for that, and is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.disclosure import Disclosure
from services.notify.domain.notice import Notice
from services.notify.domain.reminders import Reminders
from services.notify.domain.values import ESCALATIONS, LETTER_KINDS, Kind
from services.notify.domain.week import Week
from services.notify.handlers.mailing import Mailing
from services.notify.handlers.office import Office
from services.notify.handlers.reminding import Reminding
from services.notify.handlers.telling import FALSE_CLOSURE, Owed, Telling
from services.notify.rules import reminding as rules
from services.notify.rules.reminding import GROUP, OFFICE, PRINCIPAL
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
        """What the public is told of a case."""
        return Telling(self.campaign)

    @property
    def reminding(self) -> Reminding:
        """What people are reminded with."""
        return Reminding(self.campaign, self.clock, self.mailing)

    @property
    def office(self) -> Office:
        """What is told of the office itself."""
        return Office(self.reminding)

    # --- the letter ---

    def case_opened(self, session: Session, event: cases.CaseOpened, received: Received) -> None:
        """Follow the case. What a unit found itself has its date from the start, without a letter."""
        envelope = self._caused(received, "a_case_is_followed")
        session.save(
            Reminders.follow(
                envelope, UUID(event.case), event.unit, danger=event.danger, confidential=event.concerned is not None
            )
        )  # fmt: skip
        if event.feedback_due is not None:
            self._answer_by(session, event, event.feedback_due, received)

    def case_transferred(self, session: Session, event: cases.CaseTransferred, received: Received) -> None:
        """The letter's dates are known: plan; whose feedback date stands still is told when it runs."""
        reminders, envelope = self._about(session, event, received, "a_unit_is_reminded_before_its_letter_is_due")
        plan = rules.a_unit_is_reminded_on_the_last_day_for_signing(self.campaign, event.sign_for_due)
        if not event.stands_still:
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
        self.reminding.drop(session, envelope, reminders.told_of(SIGNING))
        session.save(reminders)

    def nothing_is_due(self, session: Session, event: Any, received: Received) -> None:
        """The unit has answered, or the letter's dates are void."""
        reminders, envelope = self._about(session, event, received, "a_reminder_stops_when_its_matter_is_done")
        reminders.stop_letter(envelope)
        self.reminding.drop(session, envelope, reminders.told_of(LETTER_KINDS))
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
        reminders, envelope = self._about(session, event, received, "a_closed_case_is_told_to_the_public")
        owed = self.telling.closed(session, reminders, envelope, event)
        self._correct(session, envelope, reminders, owed)

    def decision_recorded(self, session: Session, event: cases.DecisionRecorded, received: Received) -> None:
        """What was decided after the closing is told as well."""
        reminders, envelope = self._about(session, event, received, "a_later_decision_is_told_to_the_public")
        self.telling.decided_later(session, reminders, envelope, event)
        session.save(reminders)

    def case_reopened(self, session: Session, event: cases.CaseReopened, received: Received) -> None:
        """The unit has a new date. What was drafted of the result is void; what stands on a channel stays until the
        new result says something else, or it was found false."""
        self.new_date(session, event, received)
        reminders, envelope = self._about(session, event, received, "a_draft_of_a_reopened_case_is_void")
        self.telling.runs_again(session, reminders, envelope)
        session.save(reminders)

    def case_returned(self, session: Session, event: cases.CaseReturned, received: Received) -> None:
        """The letter's dates are void, and so is what was undecided of it."""
        self.nothing_is_due(session, event, received)
        reminders, envelope = self._about(session, event, received, "a_returned_letter_leaves_nothing_undecided")
        self.telling.lapsed(reminders, envelope)
        session.save(reminders)

    def case_taken_back(self, session: Session, event: cases.CaseTakenBack, received: Received) -> None:
        """There is no longer such a case: nobody is to be reminded of it."""
        reminders, envelope = self._about(session, event, received, "a_reminder_stops_when_its_matter_is_done")
        reminders.stop_all(envelope)
        self.reminding.drop(session, envelope, reminders.told.values())
        session.save(reminders)

    # --- escalation ---

    def false_closure_suspected(self, session: Session, event: cases.FalseClosureSuspected, received: Received) -> None:
        """The principal may reply. Whether that happened is not told, so there is no second reminder."""
        reminders, envelope = self._about(session, event, received, "a_suspected_unit_is_heard")
        self.telling.doubted(reminders, envelope, FALSE_CLOSURE)
        self._tell(session, envelope, reminders, "reply_asked", event.reply_due)

    def escalation_raised(self, session: Session, event: cases.EscalationRaised, received: Received) -> None:
        """The principal hears at once that the case was escalated."""
        reminders, envelope = self._about(session, event, received, f"escalated_{event.trigger}")
        self.telling.doubted(reminders, envelope, event.trigger)
        kind = _TOLD_OF.get(event.trigger)
        if kind is None:
            session.save(reminders)
        else:
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
        """The unit hears that nothing was found or its reason was good, and its new date where the case still runs."""
        excused: Kind = "overdue_excused" if event.trigger == "overdue" else "escalation_cleared"
        self._verified(session, event, received, "escalation_lapsed" if event.lapsed else excused)

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
        self.reminding.drop(session, envelope, reminders.told_of(SUPERVISION))
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
            text = self.reminding.sentence(reminders, one.kind, one.due, now, one.trigger)
            sent = reminders.send_planned(envelope, timer.kind, text)
            session.save(reminders)
            if sent is not None:
                self.mailing.queue(session, envelope, sent, danger=reminders.danger)

    # --- helpers ---

    def _caused(self, received: Received, rule: str) -> Envelope:
        return self.reminding.caused(received, rule)

    def _about(self, session: Session, event: Any, received: Received, rule: str) -> tuple[Reminders, Envelope]:
        return session.get(Reminders, UUID(event.case)), self._caused(received, rule)

    def _answer_by(self, session: Session, event: Any, due: datetime, received: Received) -> None:
        """The unit is reminded before the new date; of one that stands still once it runs."""
        reminders, envelope = self._about(session, event, received, "a_unit_is_reminded_before_its_letter_is_due")
        plan = [] if event.stands_still else rules.a_unit_is_reminded_before_its_letter_is_due(self.campaign, due)
        self.reminding.drop(session, envelope, reminders.told_of(LETTER_KINDS))
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
        self.reminding.drop(session, envelope, reminders.told_of(VERIFICATION, event.trigger))
        found = isinstance(event, cases.EscalationFound)
        owed = self.telling.decided(session, reminders, envelope, event.trigger, found=found)
        self._tell(session, envelope, reminders, kind, event.feedback_due)
        self._correct(session, envelope, reminders, owed)
        self.new_date(session, event, received)

    def _correct(
        self, session: Session, envelope: Envelope, reminders: Reminders, owed: Sequence[Owed]
    ) -> None:  # fmt: skip
        """Remind the office of each correction that is owed: now, on its last day, and once that is over."""
        for disclosure, due in owed:
            reminders.plan(envelope, rules.the_office_is_reminded_of_a_correction(self.campaign, disclosure, due))
            self._tell(session, envelope, reminders, "correction_owed", due, OFFICE, self.campaign.offices[0].code)
        session.save(reminders)

    def _tell(
        self, session: Session, envelope: Envelope, reminders: Reminders, kind: Kind, due: datetime | None,
        to: str = PRINCIPAL, unit: str | None = None, trigger: str | None = None,
    ) -> None:  # fmt: skip
        """Remind at once, and save."""
        self.reminding.tell(session, envelope, reminders, kind, due, to, unit, trigger)


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants."""
    return aggregate.timers() if isinstance(aggregate, Reminders | Notice | Disclosure | Week) else {}
