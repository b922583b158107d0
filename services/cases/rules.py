"""The dates that the campaign's rules give a case. One function per rule; each returns an explained date."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.cases.domain.values import Deadline, Matter
from shared.campaign import Campaign
from shared.campaign.due import due_by
from shared.campaign.schedule import due_earliest, due_under
from shared.event_store.refusal import Invalid

LONGEST = timedelta(days=366)
"""No letter waits longer: a slip of the pen (2202 for 2022), of which the event would store every single day."""


def a_triaged_tip_is_transferred_in_time(campaign: Campaign, triaged: datetime, matter: Matter) -> Deadline:
    """通知六（二）: transfer in time; danger to life counts from receipt."""
    circumstance = "danger" if matter.danger else None
    start = matter.received_at if matter.danger else triaged
    return Deadline.of(due_under(campaign, "transfer", start, circumstance), start, circumstance)


def the_unit_answers_by_the_letters_date(
    campaign: Campaign, dispatched: datetime, circumstance: str | None, last_day: date | None
) -> Deadline:
    """附件5: the feedback date of this letter: counted from the day after dispatch, or set (`last_day`)."""
    if last_day is None:
        return Deadline.of(due_under(campaign, "feedback", dispatched, circumstance), dispatched, circumstance)
    today = dispatched.astimezone(campaign.zone).date()
    if last_day <= today:
        raise Invalid("feedback_by", "反馈期限须晚于交办当日，请另选日期。")
    if last_day - today > LONGEST:
        raise Invalid("feedback_by", "反馈期限不得超过一年，请另选日期。")
    return Deadline.of(due_by("feedback", dispatched, last_day, campaign.calendar), dispatched, circumstance)


def a_letter_is_signed_for_in_time(campaign: Campaign, dispatched: datetime) -> Deadline:
    """附件5: after this the principal is reminded and the letter is deemed signed for."""
    return Deadline.of(due_under(campaign, "sign_for", dispatched), dispatched)


def a_unit_that_signed_for_a_letter_must_act(
    campaign: Campaign, signed_for: datetime | None, feedback: Deadline
) -> Deadline:
    """通知六（二）“接而不办”: the first evidenced step, counted from signing for or by half the feedback window,
    whichever ends first. Before the letter is signed for, only the half window runs."""
    whole = feedback.due_date
    starts = {"dispatched": feedback.start}
    if signed_for is not None:
        starts["signed_for"] = signed_for
    found = due_earliest(campaign, "first_step", starts, feedback.circumstance, whole)
    return Deadline.of(found, signed_for or feedback.start, feedback.circumstance)


def a_result_is_reviewed_in_time(campaign: Campaign, reported: datetime) -> Deadline:
    """domain 3.1: review of a result."""
    return Deadline.of(due_under(campaign, "review", reported), reported)


def a_result_is_disclosed_in_time(campaign: Campaign, closed: datetime) -> Deadline:
    """通知六（三）: disclosure of a result."""
    return Deadline.of(due_under(campaign, "disclosure", closed), closed)
