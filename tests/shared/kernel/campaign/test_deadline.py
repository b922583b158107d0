"""What events keep of a due date: the bytes that are stored for ever, and what can be told from them years later."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.kernel.campaign.deadline import Deadline, FixedDeadline
from shared.kernel.campaign.due import DayLine, DueDate
from shared.platform.event_store import canonical, typed

SHANGHAI = ZoneInfo("Asia/Shanghai")
FRIDAY = datetime(2022, 1, 21, 17, 31, tzinfo=SHANGHAI)
DUE = DueDate(
    datetime(2022, 1, 25, tzinfo=SHANGHAI), "sign_for", True, False,
    (DayLine(date(2022, 1, 22), False, "weekend"), DayLine(date(2022, 1, 24), True, "workday")),
)  # fmt: skip
DAYS = (
    b'"days":[{"counted":false,"date":"2022-01-22","why":"weekend"},{"counted":true,"date":"2022-01-24",'
    b'"why":"workday"}],"due":"2022-01-25T00:00:00+08:00","end_of_day":true,"provisional":false,"rule":"sign_for"'
)


def test_a_deadline_that_runs_from_an_instant_is_stored_with_it() -> None:
    deadline = Deadline.of(DUE, FRIDAY, "danger")
    stored = b'{"circumstance":"danger",' + DAYS + b',"start":"2022-01-21T17:31:00+08:00"}'
    assert canonical.encode(deadline) == stored
    assert typed.decode(stored, Deadline) == deadline


def test_a_deadline_that_the_calendar_sets_is_stored_without_a_start() -> None:
    stored = b"{" + DAYS + b"}"
    assert canonical.encode(FixedDeadline.of(DUE)) == stored
    assert typed.decode(stored, FixedDeadline) == FixedDeadline.of(DUE)


def test_a_stored_deadline_says_itself_as_the_day_it_was_set() -> None:
    deadline = Deadline.of(DUE, FRIDAY)
    assert deadline.due_date == DUE
    assert deadline.printed == DUE.printed == "2022-01-24T23:59:59+08:00"
    assert deadline.due_date.words() == DUE.words()
