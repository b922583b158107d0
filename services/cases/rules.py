"""The dates that the campaign's rules give a case. One function per rule; each returns an explained date."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.cases.domain.case import IDLE, Case
from services.cases.domain.values import Deadline, Matter
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.due import due, due_by
from shared.kernel.campaign.schedule import due_earliest, due_under
from shared.platform.event_store.refusal import Invalid

DANGER, MAJOR = "danger", "major"
LONGEST = timedelta(days=366)
"""No letter waits longer: a slip of the pen (2202 for 2022), of which the event would store every single day."""


def a_triaged_tip_is_transferred_in_time(
    campaign: Campaign, triaged: datetime, matter: Matter, opened: datetime
) -> Deadline:
    """通知六（二）: transfer in time; danger to life counts from receipt. Where that time was over before there was a
    case to transfer (triaged late, found long ago, told to nobody in a downtime), it counts from then: one delay is
    missed once."""
    circumstance = "danger" if matter.danger else None
    start = matter.received_at if matter.danger else triaged
    found = due_under(campaign, "transfer", start, circumstance)
    if found.due <= opened:
        start = opened
        found = due_under(campaign, "transfer", start, circumstance)
    return Deadline.of(found, start, circumstance)


def danger_to_life_comes_before_everything(matter: Matter, asked: str | None) -> str | None:
    """domain 3.1: what sets the windows of a letter: danger to life shortens them, also where the hazard is major; then
    what the office says; then what the inspection found."""
    return DANGER if matter.danger else asked or (MAJOR if matter.major else None)


def the_unit_answers_by_the_letters_date(
    campaign: Campaign, dispatched: datetime, circumstance: str | None, last_day: date | None
) -> Deadline:
    """附件5: the feedback date of this letter: counted from the day after dispatch, or set (`last_day`)."""
    if last_day is None:
        return Deadline.of(due_under(campaign, "feedback", dispatched, circumstance), dispatched, circumstance)
    _check_ahead("feedback_by", "反馈期限", campaign, dispatched, last_day)
    return Deadline.of(due_by("feedback", dispatched, last_day, campaign.calendar), dispatched, circumstance)


def a_letter_goes_to_a_county(campaign: Campaign, unit: str) -> None:
    """通知六（二）: a tip is transferred to the county where it is. Raises Invalid."""
    if unit not in campaign.county_codes:
        raise Invalid("unit", "没有这个单位代码。", campaign.county_codes)


def a_letter_is_signed_for_in_time(campaign: Campaign, dispatched: datetime, circumstance: str | None) -> Deadline:
    """附件5: after this the principal is reminded and the letter is deemed signed for; sooner in danger to life."""
    return Deadline.of(due_under(campaign, "sign_for", dispatched, circumstance), dispatched, circumstance)


def a_letter_may_be_sent_back_in_time(campaign: Campaign, dispatched: datetime) -> Deadline:
    """domain 3.1: request to return a letter."""
    return Deadline.of(due_under(campaign, "return_request", dispatched), dispatched)


def a_returned_case_is_transferred_anew_in_time(campaign: Campaign, returned: datetime, matter: Matter) -> Deadline:
    """通知六（二）: as a triaged tip, counted from when the office took the letter back."""
    circumstance = "danger" if matter.danger else None
    return Deadline.of(due_under(campaign, "transfer", returned, circumstance), returned, circumstance)


def a_unit_that_signed_for_a_letter_must_act(
    campaign: Campaign, signed_for: datetime, feedback: Deadline
) -> Deadline | None:
    """通知六（二）“接而不办”: the first evidenced step, counted from signing for, real or deemed: so many days or half
    of what is left of the feedback window, whichever ends first. None where no day is left for it: then only the
    feedback date counts."""
    last = feedback.due_date.last_day
    found = due_earliest(campaign, "first_step", signed_for, last, feedback.circumstance)
    return _before(feedback, Deadline.of(found, signed_for, feedback.circumstance))


def the_first_step_follows_the_letter(campaign: Campaign, case: Case, signed_for: datetime) -> Deadline | None:
    """As above, for a case that has its letter. Raises Invalid for one without a feedback date."""
    if case.feedback is None:
        raise Invalid("case", "此件没有反馈期限，请联系系统管理员。")
    return _first_step_of(campaign, case, signed_for, case.feedback)


def the_first_step_waited_for_the_offices_answer(campaign: Campaign, case: Case, answered: datetime) -> Deadline | None:
    """domain 3.1: while the office did not answer a request to return the letter, this date stood still: what was left
    of it then (or at the signing, if that was later) is left now, and two days at least. One that was over stays over.
    None where the new date is not before the feedback date."""
    step, feedback, asked = case.first_step, case.feedback, case.return_requested_at
    if step is None or feedback is None or asked is None or step.due <= asked:
        return step
    window = campaign.window("after_answer")
    stood_still = max(asked, case.signed_for_at or asked)
    was_left = due_by("after_answer", stood_still, step.due_date.last_day, campaign.calendar).counted
    left = window.model_copy(update={"count": max(was_left, window.count)})
    found = due(left, answered, campaign.calendar)
    return step if found.due <= step.due else _before(feedback, Deadline.of(found, answered, step.circumstance))


def a_unit_that_was_refused_has_time_to_act_on_it(
    campaign: Campaign, feedback: Deadline, answered: datetime, last_day: date | None = None
) -> Deadline:
    """domain 3.1: whoever asked in time for a later date, or signed a result in time that is sent back, is not overdue
    before a date that follows the answer: two days, or what the office sets, unless the old one is later."""
    if last_day is not None:
        _check_ahead("feedback_by", "重新反馈的期限", campaign, answered, last_day)
        found = due_by("after_answer", answered, last_day, campaign.calendar)
    else:
        found = due_under(campaign, "after_answer", answered)
    return feedback if found.due <= feedback.due else Deadline.of(found, answered, feedback.circumstance)


def a_danger_to_life_is_reported_on_the_next_working_day(
    campaign: Campaign, since: datetime, matter: Matter
) -> Deadline | None:
    """domain 3.1: in danger to life the unit tells what it found, by an interim report, an evidenced step or its
    result, on the working day after the letter. None without danger."""
    if not matter.danger:
        return None
    return Deadline.of(due_under(campaign, "first_report", since), since, DANGER)


def a_first_report_waited_for_the_offices_answer(campaign: Campaign, case: Case, answered: datetime) -> Deadline | None:
    """As the date of the first step: it stood still while the office owed an answer to a return. One that was over
    when the unit asked stays over; None where nothing is owed."""
    waited, asked = case.first_report, case.return_requested_at
    if waited is None or asked is None or waited.due <= asked:
        return waited
    return a_danger_to_life_is_reported_on_the_next_working_day(campaign, answered, case.matter)


def a_step_lies_between_the_letter_and_now(campaign: Campaign, case: Case, taken_at: datetime | None) -> None:
    """domain 3.2: what was done before there was anything to do is no step. Whole days are compared: in danger the unit
    is telephoned before the letter arrives. A reopened case begins with its reopening. Raises Invalid."""
    starts = (case.transferred_at or case.matter.received_at, case.restarted_at)
    began = max(start for start in starts if start is not None).astimezone(campaign.zone).date()
    if taken_at is not None and taken_at.astimezone(campaign.zone).date() < began:
        raise Invalid("taken_at", f"办理措施不能早于 {began:%Y-%m-%d}（交办、发现或重新办理之日），请核对日期。")


def a_new_window_follows_the_old_ones_circumstance(
    campaign: Campaign, case: Case, at: datetime, last_day: date | None = None
) -> tuple[Deadline, Deadline | None]:
    """domain 3.3: a new feedback date (or `last_day`) under the circumstance of the old one, and that of the first
    step: none while the letter is not signed for."""
    circumstance = danger_to_life_comes_before_everything(
        case.matter, case.feedback.circumstance if case.feedback else None
    )
    feedback = the_unit_answers_by_the_letters_date(campaign, at, circumstance, last_day)
    if case.state == "transferred":
        return feedback, None
    return feedback, _first_step_of(campaign, case, at, feedback)


def a_window_begins_with_the_investigation(
    campaign: Campaign, case: Case, letter: Deadline, opened: datetime
) -> tuple[Deadline, Deadline | None]:
    """domain 3.5: before the accident is investigated the unit could not use its window, so it has all of it from then
    on, or the letter's own later date; so with the date of the first step, where one runs (else None)."""
    anew, _ = a_new_window_follows_the_old_ones_circumstance(campaign, case, opened)
    feedback = letter if anew.due <= letter.due else anew
    if case.first_step is None or IDLE in case.raised:
        return feedback, None
    first_step = _first_step_of(campaign, case, opened, feedback)
    return feedback, first_step if first_step is not None and first_step.due > case.first_step.due else None


