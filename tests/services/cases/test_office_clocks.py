"""The office's own clocks on a case: what it owes until when, to whom it is raised, and when it owes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.cases.domain import office
from services.cases.domain.events.missing import FirstReportMissed, OfficeClockMissed
from shared.kernel.contracts.internal import cases as internal
from tests.services.cases.desk import (
    CHECKED,
    COUNTY,
    DIRECTOR,
    GROUP,
    OFFICE,
    PRINCIPAL,
    RESULT,
    STEP,
    Desk,
    at,
    bring,
)

ASKED_RETURN: dict[str, Any] = {"reason": "unclear", "text": "地址不清。"}


def raised(desk: Desk, case: UUID) -> list[tuple[str, str, datetime]]:
    return [(e.clock, e.raised_to, e.at) for e in desk.events(case) if isinstance(e, OfficeClockMissed)]


def owed(desk: Desk, case: UUID) -> dict[str, datetime]:
    return {key: deadline.due for key, deadline in office.owed(desk.case(case)).items()}


def test_a_letter_that_is_not_sent_is_raised_to_the_director_and_after_the_next_one_to_the_task_force() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.wait_until("2022-02-28 00:00")
    assert raised(desk, case) == [
        ("transfer", "director", at("2022-01-25 00:00")),
        ("transfer", "taskforce", at("2022-01-27 00:00")),
    ]
    assert desk.timers == {}


def test_what_was_missed_in_a_downtime_is_raised_once_and_the_director_has_his_time() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.wait_until("2022-01-27 10:00", away=True)
    assert raised(desk, case) == [("transfer", "director", at("2022-01-27 10:00"))]
    desk.wait_until("2022-02-28 00:00")
    assert raised(desk, case)[1:] == [("transfer", "taskforce", at("2022-01-29 00:00"))]


def test_a_timer_that_strikes_twice_raises_once() -> None:
    desk = Desk()
    case = desk.tipped()
    (timer,) = desk.timers.values()
    desk.clock.set(timer.due)
    desk.fire(timer)
    desk.fire(timer)
    assert [to for _, to, _ in raised(desk, case)] == ["director"]


def test_what_is_done_late_is_not_raised_further_and_says_how_late_it_was() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.wait_until("2022-01-25 10:00")
    desk.give("transfer", case, DIRECTOR)
    desk.wait_until("2022-01-26 00:00")
    assert [to for _, to, _ in raised(desk, case)] == ["director"]
    (late,) = [one for one in desk.case(case).office_done if one.late]
    assert (late.clock, f"{late.done_at - late.due}") == ("transfer", "10:00:00")


def test_a_danger_that_was_triaged_too_late_is_missed_once_not_twice() -> None:
    desk = Desk(at("2022-01-21 18:00"))
    case = desk.tipped(danger=True, triaged_at=at("2022-01-21 18:00"))  # received at 15:00
    assert raised(desk, case) == []
    assert owed(desk, case) == {"transfer": at("2022-01-21 20:00")}
    desk.wait_until("2022-01-22 00:00")
    assert raised(desk, case) == [
        ("transfer", "director", at("2022-01-21 20:00")),
        ("transfer", "taskforce", at("2022-01-22 00:00")),
    ]


@pytest.mark.parametrize(
    ("state", "command", "by", "fields", "clock", "due"),
    [
        ("signed_for", "request-return", COUNTY, ASKED_RETURN, "return_answer", "2022-01-25 00:00"),
        (
            "handling",
            "request-extension",
            COUNTY,
            {"until": "2022-02-15", "reason": "待检。"},
            "extension_answer",
            "2022-01-26 00:00",
        ),
        (
            "handling",
            "report-interim",
            COUNTY,
            {"text": "整改。", "plan": "换阀。", "planned_for": "2022-02-20", "reason": "待件。", "guard": "值守。"},
            "plan_answer",
            "2022-01-26 00:00",
        ),
        ("handling", "report-result", PRINCIPAL, RESULT, "review", "2022-01-27 00:00"),
        ("reported", "review-result", OFFICE, {}, "closing", "2022-01-26 00:00"),
    ],
)
def test_what_the_unit_sends_the_office_answers_within_its_days(
    state: str, command: str, by: Any, fields: dict[str, Any], clock: str, due: str
) -> None:
    desk = Desk()
    case = bring(desk, state)
    desk.give(command, case, by, **fields)
    assert owed(desk, case) == {clock: at(due)}


def test_an_escalation_is_given_a_verifier_on_the_next_working_day() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.wait_until("2022-02-13 00:00")
    assert set(owed(desk, case)) == {"appointment:1", "appointment:2"}
    desk.give("appoint-verification", case, OFFICE)
    assert set(owed(desk, case)) == {"appointment:2"}


def test_a_result_ends_what_the_office_had_been_asked() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("request-extension", case, COUNTY, until="2022-02-15", reason="待检。")
    desk.give("report-result", case, PRINCIPAL, **RESULT)
    desk.give("review-result", case, OFFICE)
    desk.wait_until("2022-01-26 00:00")
    assert {clock for clock, _, _ in raised(desk, case)} == {"closing"}


def test_nothing_is_to_be_closed_while_it_is_verified_and_then_there_is_time() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    desk.wait_until("2022-02-09 10:00")  # idle
    while desk.case(case).unappointed:
        desk.give("appoint-verification", case, OFFICE)
    desk.give("record-step", case, COUNTY, **STEP)
    desk.give("report-result", case, PRINCIPAL, **RESULT)
    desk.give("review-result", case, OFFICE)
    assert owed(desk, case) == {}
    desk.wait_until("2022-02-14 09:00")
    assert "closing" not in {clock for clock, _, _ in raised(desk, case)}
    desk.give("verify-escalation", case, GROUP, found=False, **CHECKED)
    assert owed(desk, case) == {"closing": at("2022-02-17 00:00")}


def test_of_a_case_that_is_taken_back_nothing_is_owed() -> None:
    desk = Desk()
    case = bring(desk, "taken_back")
    assert desk.timers == {}
    desk.wait_until("2022-02-28 00:00")
    assert raised(desk, case) == []


def test_outsiders_are_told_under_the_city_whose_clock_it_was() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.wait_until("2022-01-25 00:00")
    (told,) = [one for one in desk.published if one.name == "OfficeClockMissed" and one.jurisdiction is not None]
    assert told.jurisdiction == "city"
    (data,) = [data for name, data in desk.messages(public=True) if name == "OfficeClockMissed"]
    assert data == {
        "case": str(case), "unit": "city", "clock": "transfer", "due": "2022-01-24T23:59:59+08:00",
        "owner_role": "director", "raised_to": "director", "missed_at": "2022-01-25T00:00:00+08:00",
        "link": f"/cases/{case}",
    }  # fmt: skip


def test_our_own_services_are_told_of_the_offices_date_and_not_of_the_letters() -> None:
    desk = Desk()
    case = bring(desk, "reported")
    desk.wait_until("2022-01-27 00:00")
    (data,) = [data for name, data in desk.messages(public=False) if name == "OfficeClockMissed"]
    assert msgspec.convert(data, internal.OfficeClockMissed) == internal.OfficeClockMissed(
        case=str(case), unit="city", clock="review", due=at("2022-01-27 00:00"), owner_role="office",
        raised_to="director", missed_at=at("2022-01-27 00:00"), done_is_told=True,
    )  # fmt: skip


# --- danger to life: the first report ---


def in_danger() -> tuple[Desk, UUID]:
    desk = Desk(at("2022-01-21 16:00"))
    case = desk.tipped(danger=True)
    desk.give("transfer", case, DIRECTOR)
    return desk, case


def silent(desk: Desk, case: UUID) -> list[datetime]:
    return [e.at for e in desk.events(case) if isinstance(e, FirstReportMissed)]


def test_who_tells_nothing_of_a_danger_by_the_end_of_the_next_working_day_is_told_of_once() -> None:
    desk, case = in_danger()  # on a Friday
    desk.wait_until("2022-02-28 00:00")
    assert silent(desk, case) == [at("2022-01-25 00:00")]


@pytest.mark.parametrize(
    ("command", "fields"), [("record-step", STEP), ("report-interim", {"text": "已到现场，人员已疏散。"})]
)
def test_a_step_or_an_interim_report_is_a_first_report(command: str, fields: dict[str, Any]) -> None:
    desk, case = in_danger()
    desk.give("sign-for", case, COUNTY)
    desk.give(command, case, COUNTY, **fields)
    desk.wait_until("2022-02-28 00:00")
    assert silent(desk, case) == []


def test_while_the_office_owes_an_answer_to_a_return_nothing_is_to_be_reported() -> None:
    desk, case = in_danger()
    desk.give("request-return", case, COUNTY, **ASKED_RETURN)
    desk.wait_until("2022-01-26 10:00")
    assert silent(desk, case) == []
    desk.give("refuse-return", case, OFFICE, text="属实。")
    desk.wait_until("2022-02-28 00:00")
    assert silent(desk, case) == [at("2022-01-28 00:00")]


def test_without_danger_there_is_no_first_report() -> None:
    desk = Desk()
    case = bring(desk, "transferred")
    assert desk.case(case).first_report is None


def told_done(desk: Desk) -> list[tuple[str, str, str]]:
    """What others are told of clocks that were done: which, until when, when."""
    told = [data for name, data in desk.messages(public=False) if name == "OfficeClockDone"]
    return [(one["clock"], one["due"][:16], one["done_at"][:16]) for one in told]


def test_each_clock_that_the_office_has_done_is_told_once_with_its_date() -> None:
    desk = Desk()
    bring(desk, "closed")
    assert [clock for clock, _, _ in told_done(desk)] == ["transfer", "review", "closing"]
    assert all(done < due for _, due, done in told_done(desk))


def test_what_is_done_late_is_told_with_the_date_that_was_over() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.wait_until("2022-01-25 10:00")
    desk.give("transfer", case, DIRECTOR)
    assert told_done(desk) == [("transfer", "2022-01-25T00:00", "2022-01-25T10:00")]


def test_of_two_escalations_only_the_one_that_has_its_verifier_is_told() -> None:
    desk = Desk()
    case = bring(desk, "transferred")
    desk.wait_until("2022-03-01 09:00")
    raised_now = [one.n for one in desk.case(case).unappointed]
    desk.give("appoint-verification", case, OFFICE, verifier="g1")
    done = [data for name, data in desk.messages(public=False) if name == "OfficeClockDone"]
    told = [one["n"] for one in done if one["clock"] == "appointment"]
    assert len(told) == 1
    assert set(told) <= set(raised_now)
