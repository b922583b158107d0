"""One reminder on its way to one person by mail: waiting → sent, or failed and waiting again after a pause, until it is
given up; or dropped, because what it asks for was done before it went out.

Its identifier is made of the reminder's and the person's, and of these the mail's Message-ID: what was sent twice,
because the service died between the sending and its record, is recognisable as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.notify.domain.events import NoticeDropped, NoticeFailed, NoticeQueued, NoticeRequeued, NoticeSent
from services.notify.domain.values import Kind
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored

AGAIN = "again"


def notice_id(reminder: UUID, recipient: str) -> UUID:
    """The identifier of the mail of a reminder to one person."""
    return uuid5(reminder, recipient)


@stored("notify.Notice")
class Notice(Aggregate):
    """A mail, and what became of it."""

    state: str
    attempts: int
    again_at: datetime | None

    def __init__(self) -> None:
        self.attempts = 0
        self.again_at = None

    @classmethod
    def queue(
        cls,
        envelope: Envelope,
        *,
        reminder: UUID,
        case: UUID,
        unit: str,
        kind: Kind,
        recipient: str,
        text: str,
        not_before: datetime | None = None,
        due: datetime | None = None,
        link: str | None = None,
    ) -> Self:
        """A reminder is to go out to one person, at once or from an instant on."""
        return begin(
            cls, NoticeQueued, id=notice_id(reminder, recipient), envelope=envelope, case=str(case), unit=unit,
            kind=kind, recipients=(recipient,), text=text, not_before=not_before, reminder=str(reminder), due=due,
            link=link,
        )  # fmt: skip

    def sent(self, envelope: Envelope, refused: Sequence[str]) -> None:
        """The mail server took it; telling so twice is telling so once."""
        if self.state == "waiting":
            self.trigger_event(NoticeSent, envelope=envelope, attempt=self.attempts + 1, refused=tuple(refused))

    def failed(self, envelope: Envelope, reason: str, pauses: Sequence[timedelta]) -> None:
        """It did not go out: it is tried again after the next of `pauses`, or given up where none is left."""
        if self.state == "waiting":
            again = envelope.at + pauses[self.attempts] if self.attempts < len(pauses) else None
            self.trigger_event(
                NoticeFailed, envelope=envelope, attempt=self.attempts + 1, reason=reason, again_at=again
            )  # fmt: skip

    def drop(self, envelope: Envelope) -> None:
        """What it asks for was done: it does not go out, if it has not yet."""
        if self.state == "waiting" or self.again_at is not None:
            self.trigger_event(NoticeDropped, envelope=envelope)

    def ask_again(self, envelope: Envelope) -> None:
        """The pause is over."""
        if self.again_at is not None and self.again_at <= envelope.at:
            self.trigger_event(NoticeRequeued, envelope=envelope)

    def timers(self) -> dict[str, datetime]:
        """The call that this notice now wants."""
        return {AGAIN: self.again_at} if self.again_at is not None else {}
