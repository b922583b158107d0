"""What *notify* does: one method per event of *cases*, per command and for a timer. All in the lane's transaction.

`reminding` plans and sends reminders, `mailing` records what became of their mails, `disclosing` brings items to the
public; where an event concerns several, it is handed to them here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.application.disclosing import Disclosing
from services.notify.application.mailing import Mailing
from services.notify.application.reminding import Reminding
from services.notify.domain.notice import Notice
from services.notify.domain.reminders import Reminders
from shared.kernel.campaign import Campaign
from shared.kernel.contracts.internal import cases
from shared.platform.event_store.envelope import Envelope, system
from shared.platform.event_store.rows import insert, update
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer
from shared.platform.messaging.engine import Clock
from shared.platform.messaging.handler import Received

__all__ = ["Notify", "timers_of"]


class Notify:
    """The application of *notify*. `by_mail`: there is a server by which reminders go out."""

    def __init__(self, campaign: Campaign, clock: Clock, *, by_mail: bool = False) -> None:
        self.campaign = campaign
        self._clock = clock
        self.mailing = Mailing(campaign, by_mail=by_mail)
        self.reminding = Reminding(campaign, self.mailing, self._caused)
        self.disclosing = Disclosing(campaign)

    def case_opened(self, session: Session, event: cases.CaseOpened, received: Received) -> None:
        """Follow the case, and its loop."""
        self.reminding.case_opened(session, event, received)
        session.write(insert("case_loops", key="case_id", case_id=event.case, version=1, steps=event.steps))

    def loop_moved(self, session: Session, event: cases.LoopMoved, _: Received) -> None:
        """The seven steps as they are now, for the page of what is published of the case."""
        session.write(update("case_loops", key="case_id", case_id=event.case, version=event.version, steps=event.steps))

    def case_closed(self, session: Session, event: cases.CaseClosed, received: Received) -> None:
        """Nothing is due of the unit any more; the result is to be disclosed."""
        self.reminding.case_closed(session, event, received)
        self.disclosing.case_closed(session, self._caused(received, "a_closed_case_is_told_to_the_public"), event)

    def case_reopened(self, session: Session, event: cases.CaseReopened, received: Received) -> None:
        """The unit has a new date; the drafted result is void."""
        self.reminding.case_reopened(session, event, received)
        self.disclosing.case_reopened(session, self._caused(received, "a_draft_of_a_reopened_case_is_void"), event)

    def fire(self, session: Session, timer: Timer, now: datetime) -> None:
        """A planned reminder's instant has come, or the pause after a mail that failed; perhaps during a downtime."""
        notice, cause = session.find(Notice, timer.stream), f"timer:{timer.id}"
        if notice is not None:
            self.mailing.fire(session, notice, self._envelope("a_failed_mail_is_tried_again", now, cause))
        else:
            envelope = self._envelope("a_reminder_comes_when_it_is_due", now, cause)
            self.reminding.fire(session, timer.stream, timer.kind, envelope)

    def mail_went_out(self, session: Session, reminder: UUID, refused: tuple[str, ...]) -> None:
        """The mail server took a reminder."""
        self.mailing.went_out(session, self._sending(reminder), reminder, refused)

    def mail_did_not_go_out(self, session: Session, reminder: UUID, reason: str) -> None:
        """The mail server did not take it, or was not there."""
        self.mailing.did_not_go_out(session, self._sending(reminder), reminder, reason)

    def _sending(self, reminder: UUID) -> Envelope:
        return self._envelope("a_reminder_goes_out_by_mail", self._clock.now(), f"mail:{reminder}")

    def _caused(self, received: Received, rule: str) -> Envelope:
        now = max(self._clock.now(), received.at)
        return self._envelope(rule, now, f"{received.producer}:{received.sequence}")

    def _envelope(self, rule: str, at: datetime, cause: str) -> Envelope:
        return Envelope(
            at=at, actor=system(rule), command_key=cause, campaign=self.campaign.id,
            campaign_version=self.campaign.version, causation=cause, rule=rule,
        )  # fmt: skip


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants."""
    return aggregate.timers() if isinstance(aggregate, Reminders | Notice) else {}
