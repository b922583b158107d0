"""One week of the weekly disclosure (notice 六(三)): what is published first in it is what the office owed.

A week ends with the due instant of its disclosure, and the next one begins there: what comes late counts for the next.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.notify.domain.events import WeeklyDisclosureMade, WeekOpened, WeekReminded
from services.notify.domain.owing import clock_of
from shared.kernel.campaign.office import DoneDate, OfficeDate
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored

_NAMESPACE = UUID("5f0f6d3e-6d1c-5a0e-9b53-0c2d7f6f4a12")
SOON = "week_soon"


@stored("notify.Week")
class Week(Aggregate):
    """A week, until something was published in it."""

    remind_at: datetime | None
    office: OfficeDate | None
    office_done: DoneDate | None

    def __init__(self) -> None:
        self.remind_at = self.office = self.office_done = None

    @staticmethod
    def id_of(campaign: str, due: datetime) -> UUID:
        """The week's identifier: the same for everybody who asks."""
        return uuid5(_NAMESPACE, f"{campaign}/{due.timestamp():.0f}")

    @classmethod
    def open(cls, envelope: Envelope, *, id: UUID, due: datetime, remind_at: datetime) -> Self:
        """The week that ends with `due`."""
        return begin(cls, WeekOpened, id=id, envelope=envelope, due=due, remind_at=remind_at)

    def made(self, envelope: Envelope, disclosure: UUID) -> None:
        """Something stands on every channel."""
        if self.office is not None:
            self.trigger_event(
                WeeklyDisclosureMade, envelope=envelope, disclosure=str(disclosure), due=self.office.due
            )  # fmt: skip

    def remind(self, envelope: Envelope) -> bool:
        """Whether somebody is to be reminded now: once, while there is time."""
        owes = self.office is not None and self.remind_at is not None
        if not owes or self.office is None or not (self.remind_at or envelope.at) <= envelope.at < self.office.due:
            return False
        self.trigger_event(WeekReminded, envelope=envelope)
        return True

    def timers(self) -> dict[str, datetime]:
        """The calls that this week now wants."""
        wanted = {} if self.remind_at is None else {SOON: self.remind_at}
        return wanted | clock_of(self.office)
