"""The pages of *notify* in English: nothing on them is Chinese but disclosures and names."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from services.notify.domain.authority import STATE_NAMES
from services.notify.domain.sentences import sentence
from services.notify.domain.values import Kind
from shared.platform.web.words import translate
from tests.services.notify import trouble
from tests.services.notify.closing import CASE, EVIDENCE
from tests.services.notify.postroom import CAMPAIGN, PostRoom, at
from tests.services.notify.test_pages import in_state, page
from tests.support.english import names_of, not_english

NOW = at("2022-02-09 09:00")


def written(room: PostRoom) -> list[str]:
    """What the items of a room say, and where they stand."""
    found = [*EVIDENCE.values(), "第3版", "公布的电话", "金额有误", "处罚被撤销", "更正后的文字。", "9时30分"]
    for item in (*room.items(), *room.board):
        found += [line for name in ("title", "text") for line in str(item.get(name) or "").splitlines()]
        correction = item.get("correction")
        found += [correction.title, *correction.text.splitlines()] if correction else []
    return [one for one in found if one]


@pytest.mark.parametrize("role", ["office", "director", "auditor"])
@pytest.mark.parametrize("state", STATE_NAMES)
def test_in_every_state_the_page_of_an_item_is_english(state: str, role: str) -> None:
    room = in_state(state)
    assert not_english(page(room, role, "en"), names_of(CAMPAIGN) + written(room)) == []


def test_an_item_that_waits_says_why_in_english() -> None:
    room = in_state("checked")
    room.told_by_cases(trouble.suspected(CASE))
    assert not_english(page(room, "office", "en"), names_of(CAMPAIGN) + written(room)) == []


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_reminder_reads_in_english(kind: Kind, late: bool) -> None:
    due = NOW - timedelta(hours=9) if late else NOW + timedelta(hours=15)
    abouts: list[tuple[str | None, str | None]] = [("（特设）移〔2022〕17号", None), (None, None), (None, "一件举报")]
    for letter, matter in abouts:
        for until in (due, None) if kind.startswith(("escalation_cleared", "overdue_excused")) else (due,):
            told = sentence(kind, letter, until, NOW, CAMPAIGN.zone, CAMPAIGN.rule("review").zh, matter)
            said = translate("en", told)
            assert not_english(f"<p>{said}</p>", []) == [], told
            assert ("2022" in told.replace("〔2022〕", "")) == ("Feb 2022" in said), "a day is a day in both"
