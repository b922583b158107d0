"""Returns and bulletins are signed by what was on the screen; where it moved, both are shown."""

from __future__ import annotations

from typing import Any

import pytest

from services.assessment.domain.bulletin import Bulletin
from services.assessment.domain.errors import FiguresMoved
from services.assessment.domain.events import bulletins, filing
from services.assessment.handlers import BULLETIN, RETURNS
from services.assessment.web.moved import Moved, bulletin_moved, return_moved, shown
from services.assessment.web.since import SAID, with_since
from shared.platform.event_store.refusal import NotNamed, StaleVersion
from shared.platform.service.refused import Failed
from tests.services.assessment.bureau import CAMPAIGN, DIRECTOR, OFFICE, PRINCIPAL, SCHEDULE, ZEZHOU, Bureau, at
from tests.services.assessment.happenings import closed, opened
from tests.support import catalogues

A, B = (f"0190a5c0-0000-7000-8000-00000000000{n}" for n in "12")
MONDAY = at("2022-01-10 09:00")


def bureau_with(*facts: Any) -> Bureau:
    bureau = Bureau()
    bureau.told(*facts, happened=MONDAY)
    bureau.clock.set(at("2022-01-12 09:00"))
    return bureau


def give(bureau: Bureau, command: str, **body: Any) -> Any:
    return bureau.order(RETURNS, command, PRINCIPAL, address={"unit": ZEZHOU, "week": "3"}, **body)


@pytest.mark.parametrize("command", ["submit", "correct"])
def test_a_return_is_not_signed_without_naming_the_figures_that_were_seen(command: str) -> None:
    bureau = bureau_with(opened(A))
    if command == "correct":
        bureau.submit(PRINCIPAL, ZEZHOU, 3)
        bureau.send_back(OFFICE, ZEZHOU, 3)
    with pytest.raises(NotNamed, match="digest"):
        give(bureau, command)
    seen = bureau.return_now(ZEZHOU, 3)
    bureau.told(opened(B), happened=MONDAY)
    with pytest.raises(FiguresMoved, match="核对新的数字"):
        give(bureau, command, digest=seen.digest)
    assert give(bureau, command, digest=bureau.return_now(ZEZHOU, 3).digest)["state"] == "filed"


def test_later_figures_that_are_the_same_are_those_that_were_seen() -> None:
    bureau = bureau_with(opened(A))
    seen = bureau.return_now(ZEZHOU, 3)
    bureau.clock.set(at("2022-01-13 09:00"))
    assert bureau.return_now(ZEZHOU, 3).until != seen.until
    assert give(bureau, "submit", digest=seen.digest, note="说明")["state"] == "filed"


def test_figures_and_acts_that_moved_are_shown_as_they_were_seen_and_as_they_are() -> None:
    bureau = bureau_with(opened(A), closed(A, "penalty"))
    seen = bureau.return_now(ZEZHOU, 3)
    assert return_moved(shown(seen), seen, CAMPAIGN, "zh") == []
    bureau.told(opened(B), closed(B, "penalty"), happened=MONDAY)
    now = bureau.return_now(ZEZHOU, 3)
    moved = return_moved(shown(seen), now, CAMPAIGN, "zh")
    names = {cell.code: cell.zh for cell in CAMPAIGN.annexes.statistics}
    assert Moved(names["tips_received"], "1 / 1", "2 / 2") in moved
    assert Moved("甲气站", "–", "列入附件2", B) in moved
    assert Moved("交办件", "列入附件2", "–", B) in return_moved(shown(now), seen, CAMPAIGN, "zh")
    assert all(one.before != one.after for one in moved)
    anything = return_moved("<script> x:1 \x00 " + "9:" * 5000, now, CAMPAIGN, "zh")
    assert {one.before for one in anything} == {"–"}, "what cannot be read was not seen"


def drawn() -> tuple[Bureau, Bulletin]:
    bureau = bureau_with()
    bureau.draw(OFFICE, "2021-12")
    return bureau, bulletin(bureau)


def bulletin(bureau: Bureau) -> Bulletin:
    found: Bulletin = bureau.aggregate(SCHEDULE.bulletin_id("2021-12"))
    return found


def publish(bureau: Bureau, seen: int | None = None, **body: Any) -> Any:
    return bureau.order(BULLETIN, "publish", DIRECTOR, seen=seen, address={"month": "2021-12"}, **body)


def test_a_bulletin_is_published_by_what_was_drawn_and_seen() -> None:
    bureau, seen = drawn()
    assert seen.content is not None
    with pytest.raises(NotNamed):
        publish(bureau)
    bureau.told(opened(A), closed(A, "penalty"), happened=at("2021-12-30 10:00"))
    bureau.draw(OFFICE, "2021-12")
    with pytest.raises(FiguresMoved, match="重新拟制"):
        publish(bureau, digest=seen.content.digest)
    with pytest.raises(StaleVersion):
        publish(bureau, seen.version)
    content = bulletin(bureau).content
    assert content is not None
    moved = bulletin_moved(seen.content, content, CAMPAIGN, "zh")
    assert Moved("交办件 · 泽州县", "–", "列入", A) in moved
    assert any(one.name.startswith("泽州县 · ") and one.before != one.after for one in moved)
    assert bulletin_moved(content, content, CAMPAIGN, "zh") == []
    assert publish(bureau, digest=content.digest)["state"] == "published"


def test_an_overtaken_form_says_what_has_become_of_the_paper_and_by_whom() -> None:
    bureau = bureau_with()
    bureau.submit(PRINCIPAL, ZEZHOU, 3)
    bureau.send_back(OFFICE, ZEZHOU, 3)
    events = bureau.events(SCHEDULE.filing_id("weekly_return", ZEZHOU, "3"))
    failed = with_since(Failed("submit", "", seen=1), events, CAMPAIGN, bureau.clock.now(), "zh")
    assert [line.partition(" ")[2].partition("——")[0] for line in failed.since] == [
        "09:00 报送本周情况",
        "09:00 退回更正：数字与附件2不符。",
    ]
    assert with_since(Failed("submit", ""), events, CAMPAIGN, bureau.clock.now(), "zh").since == ()


def test_whatever_becomes_of_a_paper_or_a_bulletin_has_its_words() -> None:
    unseen = {"FilingOpened", "BulletinOpened", "FilingEvent"}
    kinds = {
        kind
        for module in (filing, bulletins)
        for kind in vars(module).values()
        if isinstance(kind, type) and kind.__module__ == module.__name__ and not kind.__name__.startswith("_")
    }
    assert {kind for kind in kinds if kind.__name__ not in unseen} == set(SAID)
    assert set(SAID.values()) - catalogues.english(catalogues.of("assessment")) == set()
