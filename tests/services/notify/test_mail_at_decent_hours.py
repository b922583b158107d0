"""No mail at night, on a weekend or a holiday but about danger to life; and none is lost or sent twice by that."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.rules.reminding import a_mail_waits_for_the_morning_of_a_working_day, mail_goes_out_by_day
from tests.services.notify.postroom import CAMPAIGN, PostRoom, at
from tests.support import life
from tests.support.in_memory import SHANGHAI
from tests.support.running import case_id

FIRST, LAST = at("2021-12-28 00:00"), at("2022-12-31 23:59")
RETRIES = len(CAMPAIGN.reminders.retry_minutes)
instants = st.integers(0, int((LAST - FIRST).total_seconds())).map(lambda n: FIRST + timedelta(seconds=n))


@pytest.mark.parametrize(
    ("happened", "mailed"),
    [
        ("2022-01-20 00:00", "2022-01-20 09:00"),
        ("2022-01-20 09:00", "2022-01-20 09:00"),
        ("2022-01-20 09:01", "2022-01-21 09:00"),
        ("2022-01-21 23:59", "2022-01-24 09:00"),  # Friday night
        ("2022-01-01 00:00", "2022-01-04 09:00"),  # New Year's Day, a Saturday; the Monday was off as well
        ("2022-01-29 03:00", "2022-01-29 09:00"),  # a Saturday that was worked for Spring Festival
        ("2022-01-30 10:00", "2022-02-07 09:00"),  # the last day before it
    ],
)
def test_what_happens_is_mailed_on_the_morning_of_a_working_day(happened: str, mailed: str) -> None:
    assert a_mail_waits_for_the_morning_of_a_working_day(CAMPAIGN, at(happened)) == at(mailed)


@given(instants)
def test_a_morning_is_the_first_that_is_not_over(since: datetime) -> None:
    morning = a_mail_waits_for_the_morning_of_a_working_day(CAMPAIGN, since)
    local = morning.astimezone(SHANGHAI)
    assert morning >= since
    assert (local.hour, local.minute, local.second) == (9, 0, 0)
    assert CAMPAIGN.calendar.is_working(local.date())
    earlier = local - timedelta(days=1)
    while earlier >= since:
        assert not CAMPAIGN.calendar.is_working(earlier.date())
        earlier -= timedelta(days=1)


@given(instants)
def test_by_day_is_a_working_day_between_nine_and_six(now: datetime) -> None:
    local = now.astimezone(SHANGHAI)
    assert mail_goes_out_by_day(CAMPAIGN, now) == (CAMPAIGN.calendar.is_working(local.date()) and 9 <= local.hour < 18)


def test_a_reminder_is_on_the_desk_at_midnight_and_in_the_mail_in_the_morning() -> None:
    room = PostRoom(at("2022-01-01 00:00"), by_mail=True)
    room.told_by_cases(life.opened(case_id(1)), life.not_signed_for(case_id(1)))
    assert room.sent == [("not_signed_for", "2022-01-01 00:00", "principal")]
    room.mail()
    assert _states(room) == Counter(waiting=2)
    room.wait_until("2022-01-04 09:00")
    room.mail()
    assert _states(room) == Counter(sent=2)


def test_danger_to_life_is_mailed_at_any_hour() -> None:
    room = PostRoom(at("2022-01-01 00:00"), by_mail=True)
    room.told_by_cases(life.opened(case_id(1), danger=True), life.not_signed_for(case_id(1)))
    room.mail()
    assert _states(room) == Counter(sent=2)


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=True))
def test_over_a_whole_campaign_no_mail_is_at_a_bad_hour_lost_or_sent_twice(chance: Random) -> None:
    """*cases* tells at drawn instants; the mail server is away at others, the whole service now and then."""
    room, sent, dangerous = PostRoom(FIRST, by_mail=True), Counter[Any](), set()
    told = sorted(chance.randrange(int((LAST - FIRST).total_seconds())) for _ in range(chance.randint(1, 8)))
    for n, seconds in enumerate(told):
        _until(room, FIRST + timedelta(seconds=seconds))
        danger, before = chance.random() < 0.3, set(room.tables["notices"])
        room.told_by_cases(life.opened(case_id(n), danger=danger), life.not_signed_for(case_id(n)))
        dangerous |= set(room.tables["notices"]) - before if danger else set()
        for _ in range(chance.randint(0, 20)):
            _mail(room, sent, dangerous, error=chance.choice((None, None, "TimeoutError")))
            step = timedelta(minutes=chance.choice((1, 20, 90, 700, 5000)))
            _until(room, room.clock.now() + step, away=chance.random() < 0.2)
    for _ in range(24 * 20):  # the server answers again
        _mail(room, sent, dangerous)
        _until(room, room.clock.now() + timedelta(hours=1))
    states = _states(room)
    assert states.keys() <= {"sent", "failed"}
    given_up = [row["attempts"] for row in room.tables["notices"].values() if row["state"] == "failed"]
    assert all(attempts > RETRIES for attempts in given_up)
    assert set(sent.values()) <= {1}
    assert len(sent) == states["sent"]
    assert states.total() == 2 * len(room.sent) == 2 * len(told)


def _until(room: PostRoom, instant: datetime, *, away: bool = False) -> None:
    room.wait_until(f"{max(instant, room.clock.now()).astimezone(SHANGHAI).replace(tzinfo=None)}", away=away)


def _mail(room: PostRoom, sent: Counter[Any], dangerous: set[Any], error: str | None = None) -> None:
    before = {id_: row["attempts"] for id_, row in room.tables["notices"].items()}
    room.mail(error=error)
    tried = {id_ for id_, row in room.tables["notices"].items() if row["attempts"] > before[id_]}
    local = room.clock.now().astimezone(SHANGHAI)
    if not (CAMPAIGN.calendar.is_working(local.date()) and 9 <= local.hour < 18):
        assert tried <= dangerous
    sent.update(id_ for id_ in tried if error is None)


def _states(room: PostRoom) -> Counter[str]:
    return Counter(row["state"] for row in room.tables["notices"].values())
