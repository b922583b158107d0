"""How a published item is corrected by two and withdrawn by the director, and what the public then reads."""

from __future__ import annotations

import pytest

from services.notify.domain import errors
from shared.platform.service.authority import WrongRole
from tests.services.notify.closing import DIRECTOR, OFFICE, approved, closed_case, item, published
from tests.services.notify.postroom import PostRoom


@pytest.fixture
def room() -> PostRoom:
    return closed_case()


def test_the_office_drafts_a_correction_and_the_director_signs_it(room: PostRoom) -> None:
    disclosure = published(room)
    before = room.board[0]["text"]
    room.give("correct", disclosure, OFFICE, text="更正后的文字。", reason="金额有误")
    assert room.board[0]["text"] == before
    room.sign("correct", disclosure, DIRECTOR)
    assert room.board[0]["text"] == "更正后的文字。"
    assert [(row["text"], row["reason"]) for row in room.tables["wordings"].values()] == [
        (before, None), ("更正后的文字。", "金额有误"),
    ]  # fmt: skip
    assert room.told(public=True) == ["DisclosurePublished", "DisclosureCorrected"]


def test_the_director_signs_no_correction_that_nobody_drafted(room: PostRoom) -> None:
    disclosure = published(room)
    with pytest.raises(errors.NothingDrafted):
        room.sign("correct", disclosure, DIRECTOR)
    room.give("correct", disclosure, OFFICE, text="更正后的文字。", reason="金额有误")
    with pytest.raises(errors.NothingDrafted, match="不另改文字"):
        room.give("correct", disclosure, DIRECTOR, text="主任自己的文字。")


def test_nobody_signs_his_own_correction(room: PostRoom) -> None:
    disclosure = published(room)
    room.give("correct", disclosure, "office:p-deputy-director", text="更正后的文字。", reason="金额有误")
    with pytest.raises(errors.SamePerson):
        room.sign("correct", disclosure, DIRECTOR)


def test_a_correction_is_checked_like_the_first_wording(room: PostRoom) -> None:
    disclosure = published(room)
    with pytest.raises(errors.Unanswered, match="电话号码"):
        room.give("correct", disclosure, OFFICE, text="请致电0356-0000502。", reason="补充电话")
    room.give(
        "correct", disclosure, OFFICE, text="请致电0356-0000502。", reason="补充电话", answers={"phone": "公布的电话"}
    )


def test_a_withdrawn_item_leaves_its_reason_and_no_words(room: PostRoom) -> None:
    disclosure = published(room)
    room.give("withdraw", disclosure, DIRECTOR, reason="处罚决定被撤销")
    (row,) = room.board
    assert (row["title"], row["text"], row["enterprise"], row["outcomes"]) == ("", "", None, ())
    assert row["reason"] == "处罚决定被撤销"
    assert room.told(public=True)[-1] == "DisclosureWithdrawn"


def test_what_was_never_public_is_withdrawn_without_a_word(room: PostRoom) -> None:
    room.give("withdraw", item(room), DIRECTOR, reason="内容重复")
    assert (room.items()[0]["state"], room.board, room.published) == ("withdrawn", [], [])


def test_what_stood_on_one_channel_is_withdrawn_in_public(room: PostRoom) -> None:
    approved(room, item(room))
    room.give("publish", item(room), evidence={"daily": "第3版"})
    room.give("withdraw", item(room), DIRECTOR, reason="内容有误")
    assert room.told(public=True) == ["DisclosureWithdrawn"]


def test_only_the_director_withdraws(room: PostRoom) -> None:
    with pytest.raises(WrongRole, match="办公室主任"):
        room.give("withdraw", item(room), OFFICE, reason="不想公开")
