"""The events of reminders and disclosures. Stored names are fixed for ever; each event applies itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.notify.domain.values import ESCALATIONS, About, Doubt, Kind, OnChannel, Planned, Told, Wording
from shared.kernel.campaign.office import OfficeDate
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

WEEKLY = "weekly_disclosure"
if TYPE_CHECKING:
    from services.notify.domain.disclosure import Disclosure
    from services.notify.domain.notice import Notice
    from services.notify.domain.reminders import Reminders
    from services.notify.domain.week import Week


@stored("notify.CaseFollowed")
class CaseFollowed(EnvelopedCreation):
    """There is a case, a tip or a week of which somebody may have to be reminded. `danger`: to life. `link` is where it
    is looked at, if that is not a case."""

    aggregate_topic = "notify.Reminders"
    unit: str
    danger: bool = False
    link: str | None = None

    def apply(self, reminders: Reminders) -> None:
        reminders.unit = self.unit
        reminders.link = self.link
        reminders.danger = self.danger


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
    trigger: str | None = None
    link: str | None = None

    def apply(self, reminders: Reminders) -> None:
        reminders.planned = {key: one for key, one in reminders.planned.items() if one.id != self.reminder}
        key = self.kind if self.trigger is None else f"{self.kind}:{self.trigger}"
        reminders.told[key] = Told(self.reminder, self.kind, self.trigger, self.to, self.unit)
        reminders.escalated = reminders.escalated or self.kind in ESCALATIONS


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


@stored("notify.OfficeClockMissed")
class OfficeClockMissed(EnvelopedEvent):
    """The office published nothing by `due` (exclusive): of one result, or in a week. It is raised to `raised_to`,
    director and then taskforce, at `further`."""

    clock: str
    due: datetime
    owner_role: str
    raised_to: str
    further: datetime | None = None

    def apply(self, owing: Disclosure | Week) -> None:
        if owing.office is not None:
            owing.office = owing.office.raised_once_more(self.further)


@stored("notify.WeekOpened")
class WeekOpened(EnvelopedCreation):
    """Something is to be published by `due` (exclusive), of which the office is reminded at `remind_at`."""

    aggregate_topic = "notify.Week"
    due: datetime
    remind_at: datetime

    def apply(self, week: Week) -> None:
        week.remind_at = self.remind_at
        week.office = OfficeDate(WEEKLY, self.due)


@stored("notify.WeekReminded")
class WeekReminded(EnvelopedEvent):
    """Nothing was published yet: somebody is reminded."""

    def apply(self, week: Week) -> None:
        week.remind_at = None


@stored("notify.WeeklyDisclosureMade")
class WeeklyDisclosureMade(EnvelopedEvent):
    """The first item of the week stands on every channel."""

    disclosure: str
    due: datetime

    def apply(self, week: Week) -> None:
        week.remind_at = None
        week.office = None


@stored("notify.DisclosureDateMoved")
class DisclosureDateMoved(EnvelopedEvent):
    """By when the result is to be published: by no date while it is in doubt (`due` None), and by a new one after."""

    due: datetime | None

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.begin_clock(self.due)


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
        disclosure.begin_clock(self.due)


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
        disclosure.office = None


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


@stored("notify.DisclosureCorrected")
class DisclosureCorrected(EnvelopedEvent):
    """A published item reads otherwise from now on; the earlier wording stays readable."""

    about: About
    wording: Wording
    reason: str

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.wording = self.wording
        disclosure.correction = disclosure.correction_reason = disclosure.correction_by = None


@stored("notify.DisclosureWithdrawn")
class DisclosureWithdrawn(EnvelopedEvent):
    """The item is no longer told. `was_public`: it stood on a channel already, so the reason is published."""

    about: About
    reason: str
    was_public: bool

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "withdrawn"
        disclosure.office = None


@stored("notify.DisclosureSuperseded")
class DisclosureSuperseded(EnvelopedEvent):
    """The case runs again, so what was drafted of its result never goes out."""

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "superseded"
        disclosure.office = None
