"""What the office and a unit missed, of which nothing follows but that somebody is told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.cases.domain.events.base import CaseEvent
from services.cases.domain.values import Deadline
from shared.platform.event_store.events import stored

if TYPE_CHECKING:
    from services.cases.domain.case import Case


@stored("cases.OfficeClockMissed")
class OfficeClockMissed(CaseEvent):
    """A clock of the office was not done by `due` (exclusive), and is raised to `raised_to`: director, then taskforce,
    at `further`. `n` is the escalation that waits for its verifier; `owner_role` owed it."""

    decides = False
    clock: str
    due: datetime
    owner_role: str
    raised_to: str
    further: datetime | None = None
    n: int | None = None

    @property
    def key(self) -> str:
        """Which of the case's clocks it is."""
        return self.clock if self.n is None else f"{self.clock}:{self.n}"

    def apply(self, case: Case) -> None:
        case.office[self.key] = case.office[self.key].raised_once_more(self.further)


@stored("cases.FirstReportMissed")
class FirstReportMissed(CaseEvent):
    """A life is in danger, and the unit has told nothing by the end of the next working day (`missed`). It is raised to
    the principal and the office; it is no escalation."""

    decides = False
    missed: Deadline

    def apply(self, case: Case) -> None:
        case.first_report = None
