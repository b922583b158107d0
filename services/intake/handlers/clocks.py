"""The office's clock on a tip: reminded of, raised when it is missed, and standing still while the tipster is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.intake.domain.tip import SOON, TRIAGE, Tip
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.office import a_missed_clock_is_raised_further
from shared.kernel.campaign.schedule import due_under
from shared.kernel.commands import by_rule
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer


@dataclass(frozen=True, slots=True)
class Clocks:
    """What time does."""

    campaign: Campaign

    def fire(self, session: Session, timer: Timer, now: datetime) -> None:
        """Answer a due timer. What fell due in a downtime is dated when it is noticed."""
        tip = session.get(Tip, timer.stream)
        envelope = by_rule(self.campaign, "a_tip_is_triaged_in_time", now, f"timer:{timer.id}", str(tip.id))
        if timer.kind == SOON:
            tip.remind(envelope)
        else:
            further = a_missed_clock_is_raised_further(self.campaign, now, danger=tip.danger)
            tip.miss_triage(envelope, self.campaign.office_clock(TRIAGE).owner, further)
        session.save(tip)


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants."""
    return aggregate.timers() if isinstance(aggregate, Tip) else {}


def remind_at(campaign: Campaign, due: datetime) -> datetime:
    """domain 3.1: a date that is hours away is reminded of before its end."""
    return due - timedelta(hours=campaign.reminders.hours_before)


def the_triage_waits_for_the_tipster(campaign: Campaign, tip: Tip, at: datetime) -> dict[str, datetime]:
    """domain 3.1: the office is not held to time for which it waits for an answer: what was left stays left. Once a tip
    and for a time, so that nobody is forgotten by being asked; never in danger to life, where one telephones."""
    if tip.triage is None or tip.danger or tip.asked or tip.triage_due <= at:
        return {}
    until = due_under(campaign, "tipster_answer", at).due
    due = until + (tip.triage_due - at)
    return {"waits_until": until, "triage_due": due, "remind_at": remind_at(campaign, due)}


def the_triage_goes_on(campaign: Campaign, tip: Tip, at: datetime) -> dict[str, datetime]:
    """The tipster has answered."""
    if tip.triage is None or tip.waits_until is None or tip.waits_until <= at:
        return {}
    due = at + (tip.triage_due - tip.waits_until)
    return {"triage_due": due, "remind_at": max(at, remind_at(campaign, due))}
