"""What a clerk reads under a due date, and how much time she is told is left."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.campaign import Campaign
from shared.kernel.campaign.calendar import NAMES, Arrangement, DayOff, WorkingCalendar
from shared.kernel.campaign.deadline import FixedDeadline
from shared.kernel.campaign.due import DueDate, due, due_by, reckon
from shared.kernel.campaign.explain import COUNTED, remaining, why_words
from shared.kernel.campaign.recipes import Count, InMonth, OnDay
from shared.kernel.campaign.schedule import due_under
from shared.platform.event_store import canonical, typed

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingCalendar.state_council()


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2022) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def letter(jincheng: Campaign) -> DueDate:
    """The letter of 21 January 2022, due on 9 February."""
    return due_under(jincheng, "feedback", at(1, 21, 17, 31))


def test_a_letter_says_which_days_were_not_counted_and_which_weekends_were(letter: DueDate) -> None:
    assert letter.words() == (
        "第 10 个工作日为 2022年2月9日（周三）24:00；周末、1月31日除夕、2月1日至6日春节不计；1月29日、30日调休上班计入"
    )
    assert letter.words("en") == (
        "working day 10 is Wed, 9 Feb 2022 24:00; not counted: weekends, 31 Jan (Lunar New Year's Eve), "
        "1 Feb–6 Feb (Spring Festival); make-up working days counted: 29 Jan, 30 Jan"
    )


def test_a_window_without_days_off_says_only_its_end() -> None:
    found = reckon("review", Count(at(3, 7), 3, "working_days"), CALENDAR)
    assert found.words() == "第 3 个工作日为 2022年3月10日（周四）24:00"


def test_a_holiday_across_two_months_is_one_span() -> None:
    found = reckon("any", Count(at(4, 29), 2, "working_days"), CALENDAR)
    assert "4月30日至5月4日劳动节不计" in found.words()


def test_two_holidays_are_told_apart_and_make_up_days_of_two_months_are_written_out() -> None:
    found = reckon("any", Count(at(9, 9), 18, "working_days"), CALENDAR)
    assert "9月10日至12日中秋节" in found.words()
    assert "10月1日至7日国庆节" in found.words()
    around = reckon("any", Count(at(4, 22), 9, "working_days"), CALENDAR)
    assert "4月24日、5月7日调休上班计入" in around.words()


def test_two_days_off_of_one_name_with_work_between_them_are_two_spans() -> None:
    days = (DayOff(first=date(2022, 3, day), last=date(2022, 3, day), why="extra_day_off") for day in (8, 10))
    calendar = WorkingCalendar.state_council([Arrangement(year=2022, source="样例", complete=False, off=tuple(days))])
    found = reckon("review", Count(at(3, 7), 2, "working_days"), calendar)
    assert found.words() == "第 2 个工作日为 2022年3月11日（周五）24:00；3月8日临时放假、3月10日临时放假不计"


def test_hours_say_that_they_run_on() -> None:
    found = reckon("triage", Count(at(1, 18, 22, 14), 4, "hours"), CALENDAR)
    assert found.words() == "自起算时刻起按小时连续计算，至 2022年1月19日（周三）02:14"
    assert found.words("en") == "hours run on from the start, until Wed, 19 Jan 2022 02:14"


def test_calendar_days_say_that_days_off_count_too() -> None:
    found = reckon("referral_decision", Count(at(1, 30), 3, "calendar_days"), CALENDAR)
    assert found.words() == "第 3 日为 2022年2月2日（周三）24:00；按自然日计，节假日不扣除"
    moved = reckon("any", Count(at(1, 30), 3, "calendar_days", shift="next"), CALENDAR)
    assert moved.words().endswith("末日休息，顺延至 2022年2月7日（周一）24:00")
    assert moved.words("en").endswith("the last day is off, moved to Mon, 7 Feb 2022 24:00")


def test_a_return_on_a_day_off_says_where_it_was_moved_and_why() -> None:
    friday = date(2022, 2, 4)
    onward = reckon("weekly_return", OnDay(friday, timedelta(hours=15), "next"), CALENDAR)
    assert onward.words() == "2月4日（周五）春节，顺延至 2022年2月7日（周一）15:00"
    back = reckon("weekly_return", OnDay(friday, timedelta(hours=15), "previous"), CALENDAR)
    assert back.words() == "2月4日（周五）春节，提前至 2022年1月30日（周日）15:00"
    assert back.words("en") == "Fri 4 Feb is off (Spring Festival), moved back to Sun, 30 Jan 2022 15:00"


def test_the_commitment_of_january_says_that_the_sunday_is_worked() -> None:
    found = reckon("commitment", InMonth(2022, 1, "last_working_day", timedelta(hours=15)), CALENDAR)
    assert found.words() == "当月最后一个工作日为 2022年1月30日（周日）15:00（调休上班）；1月31日除夕不计"


def test_a_fixed_instant_says_only_itself() -> None:
    found = reckon("local_plan", OnDay(date(2021, 12, 29), timedelta(hours=17)), CALENDAR)
    assert found.words() == "定于 2021年12月29日（周三）17:00"
    assert found.words("en") == "set for Wed, 29 Dec 2021 17:00"


def test_a_provisional_date_says_which_arrangement_is_missing() -> None:
    found = reckon("feedback", Count(at(12, 28, year=2026), 5, "working_days"), CALENDAR)
    assert found.words().endswith("2027 年节假日安排尚未公布，为暂定日期，公布后重新计算")
    assert "provisional" in found.words("en")


def test_a_date_read_from_an_old_event_explains_itself_in_the_same_words(letter: DueDate) -> None:
    read = typed.decode(canonical.encode(FixedDeadline.of(letter)), FixedDeadline).due_date
    assert read.words() == letter.words()
    assert remaining(read, at(2, 7, 9, 12)) == remaining(letter, at(2, 7, 9, 12))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (at(1, 21, 17, 31), "还剩 10 个工作日 · 2月9日（周三）24:00 前"),
        (at(2, 3), "还剩 3 个工作日 · 2月9日（周三）24:00 前"),
        (at(2, 7, 9, 12), "还剩 3 个工作日 · 2月9日（周三）24:00 前"),
        (at(2, 8, 23, 59), "还剩 2 个工作日 · 2月9日（周三）24:00 前"),
        (at(2, 9, 0, 0), "今天到期 · 2月9日（周三）24:00 前"),
        (at(2, 9, 23, 59), "今天到期 · 2月9日（周三）24:00 前"),
        (at(2, 10, 0, 0), "已超期 不足 1 分钟 · 2月9日（周三）24:00 截止"),
        (at(2, 10, 5, 30), "已超期 5 小时 · 2月9日（周三）24:00 截止"),
        (at(2, 12, 5), "已超期 2 天 · 2月9日（周三）24:00 截止"),
    ],
)
def test_what_is_left_of_a_letter_counts_today_and_ends_in_what_it_is_late(
    letter: DueDate, now: datetime, said: str
) -> None:
    assert remaining(letter, now) == said


def test_what_is_left_can_be_read_in_english(letter: DueDate) -> None:
    assert remaining(letter, at(2, 7), "en") == "3 working days left · by Wed 9 Feb 24:00"
    assert remaining(letter, at(2, 8), "en") == "2 working days left · by Wed 9 Feb 24:00"
    assert remaining(letter, at(2, 9), "en") == "due today · by Wed 9 Feb 24:00"
    assert remaining(letter, at(2, 11, 1), "en") == "1 day overdue · was due Wed 9 Feb 24:00"


def test_less_than_a_day_before_an_hour_of_the_day_is_told_in_hours(jincheng: Campaign) -> None:
    weekly = due_under(jincheng, "weekly_return", at(1, 5))
    assert remaining(weekly, at(1, 5)) == "还剩 2 天 · 1月7日（周五）15:00 前"
    assert remaining(weekly, at(1, 7, 11, 40)) == "还剩 3 小时 · 1月7日（周五）15:00 前"
    assert remaining(weekly, at(1, 7, 14, 45)) == "还剩 15 分钟 · 1月7日（周五）15:00 前"


def test_a_date_of_another_year_is_written_with_its_year() -> None:
    found = reckon("feedback", Count(at(12, 28, year=2021), 10, "working_days"), CALENDAR)
    assert remaining(found, at(12, 29, year=2021)) == "还剩 10 个工作日 · 2022年1月12日（周三）24:00 前"


def test_a_date_set_for_a_day_off_is_told_in_days_once_no_working_day_is_left() -> None:
    found = due_by("instruction", at(1, 28), date(2022, 2, 5), CALENDAR)
    assert remaining(found, at(1, 29)) == "还剩 2 个工作日 · 2月5日（周六）24:00 前"
    assert remaining(found, at(2, 2)) == "还剩 3 天 · 2月5日（周六）24:00 前"
    assert found.words() == "定于 2022年2月5日（周六）24:00"


def test_an_instant_of_another_zone_is_read_in_shanghai(letter: DueDate) -> None:
    assert remaining(letter, datetime(2022, 2, 8, 16, 30, tzinfo=ZoneInfo("UTC"))).startswith("今天到期")


def test_every_reason_has_a_name_in_both_languages() -> None:
    for why in (*NAMES, *COUNTED):
        assert why_words(why) != why
        assert why_words(why, "en") != why_words(why)


def test_a_reason_of_a_later_version_stays_readable() -> None:
    assert why_words("solar_eclipse") == "solar_eclipse"


def test_an_extension_says_its_days_from_the_original_date(jincheng: Campaign, letter: DueDate) -> None:
    found = due(jincheng.window("extension"), letter, CALENDAR)
    assert found.words() == "第 5 个工作日为 2022年2月16日（周三）24:00；周末不计"