def a_result_is_reviewed_in_time(campaign: Campaign, reported: datetime) -> Deadline:
    """domain 3.1: review of a result."""
    return Deadline.of(due_under(campaign, "review", reported), reported)


def a_result_is_disclosed_in_time(campaign: Campaign, closed: datetime) -> Deadline:
    """通知六（三）: disclosure of a result."""
    return Deadline.of(due_under(campaign, "disclosure", closed), closed)


def an_extension_stays_within_the_campaigns_window(campaign: Campaign, feedback: Deadline, until: date) -> None:
    """domain 3.1: at most so many working days after the original date. Raises Invalid."""
    longest = due(campaign.window("extension"), feedback.due_date, campaign.calendar).last_day
    if not feedback.due_date.last_day < until <= longest:
        last = feedback.due_date.last_day
        raise Invalid("until", f"延期须在原期限 {last:%Y-%m-%d} 之后、{longest:%Y-%m-%d} 以前，请另选日期。")


def the_unit_answers_by_the_extended_date(campaign: Campaign, feedback: Deadline, until: date) -> Deadline:
    """domain 3.1: the asked day, counted from the same start as the original date; never before the one in force."""
    found = due_by("extension", feedback.start, until, campaign.calendar)
    return feedback if found.due <= feedback.due else Deadline.of(found, feedback.start, feedback.circumstance)


