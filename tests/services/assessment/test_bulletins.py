"""Bulletins: drawn from facts up to the end of the month, published in order, immutable; which cases they contain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.assessment.domain.errors import AlreadyPublished, NotDrawn, NotOver, NotOwed
from shared.platform.event_store import canonical
from shared.platform.service.authority import WrongRole
from tests.services.assessment.bureau import COUNTY, DIRECTOR, OFFICE, SCHEDULE, TASKFORCE, ZEZHOU, Bureau, at
from tests.services.assessment.happenings import assigned, cleared, closed, found, opened, raised, reopened

A, B, C = (f"0190a5c0-0000-7000-8000-00000000000{n}" for n in "123")


def bulletin(bureau: Bureau, month: str) -> Any:
    return bureau.aggregate(SCHEDULE.bulletin_id(month))


def issue(bureau: Bureau, *months: str) -> None:
    for month in months:
        bureau.draw(OFFICE, month)
        bureau.publish(DIRECTOR, month)


def contained(bureau: Bureau, month: str) -> set[str]:
    return {one.case for one in bulletin(bureau, month).cases}


@pytest.fixture
def february() -> Bureau:
    """It is 10 February; A was closed in January, B in February, C is closed and doubted."""
    bureau = Bureau(opened=False)
    bureau.told(opened(A), closed(A, "penalty"), happened=at("2022-01-20 10:00"))
    bureau.told(opened(B), closed(B), happened=at("2022-02-01 00:00"))
    bureau.told(opened(C), closed(C), raised(C, "false_closure"), happened=at("2022-01-25 10:00"))
    bureau.clock.set(at("2022-02-10 09:00"))
    return bureau


def test_a_month_contains_what_was_closed_by_its_end_and_is_not_doubted(february: Bureau) -> None:
    issue(february, "2021-12", "2022-01")
    assert contained(february, "2021-12") == set()
    assert contained(february, "2022-01") == {A}
    (_, told) = [one for one in february.messages(public=False) if one[0] == "BulletinPublished"]
    assert told[1]["cases"] == [A]


def test_no_case_is_in_two_bulletins_unless_it_was_closed_anew(february: Bureau) -> None:
    issue(february, "2021-12", "2022-01")
    february.told(assigned(C, trigger="false_closure"), cleared(C, "false_closure"), happened=at("2022-02-12 10:00"))
    february.clock.set(at("2022-03-05 09:00"))
    issue(february, "2022-02")
    assert contained(february, "2022-02") == {B, C}
    february.told(reopened(A), happened=at("2022-03-10 10:00"))
    february.told(closed(A), happened=at("2022-03-20 10:00"))
    february.clock.set(at("2022-04-05 09:00"))
    issue(february, "2022-03")
    assert contained(february, "2022-03") == {A}


def test_what_was_found_false_and_reopened_waits_for_its_new_closing(february: Bureau) -> None:
    february.told(found(C, "false_closure"), reopened(C), happened=at("2022-02-12 10:00"))
    february.clock.set(at("2022-03-05 09:00"))
    issue(february, "2021-12", "2022-01", "2022-02")
    assert contained(february, "2022-01") | contained(february, "2022-02") == {A, B}


def test_the_final_assessment_contains_all_that_is_left(february: Bureau) -> None:
    february.clock.set(at("2022-04-05 09:00"))
    issue(february, "2021-12", "2022-01", "2022-02", "2022-03")
    february.told(assigned(C, trigger="false_closure"), cleared(C, "false_closure"), happened=at("2022-04-08 10:00"))
    february.clock.set(at("2022-04-12 09:00"))
    issue(february, "final")
    assert contained(february, "final") == {C}


def test_a_bulletin_counts_what_happened_up_to_the_end_of_its_month_whenever_it_is_drawn(february: Bureau) -> None:
    february.draw(OFFICE, "2021-12")
    february.publish(DIRECTOR, "2021-12")
    february.draw(OFFICE, "2022-01")
    early = bulletin(february, "2022-01").content
    february.told(raised(A, "false_closure"), happened=at("2022-02-15 10:00"))
    february.clock.set(at("2022-03-15 09:00"))
    february.draw(OFFICE, "2022-01")
    assert bulletin(february, "2022-01").content == early
    acts = {one.unit: (one.month, one.total) for one in early.batches if one.measure == "acts_penalised"}
    assert acts[ZEZHOU] == (1, 1)


def test_each_batch_counts_the_month_and_everything_so_far(february: Bureau) -> None:
    february.clock.set(at("2022-03-15 09:00"))
    issue(february, "2021-12", "2022-01", "2022-02")
    counts = {one.unit: (one.month, one.total) for one in bulletin(february, "2022-02").content.batches
              if one.measure == "acts_penalised"}  # fmt: skip
    assert counts[ZEZHOU] == (0, 1)


def test_a_published_bulletin_never_changes(february: Bureau) -> None:
    issue(february, "2021-12")
    attempts: tuple[Callable[[], object], ...] = (
        lambda: february.draw(OFFICE, "2021-12"),
        lambda: february.publish(DIRECTOR, "2021-12"),
    )
    for again in attempts:
        with pytest.raises(AlreadyPublished):
            again()


def test_bulletins_follow_one_another(february: Bureau) -> None:
    with pytest.raises(NotDrawn, match="2021-12"):
        february.draw(OFFICE, "2022-01")
    february.draw(OFFICE, "2021-12")
    with pytest.raises(NotDrawn, match="2021-12"):
        february.draw(OFFICE, "2022-01")
    with pytest.raises(NotDrawn):
        february.publish(DIRECTOR, "2022-01")


def test_a_month_is_assessed_when_it_is_over_and_the_campaign_when_it_has_ended(february: Bureau) -> None:
    for early in ("2022-02", "final"):
        with pytest.raises(NotOver):
            february.draw(OFFICE, early)
    with pytest.raises(NotOwed):
        february.publish(DIRECTOR, "2022-07")


def test_the_office_draws_and_the_director_publishes(february: Bureau) -> None:
    for other in (COUNTY, TASKFORCE):
        with pytest.raises(WrongRole):
            february.draw(other, "2021-12")
    february.draw(OFFICE, "2021-12")
    with pytest.raises(WrongRole):
        february.publish(OFFICE, "2021-12")


def test_the_public_is_told_the_places_and_the_scores(february: Bureau) -> None:
    issue(february, "2021-12", "2022-01")
    *_, (_, data) = february.messages(public=True)
    assert (data["month"], data["cases"], data["link"]) == ("2022-01", 1, "/assessment/bulletins/2022-01")
    county, group = data["rankings"]
    assert (county["kind"], len(county["placings"]), group["kind"], len(group["placings"])) == ("county", 7, "group", 4)
    assert all(placing.keys() == {"unit", "rank", "score"} for placing in county["placings"])


def test_the_cases_of_a_whole_campaign_are_told_a_page_a_message(february: Bureau) -> None:
    """One message of all would be over the bus's limit, and hold up who takes it in."""
    cases = [f"0190a5c0-0000-7000-8000-{n:012}" for n in range(100, 1301)]
    for case in cases:
        february.told(opened(case), closed(case), happened=at("2022-01-20 10:00"))
    issue(february, "2021-12", "2022-01")
    pages = [one for one in february.published if one.name == "BulletinPublished" and one.jurisdiction is None]
    told = [canonical.decode(one.data.encode())["cases"] for one in pages]
    assert [len(page) for page in told] == [0, 500, 500, 202]
    assert sorted(case for page in told for case in page) == sorted([A, *cases])
    assert len({(one.name, one.stream, one.version) for one in pages}) == len(pages), "each is an event of its own"
