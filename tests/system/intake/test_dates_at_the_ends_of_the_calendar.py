"""When something happened, as a tipster says it, and as an earlier release let it in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.system.intake.installation import Installation
from tests.system.intake.test_tips_over_http import TIPS, give, is_problem

ENDS = ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"]


@pytest.mark.parametrize("moment", [*ENDS, "2100-12-31T23:59:59-12:00", "2098-01-01T00:00:00Z", "1999-12-31T23:00:00Z"])
def test_what_has_not_happened_in_this_century_is_refused(visitor: httpx.Client, moment: str) -> None:
    problem = is_problem(visitor.post(TIPS, json={"text": "漏气", "occurred_at": moment}), 422, "invalid")
    assert "occurred_at" in problem["errors"][0]["pointer"]


def test_a_clock_may_be_a_little_ahead(visitor: httpx.Client) -> None:
    give(visitor, occurred_at=(datetime.now(UTC) + timedelta(minutes=3)).isoformat())
    late = (datetime.now(UTC) + timedelta(minutes=9)).isoformat()
    is_problem(visitor.post(TIPS, json={"text": "漏气", "occurred_at": late}), 422, "invalid")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2098-01-01"])
def test_nor_does_the_form_take_it(visitor: httpx.Client, day: str) -> None:
    answer = visitor.post("/", data={"text": "漏气", "occurred_on": day}, headers={"Accept": "text/html"})
    assert (answer.status_code, "漏气" in answer.text) == (422, True)


@pytest.fixture
def stored(installation: Installation, visitor: httpx.Client) -> Iterator[list[str]]:
    """Tips with dates that were once let in; read for the office, which sees the list of all that wait."""
    tips = [give(visitor, "有个充装站超装")["tip"] for _ in ENDS]
    for tip, moment in zip(tips, ENDS, strict=True):
        installation.rows("bihuan_intake", "UPDATE tips SET occurred_at = %s WHERE id = %s RETURNING 1", (moment, tip))
    yield tips
    installation.rows(
        "bihuan_intake", "UPDATE tips SET occurred_at = NULL WHERE id = ANY(%s::uuid[]) RETURNING 1", (tips,)
    )


def test_one_bad_row_breaks_neither_the_list_nor_the_page(hotline: httpx.Client, stored: list[str]) -> None:
    for path in (TIPS, f"{TIPS}?state=received&limit=200", "/triage", *(f"{TIPS}/{tip}" for tip in stored)):
        assert hotline.get(path, headers={"Accept": "text/html"}).status_code == 200, path
    for tip in stored:
        assert hotline.get(f"/triage/{tip}", headers={"Accept": "text/html"}).status_code == 200
    listed = {item["tip"]: item["occurred_at"] for item in hotline.get(f"{TIPS}?limit=200").json()["items"]}
    assert [listed[tip][:4] for tip in stored] == ["9999", "0001"]
