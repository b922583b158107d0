"""Which papers fall due when, in one campaign and in another."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.campaign import Campaign
from shared.kernel.campaign.due import DueDate
from shared.kernel.campaign.errors import NaiveInstant, UnknownCode
from shared.kernel.campaign.schedule import NotWeekly, due_under, filing_due, filing_dues, reporting_weeks

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2022) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def printed(dues: Iterable[DueDate]) -> list[str]:
    return [each.printed[:16] for each in dues]


def test_on_31_december_2021_two_filings_are_due_at_15(jincheng: Campaign) -> None:
    weekly = filing_due(jincheng, "weekly_return", at(12, 28, year=2021))
    monthly = filing_due(jincheng, "commitment", at(12, 28, year=2021))
    assert weekly.printed == monthly.printed == "2021-12-31T15:00:00+08:00"


def test_the_plan_and_the_liaison_are_due_the_day_after_the_notice_at_17(jincheng: Campaign) -> None:
    for name in ("local_plan", "liaison"):
        assert filing_due(jincheng, name, at(12, 28, year=2021)).printed == "2021-12-29T17:00:00+08:00"


def test_self_inspection_and_summary_may_come_in_until_midnight_of_their_day(jincheng: Campaign) -> None:
    assert filing_due(jincheng, "self_inspection", at(1, 1)).printed == "2022-01-20T23:59:59+08:00"
    assert filing_due(jincheng, "summary", at(1, 1)).printed == "2022-03-31T23:59:59+08:00"


def test_a_filing_with_one_date_keeps_it_after_it_has_passed(jincheng: Campaign) -> None:
    assert filing_due(jincheng, "summary", at(5, 1)).printed == "2022-03-31T23:59:59+08:00"


def test_the_thirteen_weekly_returns_move_once_for_the_spring_festival(jincheng: Campaign) -> None:
    found = printed(filing_dues(jincheng, "weekly_return"))
    assert len(found) == 13
    assert found[0] == "2021-12-31T15:00"
    assert found[5] == "2022-02-07T15:00"
    assert found[-1] == "2022-03-25T15:00"


def test_the_four_commitments_are_due_on_the_last_working_days(jincheng: Campaign) -> None:
    assert printed(filing_dues(jincheng, "commitment")) == [
        "2021-12-31T15:00",
        "2022-01-30T15:00",
        "2022-02-28T15:00",
        "2022-03-31T15:00",
    ]


def test_each_bulletin_is_due_on_the_fifth_working_day_of_the_month_after(jincheng: Campaign) -> None:
    assert printed(filing_dues(jincheng, "monthly_bulletin")) == [
        "2022-01-10T23:59",
        "2022-02-11T23:59",
        "2022-03-07T23:59",
        "2022-04-08T23:59",
    ]


def test_a_briefing_is_heard_before_each_month_ends(jincheng: Campaign) -> None:
    assert [each.last_day.isoformat() for each in filing_dues(jincheng, "briefing")] == [
        "2021-12-31",
        "2022-01-31",
        "2022-02-28",
        "2022-03-31",
    ]


def test_a_typical_case_is_due_with_the_return_that_it_goes_along_with(jincheng: Campaign) -> None:
    cases, returns = filing_dues(jincheng, "typical_case"), filing_dues(jincheng, "weekly_return")
    assert printed(cases) == printed(returns)
    assert {each.rule for each in cases} == {"typical_case"}


def test_a_filing_with_one_date_has_one_due_date(jincheng: Campaign) -> None:
    assert printed(filing_dues(jincheng, "summary")) == ["2022-03-31T23:59"]


def test_at_the_very_instant_a_return_is_due_the_next_one_is_meant(jincheng: Campaign) -> None:
    assert filing_due(jincheng, "weekly_return", at(1, 7, 14, 59)).printed == "2022-01-07T15:00:00+08:00"
    assert filing_due(jincheng, "weekly_return", at(1, 7, 15, 0)).printed == "2022-01-14T15:00:00+08:00"


def test_between_a_friday_off_and_the_monday_it_moved_to_the_return_is_still_ahead(jincheng: Campaign) -> None:
    assert filing_due(jincheng, "weekly_return", at(2, 5)).printed == "2022-02-07T15:00:00+08:00"


def test_a_rule_name_finds_windows_and_filings_alike(jincheng: Campaign) -> None:
    assert due_under(jincheng, "commitment", at(1, 5)) == filing_due(jincheng, "commitment", at(1, 5))


def test_a_reporting_week_runs_from_friday_15_to_friday_15_even_when_its_return_is_moved(jincheng: Campaign) -> None:
    weeks = reporting_weeks(jincheng, "weekly_return")
    assert weeks[0].start == datetime(2021, 12, 28, tzinfo=SHANGHAI)
    assert [week.number for week in weeks] == list(range(1, 14))
    assert all(before.end == after.start for before, after in pairwise(weeks))
    moved = weeks[5]
    assert (moved.start, moved.end) == (at(1, 28, 15), at(2, 4, 15))
    assert moved.due.due == at(2, 7, 15)


def test_weeks_are_not_asked_of_a_monthly_filing(jincheng: Campaign) -> None:
    with pytest.raises(NotWeekly, match="每周"):
        reporting_weeks(jincheng, "commitment")


def test_an_unknown_filing_and_an_instant_without_offset_are_refused(jincheng: Campaign) -> None:
    with pytest.raises(UnknownCode, match="weekly_return"):
        filing_due(jincheng, "weekly_retrun", at(1, 1))
    with pytest.raises(NaiveInstant):
        filing_due(jincheng, "weekly_return", datetime(2022, 1, 1))


# --- another campaign, no other code ---------------------------------------------------------------------------------


def test_another_city_has_its_returns_on_wednesdays_and_moves_them_back(lanjiang: Campaign) -> None:
    found = printed(filing_dues(lanjiang, "weekly_return"))
    assert found[0] == "2023-06-07T17:30"
    # Wednesday 4 October lies in the holiday of National Day, Wednesday 12 July is a local day off.
    assert "2023-09-28T17:30" in found
    assert "2023-07-11T17:30" in found


def test_another_city_counts_other_windows_and_its_own_day_off(jincheng: Campaign, lanjiang: Campaign) -> None:
    start = datetime(2023, 7, 6, 9, tzinfo=SHANGHAI)
    assert due_under(lanjiang, "feedback", start).last_day.isoformat() == "2023-07-18"
    assert due_under(jincheng, "feedback", start).last_day.isoformat() == "2023-07-20"
    assert due_under(lanjiang, "feedback", start, "major").last_day.isoformat() == "2023-07-28"
    local = next(line for line in due_under(lanjiang, "feedback", start).days if line.why == "extra_day_off")
    assert local.date.isoformat() == "2023-07-12"


def test_another_city_has_its_bulletin_at_nine_on_the_third_working_day(lanjiang: Campaign) -> None:
    assert printed(filing_dues(lanjiang, "monthly_bulletin"))[0] == "2023-07-05T09:00"


def test_another_city_lets_its_disclosure_run_in_hours(lanjiang: Campaign) -> None:
    closed = datetime(2023, 7, 7, 16, 0, tzinfo=SHANGHAI)
    assert due_under(lanjiang, "disclosure", closed).printed == "2023-07-09T16:00:00+08:00"


@given(st.datetimes(datetime(2021, 1, 1), datetime(2026, 6, 1)).map(lambda m: m.replace(tzinfo=SHANGHAI)))
def test_the_next_return_is_always_ahead_and_the_one_before_it_is_not(jincheng: Campaign, moment: datetime) -> None:
    found = filing_due(jincheng, "weekly_return", moment)
    assert found.due > moment
    assert filing_due(jincheng, "weekly_return", found.due - timedelta(microseconds=1)) == found
