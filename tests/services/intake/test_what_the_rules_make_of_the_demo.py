"""The demo's tips, each with the truth beside it, put to the rules: what do they send by themselves, and where to?"""

from __future__ import annotations

from time import process_time

import pytest

from deploy.demo.tips import DEFAULT_TIPS, Tip, load
from services.intake.domain.values import Lead
from services.intake.rules.triage import Words
from tests.services.intake.desk import CAMPAIGN, READER


@pytest.fixture(scope="module")
def tips() -> tuple[Tip, ...]:
    return load(DEFAULT_TIPS, CAMPAIGN)


def words_of(tip: Tip) -> Words:
    return Words(tip.text, place=tip.place or "", enterprise=tip.enterprise or "", kind=tip.kind, danger=tip.danger)


def lead_of(tip: Tip) -> Lead | None:
    """What the rules make of a tip without a person."""
    name, phone = (tip.identity.name, tip.identity.phone) if tip.identity else (None, None)
    return READER.lead(READER.read(words_of(tip)), tip.enterprise or "", name, phone)


def test_of_the_demos_tips_none_is_sent_by_itself_to_a_wrong_unit(tips: tuple[Tip, ...]) -> None:
    sent = {tip.n: (lead.unit, tip.truth.unit) for tip in tips if (lead := lead_of(tip))}
    assert {n: units for n, units in sent.items() if units[0] != units[1]} == {}


def test_of_the_demos_tips_none_that_belongs_elsewhere_or_to_a_person_is_sent_by_itself(tips: tuple[Tip, ...]) -> None:
    sent = [tip for tip in tips if lead_of(tip)]
    assert [tip.n for tip in sent if tip.kind != "tip" or tip.danger or tip.truth.against_officials] == []


def test_of_the_demos_real_tips_at_least_three_in_ten_go_by_themselves(tips: tuple[Tip, ...]) -> None:
    real = [tip for tip in tips if tip.kind == "tip" and tip.truth.unit and not tip.truth.groundless]
    assert len(real) > 200
    assert sum(lead_of(tip) is not None for tip in real) >= 0.3 * len(real)


def test_of_the_demos_tips_each_unit_gets_some_by_itself(tips: tuple[Tip, ...]) -> None:
    assert {lead.unit for tip in tips if (lead := lead_of(tip))} == {county.code for county in CAMPAIGN.units}


def test_a_tip_is_read_in_less_than_a_fifth_of_a_millisecond(tips: tuple[Tip, ...]) -> None:
    written = [words_of(tip) for tip in tips]

    def seconds() -> float:
        start = process_time()
        for words in written:
            READER.read(words)
        return process_time() - start

    assert min(seconds() for _ in range(5)) / len(written) < 200e-6
