"""Who is reminded of what when a case is returned, extended, suspected, escalated or under key supervision."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.services.notify import trouble
from tests.services.notify.postroom import PostRoom, at
from tests.support import life
from tests.support.life import TRANSFERRED
from tests.support.running import case_id

CASE = case_id(1)


@pytest.fixture
def room() -> PostRoom:
    """A case of 泽州, signed for; its answer is due on 11 February."""
    room = PostRoom()
    room.told_by_cases(life.opened(CASE))
    room.clock.set(TRANSFERRED)
    room.told_by_cases(life.transferred(CASE), life.signed_for(CASE))
    return room


@pytest.fixture
def escalated(room: PostRoom) -> PostRoom:
    """The case is overdue; group 1 verifies until 23 February."""
    room.wait_until("2022-02-14 10:00")
    room.told_by_cases(life.escalated(CASE), trouble.assigned(CASE))
    return room


def rows(room: PostRoom, kind: str) -> list[tuple[str, str]]:
    """(role, unit) of the reminders of a kind that went out."""
    return [(row["to_role"], row["unit"]) for row in room.tables["outgoing"].values() if row["kind"] == kind]


def test_a_letter_that_was_taken_back_is_reminded_of_no_more(room: PostRoom) -> None:
    room.told_by_cases(trouble.returned(CASE))
    assert room.planned == []
    room.told_by_cases(life.transferred(CASE, n=18))
    assert [kind for kind, _ in room.planned] == ["sign_for_due_soon", "due_tomorrow", "due_today"]


def test_an_extension_moves_the_reminders(room: PostRoom) -> None:
    room.told_by_cases(trouble.extended(CASE))
    assert room.planned == [("due_tomorrow", "2022-02-17 09:00"), ("due_today", "2022-02-18 09:00")]


def test_a_suspected_principal_is_asked_for_his_reply_by_its_date(room: PostRoom) -> None:
    room.told_by_cases(life.closed(CASE), trouble.suspected(CASE))
    assert rows(room, "reply_asked") == [("principal", life.ZEZHOU)]
    assert "请在 2022年2月17日24:00 前书面说明" in room.texts[-1]
    assert room.planned == []


def test_the_verifier_hears_now_and_on_the_working_day_before(escalated: PostRoom) -> None:
    assert rows(escalated, "verification_assigned") == [("group", "g1")]
    assert escalated.planned == [("verification_due_tomorrow:overdue", "2022-02-22 09:00")]
    escalated.wait_until("2022-02-22 10:00")
    assert rows(escalated, "verification_due_tomorrow") == [("group", "g1")]
    assert "核查期限为 2022年2月23日24:00" in escalated.texts[-1]


def test_two_verifications_of_a_case_are_reminded_of_apart(escalated: PostRoom) -> None:
    escalated.told_by_cases(trouble.assigned(CASE, "idle_after_acceptance", "enforcement-team"))
    assert len(escalated.planned) == 2
    escalated.told_by_cases(trouble.cleared(CASE, "overdue", runs=False))
    assert [kind for kind, _ in escalated.planned] == ["verification_due_tomorrow:idle_after_acceptance"]


def test_another_verifier_takes_the_place_of_the_first(escalated: PostRoom) -> None:
    escalated.told_by_cases(trouble.assigned(CASE, "overdue", "g2"))
    escalated.wait_until("2022-02-22 10:00")
    assert rows(escalated, "verification_due_tomorrow") == [("group", "g2")]


def test_a_finding_gives_a_new_date_and_tells_the_principal(escalated: PostRoom) -> None:
    escalated.wait_until("2022-02-21 10:00")
    escalated.told_by_cases(trouble.found(CASE))
    assert rows(escalated, "escalation_found") == [("principal", life.ZEZHOU)]
    assert "2022年3月4日24:00" in escalated.texts[-1]
    assert escalated.planned == [("due_tomorrow", "2022-03-03 09:00"), ("due_today", "2022-03-04 09:00")]


def test_a_cleared_case_that_runs_has_a_new_date(escalated: PostRoom) -> None:
    escalated.told_by_cases(trouble.cleared(CASE))
    assert rows(escalated, "overdue_excused") == [("principal", life.ZEZHOU)]
    assert "逾期属实，有正当理由，不予追责" in escalated.texts[-1]
    assert [kind for kind, _ in escalated.planned] == ["due_tomorrow", "due_today"]


def test_what_lapsed_with_a_letter_that_was_taken_back_is_told_as_that(escalated: PostRoom) -> None:
    escalated.told_by_cases(replace(trouble.cleared(CASE, runs=False), lapsed=True))
    assert rows(escalated, "escalation_lapsed") == [("principal", life.ZEZHOU)]


def test_a_cleared_case_that_is_closed_is_reminded_of_no_more(escalated: PostRoom) -> None:
    escalated.told_by_cases(trouble.cleared(CASE, runs=False))
    assert escalated.planned == []
    assert escalated.texts[-1].endswith("不再另行办理。")


def test_a_result_does_not_end_the_verification(escalated: PostRoom) -> None:
    escalated.told_by_cases(life.reported(CASE), life.closed(CASE))
    assert "verification_due_tomorrow:overdue" in [kind for kind, _ in escalated.planned]


def test_the_supervising_group_hears_now_and_before_its_re_check(room: PostRoom) -> None:
    room.wait_until("2022-02-21 10:00")
    room.told_by_cases(trouble.supervised(CASE))
    assert rows(room, "key_supervision_started") == [("group", "g1")]
    assert room.planned[-1] == ("recheck_due_tomorrow", "2022-03-10 09:00")
    room.told_by_cases(trouble.concluded(CASE))
    assert room.planned == []


def test_a_verification_noticed_late_says_that_its_date_is_over(escalated: PostRoom) -> None:
    escalated.wait_until("2022-02-25 08:00", away=True)
    assert escalated.texts[-1].endswith("已过，请立即作出结论。")


def test_the_hour_of_reminders_is_the_campaigns(room: PostRoom) -> None:
    assert {row["remind_at"].astimezone(life.SHANGHAI).time() for row in room.tables["reminders"].values()} == {
        at("2022-01-01 09:00").time()
    }
