"""The events of a case that is followed: what is due, who was reminded, whether the public may be told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.notify.domain.values import (
    ESCALATIONS,
    Deferred,
    Kind,
    Planned,
    Told,
)
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.notify.domain.reminders import Reminders


@stored("notify.CaseFollowed")
class CaseFollowed(EnvelopedCreation):
    """There is a case, a tip or a week of which somebody may have to be reminded. `danger`: to life. `confidential`: it
    is against officials, and the public is told nothing of it. `link` is where it is looked at, if that is no case."""

    aggregate_topic = "notify.Reminders"
    unit: str
    danger: bool = False
    confidential: bool = False
    link: str | None = None

    def apply(self, reminders: Reminders) -> None:
        reminders.unit = self.unit
        reminders.link = self.link
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
    trigger: str | None = None
    link: str | None = None

    def apply(self, reminders: Reminders) -> None:
        reminders.planned = {key: one for key, one in reminders.planned.items() if one.id != self.reminder}
        key = self.kind if self.trigger is None else f"{self.kind}:{self.trigger}"
        reminders.told[key] = Told(self.reminder, self.kind, self.trigger, self.to, self.unit)
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