def a_plan_has_its_own_later_day(campaign: Campaign, reported: datetime, planned_for: date) -> None:
    """domain 3.2: a rectification plan may carry its own later date. Raises Invalid for one that is past."""
    _check_ahead("planned_for", "整改计划完成日期", campaign, reported, planned_for)


def the_unit_answers_by_the_date_of_its_plan(campaign: Campaign, feedback: Deadline, until: date) -> Deadline:
    """domain 3.1: a plan that the office approved moves the feedback date to its own; never before the one in force."""
    found = due_by("feedback", feedback.start, until, campaign.calendar)
    return feedback if found.due <= feedback.due else Deadline.of(found, feedback.start, feedback.circumstance)


def an_escalation_is_verified_in_time(campaign: Campaign, appointed: datetime, trigger: str) -> Deadline:
    """通知六（二）: escalated verification; an idle case is verified sooner."""
    return Deadline.of(due_under(campaign, "escalated_verification", appointed, trigger), appointed, trigger)


def the_unit_may_reply_to_a_suspicion(campaign: Campaign, notified: datetime) -> Deadline:
    """domain 3.3: the right of reply before a false closure is raised."""
    return Deadline.of(due_under(campaign, "right_of_reply", notified), notified)


def a_supervised_case_is_rechecked_by(campaign: Campaign, started: datetime, last_day: date) -> Deadline:
    """domain 3.3: key supervision has a re-check date."""
    _check_ahead("recheck_by", "复查日期", campaign, started, last_day)
    return Deadline.of(due_by("recheck", started, last_day, campaign.calendar), started)


def _first_step_of(campaign: Campaign, case: Case, at: datetime, feedback: Deadline) -> Deadline | None:
    """Two days at least are left for it after a return was refused."""
    step = a_unit_that_signed_for_a_letter_must_act(campaign, at, feedback)
    if step is None or case.return_refused_at is None:
        return step
    least = Deadline.of(due_under(campaign, "after_answer", case.return_refused_at), at, step.circumstance)
    return step if least.due <= step.due else _before(feedback, least)


def _before(feedback: Deadline, step: Deadline) -> Deadline | None:
    return step if step.due < feedback.due else None


def _check_ahead(field: str, name: str, campaign: Campaign, now: datetime, last_day: date) -> None:
    today = now.astimezone(campaign.zone).date()
    if last_day <= today:
        raise Invalid(field, f"{name}须晚于当日，请另选日期。")
    if last_day - today > LONGEST:
        raise Invalid(field, f"{name}不得超过一年，请另选日期。")
