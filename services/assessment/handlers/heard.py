"""What *assessment* does by itself: asking for the papers of the campaign, and when the date of one is over.

What others tell changes read tables (`projections`), and commitments (`contradicting`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.assessment.domain.errors import NotOwed
from services.assessment.domain.filing import Filing
from services.assessment.rules.schedule import Schedule
from shared.kernel.campaign import Campaign
from shared.kernel.commands import by_rule
from shared.platform.event_store.lane import Contended, Unavailable
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer
from shared.platform.messaging.engine import Engine
from shared.platform.service.command import Told

AGAIN, LATER = 0.5, 5.0
"""Seconds until the filings are asked for again: while the database is away; while nothing is to come (a simulation
sets its clock after the start)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the calendar and the clock say."""

    campaign: Campaign
    schedule: Schedule

    def open_filings(self, session: Session, now: datetime) -> Told:
        """Ask for every paper of the campaign that is still to come; what fell due before this installation began is
        owed by nobody. Given again (a new version of the campaign), it opens what is not there yet. Raises NotOwed
        after the last date of the campaign."""
        if all(owed.due.due <= now for owed in self.schedule.owed):
            raise NotOwed("集中行动的报送事项都已过期。")
        rule, cause = "only_what_the_campaign_asks_for_is_filed", f"campaign:{self.campaign.version}"
        envelope = by_rule(self.campaign, rule, now, cause)
        opened = 0
        for owed in self.schedule.owed:
            if owed.due.due > now and session.find(Filing, owed.id) is None:
                session.save(
                    Filing.open(
                        envelope, id=owed.id, rule=owed.rule, kind=owed.kind, unit=owed.unit, period=owed.period,
                        due=owed.due,
                    )
                )  # fmt: skip
                opened += 1
        return {"opened": opened}

    async def ask_for_papers(self, engine: Engine) -> None:
        """Open the filings once per version of the campaign: the command's key remembers that it was done."""
        key = f"filings:{self.campaign.id}:{self.campaign.version}"
        streams = [owed.id for owed in self.schedule.owed]
        while True:
            try:
                await engine.submit(
                    lambda session: self.open_filings(session, engine.clock.now()), key=key, streams=streams
                )
            except (Unavailable, Contended):
                await asyncio.sleep(AGAIN)
            except NotOwed:
                await asyncio.sleep(LATER)
            else:
                return

    def fire(self, session: Session, timer: Timer, now: datetime) -> None:
        """A filing's date is over."""
        filing = session.get(Filing, timer.stream)
        filing.miss(by_rule(self.campaign, "a_paper_is_filed_by_its_date", now, f"timer:{timer.id}"))
        session.save(filing)


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants; only filings have dates."""
    return aggregate.timers() if isinstance(aggregate, Filing) else {}
