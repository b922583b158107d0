"""Many tips of one sender: none of others is refused or waits for them, and none about danger to life is lost."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.limits import DANGER, TIPS
from services.intake.rules.triage import FLOOD
from shared.platform.web import problems
from tests.services.intake.desk import CLEAR, HOTLINE, UNCLEAR, Desk

DANGEROUS = "正在漏气，屋里有人"


def test_a_sender_is_refused_after_a_burst_of_tips_and_others_are_not() -> None:
    desk = Desk()
    for _ in range(TIPS.burst):
        desk.receive(CLEAR, sender="192.0.2.7")
    kept = len(desk.vault.keys)
    with pytest.raises(problems.TooManyRequests) as refused:
        desk.receive(CLEAR, sender="192.0.2.7")
    assert "119" in str(refused.value)
    assert len(desk.vault.keys) == kept, "what is refused leaves nothing"
    desk.receive(CLEAR, sender="192.0.2.8")


@pytest.mark.parametrize("said", [{"text": UNCLEAR, "danger": True}, {"text": DANGEROUS}], ids=["ticked", "told"])
def test_a_tip_about_danger_to_life_is_taken_in_at_any_number_and_waits_behind_others(said: dict[str, Any]) -> None:
    desk = Desk()
    tips = [desk.receive(**said, sender="192.0.2.7") for _ in range(DANGER.burst + TIPS.burst + 3)]
    doubted = [FLOOD in desk.tip(tip).suggestion.doubts for tip in tips]
    assert doubted == [n >= DANGER.burst for n in range(len(tips))]
    assert all(desk.tip(tip).danger for tip in tips)
    assert FLOOD not in desk.tip(desk.receive(**said, sender="192.0.2.8")).suggestion.doubts


def test_who_has_told_of_danger_too_often_may_still_tell_of_something_else() -> None:
    desk = Desk()
    for _ in range(DANGER.burst + 1):
        desk.receive(DANGEROUS, sender="192.0.2.7")
    assert FLOOD not in desk.tip(desk.receive(CLEAR, sender="192.0.2.7")).suggestion.doubts


def test_what_the_hotline_registers_is_not_counted() -> None:
    desk = Desk()
    for _ in range(TIPS.burst + 1):
        desk.receive(CLEAR, HOTLINE, source="hotline")
