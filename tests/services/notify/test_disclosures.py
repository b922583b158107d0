"""三公开: how the result of a closed case reaches the public, who answers for it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from services.notify.domain import errors
from shared.kernel.measures import MeasureTaken
from shared.platform.event_store.refusal import Invalid, StaleVersion
from shared.platform.event_store.session import NotFound
from shared.platform.service.authority import NotInThisState, WrongRole
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
from tests.support.life import GAOPING, ZEZHOU
from tests.support.running import case_id


@pytest.fixture
def room() -> PostRoom:
    return closed_case()


# --- drafting ---


def test_a_closed_case_drafts_its_own_disclosure(room: PostRoom) -> None:
    (row,) = room.items()
    assert (row["state"], row["kind"], row["unit"], row["case_id"]) == ("drafted", "result", ZEZHOU, CASE)
    assert row["due"] == at("2022-02-18 00:00")
    assert row["title"] == "关于甲气站特种设备安全隐患问题的办理结果"
    assert row["text"] == (
        "按照“百日攻坚”集中行动要求，泽州县市场监督管理局对“涉嫌充装超期未检气瓶”进行了核查。\n"
        "办理结果：已责令停用并立案。\n处理措施：责令停产整顿、行政处罚。"
    )


def test_the_draft_says_nothing_of_the_letter(room: PostRoom) -> None:
    assert "〔2022〕" not in room.items()[0]["text"]


@pytest.mark.parametrize(("proceeding", "said"), [(True, "已决定立案调查。"), (False, "经研究，决定不予立案。")])
def test_the_draft_says_whether_a_proceeding_is_opened(proceeding: bool, said: str) -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), replace(life.closed(CASE), penalty_proceeding=proceeding))
    assert room.items()[0]["text"].endswith(said)


def test_the_ten_outcome_items_follow_from_measures_and_nature(room: PostRoom) -> None:
    assert room.items()[0]["outcomes"] == ("suspension", "penalty")
    other = PostRoom()
    measures = ("licence_withheld", "closure", "rectification_order", "joint_sanction")
    other.told_by_cases(life.opened(CASE), replace(life.closed(CASE), measures=measures, violation="unlicensed"))
    assert other.items()[0]["outcomes"] == ("nature", "closure", "joint_sanction")


@pytest.mark.parametrize(("licence", "shown"), [("revoked", ("licence_revoked",)), ("suspended", ())])
def test_a_licence_that_was_suspended_is_not_revoked(licence: Any, shown: tuple[str, ...]) -> None:
    room, taken = PostRoom(), (MeasureTaken("licence_withheld", licence=licence),)
    room.told_by_cases(life.opened(CASE), replace(life.closed(CASE), measures=("licence_withheld",), taken=taken))
    assert room.items()[0]["outcomes"] == shown


def test_a_case_that_was_escalated_shows_it_among_its_outcomes() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.escalated(CASE), trouble.cleared(CASE, "overdue"), life.closed(CASE))
    assert "escalated_verification" in room.items()[0]["outcomes"]


def test_a_reopened_case_supersedes_what_was_drafted_of_it(room: PostRoom) -> None:
    room.give("check", item(room), OFFICE)
    room.told_by_cases(life.reopened(CASE))
    assert room.items()[0]["state"] == "superseded"
    with pytest.raises(NotInThisState, match="已作废"):
        room.give("check", item(room), OFFICE)


def test_a_case_closed_again_is_drafted_again(room: PostRoom) -> None:
    room.told_by_cases(life.reopened(CASE), life.closed(CASE), life.reopened(CASE), life.closed(CASE))
    assert [row["state"] for row in room.items()] == ["superseded", "superseded", "drafted"]


def test_what_is_published_stays_when_its_case_runs_again(room: PostRoom) -> None:
    published(room)
    room.told_by_cases(life.reopened(CASE))
    assert room.items()[0]["state"] == "published"


def test_what_stands_on_one_channel_is_not_superseded_silently(room: PostRoom) -> None:
    approved(room, item(room))
    room.give("publish", item(room), evidence={"daily": "第3版"})
    room.told_by_cases(life.reopened(CASE))
    assert room.items()[0]["state"] == "approved"


def test_the_office_drafts_an_exposure_that_is_about_no_case() -> None:
    room = PostRoom()
    told = room.draft(
        kind="exposure", title="曝光一起", text="某单位无证充装。", unit=GAOPING, outcomes=["penalty", "nature"]
    )
    (row,) = room.items()
    assert (told["state"], row["unit"], row["case_id"]) == ("drafted", GAOPING, None)
    assert row["outcomes"] == ("nature", "penalty"), "in the order of the notice"


def test_an_item_about_a_case_belongs_to_the_unit_of_the_case(room: PostRoom) -> None:
    room.draft(kind="progress", title="进展", text="正在查处。", case=CASE, unit=GAOPING)
    assert room.items()[-1]["unit"] == ZEZHOU


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"unit": "999999"}, "unit"),
        ({"outcomes": ["jail"]}, "outcomes"),
        ({"violation": "bad"}, "violation"),
        ({"case": "17"}, "case"),
    ],
)
def test_a_code_that_the_campaign_does_not_know_is_refused_by_its_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        PostRoom().draft(**({"kind": "exposure", "title": "题", "text": "文"} | body))
    assert refused.value.field == field


def test_an_item_about_a_case_that_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound):
        PostRoom().draft(kind="progress", title="题", text="文", case=case_id(99))


def test_only_the_office_drafts() -> None:
    with pytest.raises(WrongRole, match="市局办公室"):
        PostRoom().draft("county:p-zezhou-1", kind="exposure", title="题", text="文")


# --- checking ---


def test_a_check_without_doubts_may_be_approved(room: PostRoom) -> None:
    told = room.give("check", item(room), OFFICE)
    assert (told["state"], told["doubts"]) == ("checked", [])
    assert room.items()[0]["checked_by"] == "p-office-2"


def test_what_could_identify_somebody_is_warned_of_and_must_be_answered(room: PostRoom) -> None:
    told = room.give("check", item(room), OFFICE, text="1月21日17:31查获，联系林知远。")
    assert {one["kind"] for one in told["doubts"]} == {"exact_time", "name"}
    with pytest.raises(errors.Unanswered, match=r"人员姓名、精确到时刻的时间|精确到时刻的时间、人员姓名"):
        room.give("approve", item(room), DIRECTOR)
    room.give("check", item(room), OFFICE, answers={"exact_time": "为公告发布时间", "name": "本单位新闻联络人"})
    room.give("approve", item(room), DIRECTOR)
    assert [one.answer for one in room.items()[0]["doubts"]] == ["为公告发布时间", "本单位新闻联络人"]


def test_a_wording_can_be_mended_until_nothing_is_in_doubt(room: PostRoom) -> None:
    room.give("check", item(room), OFFICE, text="来电13800001234。")
    assert room.give("check", item(room), OFFICE, text="已查处。")["doubts"] == []
    assert room.items()[0]["text"] == "已查处。"


def test_an_answer_to_a_doubt_that_does_not_exist_is_refused(room: PostRoom) -> None:
    with pytest.raises(Invalid):
        room.give("check", item(room), OFFICE, answers={"weather": "晴"})


def test_checking_again_makes_the_approvals_void(room: PostRoom) -> None:
    room.give("check", item(room), OFFICE)
    room.give("approve", item(room), DIRECTOR)
    told = room.give("check", item(room), OFFICE, text="已查处，已罚款。")
    assert told["approvals"] == 0
    room.give("approve", item(room), SECOND)
    with pytest.raises(errors.DirectorMissing):
        room.give("approve", item(room), "office:p-contact")


# --- approving ---


def test_two_different_persons_approve(room: PostRoom) -> None:
    room.give("check", item(room), OFFICE)
    room.give("approve", item(room), DIRECTOR)
    with pytest.raises(errors.SamePerson):
        room.give("approve", item(room), DIRECTOR)
    assert room.give("approve", item(room), SECOND)["state"] == "approved"


def test_one_person_in_two_seats_is_one_person(room: PostRoom) -> None:
    room.give("check", item(room), OFFICE)
    room.give("approve", item(room), "office:p-deputy-director")
    with pytest.raises(errors.SamePerson):
        room.give("approve", item(room), DIRECTOR)


def test_the_director_is_one_of_the_two(room: PostRoom) -> None:
    room.give("check", item(room), OFFICE)
    room.give("approve", item(room), OFFICE)
    with pytest.raises(errors.DirectorMissing, match="办公室主任"):
        room.give("approve", item(room), SECOND)
    assert room.give("approve", item(room), DIRECTOR)["state"] == "approved"


def test_nobody_approves_what_was_not_checked(room: PostRoom) -> None:
    with pytest.raises(NotInThisState, match="待核对"):
        room.give("approve", item(room), DIRECTOR)


def test_who_saw_an_earlier_wording_is_told_so(room: PostRoom) -> None:
    seen = room.give("check", item(room), OFFICE)["version"]
    room.give("check", item(room), OFFICE, text="别的文字。")
    with pytest.raises(StaleVersion):
        room.give("approve", item(room), DIRECTOR, seen=seen)


# --- publishing ---


def test_it_is_public_once_it_stands_on_all_four_channels(room: PostRoom) -> None:
    approved(room, item(room))
    for channel in ("daily", "broadcast", "portal"):
        room.give("publish", item(room), evidence={channel: EVIDENCE[channel]})
        assert (room.board, room.published) == ([], []), "nobody is told before"
    room.clock.set(at("2022-02-11 18:00"))
    assert room.give("publish", item(room), evidence={"wechat": "推送截图"})["state"] == "published"
    (row,) = room.board
    assert [one.channel for one in row["channels"]] == ["daily", "broadcast", "portal", "wechat"]
    assert row["published_at"] == at("2022-02-11 18:00")


def test_cases_hears_of_a_result_that_is_on_every_channel(room: PostRoom) -> None:
    disclosure = published(room)
    when = "2022-02-10T11:05:00+08:00"
    assert list(room.messages(public=False)) == [
        (
            "DisclosurePublished",
            {"disclosure": disclosure, "case": CASE, "unit": ZEZHOU, "published_at": when, "kind": "result"},
        ),
        (
            "OfficeClockDone",
            {"case": CASE, "disclosure": disclosure, "unit": "city", "clock": "disclosure",
             "due": "2022-02-18T00:00:00+08:00", "done_at": when},
        ),
    ]  # fmt: skip
    assert list(room.messages(public=True)) == [
        (
            "DisclosurePublished",
            {"disclosure": disclosure, "case": CASE, "unit": ZEZHOU, "kind": "result", "published_at": when,
             "channels": ["daily", "broadcast", "portal", "wechat"], "link": f"/public/{disclosure}"},
        )
    ]  # fmt: skip
    assert [one.jurisdiction for one in room.published] == [ZEZHOU, None, None]


def test_an_exposure_closes_no_loop(room: PostRoom) -> None:
    disclosure = room.draft(kind="exposure", title="曝光", text="正在查处。", case=CASE)["disclosure"]
    approved(room, disclosure)
    room.give("publish", disclosure, evidence=EVIDENCE)
    assert room.told(public=True) == ["DisclosurePublished"]
    ((_, told),) = room.messages(public=False)
    assert told["kind"] == "exposure", "which cases counts, and takes for no result"


def test_an_item_about_the_whole_city_is_the_citys(room: PostRoom) -> None:
    disclosure = room.draft(kind="typical_case", title="典型案例", text="某单位。")["disclosure"]
    approved(room, disclosure)
    room.give("publish", disclosure, evidence=EVIDENCE)
    ((name, data),) = room.messages(public=True)
    assert (name, room.published[0].jurisdiction, data["case"]) == ("DisclosurePublished", "city", "")


def test_a_channel_is_recorded_once(room: PostRoom) -> None:
    approved(room, item(room))
    room.give("publish", item(room), evidence={"daily": "第3版"})
    with pytest.raises(errors.AlreadyOnChannel):
        room.give("publish", item(room), evidence={"daily": "第4版", "portal": "截图"})


def test_a_channel_that_the_campaign_does_not_have_is_refused(room: PostRoom) -> None:
    approved(room, item(room))
    with pytest.raises(Invalid) as refused:
        room.give("publish", item(room), evidence={"radio": "播出"})
    assert "broadcast" in refused.value.allowed


def test_nothing_is_published_that_two_did_not_approve(room: PostRoom) -> None:
    room.give("check", item(room), OFFICE)
    room.give("approve", item(room), DIRECTOR)
    with pytest.raises(NotInThisState):
        room.give("publish", item(room), evidence=EVIDENCE)
