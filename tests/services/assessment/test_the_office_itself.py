"""Whoever assesses is assessed: how the campaign office kept its own dates, in the bulletin's own section."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from services.assessment.domain.errors import FiguresBehind
from services.assessment.domain.values import Kept
from shared.kernel.contracts.internal import cases, intake, notify
from tests.services.assessment.bureau import CAMPAIGN, DIRECTOR, OFFICE, SCHEDULE, ZEZHOU, Bureau, at
from tests.services.assessment.happenings import closed, opened

A, B = (f"0190a5c0-0000-7000-8000-00000000000{n}" for n in "12")
DUE = at("2022-01-20 00:00")
IN_TIME, LATE = at("2022-01-19 16:00"), at("2022-01-21 10:00")
DIRECTOR_TOLD, TASK_FORCE_TOLD = DUE, at("2022-01-21 00:00")


def done(at_: datetime, *, clock: str = "review", due: datetime = DUE, case: str = A) -> cases.OfficeClockDone:
    return cases.OfficeClockDone(unit="city", clock=clock, due=due, done_at=at_, case=case)


def missed(
    to: str = "director", *, clock: str = "review", n: int | None = None, done_is_told: bool = True
) -> cases.OfficeClockMissed:
    return cases.OfficeClockMissed(
        unit="city", clock=clock, due=DUE, owner_role="office", raised_to=to, missed_at=DUE, case=A, n=n,
        done_is_told=done_is_told,
    )  # fmt: skip


def bureau(*told: tuple[datetime, Any]) -> Bureau:
    """*cases* has told this, each at its time; it is 5 March."""
    house = Bureau(opened=False)
    for when, event in told:
        house.told(event, happened=when)
    house.clock.set(at("2022-03-05 09:00"))
    return house


def section(house: Bureau, month: str = "2022-01") -> dict[str, tuple[Kept, Kept]]:
    """The clocks of the section on the office that is drawn for a month: in the month, and since the beginning."""
    for key in SCHEDULE.months:
        house.draw(OFFICE, key)
        if key == month:
            break
        house.publish(DIRECTOR, key)
    content = house.aggregate(SCHEDULE.bulletin_id(month)).content
    return {one.clock: (one.month, one.total) for one in content.office}


def review(*told: tuple[datetime, Any]) -> Kept:
    return section(bureau(*told))["review"][1]


def test_every_clock_of_the_office_stands_in_the_bulletin_also_those_of_which_nothing_was_due() -> None:
    found = section(bureau())
    assert list(found) == [str(one.clock) for one in CAMPAIGN.office_clocks]
    assert {kept for pair in found.values() for kept in pair} == {Kept(0, 0, 0, 0)}


def test_what_is_done_before_its_date_is_done_in_time() -> None:
    assert review((IN_TIME, done(IN_TIME))) == Kept(in_time=1, missed=0, made_up=0, raised_further=0)


def test_what_was_raised_and_is_done_late_is_missed_once_and_made_up() -> None:
    told = [(DIRECTOR_TOLD, missed()), (TASK_FORCE_TOLD, missed("taskforce")), (LATE, done(LATE))]
    assert review(*told) == Kept(in_time=0, missed=1, made_up=1, raised_further=1)


def test_what_the_director_was_told_by_an_older_release_is_not_raised_further_in_the_bulletin() -> None:
    told = [(DIRECTOR_TOLD, missed(done_is_told=False)), (TASK_FORCE_TOLD, missed("taskforce"))]
    assert review(*told) == Kept(0, 0, 0, 0)


def test_what_nobody_does_any_more_stays_missed() -> None:
    assert review((DIRECTOR_TOLD, missed())) == Kept(in_time=0, missed=1, made_up=0, raised_further=0)


def test_what_was_done_late_before_anybody_raised_it_is_missed_all_the_same() -> None:
    assert review((LATE, done(LATE))) == Kept(in_time=0, missed=1, made_up=1, raised_further=0)


def test_a_result_that_was_rejected_and_comes_again_by_the_same_date_is_reviewed_twice() -> None:
    again = at("2022-01-19 17:00")
    assert review((IN_TIME, done(IN_TIME)), (again, done(again))).in_time == 2


def test_of_the_time_when_nobody_told_what_was_done_nothing_is_counted() -> None:
    assert review((DUE, missed(done_is_told=False))) == Kept(0, 0, 0, 0)


def test_each_escalation_has_an_appointment_of_its_own() -> None:
    told = [(DUE, missed(clock="appointment", n=n)) for n in (1, 2)]
    assert section(bureau(*told))["appointment"][1].missed == 2


def test_a_miss_counts_in_the_month_in_which_the_director_is_told_and_in_one_only() -> None:
    end = at("2022-02-01 00:00")
    house = bureau((end, done(end, due=end)), (IN_TIME, done(IN_TIME, case=B)))
    assert section(house)["review"] == (Kept(1, 0, 0, 0), Kept(1, 0, 0, 0))
    house.publish(DIRECTOR, "2022-01")
    house.draw(OFFICE, "2022-02")
    (february,) = [
        one for one in house.aggregate(SCHEDULE.bulletin_id("2022-02")).content.office if one.clock == "review"
    ]
    assert (february.month, february.total) == (Kept(0, 1, 1, 0), Kept(1, 1, 1, 0))


def test_what_is_told_only_after_its_month_was_published_counts_in_the_next_one() -> None:
    house = bureau()
    section(house)
    house.publish(DIRECTOR, "2022-01")
    house.told(missed(), opened(B), closed(B, "penalty"), happened=at("2022-01-25 10:00"))
    house.draw(OFFICE, "2022-02")
    content = house.aggregate(SCHEDULE.bulletin_id("2022-02")).content
    (of_reviews,) = [one for one in content.office if one.clock == "review"]
    assert (of_reviews.month, of_reviews.total) == (Kept(0, 1, 0, 0), Kept(0, 1, 0, 0))
    assert {one.month for one in content.batches if one.measure == "acts_penalised" and one.unit == ZEZHOU} == {1}


def test_two_items_of_one_case_that_are_owed_by_the_same_date_are_two() -> None:
    house = bureau()
    names: dict[str, Any] = {"unit": "city", "clock": "disclosure", "due": DUE, "case": A}
    done_late = notify.OfficeClockDone(**names, done_at=LATE, disclosure="first")
    never = notify.OfficeClockMissed(
        **names, owner_role="office", raised_to="director", missed_at=LATE, done_is_told=True, disclosure="second"
    )
    house.hear("notify", done_late, LATE)
    house.hear("notify", never, LATE)
    assert section(house)["disclosure"][1] == Kept(in_time=0, missed=2, made_up=1, raised_further=0)


def test_what_is_owed_on_tips_and_to_the_public_stands_there_too() -> None:
    house, due = bureau(), DUE
    triaged = intake.OfficeClockDone(unit="city", clock="triage", due=due, tip=A, done_at=IN_TIME)
    house.hear("intake", triaged, IN_TIME)
    house.hear(
        "notify",
        notify.OfficeClockMissed(
            unit="city", clock="weekly_disclosure", due=due, owner_role="office", raised_to="director", missed_at=due,
            case=None, done_is_told=True,
        ),
        due,
    )  # fmt: skip
    house.hear(
        "notify",
        notify.OfficeClockDone(unit="city", clock="disclosure", due=due, done_at=IN_TIME, case=A),
        IN_TIME,
    )
    found = section(house)
    assert (found["triage"][1].in_time, found["disclosure"][1].in_time) == (1, 1)
    assert found["weekly_disclosure"][1] == Kept(0, 1, 0, 0)


def test_a_bulletin_is_not_drawn_while_events_are_known_to_be_missing() -> None:
    house = bureau()
    house.counted.behind = 3
    with pytest.raises(FiguresBehind, match="3 条"):
        house.draw(OFFICE, "2021-12")
