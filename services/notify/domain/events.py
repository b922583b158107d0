"""The events of reminders and disclosures. Stored names are fixed for ever; each event applies itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.notify.domain.values import (
    ESCALATIONS,
    About,
    Cause,
    Deferred,
    Doubt,
    Kind,
    OnChannel,
    Planned,
    Wording,
)
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.notify.domain.disclosure import Disclosure
    from services.notify.domain.notice import Notice
    from services.notify.domain.reminders import Reminders


@stored("notify.CaseFollowed")
class CaseFollowed(EnvelopedCreation):
    """There is a case of which somebody may have to be reminded. `danger`: to life. `confidential`: it is against
    officials, and the public is told nothing of it."""

    aggregate_topic = "notify.Reminders"
    unit: str
    danger: bool = False
    confidential: bool = False

    def apply(self, reminders: Reminders) -> None:
        reminders.unit = self.unit
        reminders.danger = self.danger
        reminders.confidential = self.confidential


@stored("notify.DeadlinesNoted")
class DeadlinesNoted(EnvelopedEvent):
    """The case has (new) deadlines, and these reminders of them wait for their instant."""

    unit: str
    letter: str | None
    sign_for_due: datetime | None
    feedback_due: datetime
    planned: tuple[Planned, ...]

    def apply(self, reminders: Reminders) -> None:
        reminders.unit = self.unit
        reminders.letter = self.letter
        reminders.sign_for_due = self.sign_for_due
        reminders.feedback_due = self.feedback_due
        reminders.planned |= {one.key: one for one in self.planned}


@stored("notify.RemindersPlanned")
class RemindersPlanned(EnvelopedEvent):
    """Somebody else than the handling unit has a date: reminders of it wait for their instant."""

    planned: tuple[Planned, ...]

    def apply(self, reminders: Reminders) -> None:
        reminders.planned |= {one.key: one for one in self.planned}


@stored("notify.RemindersStopped")
class RemindersStopped(EnvelopedEvent):
    """What these reminders would have asked for was done. `reminders` are their identifiers."""

    reminders: tuple[str, ...]

    def apply(self, reminders: Reminders) -> None:
        reminders.planned = {key: one for key, one in reminders.planned.items() if one.id not in self.reminders}


@stored("notify.ReminderSent")
class ReminderSent(EnvelopedEvent):
    """`to` (a role) of `unit` was reminded, in these words. `planned_for` is None where nothing was to be waited for.

    `due` is the exclusive end of the deadline that it is about. `text` holds no personal data.
    """

    reminder: str
    kind: Kind
    unit: str
    to: str
    due: datetime | None
    planned_for: datetime | None
    text: str

    def apply(self, reminders: Reminders) -> None:
        reminders.planned = {key: one for key, one in reminders.planned.items() if one.id != self.reminder}
        reminders.escalated = reminders.escalated or self.kind in ESCALATIONS


@stored("notify.StandingNoted")
class StandingNoted(EnvelopedEvent):
    """What decides whether the public may be told of the case: whether it is `closed`, what its result comes to, and
    what of it is undecided (`doubts`: triggers, a suspicion of false closure among them)."""

    closed: bool
    conclusion: str | None
    doubts: tuple[str, ...]

    def apply(self, reminders: Reminders) -> None:
        reminders.closed = self.closed
        reminders.conclusion = self.conclusion
        reminders.doubts = self.doubts
        if not self.closed or not self.doubts:
            reminders.deferred = ()


@stored("notify.DraftDeferred")
class DraftDeferred(EnvelopedEvent):
    """The case was closed while something of it was undecided: its result is drafted once nothing is."""

    draft: Deferred

    def apply(self, reminders: Reminders) -> None:
        reminders.deferred = (*reminders.deferred, self.draft)


@stored("notify.ItemNoted")
class ItemNoted(EnvelopedEvent):
    """An item about the case was drafted, by a person or of a decision after the closing."""

    disclosure: str

    def apply(self, reminders: Reminders) -> None:
        reminders.items = (*reminders.items, self.disclosure)


@stored("notify.UnfoundedCounted")
class UnfoundedCounted(EnvelopedEvent):
    """What was alleged was not borne out: the public is told a number, in which the case counts from now on."""

    unit: str

    def apply(self, reminders: Reminders) -> None:
        reminders.counted = True


@stored("notify.UnfoundedUncounted")
class UnfoundedUncounted(EnvelopedEvent):
    """The case runs again, or what it came to is in doubt: it counts no more among what was not borne out."""

    def apply(self, reminders: Reminders) -> None:
        reminders.counted = False


@stored("notify.NoticeQueued")
class NoticeQueued(EnvelopedCreation):
    """A reminder is to go out by mail as well: from `not_before` on, at any hour where that is None. `recipients` are
    persons; their addresses are the campaign's."""

    aggregate_topic = "notify.Notice"
    case: str
    unit: str
    kind: Kind
    recipients: tuple[str, ...]
    text: str
    not_before: datetime | None = None

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


