"""Nobody is named for what is not so: what the public is told of a case, what is kept back, what is corrected."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from services.notify.domain import errors
from shared.kernel.contracts.internal import cases
from shared.kernel.measures import MeasureTaken
from tests.services.notify import trouble
from tests.services.notify.closing import (
    CASE,
    DIRECTOR,
    EVIDENCE,
    OFFICE,
    SECOND,
    approved,
    closed_case,
    item,
    published,
)
from tests.services.notify.postroom import PostRoom, at
from tests.support import life
from tests.support.life import ZEZHOU

FALSE = "false_closure"


def closed(conclusion: str | None = "borne_out", **changes: Any) -> cases.CaseClosed:
    return replace(life.closed(CASE), conclusion=conclusion, **changes)


def against_officials() -> cases.CaseOpened:
    return replace(life.opened(CASE), concerned=ZEZHOU)


def counted(room: PostRoom) -> list[datetime]:
    return [row["since"] for row in room.tables["unfounded"].values() if row.get("since") is not None]


def found_false(room: PostRoom) -> None:
    """As *cases* tells it: found, and reopened by that."""
    room.told_by_cases(trouble.found(CASE, FALSE), life.reopened(CASE))


# --- not borne out ---


def test_what_was_not_borne_out_is_a_number_without_a_name() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), closed("not_borne_out"))
    assert (room.items(), counted(room)) == ([], [room.clock.now()])
    assert list(room.messages(public=True)) == []


def test_cases_hears_that_the_case_counts_in_a_number_so_that_its_loop_goes_on() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), closed("not_borne_out"))
    ((name, told),) = room.messages(public=False)
    assert (name, told["kind"], told["case"], told["disclosure"]) == ("DisclosurePublished", "number", CASE, "")


def test_nobody_drafts_a_named_item_of_what_was_not_borne_out() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), closed("not_borne_out"))
    with pytest.raises(errors.NotBorneOut, match="不点名"):
        room.draft(kind="exposure", title="曝光", text="甲气站。", case=CASE)


def test_what_was_drafted_before_it_was_not_borne_out_goes_no_further() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE))
    disclosure = room.draft(kind="exposure", title="曝光", text="甲气站。", case=CASE)["disclosure"]
    room.give("check", disclosure, OFFICE)
    room.told_by_cases(closed("not_borne_out"))
    for command, who in (("check", OFFICE), ("approve", DIRECTOR)):
        with pytest.raises(errors.NotBorneOut):
            room.give(command, disclosure, who)


def test_what_runs_again_counts_no_more_among_what_was_not_borne_out() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), closed("not_borne_out"), trouble.suspected(CASE))
    assert counted(room) == [], "it is in doubt"
    found_false(room)
    room.told_by_cases(closed())
    assert (len(room.items()), counted(room)) == (1, [])


# --- in doubt ---


@pytest.mark.parametrize("doubt", [trouble.suspected(CASE), *map(life.escalated, [CASE] * 2, ["overdue", FALSE])])
def test_what_is_undecided_keeps_an_item_where_it_is(doubt: Any) -> None:
    room = closed_case()
    room.told_by_cases(doubt)
    with pytest.raises(errors.InDoubt, match="暂不公开"):
        room.give("check", item(room), OFFICE)
    with pytest.raises(errors.InDoubt):
        room.draft(kind="progress", title="进展", text="正在查处。", case=CASE)
    assert [row["state"] for row in room.items()] == ["drafted"]


def test_what_was_approved_before_the_suspicion_is_not_published() -> None:
    room = closed_case()
    room.give("check", item(room), OFFICE)
    room.give("approve", item(room), SECOND)
    room.told_by_cases(trouble.suspected(CASE))
    with pytest.raises(errors.InDoubt):
        room.give("approve", item(room), DIRECTOR)
    room.told_by_cases(trouble.cleared(CASE, FALSE, runs=False))
    room.give("approve", item(room), DIRECTOR)
    room.told_by_cases(trouble.suspected(CASE))
    with pytest.raises(errors.InDoubt):
        room.give("publish", item(room), evidence=EVIDENCE)
    room.told_by_cases(trouble.cleared(CASE, FALSE, runs=False))
    room.give("publish", item(room), evidence=EVIDENCE)
    assert len(room.board) == 1


def test_a_case_closed_in_doubt_is_drafted_once_it_is_cleared_with_a_whole_window() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.escalated(CASE), closed())
    assert room.items() == []
    assert room.tables["standings"][UUID(CASE)]["deferred"] == "关于甲气站特种设备安全隐患问题的办理结果"
    room.clock.set(at("2022-02-21 10:00"))
    room.told_by_cases(trouble.cleared(CASE, runs=False))
    (row,) = room.items()
    assert (row["state"], row["due"]) == ("drafted", at("2022-03-01 00:00"))
    assert room.tables["standings"][UUID(CASE)]["deferred"] is None


def test_a_case_closed_in_doubt_and_found_is_never_drafted_of_that_closing() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.escalated(CASE), closed(), trouble.found(CASE), life.reopened(CASE))
    assert room.items() == []
    room.told_by_cases(closed())
    assert len(room.items()) == 1


def test_one_of_two_doubts_that_is_cleared_leaves_the_other() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.escalated(CASE), life.escalated(CASE, "idle_after_acceptance"))
    room.told_by_cases(closed(), trouble.cleared(CASE, runs=False))
    assert room.items() == []
    room.told_by_cases(trouble.cleared(CASE, "idle_after_acceptance", runs=False))
    assert len(room.items()) == 1


def test_a_letter_that_was_taken_back_leaves_nothing_undecided() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), life.escalated(CASE), trouble.returned(CASE))
    room.told_by_cases(life.transferred(CASE, n=18), closed())
    assert len(room.items()) == 1


# --- against officials ---


def test_what_is_against_officials_never_becomes_a_draft() -> None:
    room = PostRoom()
    room.told_by_cases(against_officials(), closed())
    with pytest.raises(errors.AgainstOfficials, match="不得公开"):
        room.draft(kind="result", title="结果", text="某科长。", case=CASE)
    assert (room.items(), room.published) == ([], [])


def test_what_is_against_officials_counts_in_no_number() -> None:
    room = PostRoom()
    room.told_by_cases(against_officials(), closed("not_borne_out"))
    assert counted(room) == []


# --- corrections ---


def test_a_closing_that_was_found_false_is_to_be_corrected_on_every_channel_within_three_working_days() -> None:
    room = closed_case()
    published(room)
    room.clock.set(at("2022-02-21 10:00"))
    found_false(room)
    (row,) = room.items()
    assert (row["state"], row["correction_due"]) == ("correcting", at("2022-02-25 00:00"))
    assert row["correction"].title == "更正：关于甲气站特种设备安全隐患问题的办理结果"
    assert "经提级核查不属实" in row["correction"].text
    assert (room.board[0]["not_so"], room.board[0]["correction_due"]) == (FALSE, at("2022-02-25 00:00"))


def test_a_correction_is_signed_and_then_recorded_channel_by_channel() -> None:
    room = closed_case()
    disclosure = published(room)
    found_false(room)
    with pytest.raises(errors.NothingDrafted, match="签发"):
        room.give("publish", disclosure, evidence={"daily": "第4版"})
    room.sign("correct", disclosure, DIRECTOR)
    (row,) = room.board
    assert (row["title"], row["outcomes"], row["correction_due"]) == (
        "更正：关于甲气站特种设备安全隐患问题的办理结果", (), None,
    )  # fmt: skip
    room.give("publish", disclosure, evidence={"daily": "第4版"})
    assert room.items()[0]["state"] == "correcting"
    with pytest.raises(errors.AlreadyOnChannel):
        room.give("publish", disclosure, evidence={"daily": "第5版"})
    room.give("publish", disclosure, evidence={name: one for name, one in EVIDENCE.items() if name != "daily"})
    assert (room.items()[0]["state"], room.items()[0]["correction_due"]) == ("published", None)
    assert len(room.board[0]["corrected_on"]) == len(EVIDENCE)


def test_the_office_is_reminded_of_a_correction_and_its_director_once_it_is_late() -> None:
    room = closed_case()
    published(room)
    room.clock.set(at("2022-02-21 10:00"))
    found_false(room)
    room.wait_until("2022-02-25 09:00")
    assert [one for one in room.sent if one[0].startswith("correction")] == [
        ("correction_owed", "2022-02-21 10:00", "office"),
        ("correction_due_today", "2022-02-24 09:00", "office"),
        ("correction_overdue", "2022-02-25 00:00", "director"),
    ]


def test_who_has_corrected_in_time_is_not_reminded_any_more() -> None:
    room = closed_case()
    disclosure = published(room)
    found_false(room)
    room.sign("correct", disclosure, DIRECTOR)
    room.give("publish", disclosure, evidence=EVIDENCE)
    room.wait_until("2022-02-28 09:00")
    assert [one[0] for one in room.sent if one[0].startswith("correction")] == ["correction_owed"]


def test_what_only_some_channels_had_is_corrected_there_and_goes_no_further() -> None:
    room = closed_case()
    disclosure = item(room)
    approved(room, disclosure)
    room.give("publish", disclosure, evidence={"daily": "第3版"})
    found_false(room)
    room.sign("correct", disclosure, DIRECTOR)
    with pytest.raises(errors.AlreadyOnChannel):
        room.give("publish", disclosure, evidence={"portal": "截图"})
    room.give("publish", disclosure, evidence={"daily": "第4版"})
    assert (room.items()[0]["state"], room.board, room.told(public=True)) == ("withdrawn", [], [])


def test_what_was_drafted_by_anybody_of_a_closing_that_was_found_false_is_void() -> None:
    room = closed_case()
    room.draft(kind="typical_case", title="典型案例", text="甲气站。", case=CASE)
    found_false(room)
    assert [row["state"] for row in room.items()] == ["superseded", "superseded"]


def test_a_reopened_case_that_ends_otherwise_corrects_what_was_told() -> None:
    room = closed_case()
    published(room)
    room.told_by_cases(life.reopened(CASE))
    assert room.items()[0]["state"] == "published", "nothing says yet that it is not so"
    room.told_by_cases(closed(result="已关闭取缔。", measures=("closure",)))
    first, second = room.items()
    assert (first["state"], second["state"]) == ("correcting", "drafted")
    assert "已关闭取缔。" in first["correction"].text
    room.sign("correct", str(first["id"]), DIRECTOR)
    assert room.board[0]["outcomes"] == ("closure",)


def test_a_reopened_case_that_ends_alike_corrects_nothing() -> None:
    room = closed_case()
    published(room)
    room.told_by_cases(life.reopened(CASE), life.closed(CASE))
    assert [row["state"] for row in room.items()] == ["published", "drafted"]


def test_what_turned_out_not_to_be_borne_out_is_corrected_without_a_name() -> None:
    room = closed_case()
    disclosure = published(room)
    room.told_by_cases(life.reopened(CASE), closed("not_borne_out"))
    room.sign("correct", disclosure, DIRECTOR)
    (row,) = room.board
    assert (row["enterprise"], row["outcomes"], row["nameless"]) == (None, (), True)
    assert "甲气站" not in row["title"] + row["text"]


def test_what_turns_out_otherwise_meanwhile_leaves_the_date_of_the_correction() -> None:
    room = closed_case()
    published(room)
    room.clock.set(at("2022-02-21 10:00"))
    found_false(room)
    room.clock.set(at("2022-02-23 10:00"))
    room.told_by_cases(closed("not_borne_out"))
    (row,) = room.items()
    assert (row["correction_due"], "甲气站" in row["correction"].text) == (at("2022-02-25 00:00"), False)


def test_a_false_closing_of_which_nothing_was_told_owes_no_correction() -> None:
    room = closed_case()
    found_false(room)
    assert [row["state"] for row in room.items()] == ["superseded"]
    assert not [one for one in room.sent if one[0].startswith("correction")]


def test_a_withdrawn_item_owes_no_correction() -> None:
    room = closed_case()
    disclosure = published(room)
    found_false(room)
    room.give("withdraw", disclosure, DIRECTOR, reason="内容不实")
    assert (room.items()[0]["state"], room.items()[0]["correction_due"]) == ("withdrawn", None)
    room.wait_until("2022-02-28 09:00")
    assert [one[0] for one in room.sent if one[0].startswith("correction")] == ["correction_owed"]


# --- decided later ---


def penalty() -> cases.DecisionRecorded:
    taken = MeasureTaken("penalty", "泽市监罚〔2022〕3号", date(2022, 2, 15), 20_000_00, "特设法第八十四条")
    return cases.DecisionRecorded(
        case=CASE, unit=ZEZHOU, state="closed", decision=taken, recorded_at=at("2022-02-16 10:00")
    )  # fmt: skip


def test_a_decision_after_the_closing_is_told_in_an_item_of_its_own() -> None:
    room = closed_case()
    published(room)
    room.told_by_cases(penalty())
    result, later = room.items()
    assert (result["state"], later["state"], later["kind"]) == ("published", "drafted", "progress")
    assert "泽市监罚〔2022〕3号，2022年2月15日，罚款 20,000.00 元" in later["text"]
    assert (later["enterprise"], later["outcomes"]) == ("甲气站", ("penalty",))


def test_a_decision_on_a_case_in_doubt_waits_with_its_result() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.escalated(CASE), closed(), penalty())
    assert room.items() == []
    room.told_by_cases(trouble.cleared(CASE, runs=False))
    assert [row["kind"] for row in room.items()] == ["result", "progress"]


def test_a_decision_on_a_case_that_nobody_is_told_of_is_not_told() -> None:
    for events in ([against_officials(), closed()], [life.opened(CASE), closed("not_borne_out")]):
        room = PostRoom()
        room.told_by_cases(*events, penalty())
        assert room.items() == []
