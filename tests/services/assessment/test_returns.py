"""Weekly returns: each begins where the last one ends, says what it covers, and is signed by who has seen it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from services.assessment.domain.errors import (
    AlreadyFiled,
    FiguresBehind,
    NotFiled,
    NotInTurn,
    NotLeader,
    NotOver,
)
from services.assessment.domain.values import Return
from shared.kernel.contracts.internal import cases
from tests.services.assessment import happenings
from tests.services.assessment.bureau import (
    CAMPAIGN,
    DIRECTOR,
    GAOPING,
    LEADER,
    MEMBER,
    OFFICE,
    PRINCIPAL,
    SCHEDULE,
    TASKFORCE,
    ZEZHOU,
    Bureau,
    at,
)
from tests.services.assessment.conftest import PARTS
from tests.support import life
from tests.support.running import case_id

CASE = case_id(1)
PAPER = {"title": "实施方案", "text": "方案全文。"}
TYPICAL = {"title": "泽州局查处甲气站无证充装案", "keywords": ["无证", "充装", "取缔"], "parts": PARTS}


def told(bureau: Bureau, *names: str) -> Counter[str]:
    return Counter(name for name, _ in bureau.messages(public=True) if not names or name in names)


def cells(found: Return) -> dict[str, tuple[int, int]]:
    """Annex 1 by measure: this return's figure, and the whole."""
    return {line.measure: (line.week, line.total) for line in found.figures}


def signed(bureau: Bureau, unit: str, week: int) -> Return:
    found: Return = bureau.aggregate(SCHEDULE.filing_id("weekly_return", unit, str(week))).signed
    return found


def test_a_return_covers_what_no_earlier_one_has_and_is_frozen_when_it_is_signed() -> None:
    bureau = Bureau()
    bureau.told(life.opened(case_id(1)), happened=at("2021-12-29 10:00"))
    bureau.wait_until("2021-12-31 14:00")
    bureau.submit(PRINCIPAL, ZEZHOU, 1)
    bureau.told(life.opened(case_id(2)), happened=at("2021-12-31 15:00"))
    bureau.wait_until("2022-01-06 10:00")
    assert cells(bureau.return_now(ZEZHOU, 2))["tips_received"] == (1, 2)
    bureau.submit(PRINCIPAL, ZEZHOU, 2)
    bureau.told(life.opened(case_id(3)), happened=at("2022-01-06 11:00"))
    assert cells(signed(bureau, ZEZHOU, 2))["tips_received"] == (1, 2)
    bureau.wait_until("2022-01-07 10:00")
    assert cells(bureau.return_now(ZEZHOU, 3))["tips_received"] == (1, 3)
    found = signed(bureau, ZEZHOU, 2)
    assert (found.after, found.since, found.until) == ("1", at("2021-12-31 14:00"), at("2022-01-06 10:00"))


def test_what_comes_after_the_signing_of_its_own_time_is_in_the_next_return() -> None:
    """*cases* tells on Thursday of what happened before the return was signed."""
    bureau = Bureau(at("2021-12-31 14:00"))
    bureau.submit(PRINCIPAL, ZEZHOU, 1)
    bureau.told(life.opened(CASE), life.closed(CASE), happened=at("2021-12-31 09:00"))
    bureau.wait_until("2022-01-06 10:00")
    second = bureau.return_now(ZEZHOU, 2)
    assert cells(second)["tips_received"] == (1, 1)
    assert [act.case for act in second.acts] == [CASE]


