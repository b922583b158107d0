"""The office's clock on a tip: reminded of, raised once to each when missed; it stands while the tipster is asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.intake.domain.events import OfficeClockMissed
from services.intake.rules.triage import FLOOD
from tests.services.intake.desk import HOTLINE, Desk, at


def raised(desk: Desk, tip: UUID) -> list[tuple[str, Any]]:
    return [(e.raised_to, e.at) for e in desk.events(tip) if isinstance(e, OfficeClockMissed)]


def test_a_tip_that_nobody_triages_is_reminded_of_and_raised_once_to_each() -> None:
    desk = Desk()
    tip = desk.receive()
    desk.wait_until("2022-01-28 12:00")
    assert desk.names(tip)[1:] == ["TriageDueSoon", "OfficeClockMissed", "OfficeClockMissed"]
    assert desk.events(tip)[1].at == at("2022-01-21 15:00")
    assert raised(desk, tip) == [
        ("director", at("2022-01-21 16:00")), ("taskforce", at("2022-01-25 00:00")),
    ]  # fmt: skip
    assert desk.timers == {}


def test_in_danger_to_life_it_is_two_hours_and_then_four() -> None:
    desk = Desk()
    tip = desk.receive("充装站正在泄漏", danger=True)
    desk.wait_until("2022-01-22 12:00")
    assert raised(desk, tip) == [("director", at("2022-01-21 14:00")), ("taskforce", at("2022-01-21 18:00"))]


def test_what_was_missed_in_a_downtime_is_raised_once_and_the_director_has_his_time() -> None:
    desk = Desk()
    tip = desk.receive()
    desk.wait_until("2022-01-24 10:00", away=True)
    assert desk.names(tip)[1:] == ["OfficeClockMissed"], "nobody is reminded of what is over"
    desk.wait_until("2022-01-26 00:00")
    assert raised(desk, tip) == [("director", at("2022-01-24 10:00")), ("taskforce", at("2022-01-26 00:00"))]


def test_a_tip_that_is_triaged_in_time_is_raised_to_nobody() -> None:
    desk = Desk()
    tip = desk.bring("triaged")
    assert desk.timers == {}
    desk.wait_until("2022-01-28 12:00")
    assert raised(desk, tip) == []


def test_one_that_is_triaged_late_is_not_raised_further() -> None:
    desk = Desk()
    tip = desk.receive()
    desk.wait_until("2022-01-21 17:00")
    desk.give("dismiss", tip, reason="duplicate")
    desk.wait_until("2022-01-28 12:00")
    assert [whom for whom, _ in raised(desk, tip)] == ["director"]


def test_while_the_tipster_is_asked_the_clock_stands_and_goes_on_with_his_answer() -> None:
    desk = Desk()
    tip = desk.receive()
    desk.wait_until("2022-01-21 15:30")
    desk.give("message", tip, text="请问是哪个村？", asks=True)
    desk.wait_until("2022-01-22 20:00")
    assert raised(desk, tip) == []
    desk.write(tip)
    assert desk.tip(tip).triage_due == at("2022-01-22 20:30")
    desk.wait_until("2022-01-22 20:30")
    assert raised(desk, tip) == [("director", at("2022-01-22 20:30"))]


def test_who_does_not_answer_keeps_nobody_waiting_for_ever_and_is_asked_once() -> None:
    desk = Desk()
    tip = desk.receive()
    desk.give("message", tip, text="请问是哪个村？", asks=True)
    desk.wait_until("2022-01-25 12:00")
    desk.give("message", tip, text="请尽快回答。", asks=True)
    desk.wait_until("2022-01-26 12:00")
    assert raised(desk, tip) == [("director", at("2022-01-26 04:00"))]


def test_what_asks_nothing_and_what_comes_in_danger_stops_no_clock() -> None:
    desk = Desk()
    tip, danger = desk.receive(), desk.receive("充装站正在泄漏", danger=True)
    desk.give("message", tip, text="已收到。")
    desk.give("message", danger, text="在哪里？", asks=True)
    desk.write(tip)
    assert desk.tip(tip).triage_due == at("2022-01-21 16:00")
    assert desk.tip(danger).triage_due == at("2022-01-21 14:00")


def test_of_a_sender_who_sends_too_many_nobody_is_told() -> None:
    desk = Desk()
    tips = [desk.receive("充装站正在泄漏", danger=True, sender="203.0.113.7") for _ in range(40)]
    flood = [tip for tip in tips if FLOOD in desk.tip(tip).suggestion.doubts]
    assert flood
    desk.wait_until("2022-01-28 12:00")
    assert [raised(desk, tip) for tip in flood] == [[]] * len(flood)
    assert raised(desk, tips[0]) != []


def test_outsiders_and_our_own_services_are_told_without_a_word_of_the_tip() -> None:
    desk = Desk()
    tip = desk.receive(by=HOTLINE)
    desk.wait_until("2022-01-21 16:00")
    (told,) = [data for name, data in desk.messages(public=True) if name == "OfficeClockMissed"]
    assert told == {
        "case": None, "unit": "city", "clock": "triage", "due": "2022-01-21T16:00:00+08:00", "owner_role": "hotline",
        "raised_to": "director", "missed_at": "2022-01-21T16:00:00+08:00", "link": f"/triage/{tip}",
        "tip": str(tip),
    }  # fmt: skip
    assert [name for name, _ in desk.messages(public=False)] == ["TipReceived", "TriageDueSoon", "OfficeClockMissed"]
