"""When somebody is reminded, and who that is. One function per rule; instants follow the campaign's calendar.

A deadline is exclusive: its last day is the one before, where it ends at midnight. Reminders come at an hour of
the campaign's, so that a day is left to act.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from services.notify.domain.events import WEEKLY
from services.notify.domain.values import Kind, Plan
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.base import offset_of
from shared.kernel.campaign.bodies import Person
from shared.kernel.campaign.definition import CITY
from shared.kernel.campaign.schedule import filing_due, filing_dues

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
    """By seat, those of the city wherever they sit; of a body without seats (the enforcement team) those whose home it
    is. Deputies as the campaign says; of the task force its head and they, not everybody who belongs to it. Only who
    has an address."""
    where = None if unit == CITY else unit
    seated = campaign.people_with(role, where)
    heads = tuple(person for person in seated if _is_head(campaign, person, role))
    if role == "taskforce":
        seated = tuple(one for one in seated if one in heads or one.id in campaign.task_force.deputies)
    at_home = tuple(person for person in campaign.people if person.unit == unit and role in person.roles)
    asked = seated or at_home
    if not campaign.reminders.deputies and heads:
        asked = tuple(person for person in asked if person in heads)
    return tuple(person for person in asked if person.email is not None)


def _is_head(campaign: Campaign, person: Person, role: str) -> bool:
    """Whether somebody holds a role in his own right: not as a deputy, nor as a mere member of the task force."""
    beside = ("deputy", "member") if role == "taskforce" else ("deputy",)
    return any(seat.role == role and seat.capacity not in beside for seat in campaign.appointments(person.id))


def who_is_reminded(campaign: Campaign, kind: Kind, role: str, unit: str, trigger: str | None) -> tuple[Person, ...]:
    """Those who hold the role; of what the office owes the person whose post it is, where the campaign names one."""
    people = those_who_hold_the_role_in_the_unit_are_reminded(campaign, role, unit)
    named = campaign.office_clock(trigger.partition(":")[0]).person if kind == "office_due" and trigger else None
    return tuple(person for person in people if named in (None, person.id))


def the_office_is_reminded_before_its_clock_ends(campaign: Campaign, clock: str, due: datetime) -> list[Plan]:
    """domain 3.1: on the morning of the last day; of what is hours away, some hours before its end."""
    local = due.astimezone(campaign.zone)
    ends_with_the_day = local.time() == time()
    at = _hour(campaign, last_day(campaign, due)) if ends_with_the_day else an_hour_before(campaign, due)
    owner = campaign.office_clock(clock.partition(":")[0]).owner
    return [Plan("office_due", owner, at, due, CITY, clock)]


def a_unit_is_reminded_of_its_first_report(campaign: Campaign, due: datetime) -> list[Plan]:
    """domain 3.1: danger to life: on the morning of the day by whose end it is due."""
    return [Plan("first_report_due", COUNTY, _hour(campaign, last_day(campaign, due)), due)]


def the_week_ends_with(campaign: Campaign, at: datetime) -> datetime:
    """通知六（三）: what is published at an instant belongs to the weekly disclosure that is due next."""
    return filing_due(campaign, WEEKLY, at).due


def the_weeks_that_are_to_come(campaign: Campaign, now: datetime) -> list[tuple[datetime, datetime]]:
    """Of each weekly disclosure that is not over: when somebody is reminded, and until when it is due."""
    dues = (each.due for each in filing_dues(campaign, WEEKLY))
    return [(_hour(campaign, last_day(campaign, due)), due) for due in dues if due > now]


def an_hour_before(campaign: Campaign, due: datetime) -> datetime:
    """So many hours before the end as the campaign says."""
    return due - timedelta(hours=campaign.reminders.hours_before)


def last_day(campaign: Campaign, due: datetime) -> date:
    """The day inside which an exclusive instant falls due, in the campaign's zone."""
    return (due - timedelta.resolution).astimezone(campaign.zone).date()


def _hour_before(campaign: Campaign, due: datetime) -> datetime:
    return _hour(campaign, campaign.calendar.previous_working(last_day(campaign, due)))


def _hour(campaign: Campaign, day: date) -> datetime:
    return datetime.combine(day, time(), campaign.zone) + offset_of(campaign.reminders.time)
