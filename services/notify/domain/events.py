"""The events of a case's reminders. Stored names are fixed for ever; each event applies itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.notify.domain.values import Kind, Planned
from shared.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.notify.domain.reminders import Reminders


@stored("notify.CaseFollowed")
class CaseFollowed(EnvelopedCreation):
    """There is a case of which somebody may have to be reminded."""

    aggregate_topic = "notify.Reminders"
    unit: str

    def apply(self, reminders: Reminders) -> None:
        reminders.unit = self.unit


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
        reminders.planned = {one.kind: one for one in self.planned}


@stored("notify.RemindersStopped")
class RemindersStopped(EnvelopedEvent):
    """What these reminders would have asked for was done. `reminders` are their identifiers."""

    reminders: tuple[str, ...]

    def apply(self, reminders: Reminders) -> None:
        reminders.planned = {kind: one for kind, one in reminders.planned.items() if one.id not in self.reminders}


@stored("notify.ReminderSent")
class ReminderSent(EnvelopedEvent):
    """The unit's `to` (a role) was reminded, in these words. `planned_for` is None where nothing was to be waited for.

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
        reminders.planned = {kind: one for kind, one in reminders.planned.items() if kind != self.kind}
