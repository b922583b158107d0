"""What *notify* does about mail: queue a reminder, record what became of it, let it wait again after a pause.

Where no mail server is set, nothing is queued: reminders are read on the desk.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.notify.domain.events import ReminderSent
from services.notify.domain.notice import Notice
from services.notify.rules.reminding import those_who_hold_the_role_in_the_unit_are_reminded
from shared.kernel.campaign import Campaign
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session


class Mailing:
    """The part of the application that sends mail; the sending itself is the channel's, outside the lane."""

    def __init__(self, campaign: Campaign, *, by_mail: bool) -> None:
        self._campaign = campaign
        self._by_mail = by_mail
        self._pauses = tuple(timedelta(minutes=minutes) for minutes in campaign.reminders.retry_minutes)

    def queue(self, session: Session, envelope: Envelope, sent: ReminderSent) -> None:
        """A reminder goes out by mail as well, if there is a server and somebody who has an address."""
        if not self._by_mail:
            return
        people = those_who_hold_the_role_in_the_unit_are_reminded(self._campaign, sent.to, sent.unit)
        if people:
            session.save(
                Notice.queue(
                    envelope, reminder=UUID(sent.reminder), case=sent.originator_id, unit=sent.unit, kind=sent.kind,
                    recipients=[person.id for person in people], text=sent.text,
                )
            )  # fmt: skip

    def went_out(self, session: Session, envelope: Envelope, reminder: UUID, refused: tuple[str, ...]) -> None:
        """The mail server took it, but for the `refused` recipients."""
        notice = session.get(Notice, reminder)
        notice.sent(envelope, refused)
        session.save(notice)

    def did_not_go_out(self, session: Session, envelope: Envelope, reminder: UUID, reason: str) -> None:
        """It is tried again later, or given up."""
        notice = session.get(Notice, reminder)
        notice.failed(envelope, reason, self._pauses)
        session.save(notice)

    def fire(self, session: Session, notice: Notice, envelope: Envelope) -> None:
        """The pause after a failure is over."""
        notice.ask_again(envelope)
        session.save(notice)
