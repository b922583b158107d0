"""Opening the weeks of the weekly disclosure: once per version of the campaign, those that are not over."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from services.notify.domain.week import Week
from services.notify.rules.reminding import the_weeks_that_are_to_come
from shared.kernel.campaign import Campaign
from shared.kernel.commands import by_rule
from shared.platform.event_store.lane import Contended, Unavailable
from shared.platform.event_store.refusal import Refusal
from shared.platform.event_store.session import Session
from shared.platform.messaging.engine import Engine
from shared.platform.service.command import Told

AGAIN, LATER = 0.5, 5.0
"""Seconds until it is tried again: while the database is away; while nothing is to come (a simulation sets its clock
after the start)."""


class NothingToCome(Refusal):
    """Every week of the campaign is over."""

    rule = "the_campaign_has_weeks"


@dataclass(frozen=True, slots=True)
class Weeks:
    """What the calendar says."""

    campaign: Campaign

    def open(self, session: Session, now: datetime) -> Told:
        """Open what is not open yet. Raises NothingToCome after the last week."""
        weeks = the_weeks_that_are_to_come(self.campaign, now)
        if not weeks:
            raise NothingToCome("集中行动各周的公开都已过期。")
        envelope = by_rule(
            self.campaign, "something_is_published_every_week", now, f"campaign:{self.campaign.version}"
        )  # fmt: skip
        opened = 0
        for remind_at, due in weeks:
            id_ = Week.id_of(self.campaign.id, due)
            if session.find(Week, id_) is None:
                session.save(Week.open(envelope, id=id_, due=due, remind_at=remind_at))
                opened += 1
        return {"opened": opened}

    async def ask_for(self, engine: Engine) -> None:
        """Open them, sooner or later: the command's key remembers that it was done."""
        key = f"weeks:{self.campaign.id}:{self.campaign.version}"
        while True:
            try:
                await engine.submit(lambda session: self.open(session, engine.clock.now()), key=key)
            except (Unavailable, Contended):
                await asyncio.sleep(AGAIN)
            except NothingToCome:
                await asyncio.sleep(LATER)
            else:
                return