@stored("notify.DisclosureDrafted")
class DisclosureDrafted(EnvelopedCreation):
    """There is something to be told to the public, in these words. `due` is exclusive; `outcomes` are codes."""

    aggregate_topic = "notify.Disclosure"
    about: About
    wording: Wording
    outcomes: tuple[str, ...]
    due: datetime | None

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "drafted"
        disclosure.about = self.about
        disclosure.wording = self.wording
        disclosure.outcomes = self.outcomes
        disclosure.due = self.due


@stored("notify.DisclosureChecked")
class DisclosureChecked(EnvelopedEvent):
    """The wording was read for what could identify somebody, perhaps changed, and its doubts answered or not yet."""

    wording: Wording
    outcomes: tuple[str, ...]
    doubts: tuple[Doubt, ...]

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "checked"
        disclosure.wording = self.wording
        disclosure.outcomes = self.outcomes
        disclosure.doubts = self.doubts
        disclosure.approvers = ()
        disclosure.director_approved = False


@stored("notify.DisclosureApproved")
class DisclosureApproved(EnvelopedEvent):
    """One more person answers for the wording. `approvers` are all so far; with `complete` it may be published.

    `by_director`: the director is among them.
    """

    approvers: tuple[str, ...]
    by_director: bool
    complete: bool

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.approvers = self.approvers
        disclosure.director_approved = self.by_director
        if self.complete:
            disclosure.state = "approved"


@stored("notify.ChannelsRecorded")
class ChannelsRecorded(EnvelopedEvent):
    """The item stands on further channels, with what proves it. `channels` are all so far."""

    channels: tuple[OnChannel, ...]

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.channels = self.channels


@stored("notify.DisclosurePublished")
class DisclosurePublished(EnvelopedEvent):
    """The item stands on every channel of the campaign: all that the public is told of it."""

    about: About
    wording: Wording
    outcomes: tuple[str, ...]
    channels: tuple[OnChannel, ...]

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "published"
        disclosure.on_board = True


@stored("notify.CorrectionDrafted")
class CorrectionDrafted(EnvelopedEvent):
    """The office prepared another wording of a published item; it waits for the director's signature."""

    wording: Wording
    reason: str
    doubts: tuple[Doubt, ...]

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.correction = self.wording
        disclosure.correction_reason = self.reason
        disclosure.correction_by = self.envelope.actor.id


@stored("notify.CorrectionOwed")
class CorrectionOwed(EnvelopedEvent):
    """What the item says is not so (`cause`): until `due` (exclusive) it is to be corrected on every channel where it
    stands. The system drafts the correction; `about` and `outcomes` are what the corrected item shows."""

    cause: Cause
    wording: Wording
    reason: str
    about: About
    outcomes: tuple[str, ...]
    due: datetime

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "correcting"
        disclosure.cause = self.cause
        disclosure.correction = self.wording
        disclosure.correction_reason = self.reason
        disclosure.correction_by = self.envelope.actor.id
        disclosure.correction_due = self.due
        disclosure.corrected_about = self.about
        disclosure.corrected_outcomes = self.outcomes
        disclosure.corrected_on = ()


@stored("notify.CorrectionChannelsRecorded")
class CorrectionChannelsRecorded(EnvelopedEvent):
    """The correction stands on further channels, with what proves it. `channels` are all so far."""

    channels: tuple[OnChannel, ...]

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.corrected_on = self.channels


@stored("notify.CorrectionPublished")
class CorrectionPublished(EnvelopedEvent):
    """The correction stands on every channel on which the item stood. `over`: that were not all of them, so the item
    goes no further."""

    channels: tuple[OnChannel, ...]
    over: bool

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "withdrawn" if self.over else "published"
        disclosure.correction_due = None


@stored("notify.DisclosureCorrected")
class DisclosureCorrected(EnvelopedEvent):
    """A published item reads otherwise from now on; the earlier wording stays readable, but of what was not borne out
    (`nameless`). `outcomes`: None where they are as before."""

    about: About
    wording: Wording
    reason: str
    outcomes: tuple[str, ...] | None = None
    nameless: bool = False

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.about = self.about
        disclosure.wording = self.wording
        if self.outcomes is not None:
            disclosure.outcomes = self.outcomes
        disclosure.correction = disclosure.correction_reason = disclosure.correction_by = None


@stored("notify.DisclosureWithdrawn")
class DisclosureWithdrawn(EnvelopedEvent):
    """The item is no longer told. `was_public`: it stood on a channel already, so the reason is published."""

    about: About
    reason: str
    was_public: bool

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "withdrawn"
        disclosure.correction_due = None


@stored("notify.DisclosureSuperseded")
class DisclosureSuperseded(EnvelopedEvent):
    """The case runs again, so what was drafted of its result never goes out."""

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "superseded"
