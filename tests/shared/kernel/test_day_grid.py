"""The days of a due date, each with the short word under its number."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from deploy.local.services import DEFAULT_CAMPAIGN
from shared.kernel.campaign import load
from shared.kernel.campaign.due import reckon
from shared.kernel.campaign.recipes import Count, InMonth
from shared.kernel.campaign.schedule import due_under
from shared.kernel.day_grid import DayCell, day_cells
from shared.platform.web import words

SHANGHAI = ZoneInfo("Asia/Shanghai")
CAMPAIGN = load(DEFAULT_CAMPAIGN)
FRIDAY = datetime(2022, 1, 28, 17, 31, tzinfo=SHANGHAI)


def labels(cells: list[DayCell]) -> str:
    return " ".join(cell.label for cell in cells)


def test_the_grid_runs_from_the_day_of_the_start_to_the_last_day() -> None:
    due = reckon("sign_for", Count(FRIDAY, 3, "working_days"), CAMPAIGN.calendar)
    cells = day_cells(due, FRIDAY, date(2022, 1, 30))
    assert cells[0].date == date(2022, 1, 28)
    assert labels(cells) == "起算 调休班 今天 除夕 春节 春节 春节 春节 春节 春节 期限"
    assert [cell.counted for cell in cells] == [False, True, True, *[False] * 7, True]


def test_a_date_that_the_calendar_sets_has_no_day_of_a_start() -> None:
    due = reckon("monthly", InMonth(2022, 1, "last_working_day", timedelta(hours=15)), CAMPAIGN.calendar)
    cells = day_cells(due, None, date(2022, 1, 3))
    assert [(cell.date.day, cell.label) for cell in cells] == [(30, "期限"), (31, "除夕")]


def test_hours_that_end_at_midnight_end_with_the_day_before() -> None:
    due = reckon("transfer", Count(datetime(2022, 1, 26, tzinfo=SHANGHAI), 48, "hours"), CAMPAIGN.calendar)
    assert [(cell.date.day, cell.label) for cell in day_cells(due, None, date(2022, 1, 26))] == [
        (26, "今天"),
        (27, "期限"),
    ]


def test_the_day_of_the_start_is_the_campaigns(tmp_path: Path) -> None:
    due = due_under(CAMPAIGN, "sign_for", FRIDAY)
    late = datetime(2022, 1, 27, 16, 30, tzinfo=ZoneInfo("UTC"))
    assert day_cells(due, late, date(2022, 1, 1))[0].date == date(2022, 1, 28)
    words.install([words.CATALOGUE], ZoneInfo("UTC"))
    assert day_cells(due, late, date(2022, 1, 1))[0].date == date(2022, 1, 27)
