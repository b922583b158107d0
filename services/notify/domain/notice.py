"""One reminder on its way out by mail: waiting → sent, or failed and waiting again after a pause, until it is given up.

Under the reminder's own identifier, of which the mail's Message-ID is made: what was sent twice, because the service
died between the sending and its record, is recognisable as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.notify.domain.events import NoticeFailed, NoticeQueued, NoticeRequeued, NoticeSent
from services.notify.domain.values import Kind
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored

AGAIN = "again"


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
        recipients: Sequence[str],
        text: str,
        not_before: datetime | None = None,
    ) -> Self:
        """A reminder is to go out, at once or from an instant on."""
        return begin(
            cls, NoticeQueued, id=reminder, envelope=envelope, case=str(case), unit=unit, kind=kind,
            recipients=tuple(recipients), text=text, not_before=not_before,
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

    def ask_again(self, envelope: Envelope) -> None:
        """The pause is over."""
        if self.again_at is not None and self.again_at <= envelope.at:
            self.trigger_event(NoticeRequeued, envelope=envelope)

    def timers(self) -> dict[str, datetime]:
        """The call that this notice now wants."""
        return {AGAIN: self.again_at} if self.again_at is not None else {}
