"""*assessment* counts what *cases* tells, each county's figures openable to their cases."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.support import life
from tests.support.life import GAOPING, OPENED, ZEZHOU
from tests.support.running import CasesFeed, Running, case_id

COUNTIES = ["140502", "140525", "140581", "140522", "140524", "140521", "140571"]
FIRST, SECOND, THIRD = case_id(1), case_id(2), case_id(3)


async def counts(service: Running, role: str = "office", unit: str = "city") -> dict[str, dict[str, Any]]:
    found = await service.get("/api/assessment/v1/counts", role, unit)
    return {row["unit"]: row for row in found["items"]} | {"total": found["total"]}


async def three_cases(service: Running) -> None:
    """One of 泽州 closed on time, one of 泽州 overdue, one of 高平 deemed signed for and idle."""
    feed = service.feed
    await feed.say(life.opened(FIRST), life.opened(SECOND), life.opened(THIRD, GAOPING), at=OPENED)
    await feed.say(life.transferred(FIRST), life.transferred(SECOND), life.transferred(THIRD, GAOPING), at=OPENED)
    await feed.say(life.signed_for(FIRST), life.signed_for(SECOND), at=OPENED)
    await feed.say(life.not_signed_for(THIRD, GAOPING), life.signed_for(THIRD, GAOPING, deemed=True), at=OPENED)
    await feed.say(life.step(FIRST), life.reported(FIRST), life.reviewed(FIRST), life.closed(FIRST), at=OPENED)
    await feed.say(life.escalated(SECOND), life.escalated(THIRD, "idle_after_acceptance", GAOPING), at=OPENED)
    await service.caught_up()


async def test_before_the_first_case_all_seven_counties_are_listed_with_zeros_and_no_rate(assessment: Running) -> None:
    found = await counts(assessment)
    assert [unit for unit in found if unit != "total"] == COUNTIES
    for row in found.values():
        assert row.pop("on_time") is None
        row.pop("unit")
        assert set(row.values()) == {0}


async def test_each_figure_counts_what_was_told_of_the_countys_cases(assessment: Running) -> None:
    await three_cases(assessment)
    found = await counts(assessment)
    zezhou = {"opened": 2, "transferred": 2, "signed_for": 2, "deemed": 0, "handling": 1, "reported": 1, "closed": 1,
              "closed_on_time": 1, "overdue": 1, "idle": 0, "on_time": {"num": 1, "den": 1}}  # fmt: skip
    gaoping = {"opened": 1, "transferred": 1, "signed_for": 0, "deemed": 1, "handling": 1, "reported": 0, "closed": 0,
               "closed_on_time": 0, "overdue": 0, "idle": 1, "on_time": None}  # fmt: skip
    assert {key: found[ZEZHOU][key] for key in zezhou} == zezhou
    assert {key: found[GAOPING][key] for key in gaoping} == gaoping
    assert found["total"]["opened"] == 3


async def test_every_figure_opens_to_exactly_the_cases_that_make_it(assessment: Running) -> None:
    await three_cases(assessment)
    found = await assessment.get("/api/assessment/v1/counts", "director")
    for row in [*found["items"], found["total"]]:
        for figure in found["figures"]:
            behind = await assessment.get(f"/api/assessment/v1/counts/{row['unit']}/{figure}", "director")
            assert len(behind["items"]) == row[figure]
    overdue = await assessment.get(f"/api/assessment/v1/counts/{ZEZHOU}/overdue", "director")
    assert overdue == {"items": [SECOND], "next": None}


async def test_a_long_list_goes_on_page_by_page(assessment: Running) -> None:
    await assessment.feed.say(*[life.opened(case_id(n)) for n in range(1, 6)], at=OPENED)
    await assessment.caught_up()
    path, seen = f"/api/assessment/v1/counts/{ZEZHOU}/opened?limit=2", []
    page = await assessment.get(path)
    while page["next"]:
        seen += page["items"]
        page = await assessment.get(f"{path}&cursor={page['next']}")
    assert seen + page["items"] == [case_id(n) for n in (5, 4, 3, 2, 1)]


async def test_a_case_that_moves_to_another_county_is_counted_there_and_nowhere_else(assessment: Running) -> None:
    await assessment.feed.say(life.opened(FIRST), life.transferred(FIRST, GAOPING), at=OPENED)
    await assessment.caught_up()
    found = await counts(assessment)
    assert (found[ZEZHOU]["opened"], found[GAOPING]["opened"]) == (0, 1)


async def test_a_case_that_went_to_no_county_has_a_row_of_its_own_so_that_the_sum_is_right(assessment: Running) -> None:
    await assessment.feed.say(life.opened(FIRST), life.transferred(FIRST, "enforcement-team"), at=OPENED)
    await assessment.caught_up()
    found = await counts(assessment)
    assert found["enforcement-team"]["transferred"] == found["total"]["transferred"] == 1
    assert "enforcement-team" not in await counts(assessment, "group", "g1")


async def test_a_rejected_result_is_no_longer_reported_and_a_reopened_case_no_longer_closed(
    assessment: Running,
) -> None:
    before = [life.opened(FIRST), life.transferred(FIRST), life.signed_for(FIRST), life.step(FIRST)]
    await assessment.feed.say(*before, life.reported(FIRST), life.rejected(FIRST), at=OPENED)
    await assessment.feed.say(life.opened(SECOND), life.reported(SECOND), life.closed(SECOND), at=OPENED)
    await assessment.feed.say(life.reopened(SECOND), at=OPENED)
    await assessment.caught_up()
    found = (await counts(assessment))[ZEZHOU]
    assert (found["reported"], found["closed"], found["closed_on_time"], found["handling"]) == (0, 0, 0, 2)


@pytest.mark.parametrize(
    ("role", "unit", "seen"),
    [
        ("taskforce", "city", COUNTIES),
        ("auditor", "city", COUNTIES),
        ("county", ZEZHOU, [ZEZHOU]),
        ("principal", GAOPING, [GAOPING]),
        ("station", "140525-bagong", [ZEZHOU]),
        ("group", "g3", ["140581", "140524"]),
        ("hotline", "city", []),
        ("enterprise", "e-1", []),
    ],
)
async def test_everybody_sees_the_figures_of_their_own_jurisdiction(
    assessment: Running, role: str, unit: str, seen: list[str]
) -> None:
    await three_cases(assessment)
    found = await counts(assessment, role, unit)
    assert sorted(code for code in found if code != "total") == sorted(seen)
    expected = {ZEZHOU: 2, GAOPING: 1}
    assert found["total"]["opened"] == sum(expected.get(code, 0) for code in seen)


async def test_a_county_may_not_open_another_countys_figure_nor_see_it_in_the_sum(assessment: Running) -> None:
    await three_cases(assessment)
    async with assessment.client("county", GAOPING) as client:
        assert (await client.get(f"/api/assessment/v1/counts/{ZEZHOU}/opened")).status_code == 403
        assert (await client.get("/api/assessment/v1/counts/city/opened")).json()["items"] == [THIRD]
        assert (await client.get(f"/assessment/{ZEZHOU}/opened", headers={"Accept": "text/html"})).status_code == 403


async def test_a_unit_or_figure_that_does_not_exist_is_not_found(assessment: Running) -> None:
    async with assessment.client("office") as client:
        assert (await client.get("/api/assessment/v1/counts/999999/opened")).status_code == 404
        answer = await client.get(f"/api/assessment/v1/counts/{ZEZHOU}/late")
    assert answer.status_code == 404
    assert "overdue" in answer.json()["allowed"]


async def test_a_visitor_is_asked_to_sign_in(assessment: Running) -> None:
    async with assessment.client() as client:
        assert (await client.get("/api/assessment/v1/counts")).status_code == 401
        answer = await client.get("/assessment", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fassessment")


async def test_the_page_shows_every_county_and_leads_from_a_figure_to_its_cases(assessment: Running) -> None:
    await three_cases(assessment)
    async with assessment.client("office") as client:
        page = (await client.get("/assessment", headers={"Accept": "text/html"})).text
        for name in ("城区", "泽州", "高平", "阳城", "陵川", "沁水", "开发区"):
            assert f'<th scope="row">{name}' in page
        assert f'href="/assessment/{ZEZHOU}/overdue">1</a>' in page
        assert "100.0%" in page
        assert "–" in page
        behind = await client.get(f"/assessment/{ZEZHOU}/overdue", headers={"Accept": "text/html"})
        english = await client.get("/assessment?lang=en", headers={"Accept": "text/html"})
    assert f'href="/cases/{SECOND}"' in behind.text
    assert "（特设）移〔2022〕17号" in behind.text
    assert "Closed on time" in english.text


async def test_the_database_itself_refuses_the_reader_other_units_rows(assessment: Running) -> None:
    await three_cases(assessment)
    with psycopg.connect(assessment.database.role("reader")) as connection:
        assert connection.execute("SELECT count(*) FROM case_facts").fetchone() == (0,)
        connection.execute("SELECT set_config('bihuan.units', %s, true)", (GAOPING,))
        assert connection.execute("SELECT case_id::text FROM case_facts").fetchall() == [(THIRD,)]


async def test_events_that_come_late_twice_and_out_of_order_count_once_each(assessment: Running) -> None:
    feed: CasesFeed = assessment.feed
    rows = [feed.compose(one, OPENED) for one in (life.opened(FIRST), life.transferred(FIRST), life.signed_for(FIRST))]
    for row in (rows[2], rows[1], rows[2]):
        await feed.publish(row, again=True)
    assert assessment.position() == 0
    for row in (rows[0], rows[0], rows[1]):
        await feed.publish(row, again=True)
    await assessment.caught_up()
    found = (await counts(assessment))[ZEZHOU]
    assert (found["opened"], found["transferred"], found["signed_for"]) == (1, 1, 1)


async def test_the_service_describes_itself_and_serves_its_empty_feed(assessment: Running) -> None:
    for path in ("/health", "/ready"):
        assert (await assessment.get(path, role=None))["status"] in ("ok", "ready")
    await assessment.feed.say(life.opened(FIRST), at=OPENED)
    await assessment.caught_up()
    assert await assessment.get("/api/assessment/v1/events") == {"items": [], "next": None}
    document = await assessment.get("/asyncapi.json", role=None)
    assert document["info"]["title"] == "Bihuan assessment"
    assert any("cases" in name for name in document["channels"])
    assert "/api/assessment/v1/counts" in (await assessment.get("/openapi.json", role=None))["paths"]
    async with assessment.client() as client:
        assert 'bihuan_inbox_events_total{producer="cases"} 1.0' in (await client.get("/metrics")).text
