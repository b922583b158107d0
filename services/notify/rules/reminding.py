"""When somebody is reminded, and who that is. One function per rule; instants follow the campaign's calendar.

A deadline is exclusive: its last day is the one before, where it ends at midnight. Reminders come at an hour of
the campaign's, so that a day is left to act.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from services.notify.domain.values import Plan
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.base import offset_of
from shared.kernel.campaign.bodies import Person

COUNTY, PRINCIPAL, GROUP, OFFICE, DIRECTOR = "county", "principal", "group", "office", "director"


def a_unit_is_reminded_on_the_last_day_for_signing(campaign: Campaign, sign_for_due: datetime) -> list[Plan]:
    """附件5: after that day the letter is deemed signed for."""
    last = last_day(campaign, sign_for_due)
    return [Plan("sign_for_due_soon", COUNTY, _hour(campaign, last), sign_for_due)]


def a_unit_is_reminded_before_its_letter_is_due(campaign: Campaign, feedback_due: datetime) -> list[Plan]:
    """附件5: on the working day before the letter's feedback date, and on that day."""
    last = last_day(campaign, feedback_due)
    return [
        Plan("due_tomorrow", COUNTY, _hour_before(campaign, feedback_due), feedback_due),
        Plan("due_today", COUNTY, _hour(campaign, last), feedback_due),
    ]


def a_verifier_is_reminded_the_day_before(campaign: Campaign, verifier: str, trigger: str, due: datetime) -> list[Plan]:
    """通知六（二）: on the working day before the verification is due."""
    return [Plan("verification_due_tomorrow", GROUP, _hour_before(campaign, due), due, verifier, trigger)]


def a_group_is_reminded_before_it_checks_again(campaign: Campaign, group: str, due: datetime) -> list[Plan]:
    """重点督导: on the working day before the re-check."""
    return [Plan("recheck_due_tomorrow", GROUP, _hour_before(campaign, due), due, group)]


def the_office_is_reminded_of_a_correction(campaign: Campaign, disclosure: str, due: datetime) -> list[Plan]:
    """通知六（三）: on the last day for it; and its director, once that is over."""
    office, code = campaign.offices[0].code, disclosure
    return [
        Plan("correction_due_today", OFFICE, _hour(campaign, last_day(campaign, due)), due, office, code),
        Plan("correction_overdue", DIRECTOR, due, due, office, code),
    ]


def a_reminder_comes_after_its_cause(plan: list[Plan], since: datetime) -> list[Plan]:
    """What would have been sent before the letter went out is left out; what is late for another reason is not."""
    return [one for one in plan if one.at > since]


def a_mail_waits_for_the_morning_of_a_working_day(campaign: Campaign, since: datetime) -> datetime:
    """The next one, or this one where it just begins. On the desk a reminder is at once."""
    day = since.astimezone(campaign.zone).date()
    morning = _hour(campaign, day)
    if campaign.calendar.is_working(day) and since <= morning:
        return morning
    return _hour(campaign, campaign.calendar.next_working(day))


def mail_goes_out_by_day(campaign: Campaign, now: datetime) -> bool:
    """On a working day, from the hour of reminders until evening: also what was late, or is tried again."""
    day = now.astimezone(campaign.zone).date()
    evening = datetime.combine(day, time(), campaign.zone) + offset_of(campaign.reminders.until)
    return campaign.calendar.is_working(day) and _hour(campaign, day) <= now < evening


def those_who_hold_the_role_in_the_unit_are_reminded(campaign: Campaign, role: str, unit: str) -> tuple[Person, ...]:
    """By seat; of a body without seats (the enforcement team) those whose home it is. Only who has an address."""
    seated = campaign.people_with(role, unit)
    at_home = (person for person in campaign.people if person.unit == unit and role in person.roles)
    return tuple(person for person in (seated or tuple(at_home)) if person.email is not None)


def last_day(campaign: Campaign, due: datetime) -> date:
    """The day inside which an exclusive instant falls due, in the campaign's zone."""
    return (due - timedelta.resolution).astimezone(campaign.zone).date()


def _hour_before(campaign: Campaign, due: datetime) -> datetime:
    return _hour(campaign, campaign.calendar.previous_working(last_day(campaign, due)))


def _hour(campaign: Campaign, day: date) -> datetime:
    return datetime.combine(day, time(), campaign.zone) + offset_of(campaign.reminders.time)
