"""The events of a notice: a mail until it is sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.notify.domain.values import (
    Kind,
)
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.notify.domain.notice import Notice


@stored("notify.NoticeQueued")
class NoticeQueued(EnvelopedCreation):
    """A reminder is to go out by mail as well, to one person: from `not_before` on, at any hour where that is None.
    `recipients` are persons, several in older releases; their addresses are the campaign's. `reminder` is what it is
    of, `due` the exclusive end of the deadline that this is about."""

    aggregate_topic = "notify.Notice"
    case: str
    unit: str
    kind: Kind
    recipients: tuple[str, ...]
    text: str
    not_before: datetime | None = None
    reminder: str | None = None
    due: datetime | None = None
    link: str | None = None

    def apply(self, notice: Notice) -> None:
        notice.state = "waiting"


@stored("notify.NoticeSent")
class NoticeSent(EnvelopedEvent):
    """The mail server took it. `refused` are the recipients that it did not take."""

    attempt: int
    refused: tuple[str, ...]

    def apply(self, notice: Notice) -> None:
        notice.state = "sent"
        notice.attempts = self.attempt


@stored("notify.NoticeFailed")
class NoticeFailed(EnvelopedEvent):
    """It did not go out. `reason` is the kind of error; it is tried again at `again_at`, or no more."""

    attempt: int
    reason: str
    again_at: datetime | None

    def apply(self, notice: Notice) -> None:
        notice.state = "failed"
        notice.attempts = self.attempt
        notice.again_at = self.again_at


@stored("notify.NoticeRequeued")
class NoticeRequeued(EnvelopedEvent):
    """The pause after a failure is over: it waits for the mail server again."""

    def apply(self, notice: Notice) -> None:
        notice.state = "waiting"
        notice.again_at = None


@stored("notify.NoticeDropped")
class NoticeDropped(EnvelopedEvent):
    """What it would have asked for was done before it went out: it does not."""

    def apply(self, notice: Notice) -> None:
        notice.state = "dropped"
        notice.again_at = None
