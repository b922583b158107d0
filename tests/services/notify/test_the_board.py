"""The ten outcome items and the weekly number, as the public reads them; and the feed."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from services.notify.web.feed import atom
from services.notify.web.words import outcomes, unfounded
from tests.services.notify.closing import CASE
from tests.services.notify.postroom import CAMPAIGN, PostRoom, at
from tests.support import life
from tests.support.running import case_id

RATE = [term.code for term in CAMPAIGN.taxonomy("outcomes").terms].index("major_hazard_rate")


@pytest.mark.parametrize(
    ("hazards", "rate", "note"),
    [
        ((0, 0), "–", "已整改 0 项，共 0 项"),
        ((2, 3), "66.7%", "已整改 2 项，共 3 项"),
        ((3, 3), "100.0%", "已整改 3 项，共 3 项"),
    ],
)
def test_the_sixth_item_is_a_rate_and_the_others_are_numbers(hazards: tuple[int, int], rate: str, note: str) -> None:
    ten = outcomes({"penalty": 4, "nature": 5}, hazards, CAMPAIGN, "zh")
    assert (len(ten), ten[RATE].figure, ten[RATE].note) == (10, rate, note)
    assert [(one.figure, one.note) for one in (ten[0], ten[3], ten[6])] == [
        ("5", "条，已认定性质"), ("4", "条"), ("0", "条，经过提级核查"),
    ]  # fmt: skip


def hazards(room: PostRoom) -> tuple[int, int]:
    rows = [row for row in room.tables["hazards"].values() if row["major"] and row["confirmed"]]
    return sum(row["rectified"] for row in rows), len(rows)


def test_a_major_hazard_that_somebody_told_of_is_confirmed_by_its_closing() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), replace(life.transferred(CASE), circumstance="major"))
    assert hazards(room) == (0, 0)
    room.told_by_cases(life.closed(CASE))
    assert hazards(room) == (1, 1)
    room.told_by_cases(life.reopened(CASE))
    assert hazards(room) == (0, 1)
    room.told_by_cases(replace(life.closed(CASE), conclusion="not_borne_out"))
    assert hazards(room) == (0, 0), "there was none"


def test_a_major_hazard_that_an_inspection_found_counts_before_it_is_rectified() -> None:
    room, other = PostRoom(), case_id(2)
    room.told_by_cases(replace(life.opened(other), origin="inspection"))
    room.told_by_cases(replace(life.transferred(other), circumstance="major"))
    assert hazards(room) == (0, 1)


def test_what_was_not_borne_out_is_counted_by_the_week() -> None:
    since = [at("2022-02-14 09:00"), at("2022-02-11 18:00"), at("2022-02-07 09:00")]
    weeks = unfounded(since, CAMPAIGN)
    assert [(one.last, one.count) for one in weeks] == [(date(2022, 2, 18), 1), (date(2022, 2, 11), 2)]


def test_the_feed_tells_the_number_of_a_week_and_no_name() -> None:
    numbers = [(date(2022, 2, 11), [at("2022-02-11 18:00"), at("2022-02-07 09:00")])]
    feed = ElementTree.fromstring(atom([], numbers, CAMPAIGN, "https://example.org"))  # noqa: S314 – our own
    atom_ns = "{http://www.w3.org/2005/Atom}"
    (entry,) = feed.findall(f"{atom_ns}entry")
    assert entry.findtext(f"{atom_ns}title") == "截至2022年2月11日的一周：经核查不属实的举报 2 件"
    assert feed.findtext(f"{atom_ns}updated") == "2022-02-11T18:00:00+08:00"
