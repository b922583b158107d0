"""Who is reminded of what, when: from the letter to the closing of a case."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from shared.kernel.contracts.internal.cases import AccidentInvestigationOpened, ExtensionGranted
from tests.services.notify.postroom import PostRoom, at
from tests.support import life
from tests.support.life import GAOPING, TRANSFERRED, ZEZHOU
from tests.support.running import case_id

CASE = case_id(1)
PLANNED = [("sign_for_due_soon", "2022-01-25 09:00"), ("due_tomorrow", "2022-02-10 09:00"),
           ("due_today", "2022-02-11 09:00")]  # fmt: skip


@pytest.fixture
def room() -> PostRoom:
    """A case of 泽州 whose letter went out on Friday 21 January; its answer is due on 11 February."""
    room = PostRoom()
    room.told_by_cases(life.opened(CASE))
    room.clock.set(TRANSFERRED)
    room.told_by_cases(life.transferred(CASE))
    return room


def test_a_case_without_a_letter_reminds_nobody() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE))
    room.wait_until("2022-06-30 00:00")
    assert (room.planned, room.sent) == ([], [])


def test_what_a_unit_found_itself_is_reminded_of_without_a_letter() -> None:
    room = PostRoom()
    opened = structs.replace(life.opened(CASE), origin="unit", state="signed_for", feedback_due=at("2022-02-12 00:00"))
    room.told_by_cases(opened)
    assert room.planned == [("due_tomorrow", "2022-02-10 09:00"), ("due_today", "2022-02-11 09:00")]
    room.wait_until("2022-02-10 12:00")
    assert "〔" not in room.texts[-1], "there is no letter to name"


def test_a_date_that_stands_still_is_reminded_of_once_the_accident_is_investigated() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE))
    room.clock.set(TRANSFERRED)
    room.told_by_cases(structs.replace(life.transferred(CASE), stands_still=True))
    assert room.planned == [("sign_for_due_soon", "2022-01-25 09:00")]
    room.wait_until("2022-02-14 12:00")
    begun = AccidentInvestigationOpened(
        case=CASE, unit=life.transferred(CASE).unit, state="signed_for", level="city", opened_at=at("2022-02-14 12:00"),
        feedback_due=at("2022-02-17 00:00"),
    )  # fmt: skip
    room.told_by_cases(begun)
    assert room.planned == [("due_tomorrow", "2022-02-15 09:00"), ("due_today", "2022-02-16 09:00")]


@pytest.mark.parametrize(
    "event",
    [
        life.rejected(CASE),
        life.reopened(CASE),
        ExtensionGranted(case=CASE, unit=ZEZHOU, state="handling", feedback_due=TRANSFERRED),
    ],
    ids=lambda event: type(event).__name__,
)
def test_whatever_sets_a_date_that_stands_still_plans_nothing(room: PostRoom, event: Any) -> None:
    room.told_by_cases(structs.replace(event, stands_still=True, feedback_due=at("2022-02-18 00:00")))
    assert [one for one in room.planned if one[0].startswith("due_")] == []
    room.told_by_cases(structs.replace(event, feedback_due=at("2022-02-18 00:00")))
    assert room.planned == [("due_tomorrow", "2022-02-16 09:00"), ("due_today", "2022-02-17 09:00")]


def test_what_a_unit_found_itself_waits_for_the_investigation_as_well() -> None:
    room = PostRoom()
    opened = structs.replace(life.opened(CASE), origin="unit", state="signed_for", feedback_due=at("2022-02-12 00:00"))
    room.told_by_cases(structs.replace(opened, stands_still=True))
    assert room.planned == []


def test_a_letter_is_reminded_of_before_its_dates_in_the_morning(room: PostRoom) -> None:
    assert room.planned == PLANNED
    assert room.sent == []


def test_the_day_before_is_a_working_day(room: PostRoom) -> None:
    """Monday 7 February is the first working day after Spring Festival; the one before it is Sunday 30 January."""
    room.told_by_cases(life.opened(case_id(2)))
    letter = life.transferred(case_id(2))
    after_the_festival = type(letter)(**{name: getattr(letter, name) for name in letter.__struct_fields__} | {
        "feedback_due": at("2022-02-08 00:00")})  # fmt: skip
    room.told_by_cases(after_the_festival)
    assert ("due_tomorrow", "2022-01-30 09:00") in room.planned


def test_a_unit_that_does_nothing_hears_of_every_date_once(room: PostRoom) -> None:
    room.wait_until("2022-03-31 00:00")
    assert room.sent == [
        ("sign_for_due_soon", "2022-01-25 09:00", "county"), ("due_tomorrow", "2022-02-10 09:00", "county"),
        ("due_today", "2022-02-11 09:00", "county"),
    ]  # fmt: skip
    assert {state for _, state in room.states()} == {"sent"}


def test_a_reminder_names_the_letter_the_date_and_what_to_do(room: PostRoom) -> None:
    room.wait_until("2022-02-10 12:00")
    assert room.texts[-1] == (
        "期限提醒：交办件（特设）移〔2022〕17号的反馈期限为 2022年2月11日24:00，请按期反馈由主要负责人签字的办理结果。"
    )
    row = list(room.tables["outgoing"].values())[-1]
    assert (row["link"], row["unit"]) == (f"/cases/{CASE}", "140525")


def test_who_has_signed_for_the_letter_is_not_asked_to_sign(room: PostRoom) -> None:
    room.told_by_cases(life.signed_for(CASE))
    assert room.planned == PLANNED[1:]
    room.wait_until("2022-01-26 12:00")
    assert room.sent == []
    assert ("sign_for_due_soon", "stopped") in room.states()


def test_who_has_not_signed_for_it_in_time_the_principal_hears_of_it_at_once(room: PostRoom) -> None:
    room.wait_until("2022-01-26 00:00")
    room.told_by_cases(life.not_signed_for(CASE), life.signed_for(CASE, deemed=True))
    assert room.sent[-1] == ("not_signed_for", "2022-01-26 00:00", "principal")
    assert room.texts[-1] == "催办：交办件（特设）移〔2022〕17号到期未签收，已视为签收，请立即安排办理。"


def test_a_reported_result_stops_what_was_planned(room: PostRoom) -> None:
    room.told_by_cases(life.signed_for(CASE), life.reported(CASE))
    room.wait_until("2022-03-31 00:00")
    assert (room.planned, room.sent) == ([], [])
    assert {state for _, state in room.states()} == {"stopped"}


def test_a_closed_case_reminds_the_unit_of_nothing_any_more(room: PostRoom) -> None:
    room.told_by_cases(life.closed(CASE))
    assert [kind for kind, _ in room.planned] == ["office_due:disclosure", "office"]


def test_a_rejected_result_leaves_the_original_date_standing_and_reminded_of(room: PostRoom) -> None:
    room.told_by_cases(life.signed_for(CASE), life.reported(CASE))
    room.wait_until("2022-02-10 15:00")
    room.told_by_cases(life.rejected(CASE))
    assert room.planned == [("due_today", "2022-02-11 09:00")]
    room.wait_until("2022-03-31 00:00")
    assert room.sent == [("due_today", "2022-02-11 09:00", "county")]


def test_a_result_rejected_after_the_date_reminds_of_nothing_that_is_over(room: PostRoom) -> None:
    room.told_by_cases(life.reported(CASE))
    room.wait_until("2022-02-14 10:00")
    room.told_by_cases(life.rejected(CASE))
    assert room.planned == []


def test_a_reopened_case_is_reminded_of_by_its_new_date(room: PostRoom) -> None:
    room.told_by_cases(life.signed_for(CASE), life.reported(CASE), life.closed(CASE))
    room.wait_until("2022-02-20 10:00")
    room.told_by_cases(life.reopened(CASE))
    assert room.planned == [("due_tomorrow", "2022-03-03 09:00"), ("due_today", "2022-03-04 09:00")]


@pytest.mark.parametrize("trigger", ["overdue", "idle_after_acceptance", "false_closure"])
def test_the_principal_hears_at_once_of_an_escalation(room: PostRoom, trigger: str) -> None:
    room.clock.set(at("2022-02-12 00:00"))
    room.told_by_cases(life.escalated(CASE, trigger))
    assert room.sent == [(trigger, "2022-02-12 00:00", "principal")]
    assert "提级核查" in room.texts[0]


def test_a_problem_that_a_unit_found_itself_has_no_letter_and_its_escalation_says_so() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.escalated(CASE))
    assert room.texts == [
        "未按期办结：未编文号的交办件反馈期限已过，未收到主要负责人签字的办理结果，由办公室提级核查。"
    ]


def test_after_a_downtime_each_reminder_comes_once_and_says_what_is_so_by_then(room: PostRoom) -> None:
    room.wait_until("2022-02-14 10:00", away=True)
    assert [kind for kind, _, _ in room.sent] == ["sign_for_due_soon", "due_tomorrow", "due_today"]
    assert {when for _, when, _ in room.sent} == {"2022-02-14 10:00"}
    assert room.texts[-1] == (
        "期限提醒：交办件（特设）移〔2022〕17号的反馈期限 2022年2月11日24:00 已过，"
        "请立即反馈由主要负责人签字的办理结果。"
    )
    assert room.texts[0].endswith("已过，请立即签收并安排办理。")


def test_a_letter_that_is_heard_of_late_is_still_reminded_of(room: PostRoom) -> None:
    """The service was away when the letter went out, and on the morning of its last day."""
    late = PostRoom(now=at("2022-02-11 15:00"))
    late.told_by_cases(life.opened(CASE), life.transferred(CASE), happened=TRANSFERRED)
    late.wait_until("2022-02-11 15:01")
    assert [kind for kind, _, _ in late.sent] == ["sign_for_due_soon", "due_tomorrow", "due_today"]


def test_a_morning_that_was_over_when_the_letter_went_out_is_not_made_up_for() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE))
    room.clock.set(at("2022-02-11 10:00"))
    room.told_by_cases(life.transferred(CASE))
    assert room.planned == []


def test_a_timer_that_is_answered_although_it_was_stopped_sends_nothing(room: PostRoom) -> None:
    (timer,) = (timer for timer in room.timers.values() if timer.kind == "due_tomorrow")
    room.told_by_cases(life.reported(CASE))
    room.clock.set(timer.due)
    room.fire(timer)
    assert room.sent == []


def test_a_timer_that_is_answered_twice_sends_once(room: PostRoom) -> None:
    (timer,) = (timer for timer in room.timers.values() if timer.kind == "due_tomorrow")
    room.clock.set(timer.due)
    room.fire(timer)
    room.fire(timer)
    assert [kind for kind, _, _ in room.sent] == ["due_tomorrow"]


def test_a_case_that_was_transferred_to_another_unit_reminds_that_unit() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.transferred(CASE, GAOPING))
    room.wait_until("2022-02-11 12:00")
    assert {row["unit"] for row in room.tables["outgoing"].values()} == {GAOPING}
