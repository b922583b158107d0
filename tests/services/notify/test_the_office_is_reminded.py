"""The office is reminded of what it owes, those above it hear what it missed, and nobody of what was done meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from services.notify.channels.mail import Row, gathered
from services.notify.channels.smtp import Line, Mail, compose
from services.notify.domain.events import OfficeClockMissed
from services.notify.handlers.weeks import NothingToCome, Weeks
from services.notify.rules.reminding import who_is_reminded
from shared.kernel.contracts.internal import cases, intake
from tests.services.notify import trouble
from tests.services.notify.closing import EVIDENCE, approved, closed_case, item
from tests.services.notify.postroom import CAMPAIGN, PostRoom, at
from tests.support import life
from tests.support.running import case_id

CASE = case_id(1)
TIP = "0190a5c0-0000-7000-8000-000000000001"
COMMON: dict[str, Any] = {"case": CASE, "unit": life.ZEZHOU}
REVIEW_DUE = at("2022-02-12 00:00")


def reported(**changes: Any) -> cases.ResultReported:
    told = {"state": "reported", "reported_at": at("2022-02-08 16:00"), "in_time": True, "review_due": REVIEW_DUE}
    return cases.ResultReported(**COMMON | told | changes)


def missed(to: str, **changes: Any) -> cases.OfficeClockMissed:
    told: dict[str, Any] = {
        "clock": "review",
        "due": REVIEW_DUE,
        "owner_role": "office",
        "raised_to": to,
        "missed_at": REVIEW_DUE,
    }
    return cases.OfficeClockMissed(**{"case": CASE, "unit": "city"} | told | changes)


@pytest.fixture
def room() -> PostRoom:
    """A case of which a result waits for its review until Friday 11 February."""
    room = PostRoom(at("2022-02-08 16:00"), by_mail=True)
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), reported())
    return room


def mails(room: PostRoom, state: str) -> list[tuple[str, str]]:
    return [(row["kind"], *row["recipients"]) for row in room.tables["notices"].values() if row["state"] == state]


def test_the_owner_is_reminded_on_the_morning_of_the_last_day(room: PostRoom) -> None:
    assert ("office_due:review", "2022-02-11 09:00") in room.planned
    room.wait_until("2022-02-11 09:00")
    assert room.sent == [("office_due", "2022-02-11 09:00", "office")]
    assert room.texts == [
        "市局办公室期限提醒：交办件（特设）移〔2022〕17号的“审核办理结果”须在 2022年2月11日24:00 前办理。"
    ]


@pytest.mark.parametrize(
    "done",
    [
        cases.ResultReviewed(**COMMON, state="reviewed"),
        life.rejected(CASE),
        trouble.found(CASE),
        trouble.taken_back(CASE),
    ],
    ids=lambda event: type(event).__name__,
)
def test_of_what_is_done_or_owed_no_more_nobody_is_reminded(room: PostRoom, done: Any) -> None:
    room.told_by_cases(done)
    assert "office_due:review" not in [kind for kind, _ in room.planned]


def test_a_mail_that_waits_for_the_morning_is_dropped_when_its_cause_is_gone(room: PostRoom) -> None:
    room.wait_until("2022-02-11 09:00")
    room.mail()
    room.wait_until("2022-02-12 00:00")
    room.told_by_cases(missed("director"))
    assert mails(room, "waiting") == [("office_late", "p-deputy-director"), ("office_late", "p-office-deputy")]
    room.wait_until("2022-02-13 20:00")
    room.told_by_cases(cases.ResultReviewed(**COMMON, state="reviewed"))
    assert mails(room, "waiting") == []
    room.wait_until("2022-02-14 09:00")
    room.mail()
    assert mails(room, "dropped") == [("office_late", "p-deputy-director"), ("office_late", "p-office-deputy")]


def test_a_failed_mail_is_not_tried_again_for_what_is_done(room: PostRoom) -> None:
    room.wait_until("2022-02-11 09:00")
    room.mail(error="TimeoutError")
    room.told_by_cases(cases.ResultReviewed(**COMMON, state="reviewed"))
    room.wait_until("2022-02-11 12:00")
    assert {state for _, state in [(row["kind"], row["state"]) for row in room.tables["notices"].values()]} == {
        "dropped"
    }


def test_what_the_office_missed_is_told_to_the_director_and_then_to_the_head_of_the_task_force(
    room: PostRoom,
) -> None:
    room.told_by_cases(missed("director"), missed("taskforce"))
    assert [to for _, _, to in room.sent] == ["director", "taskforce"]
    told = {person for kind, person in mails(room, "waiting")}
    assert {"p-deputy-director", "p-office-deputy", "p-vice-mayor", "p-counsel"} <= told
    assert not told & {"p-zezhou", "p-chengqu", "p-centre"}, "not everybody who belongs to the task force"


def test_deputies_are_written_to_only_where_the_campaign_says_so() -> None:
    alone = CAMPAIGN.model_copy(update={"reminders": CAMPAIGN.reminders.model_copy(update={"deputies": False})})
    for role, unit, heads in (
        ("principal", life.ZEZHOU, ("p-zezhou",)),
        ("director", "city", ("p-deputy-director",)),
        ("taskforce", "city", ("p-vice-mayor",)),
        ("group", "enforcement-team", ("p-enforcement", "p-g1-1", "p-g2-1", "p-g4-1")),
    ):
        assert tuple(person.id for person in who_is_reminded(alone, "overdue", role, unit, None)) == heads


def test_whose_post_it_is_gets_the_reminder_alone() -> None:
    people = who_is_reminded(CAMPAIGN, "office_due", "office", "city", "return_answer")
    assert [person.id for person in people] == ["p-contact"]
    assert len(who_is_reminded(CAMPAIGN, "office_due", "office", "city", "review")) > 2


# --- tips ---


def test_of_a_tip_the_hotline_is_reminded_and_nobody_any_more_once_it_is_triaged() -> None:
    room = PostRoom(at("2022-01-22 15:00"), by_mail=True)
    due = at("2022-01-22 16:00")
    room.hear("intake", intake.TriageDueSoon(TIP, due, danger=False))
    room.wait_until("2022-01-22 16:00")
    told: dict[str, Any] = {
        "clock": "triage",
        "due": due,
        "owner_role": "hotline",
        "raised_to": "director",
        "missed_at": due,
    }
    room.hear("intake", intake.OfficeClockMissed(tip=TIP, unit="city", **told))
    assert [(kind, to) for kind, _, to in room.sent] == [("office_due", "hotline"), ("office_late", "director")]
    assert {row["link"] for row in room.tables["outgoing"].values()} == {f"/triage/{TIP}"}
    assert room.texts[0].startswith("市局办公室期限提醒：一件举报的“信息处置”须在 2022年1月22日16:00 前办理")
    room.hear("intake", intake.TipDismissed(TIP, "duplicate"))
    assert mails(room, "waiting") == []


def test_danger_to_life_is_mailed_at_once_also_about_a_tip() -> None:
    room = PostRoom(at("2022-01-22 03:00"), by_mail=True)
    room.hear("intake", intake.TriageDueSoon(TIP, at("2022-01-22 04:00"), danger=True))
    room.mail()
    assert {kind for kind, _ in mails(room, "sent")} == {"office_due"}


# --- danger to life ---


def test_in_danger_the_first_report_is_reminded_of_until_something_is_told() -> None:
    room = PostRoom(at("2022-01-21 17:31"), by_mail=True)
    letter = cases.CaseTransferred(
        **COMMON, state="transferred", letter="一", transferred_at=life.TRANSFERRED, sign_for_due=life.SIGN_FOR_DUE,
        feedback_due=life.FEEDBACK_DUE, first_report_due=at("2022-01-25 00:00"),
    )  # fmt: skip
    room.told_by_cases(life.opened(CASE, danger=True), letter)
    assert ("first_report_due", "2022-01-24 09:00") in room.planned
    room.told_by_cases(life.step(CASE))
    assert "first_report_due" not in [kind for kind, _ in room.planned]


def test_a_missed_first_report_is_told_to_the_principal_and_the_office_at_once() -> None:
    room = PostRoom(at("2022-01-25 00:00"), by_mail=True)
    told = cases.FirstReportMissed(**COMMON, state="signed_for", missed_due=at("2022-01-25 00:00"))
    room.told_by_cases(life.opened(CASE, danger=True), told)
    assert [(kind, to) for kind, _, to in room.sent] == [
        ("first_report_missed", "principal"),
        ("first_report_missed", "office"),
    ]
    room.mail()
    assert len({person for _, person in mails(room, "sent")}) > 2


# --- what is to be published ---


def raised(room: PostRoom) -> list[tuple[str, str, datetime]]:
    return [(e.clock, e.raised_to, e.at) for e in room.events() if isinstance(e, OfficeClockMissed)]


def test_a_result_that_is_not_published_in_time_is_raised_once_to_each() -> None:
    room = closed_case()
    room.wait_until("2022-03-31 00:00")
    assert raised(room) == [
        ("disclosure", "director", at("2022-02-18 00:00")),
        ("disclosure", "taskforce", at("2022-02-22 00:00")),
    ]


def test_one_that_stands_on_every_channel_at_the_last_moment_is_not_late() -> None:
    room = closed_case()
    room.wait_until("2022-02-17 23:59")
    approved(room, item(room))
    room.give("publish", item(room), evidence=EVIDENCE)
    room.wait_until("2022-03-31 00:00")
    assert raised(room) == []


def test_while_the_closing_is_in_doubt_nothing_is_owed_and_then_there_is_time_anew() -> None:
    room = closed_case()
    room.told_by_cases(trouble.suspected(CASE))
    room.wait_until("2022-02-21 10:00")
    assert raised(room) == []
    room.told_by_cases(trouble.cleared(CASE, "false_closure", runs=False))
    assert room.items()[-1]["due"] == at("2022-03-01 00:00")
    room.wait_until("2022-03-01 00:00")
    assert raised(room) == [("disclosure", "director", at("2022-03-01 00:00"))]


def test_a_case_that_runs_again_has_nothing_to_be_published() -> None:
    room = closed_case()
    room.told_by_cases(life.reopened(CASE))
    room.wait_until("2022-03-31 00:00")
    assert raised(room) == []


def on_one_channel() -> PostRoom:
    """A result stands in the daily paper, and on no other channel yet."""
    room = closed_case()
    approved(room, item(room))
    room.give("publish", item(room), evidence={"daily": "第3版"})
    return room


def test_what_stands_on_one_channel_is_owed_to_no_other_one_once_its_case_runs_again() -> None:
    room = on_one_channel()
    room.told_by_cases(life.reopened(CASE))
    room.wait_until("2022-03-31 00:00")
    assert raised(room) == []


def test_what_is_to_be_corrected_is_owed_to_no_channel_that_never_had_it() -> None:
    room = on_one_channel()
    room.told_by_cases(trouble.found(CASE, "false_closure"))
    room.wait_until("2022-03-31 00:00")
    assert [clock for clock, _, _ in raised(room) if clock == "disclosure"] == []


def with_weeks(now: str) -> PostRoom:
    room = PostRoom(at(now), by_mail=True)
    room.run(lambda session: Weeks(CAMPAIGN).open(session, room.clock.now()))
    return room


def test_a_week_in_which_nothing_is_published_is_reminded_of_and_raised() -> None:
    room = with_weeks("2022-03-14 09:00")
    room.wait_until("2022-03-22 00:00")
    assert [(kind, when, to) for kind, when, to in room.sent] == [
        ("office_due", "2022-03-18 09:00", "office"),
        ("office_late", "2022-03-19 00:00", "director"),
        ("office_late", "2022-03-22 00:00", "taskforce"),
    ]
    assert (
        room.texts[1] == "市局办公室逾期：本周的“每周公开曝光”期限 2022年3月18日24:00 已过，尚未办理，请督促立即办理。"
    )


def test_one_item_is_enough_for_its_week_and_not_for_the_next() -> None:
    room = closed_case()
    room.run(lambda session: Weeks(CAMPAIGN).open(session, room.clock.now()))
    approved(room, item(room))
    room.give("publish", item(room), evidence=EVIDENCE)
    room.wait_until("2022-02-19 00:00")
    assert raised(room) == [("weekly_disclosure", "director", at("2022-02-19 00:00"))]


def test_weeks_that_are_over_are_owed_by_nobody_and_opened_once() -> None:
    room = with_weeks("2022-03-14 09:00")
    opened = len(room.tables["weeks"])
    room.run(lambda session: Weeks(CAMPAIGN).open(session, room.clock.now()))
    assert len(room.tables["weeks"]) == opened == 2
    room.clock.set(at("2022-04-02 09:00"))
    with pytest.raises(NothingToCome):
        room.run(lambda session: Weeks(CAMPAIGN).open(session, room.clock.now()))


# --- one mail ---


def row(n: int, kind: str, due: datetime | None, who: str = "p-1", *, at_once: bool = False) -> Row:
    return Row(UUID(int=n), [who], kind, f"{kind}：{n}。", "/", due, at("2022-02-11 09:00"), at_once)


def test_what_waits_for_one_person_is_one_mail_with_the_most_urgent_first() -> None:
    soon, later = at("2022-02-12 00:00"), at("2022-02-14 00:00")
    rows = [
        row(1, "due_tomorrow", later), row(2, "office_late", soon), row(3, "due_today", soon), row(4, "overdue", None),
        row(5, "due_today", soon, "p-2"), row(6, "not_signed_for", None, at_once=True),
    ]  # fmt: skip
    assert [[one.id.int for one in heap] for heap in gathered(rows)] == [[6], [4, 2, 3, 1], [5]]


def test_a_mail_of_several_says_how_many_and_leads_to_each() -> None:
    lines = tuple(Line(f"期限提醒：第 {n} 件。", f"https://bihuan.example/cases/{n}") for n in range(1, 53))
    message = compose(Mail(UUID(int=1), {"p": "a@b.example"}, lines, at("2022-02-11 09:00")), "x@b.example")
    body = message.get_content()
    assert message["Subject"] == "【闭环】期限提醒等 52 项提醒"
    assert body.startswith("共 52 项提醒，最急的在前：\n\n1. 期限提醒：第 1 件。\n   https://bihuan.example/cases/1\n")
    assert "另有 2 项" in body
