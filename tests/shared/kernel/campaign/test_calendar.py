"""Which day is worked, against a second library as the oracle, and what every day off is called."""

from datetime import date, timedelta

import chinese_calendar  # type: ignore[import-untyped]
import pytest

from shared.kernel.campaign.calendar import Arrangement, DayOff, WorkingCalendar

ONE_DAY = timedelta(days=1)
FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
EVERY_DAY = [FIRST + ONE_DAY * n for n in range((LAST - FIRST).days + 1)]


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return WorkingCalendar.state_council()


def test_two_libraries_differ_from_2004_to_2026_on_one_day_only(calendar: WorkingCalendar) -> None:
    differing = [day for day in EVERY_DAY if calendar.is_working(day) != chinese_calendar.is_workday(day)]
    # The 2006 arrangement had 31 December 2005 worked; the other library forgot it.
    assert differing == [date(2005, 12, 31)]
    assert calendar.is_working(date(2005, 12, 31))


def test_a_day_off_that_the_other_library_gives_a_name_is_never_called_a_weekend(calendar: WorkingCalendar) -> None:
    named = [day for day in EVERY_DAY if chinese_calendar.get_holiday_detail(day)[1] and not calendar.is_working(day)]
    assert len(named) > 400
    assert [day for day in named if calendar.day(day).why == "weekend"] == []


@pytest.mark.parametrize(
    ("day", "working", "why", "name"),
    [
        (date(2022, 1, 28), True, "workday", "工作日"),
        (date(2022, 1, 29), True, "make_up_workday", "调休上班"),
        (date(2022, 1, 30), True, "make_up_workday", "调休上班"),
        (date(2022, 1, 31), False, "lunar_new_year_eve", "除夕"),
        (date(2022, 2, 1), False, "spring_festival", "春节"),
        (date(2022, 2, 4), False, "spring_festival", "春节"),
        (date(2022, 2, 6), False, "spring_festival", "春节"),
        (date(2022, 2, 12), False, "weekend", "周末"),
        (date(2022, 1, 3), False, "new_year", "元旦"),
        (date(2022, 4, 3), False, "qingming", "清明节"),
        (date(2022, 5, 4), False, "labour_day", "劳动节"),
        (date(2022, 6, 3), False, "dragon_boat", "端午节"),
        (date(2022, 9, 11), False, "mid_autumn", "中秋节"),
        (date(2022, 10, 7), False, "national_day", "国庆节"),
        (date(2015, 9, 3), False, "victory_day", "抗战胜利纪念日"),
        (date(2025, 1, 28), False, "lunar_new_year_eve", "除夕"),
        (date(2025, 10, 6), False, "mid_autumn", "中秋节"),
        (date(2025, 10, 8), False, "national_day", "国庆节"),
    ],
)
def test_a_day_says_what_it_is(calendar: WorkingCalendar, day: date, working: bool, why: str, name: str) -> None:
    kind = calendar.day(day)
    assert (kind.working, kind.why, kind.name) == (working, why, name)


def test_the_last_working_day_of_january_2022_is_a_sunday(calendar: WorkingCalendar) -> None:
    assert calendar.last_working_day(2022, 1) == date(2022, 1, 30)
    assert calendar.last_working_day(2022, 1).strftime("%A") == "Sunday"


def test_the_last_working_day_of_december_is_looked_for_from_the_next_year_backwards(calendar: WorkingCalendar) -> None:
    assert calendar.last_working_day(2021, 12) == date(2021, 12, 31)
    assert calendar.last_working_day(2023, 12) == date(2023, 12, 29)


def test_the_working_day_after_the_eve_of_the_holiday_is_a_week_on(calendar: WorkingCalendar) -> None:
    assert calendar.next_working(date(2022, 1, 30)) == date(2022, 2, 7)
    assert calendar.previous_working(date(2022, 2, 7)) == date(2022, 1, 30)


def test_a_year_is_published_up_to_the_last_arrangement_and_not_beyond(calendar: WorkingCalendar) -> None:
    assert max(calendar.published) == 2026
    assert calendar.is_published(date(2026, 12, 31))
    assert not calendar.is_published(date(2027, 1, 1))


def test_beyond_the_last_arrangement_the_statutory_days_are_still_off(calendar: WorkingCalendar) -> None:
    assert calendar.day(date(2027, 10, 1)).why == "national_day"
    assert calendar.day(date(2027, 2, 6)).why == "spring_festival"


def test_an_arrangement_of_the_campaign_makes_its_year_published_and_replaces_every_guess() -> None:
    arrangement = Arrangement(
        year=2027,
        source="样例",
        off=(DayOff(first=date(2027, 1, 1), last=date(2027, 1, 1), why="new_year"),),
        worked=(date(2027, 1, 9),),
    )
    calendar = WorkingCalendar.state_council([arrangement])
    assert max(calendar.published) == 2027
    assert calendar.is_working(date(2027, 1, 9))
    assert not calendar.is_working(date(2027, 1, 1))
    assert calendar.is_working(date(2027, 10, 1))


def test_a_single_extra_day_off_adds_to_its_year_without_replacing_it() -> None:
    extra = Arrangement(
        year=2022,
        source="样例",
        complete=False,
        off=(DayOff(first=date(2022, 1, 29), last=date(2022, 1, 29), why="extra_day_off"),),
        worked=(date(2022, 2, 4),),
    )
    calendar = WorkingCalendar.state_council([extra])
    assert calendar.day(date(2022, 1, 29)).why == "extra_day_off"
    assert calendar.day(date(2022, 2, 4)).working
    assert calendar.day(date(2022, 1, 30)).why == "make_up_workday"
    assert calendar.day(date(2022, 2, 3)).why == "spring_festival"
