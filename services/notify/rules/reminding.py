"""When somebody is reminded. One function per rule; each returns (kind, role, instant, deadline) by the calendar.

A deadline is exclusive: its last day is the one before, where it ends at midnight. They come at an hour of
the campaign's, so that a day is left to act.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from services.notify.domain.values import Kind
from shared.campaign import Campaign
from shared.campaign.base import offset_of

Plan = tuple[Kind, str, datetime, datetime]


def a_unit_is_reminded_on_the_last_day_for_signing(campaign: Campaign, sign_for_due: datetime) -> list[Plan]:
    """附件5: after that day the letter is deemed signed for."""
    last = last_day(campaign, sign_for_due)
    return [("sign_for_due_soon", "county", _morning(campaign, last), sign_for_due)]


def a_unit_is_reminded_before_its_letter_is_due(campaign: Campaign, feedback_due: datetime) -> list[Plan]:
    """附件5: on the working day before the letter's feedback date, and on that day."""
    last = last_day(campaign, feedback_due)
    before = campaign.calendar.previous_working(last)
    return [
        ("due_tomorrow", "county", _morning(campaign, before), feedback_due),
        ("due_today", "county", _morning(campaign, last), feedback_due),
    ]


def a_reminder_comes_after_its_cause(plan: list[Plan], since: datetime) -> list[Plan]:
    """What would have been sent before the letter went out is left out; what is late for another reason is not."""
    return [one for one in plan if one[2] > since]


def last_day(campaign: Campaign, due: datetime) -> date:
    """The day inside which an exclusive instant falls due, in the campaign's zone."""
    return (due - timedelta.resolution).astimezone(campaign.zone).date()


def _morning(campaign: Campaign, day: date) -> datetime:
    return datetime.combine(day, time(), campaign.zone) + offset_of(campaign.reminders.time)