def test_weeks_add_up_to_the_whole_also_where_something_is_taken_back_and_a_week_was_missed() -> None:
    bureau = Bureau()
    bureau.told(life.opened(CASE), life.opened(case_id(2)), happened=at("2021-12-29 10:00"))
    bureau.wait_until("2021-12-31 14:00")
    bureau.submit(PRINCIPAL, ZEZHOU, 1)
    bureau.told(life.closed(CASE), happenings.taken_back(case_id(2)), happened=at("2022-01-04 10:00"))
    bureau.wait_until("2022-01-13 10:00")
    bureau.submit(PRINCIPAL, ZEZHOU, 3)
    bureau.told(life.reopened(CASE), happened=at("2022-01-14 10:00"))
    bureau.wait_until("2022-01-20 10:00")
    bureau.submit(PRINCIPAL, ZEZHOU, 4)
    returns = [cells(signed(bureau, ZEZHOU, week)) for week in (1, 3, 4)]
    for measure, (_, total) in returns[-1].items():
        assert sum(one[measure][0] for one in returns) == total
    assert [one["tips_received"][0] for one in returns] == [2, -1, 0]


def test_a_return_lists_every_closing_once_and_what_runs_when_it_is_signed() -> None:
    bureau = Bureau(at("2022-02-10 12:00"))
    closing = life.closed(CASE)
    bureau.told(life.opened(CASE), life.escalated(CASE), life.opened(case_id(2)), happened=at("2022-02-08 09:00"))
    bureau.told(closing, happened=at("2022-02-10 11:05"))
    for unit in (ZEZHOU, "g1"):
        act, other = bureau.return_now(unit, 7).acts
        assert (act.case, act.enterprise, act.escalated, act.origin) == (CASE, "甲气站", True, "tip")
        assert (act.measures, act.running) == (("suspension", "penalty"), False)
        assert (other.case, other.running, other.measures) == (case_id(2), True, ())
    assert bureau.return_now(GAOPING, 7).acts == ()
    bureau.submit(PRINCIPAL, ZEZHOU, 7)
    bureau.wait_until("2022-02-17 10:00")
    assert [act.case for act in bureau.return_now(ZEZHOU, 8).acts] == [case_id(2)]
    bureau.told(life.reopened(CASE))
    bureau.wait_until("2022-02-17 11:00")
    assert {act.case for act in bureau.return_now(ZEZHOU, 8).acts if act.running} == {CASE, case_id(2)}


def test_what_runs_is_named_as_its_letter_names_it() -> None:
    bureau = Bureau(at("2022-02-10 12:00"))
    subject = cases.Subject(
        origin="tip", found_at=bureau.clock.now(), told_at=bureau.clock.now(), enterprise="甲气站", place="巴公镇",
        matter="涉嫌充装超期未检气瓶", violation="unlicensed",
    )  # fmt: skip
    letter = replace(life.transferred(CASE), subject=subject)
    bureau.told(life.opened(CASE), letter, happened=at("2022-02-08 09:00"))
    (act,) = bureau.return_now(ZEZHOU, 7).acts
    assert (act.enterprise, act.place, act.matter, act.violation, act.running) == (
        "甲气站", "巴公镇", "涉嫌充装超期未检气瓶", "unlicensed", True,
    )  # fmt: skip


def test_what_is_closed_at_the_very_instant_of_the_signing_or_by_a_clock_that_is_ahead_is_in_one_return() -> None:
    bureau = Bureau(at("2021-12-31 14:00"))
    bureau.told(life.opened(CASE), life.opened(case_id(2)), happened=at("2021-12-29 10:00"))
    bureau.told(life.closed(CASE), happened=at("2021-12-31 14:00"))
    bureau.told(life.closed(case_id(2)), happened=at("2021-12-31 14:01"))
    bureau.submit(PRINCIPAL, ZEZHOU, 1)
    first = signed(bureau, ZEZHOU, 1)
    assert {(act.case, act.running) for act in first.acts} == {(CASE, False), (case_id(2), False)}
    assert cells(first)["closing_due"] == (1, 1)
    bureau.wait_until("2022-01-06 10:00")
    second = bureau.return_now(ZEZHOU, 2)
    assert second.acts == ()
    assert cells(second)["closing_due"] == (1, 2)


def test_nobody_signs_while_events_are_known_to_be_missing() -> None:
    bureau = Bureau()
    bureau.counted.behind = 3
    with pytest.raises(FiguresBehind, match="3 条"):
        bureau.submit(PRINCIPAL, ZEZHOU, 1)
    bureau.counted.behind = 0
    bureau.submit(PRINCIPAL, ZEZHOU, 1)


