"""The events of a disclosure: drafted, checked, approved, published, corrected, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.notify.domain.events.owing import done
from services.notify.domain.values import (
    About,
    Cause,
    Doubt,
    OnChannel,
    Wording,
)
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.notify.domain.disclosure import Disclosure


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
        disclosure.on_board = True
        done(disclosure, self)


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
        disclosure.office = None  # what is not so is not owed to the channels that never had it


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
        disclosure.office = None
        disclosure.correction_due = None


@stored("notify.DisclosureSuperseded")
class DisclosureSuperseded(EnvelopedEvent):
    """The case runs again, so what was drafted of its result never goes out."""

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.state = "superseded"
        disclosure.office = None
