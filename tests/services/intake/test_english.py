"""The officers' page of a tip in English: nothing on it is Chinese but what the tip says and is suspected of."""

from __future__ import annotations

import pytest

from services.intake.domain.authority import STATES
from tests.services.intake.desk import CAMPAIGN, UNCLEAR, Desk
from tests.services.intake.test_pages import page
from tests.support.english import names_of, not_english

TEXT = "巴公镇充装站正在漏气，超装"


@pytest.mark.parametrize("state", STATES)
def test_in_every_state_the_page_of_a_tip_is_english(state: str) -> None:
    desk = Desk()
    tip = desk.bring(state)
    assert not_english(page(desk, tip, "en"), written(desk)) == []


def test_what_the_rules_doubt_of_a_tip_is_english() -> None:
    desk = Desk()
    tip = desk.receive(TEXT, enterprise="惠民气站")
    assert not_english(page(desk, tip, "en"), [TEXT, "惠民气站", *written(desk)]) == []


def written(desk: Desk) -> list[str]:
    """What the rules made of the tips: matters of the campaign's words; and what tips and officers say."""
    found = []
    for row in desk.tables["tips"].values():
        found += [str(value) for value in row.values() if isinstance(value, str)]
        suggestion = row.get("suggestion")
        found += [suggestion.matter, suggestion.place] if suggestion is not None else []
    return [UNCLEAR, *names_of(CAMPAIGN), *filter(None, found)]
