"""When something is due, day by day: the traps of January and February 2022, and what holds for every date."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.campaign import Campaign
from shared.kernel.campaign.calendar import WorkingCalendar
from shared.kernel.campaign.due import DueDate, due, due_by, printed, reckon
from shared.kernel.campaign.errors import NaiveInstant, UnknownCode
from shared.kernel.campaign.recipes import Count, Half, InMonth, OnDay
from shared.kernel.campaign.rules import Window
from shared.kernel.campaign.schedule import due_earliest, due_under

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingCalendar.state_council()
ONE_DAY = timedelta(days=1)


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2022) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def working_days(start: datetime, count: int) -> DueDate:
    return reckon("working_days", Count(start, count, "working_days"), CALENDAR)


def counted(found: DueDate) -> list[date]:
    return [line.date for line in found.days if line.counted]


def test_five_working_days_from_friday_28_january_end_on_9_february() -> None:
    found = working_days(at(1, 28), 5)
    assert found.printed == "2022-02-09T23:59:59+08:00"
    assert found.due == datetime(2022, 2, 10, tzinfo=SHANGHAI)
    assert counted(found) == [date(2022, 1, 29), date(2022, 1, 30), *(date(2022, 2, day) for day in (7, 8, 9))]


def test_a_letter_dispatched_on_21_january_is_due_on_9_february_over_two_make_up_weekends(jincheng: Campaign) -> None:
    found = due(jincheng.window("feedback"), at(1, 21, 17, 31), CALENDAR)
    assert found.printed == "2022-02-09T23:59:59+08:00"
    january, february = [24, 25, 26, 27, 28, 29, 30], [7, 8, 9]
    assert counted(found) == [*(date(2022, 1, d) for d in january), *(date(2022, 2, d) for d in february)]
    reasons = {line.date: line.why for line in found.days}
    assert reasons[date(2022, 1, 22)] == "weekend"
    assert reasons[date(2022, 1, 29)] == "make_up_workday"
    assert reasons[date(2022, 1, 31)] == "lunar_new_year_eve"
    assert reasons[date(2022, 2, 4)] == "spring_festival"


def test_a_major_hazard_has_twenty_days_and_an_ordinary_matter_ten(jincheng: Campaign) -> None:
    assert due_under(jincheng, "feedback", at(1, 21), "major").last_day == date(2022, 2, 23)
    assert due_under(jincheng, "feedback", at(1, 21), "mixed").last_day == date(2022, 2, 23)
    assert due_under(jincheng, "feedback", at(1, 21), "ordinary").last_day == date(2022, 2, 9)


def test_the_hour_of_dispatch_does_not_move_a_date_counted_in_days(jincheng: Campaign) -> None:
    morning = due_under(jincheng, "feedback", at(1, 21, 0, 0))
    night = due_under(jincheng, "feedback", at(1, 21, 23, 59))
    assert morning == night


def test_an_instant_given_in_another_zone_counts_by_its_day_in_shanghai(jincheng: Campaign) -> None:
    utc = datetime(2022, 1, 20, 17, 0, tzinfo=ZoneInfo("UTC"))
    assert due_under(jincheng, "feedback", utc).last_day == date(2022, 2, 9)


def test_hours_run_through_the_night_and_a_danger_to_life_has_two_of_them(jincheng: Campaign) -> None:
    assert due_under(jincheng, "triage", at(1, 18, 22, 14)).printed == "2022-01-19T02:14:00+08:00"
    assert due_under(jincheng, "transfer", at(1, 18, 22, 14), "danger").printed == "2022-01-19T00:14:00+08:00"


def test_hours_that_end_at_midnight_are_printed_as_the_last_second_of_the_day_that_ends(jincheng: Campaign) -> None:
    found = due_under(jincheng, "triage", at(1, 18, 20))
    assert (found.printed, found.last_day) == ("2022-01-18T23:59:59+08:00", date(2022, 1, 18))


def test_an_instant_read_from_a_database_is_printed_as_the_one_that_was_counted(jincheng: Campaign) -> None:
    for start in (at(1, 18, 20), at(1, 18, 22, 14), at(1, 21, 17, 31)):
        for rule in ("triage", "feedback"):
            found = due_under(jincheng, rule, start)
            assert printed(found.due.astimezone(UTC), jincheng.zone) == found.printed


def test_the_handing_over_to_the_police_takes_24_hours_also_over_a_holiday(jincheng: Campaign) -> None:
    found = due_under(jincheng, "referral_handover", at(1, 31, 10))
    assert found.printed == "2022-02-01T10:00:00+08:00"
    assert [line.why for line in found.days] == ["elapsed", "elapsed"]


def test_the_decision_on_a_criminal_referral_counts_calendar_days_through_the_holiday(jincheng: Campaign) -> None:
    found = due_under(jincheng, "referral_decision", at(1, 30))
    assert found.printed == "2022-02-02T23:59:59+08:00"
    assert counted(found) == [date(2022, 1, 31), date(2022, 2, 1), date(2022, 2, 2)]


def test_an_idle_case_is_verified_within_five_days_of_the_appointment(jincheng: Campaign) -> None:
    found = due_under(jincheng, "escalated_verification", at(1, 29, 0), "idle_after_acceptance")
    assert found.last_day == date(2022, 2, 10)
    assert due_under(jincheng, "escalated_verification", at(1, 29, 0)).last_day == date(2022, 2, 15)


def test_half_the_feedback_window_ends_before_five_days_from_a_late_signing_for(jincheng: Campaign) -> None:
    late, last = at(1, 26, 9, 5), due_under(jincheng, "feedback", at(1, 21, 17, 31)).last_day
    found = due_earliest(jincheng, "first_step", late, last)
    assert (found.rule, found.last_day) == ("first_step", date(2022, 1, 30))  # half of the seven days that are left
    assert due_under(jincheng, "first_step_after_signing", late).last_day == date(2022, 2, 7)


def test_five_days_from_signing_for_end_before_half_of_a_twenty_day_window(jincheng: Campaign) -> None:
    last = due_under(jincheng, "feedback", at(1, 21, 17, 31), "major").last_day
    assert due_earliest(jincheng, "first_step", at(1, 21, 18), last, "major").last_day == date(2022, 1, 28)
    assert due_earliest(jincheng, "first_step", at(1, 25), last, "major").last_day == date(2022, 1, 30)


def test_half_of_what_is_left_of_a_date_set_by_hand_is_a_day_at_least_and_never_the_day_of_signing(
    jincheng: Campaign,
) -> None:
    last = date(2022, 1, 30)
    assert due_earliest(jincheng, "first_step", at(1, 21), last).last_day == date(2022, 1, 27)
    for signed, step in ((at(1, 29, 9), date(2022, 1, 30)), (at(1, 30, 9), date(2022, 2, 7))):
        assert due_earliest(jincheng, "first_step", signed, last).last_day == step


def test_danger_to_life_has_its_first_step_within_24_hours_of_signing(jincheng: Campaign) -> None:
    assert due_earliest(jincheng, "first_step", at(1, 29, 9, 5), date(2022, 2, 9), "danger").due == at(1, 30, 9, 5)


def test_half_of_an_odd_number_of_days_counts_the_half_day_as_a_whole_one() -> None:
    assert reckon("half", Half(Count(at(3, 7), 7, "working_days")), CALENDAR).counted == 4


def test_an_extension_counts_on_from_the_day_after_the_original_date(jincheng: Campaign) -> None:
    original = due_under(jincheng, "feedback", at(1, 21))
    found = due(jincheng.window("extension"), original, CALENDAR)
    assert counted(found)[0] == date(2022, 2, 10)
    assert found.last_day == date(2022, 2, 16)


def test_a_date_set_by_a_person_may_fall_on_a_day_off_and_is_explained_up_to_it() -> None:
    found = due_by("instruction", at(1, 28), date(2022, 2, 5), CALENDAR)
    assert found.printed == "2022-02-05T23:59:59+08:00"
    assert counted(found) == [date(2022, 1, 29), date(2022, 1, 30)]
    assert found.days[-1].why == "spring_festival"


def test_a_date_set_for_the_same_day_is_that_day() -> None:
    found = due_by("instruction", at(1, 28, 9), date(2022, 1, 28), CALENDAR)
    assert found.printed == "2022-01-28T23:59:59+08:00"
    assert [line.why for line in found.days] == ["fixed_date"]


def test_at_its_instant_a_date_is_over_and_a_second_before_it_is_not() -> None:
    found = working_days(at(1, 28), 5)
    assert not found.is_over(datetime(2022, 2, 9, 23, 59, 59, tzinfo=SHANGHAI))
    assert found.is_over(datetime(2022, 2, 10, tzinfo=SHANGHAI))


def test_a_window_that_ends_exactly_keeps_its_time_of_day(lanjiang: Campaign) -> None:
    found = due_under(lanjiang, "reporter_notice", datetime(2023, 6, 21, 14, 5, tzinfo=SHANGHAI))
    assert found.printed == "2023-06-28T14:05:00+08:00"


def test_a_calendar_window_that_shifts_ends_on_the_next_working_day_when_its_last_is_off(lanjiang: Campaign) -> None:
    found = due_under(lanjiang, "escalated_verification", datetime(2023, 6, 18, 9, tzinfo=SHANGHAI))
    assert counted(found)[-1] == date(2023, 6, 24)
    assert found.last_day == date(2023, 6, 25)
    assert (found.days[-1].counted, found.days[-1].why) == (False, "moved_here")


def test_beyond_the_last_published_year_a_date_is_provisional() -> None:
    assert not working_days(at(12, 20, year=2026), 5).provisional
    assert working_days(at(12, 28, year=2026), 5).provisional
    assert not reckon("hours", Count(at(12, 31, year=2026), 48, "hours"), CALENDAR).provisional
    assert not reckon("days", Count(at(12, 31, year=2026), 3, "calendar_days"), CALENDAR).provisional
    assert reckon("days", Count(at(12, 31, year=2026), 3, "calendar_days", shift="next"), CALENDAR).provisional
    assert reckon("month", InMonth(2027, 5, "last_working_day", ONE_DAY), CALENDAR).provisional
    assert not reckon("fixed", OnDay(date(2027, 5, 1), ONE_DAY), CALENDAR).provisional


def test_json_has_the_shape_that_scripts_read() -> None:
    assert working_days(at(1, 30), 1).as_json() == {
        "due": "2022-02-07T23:59:59+08:00",
        "rule": "working_days",
        "provisional": False,
        "days": [
            {"date": "2022-01-31", "counted": False, "why": "lunar_new_year_eve"},
            *({"date": f"2022-02-0{day}", "counted": False, "why": "spring_festival"} for day in range(1, 7)),
            {"date": "2022-02-07", "counted": True, "why": "workday"},
        ],
    }


def test_an_instant_without_an_offset_is_refused(jincheng: Campaign) -> None:
    with pytest.raises(NaiveInstant, match="时区"):
        due(jincheng.window("feedback"), datetime(2022, 1, 21), CALENDAR)


def test_an_unknown_rule_or_circumstance_names_the_known_ones(jincheng: Campaign) -> None:
    with pytest.raises(UnknownCode, match="是不是“feedback”"):
        due_under(jincheng, "feedbak", at(1, 21))
    with pytest.raises(UnknownCode, match="major"):
        due_under(jincheng, "feedback", at(1, 21), "majr")


def test_a_window_under_an_unlisted_circumstance_is_itself(jincheng: Campaign) -> None:
    window = jincheng.window("review")
    assert isinstance(window, Window)
    assert window.under("major") is window


# --- what holds for every date ---------------------------------------------------------------------------------------

starts = st.datetimes(datetime(2004, 1, 1), datetime(2026, 6, 30)).map(lambda moment: moment.replace(tzinfo=SHANGHAI))
counts = st.integers(1, 60)


@given(starts, counts)
def test_as_many_days_are_counted_as_the_rule_says_and_all_of_them_are_worked(start: datetime, count: int) -> None:
    found = working_days(start, count)
    assert found.counted == count
    assert all(CALENDAR.is_working(day) for day in counted(found))
    assert not any(CALENDAR.is_working(line.date) for line in found.days if not line.counted)


@given(starts, counts)
def test_the_days_run_without_a_gap_from_the_day_after_the_start_to_the_due_day(start: datetime, count: int) -> None:
    found = working_days(start, count)
    assert [line.date for line in found.days] == [start.date() + ONE_DAY * n for n in range(1, len(found.days) + 1)]
    assert found.days[-1].date == found.last_day
    assert found.days[-1].counted


@given(starts, counts, counts)
def test_a_longer_window_never_ends_earlier(start: datetime, one: int, other: int) -> None:
    short, long = sorted((one, other))
    assert working_days(start, short).due <= working_days(start, long).due


@given(starts, starts, counts)
def test_a_later_start_never_ends_earlier(one: datetime, other: datetime, count: int) -> None:
    early, late = sorted((one, other))
    assert working_days(early, count).due <= working_days(late, count).due


@given(starts, counts, counts)
def test_counting_in_two_goes_ends_where_counting_in_one_does(start: datetime, first: int, second: int) -> None:
    halfway = working_days(start, first)
    window = Window(code="more", zh="更多", en="more", count=second, unit="working_days", start="x")
    assert due(window, halfway, CALENDAR).due == working_days(start, first + second).due


@given(starts, counts)
def test_half_a_window_never_ends_after_the_whole(start: datetime, count: int) -> None:
    whole = Count(start, count, "working_days")
    assert reckon("half", Half(whole), CALENDAR).due <= reckon("whole", whole, CALENDAR).due
