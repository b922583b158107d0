"""What becomes of a reminder's mail: queued, sent, failed, waiting again after a pause.

Where no mail server is set, nothing is queued: reminders are read on the desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.notify.channels.smtp import Outcome
from services.notify.domain.events import ReminderSent
from services.notify.domain.notice import Notice, notice_id
from services.notify.domain.values import Told
from services.notify.rules.reminding import (
    a_mail_waits_for_the_morning_of_a_working_day,
    who_is_reminded,
)
from shared.kernel.campaign import Campaign
from shared.kernel.commands import by_rule
from shared.platform.clock import Clock
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session


@dataclass(frozen=True, slots=True)
class Mailing:
    """Queues and records in the lane; the sending itself is the channel's, outside it. `by_mail`: there is a server."""

    campaign: Campaign
    clock: Clock
    by_mail: bool = False

    def queue(self, session: Session, envelope: Envelope, sent: ReminderSent, *, danger: bool) -> None:
        """A reminder goes out by mail as well, if there is a server, to each who has an address: at once where there is
        danger to life, else in the morning."""
        if not self.by_mail:
            return
        since = sent.planned_for or sent.at
        morning = None if danger else a_mail_waits_for_the_morning_of_a_working_day(self.campaign, since)
        for person in who_is_reminded(self.campaign, sent.kind, sent.to, sent.unit, sent.trigger):
            session.save(
                Notice.queue(
                    envelope, reminder=UUID(sent.reminder), case=sent.originator_id, unit=sent.unit, kind=sent.kind,
                    recipient=person.id, text=sent.text, not_before=morning, due=sent.due, link=sent.link,
                )
            )  # fmt: skip

    def drop(self, session: Session, envelope: Envelope, told: Told) -> None:
        """What a reminder asks for is done: where its mail has not gone out yet, it does not."""
        for person in who_is_reminded(self.campaign, told.kind, told.to, told.unit, told.trigger):
            notice = session.find(Notice, notice_id(UUID(told.reminder), person.id)) if self.by_mail else None
            if notice is not None:
                notice.drop(envelope)
                session.save(notice)

    def record(self, session: Session, reminder: UUID, outcome: Outcome) -> None:
        """The mail server took it, but for the refused recipients; or it did not, and it is tried again or given up."""
        cause = f"mail:{reminder}"
        envelope = by_rule(self.campaign, "a_reminder_goes_out_by_mail", self.clock.now(), cause)
        notice = session.get(Notice, reminder)
        if outcome.error is None:
            notice.sent(envelope, outcome.refused)
        else:
            pauses = tuple(timedelta(minutes=minutes) for minutes in self.campaign.reminders.retry_minutes)
            notice.failed(envelope, outcome.error, pauses)
        session.save(notice)