def test_returns_follow_one_another() -> None:
    bureau = Bureau()
    bureau.wait_until("2022-01-06 10:00")
    bureau.submit(PRINCIPAL, ZEZHOU, 2)
    with pytest.raises(NotInTurn, match="第 2 周已经签字"):
        bureau.submit(PRINCIPAL, ZEZHOU, 1)
    bureau.send_back(DIRECTOR, ZEZHOU, 2)
    bureau.wait_until("2022-01-13 10:00")
    with pytest.raises(NotInTurn, match="先更正第 2 周"):
        bureau.submit(PRINCIPAL, ZEZHOU, 3)
    bureau.correct(PRINCIPAL, ZEZHOU, 2)
    bureau.submit(PRINCIPAL, ZEZHOU, 3)
    with pytest.raises(NotInTurn, match="第 3 周"):
        bureau.send_back(DIRECTOR, ZEZHOU, 2)


def test_a_week_in_which_nothing_happened_is_reported_as_nil() -> None:
    bureau = Bureau()
    bureau.told(life.opened(CASE), happened=at("2021-12-29 10:00"))
    bureau.wait_until("2021-12-30 10:00")
    bureau.submit(PRINCIPAL, ZEZHOU, 1)
    bureau.submit(principal_of(GAOPING), GAOPING, 1)
    nil = {data["unit"]: data["nil"] for name, data in bureau.messages(public=True) if name == "ReturnSubmitted"}
    assert nil == {ZEZHOU: False, GAOPING: True}


def principal_of(unit: str) -> Any:
    person = CAMPAIGN.people_with("principal", unit)[0]
    return type(PRINCIPAL)(person.id, "principal", unit, signed_by=person.id)


def test_a_return_that_was_sent_back_is_corrected_once_and_stays_in_time() -> None:
    bureau = Bureau()
    bureau.submit(PRINCIPAL, ZEZHOU, 1)
    with pytest.raises(NotFiled):
        bureau.correct(PRINCIPAL, ZEZHOU, 1)
    bureau.send_back(OFFICE, ZEZHOU, 1)
    with pytest.raises(NotFiled):
        bureau.send_back(OFFICE, ZEZHOU, 1)
    bureau.wait_until("2022-01-05 09:00")
    assert bureau.correct(PRINCIPAL, ZEZHOU, 1)["in_time"] is True
    with pytest.raises(NotFiled):
        bureau.correct(PRINCIPAL, ZEZHOU, 1)


def test_a_groups_return_is_signed_by_its_leader() -> None:
    bureau = Bureau()
    with pytest.raises(NotLeader, match="组长"):
        bureau.submit(MEMBER, "g1", 1)
    assert bureau.submit(LEADER, "g1", 1)["state"] == "filed"


def test_what_is_signed_is_not_signed_again() -> None:
    bureau = Bureau()
    bureau.submit(PRINCIPAL, ZEZHOU, 1)
    bureau.sign(PRINCIPAL, ZEZHOU, "2021-12")
    attempts: tuple[Callable[[], object], ...] = (
        lambda: bureau.submit(PRINCIPAL, ZEZHOU, 1),
        lambda: bureau.sign(PRINCIPAL, ZEZHOU, "2021-12"),
    )
    for again in attempts:
        with pytest.raises(AlreadyFiled):
            again()


def test_a_week_or_month_that_has_not_begun_is_not_reported() -> None:
    bureau = Bureau()
    attempts: tuple[Callable[[], object], ...] = (
        lambda: bureau.submit(PRINCIPAL, ZEZHOU, 2),
        lambda: bureau.sign(PRINCIPAL, ZEZHOU, "2022-01"),
        lambda: bureau.hold(TASKFORCE, ZEZHOU, "2022-01"),
    )
    for early in attempts:
        with pytest.raises(NotOver):
            early()
