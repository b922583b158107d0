"""The events of what the office owes here: a result that is to be published, and a week with its disclosure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from shared.kernel.campaign.office import DoneDate, OfficeDate
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

WEEKLY = "weekly_disclosure"
if TYPE_CHECKING:
    from services.notify.domain.disclosure import Disclosure
    from services.notify.domain.week import Week


def done(owing: Disclosure | Week, event: EnvelopedEvent) -> None:
    """What the office owed has happened, by this event."""
    if owing.office is not None:
        owing.office_done = DoneDate(owing.office.clock, owing.office.due, event.at, event.originator_version)
    owing.office = None


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
        done(week, self)


@stored("notify.DisclosureDateMoved")
class DisclosureDateMoved(EnvelopedEvent):
    """By when the result is to be published: by no date while it is in doubt (`due` None), and by a new one after."""

    due: datetime | None

    def apply(self, disclosure: Disclosure) -> None:
        disclosure.begin_clock(self.due)
