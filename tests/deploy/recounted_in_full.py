"""The demo's figures, counted again by an independent program: `./bihuan test tests/deploy/recounted_in_full.py`.

It plays the whole demo, so it is not among all tests.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from tests.deploy.demo_in_full import ROOT, Played
from tests.deploy.recount import disagreements, read
from tests.deploy.recount_figures import Event, Raw

CAMPAIGN = ROOT / "deploy" / "campaigns" / "jincheng-2021.yaml"


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Any:
    played = Played(tmp_path_factory.mktemp("recounted") / "data")
    try:
        played.table()
        yield read(played.data, CAMPAIGN)
    finally:
        played.stop()


def test_every_line_of_every_return_every_score_rank_and_batch_agrees_to_the_last_digit(raw: Raw) -> None:
    assert disagreements(raw) == []


def test_among_the_returns_are_weeks_of_counties_in_which_something_was_taken_back(raw: Raw) -> None:
    taken_back = {
        line["measure"]
        for unit, returns in raw.returns().items()
        for one in returns
        for line in one.data["signed"]["figures"]
        if unit in raw.counties and line["week"] < 0
    }
    assert {"closed_down", "tips_overdue"} <= taken_back
    assert len(raw.bulletins()) == 5
    assert any(event.name == "DisclosurePublished" for event in raw.notify)


def test_what_is_one_off_in_a_return_is_told(raw: Raw) -> None:
    assert disagreements(_with_a_return(raw, lambda signed: signed["figures"][0].update(total=1))) == [
        "return 13 of 140502: units_due is 1, here 0",
        "return 13 of 140502: the weeks of units_due add up to 0, not to 1",
    ]


def test_a_case_that_is_not_in_annex_2_is_told(raw: Raw) -> None:
    (told,) = disagreements(_with_a_return(raw, lambda signed: signed["acts"].pop()))
    assert told.startswith("return 13 of 140502: Annex 2")


def test_a_closing_that_the_feed_does_not_have_is_told(raw: Raw) -> None:
    first = next(event for event in raw.cases if event.name == "CaseClosed")
    told = disagreements(replace(raw, cases=[event for event in raw.cases if event is not first]))
    assert any("closed_on_time" in one for one in told)


def test_a_hundredth_of_a_point_is_told(raw: Raw) -> None:
    drawn = [event for event in raw.assessment if event.name == "BulletinDrawn"][1]
    with_one_more = _copied(drawn)
    with_one_more.data["content"]["rankings"][0]["placings"][0]["score"] += 1
    (told,) = disagreements(_with(raw, drawn, with_one_more))
    assert told.startswith("bulletin 2022-01")


def test_a_clock_that_the_office_missed_and_the_bulletin_does_not_tell_is_told(raw: Raw) -> None:
    drawn = [event for event in raw.assessment if event.name == "BulletinDrawn"][1]
    (review,) = [one for one in drawn.data["content"]["office"] if one["clock"] == "review"]
    assert review["total"]["missed"]
    with_one_less = _copied(drawn)
    (review,) = [one for one in with_one_less.data["content"]["office"] if one["clock"] == "review"]
    review["month"]["missed"] -= 1
    (told,) = disagreements(_with(raw, drawn, with_one_less))
    assert told.startswith("bulletin 2022-01: the office's review is")


def test_who_is_named_for_what_was_not_borne_out_is_told(raw: Raw) -> None:
    named = [event for event in raw.notify if event.name == "DisclosurePublished" and event.data["about"]["enterprise"]]
    closed = [event for event in raw.cases if event.of == named[0].data["about"]["case"] and event.name == "CaseClosed"]
    otherwise = _copied(closed[-1])
    otherwise.data["conclusion"] = "not_borne_out"
    told = disagreements(_with(raw, closed[-1], otherwise))
    assert f"disclosure {named[0].of} names somebody in case {otherwise.of} for what is not so" in told


def _with_a_return(raw: Raw, change: Any) -> Raw:
    last = raw.returns()["140502"][-1]
    changed = _copied(last)
    change(changed.data["signed"])
    return _with(raw, last, changed)


def _copied(event: Event) -> Event:
    return replace(event, data=copy.deepcopy(event.data))


def _with(raw: Raw, event: Event, instead: Event) -> Raw:
    def of(events: list[Event]) -> list[Event]:
        return [instead if one is event else one for one in events]

    return replace(raw, cases=of(raw.cases), assessment=of(raw.assessment))
