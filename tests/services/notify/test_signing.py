"""Who answers for a wording has seen that wording: an overtaken form says what was changed since, and by whom."""

from __future__ import annotations

import pytest

from services.notify.domain import events
from services.notify.handlers import DISCLOSURE
from services.notify.web.since import SAID, with_since
from shared.platform.event_store.refusal import NotNamed, StaleVersion
from shared.platform.service.refused import Failed
from tests.services.notify.closing import DIRECTOR, OFFICE, closed_case, item, published
from tests.services.notify.postroom import CAMPAIGN
from tests.support import catalogues


def test_every_command_on_an_item_signs() -> None:
    assert {command.name for command in DISCLOSURE.commands if command.signs} == {
        "check", "approve", "publish", "correct", "withdraw",
    }  # fmt: skip


def test_a_correction_is_signed_in_the_version_that_was_seen() -> None:
    room = closed_case()
    published(room)
    seen = room.give("correct", item(room), OFFICE, text="第一稿。", reason="金额有误")["version"]
    with pytest.raises(NotNamed):
        room.give("correct", item(room), DIRECTOR)
    room.give("correct", item(room), OFFICE, text="第二稿。", reason="金额有误")
    with pytest.raises(StaleVersion):
        room.give("correct", item(room), DIRECTOR, seen=seen)
    room.sign("correct", item(room), DIRECTOR)
    assert room.board[0]["text"] == "第二稿。"


def test_an_overtaken_form_shows_the_wording_as_it_was_and_as_it_is() -> None:
    room = closed_case()
    room.give("check", item(room), OFFICE, title="题", text="第一稿。")
    room.give("check", item(room), OFFICE, title="题", text="第二稿。")
    room.give("approve", item(room), DIRECTOR)
    happened = room.events(room.items()[0]["id"])
    failed = with_since(Failed("approve", "", seen=2), happened, CAMPAIGN, room.clock.now(), "zh")
    changed, approved = failed.since
    assert " 核对——" in changed
    assert changed.endswith("。原为：“题：第一稿。”；改为：“题：第二稿。”")
    assert " 审核同意——" in approved
    assert "原为" not in approved


def test_whatever_becomes_of_an_item_has_its_words() -> None:
    about_items = {
        kind
        for kind in vars(events).values()
        if isinstance(kind, type) and kind.__name__.startswith(("Disclosure", "Channels", "Correction"))
    }
    assert about_items - {events.DisclosureDrafted} | {events.OfficeClockMissed} == set(SAID)
    assert set(SAID.values()) - catalogues.english(catalogues.of("notify")) == set()
