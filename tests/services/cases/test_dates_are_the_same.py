"""The feedback date of a case is the same wherever it is told: list, detail, answer, event, letter, page and desk."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cases import letters
from services.cases.domain.authority import STATES
from services.cases.domain.events.concluding import TAKEN_BACK
from services.cases.domain.events.transferring import CaseTransferred
from services.cases.queries import CaseRow
from services.cases.web.answers import case_json, row_json
from services.cases.web.case_view import case_view
from services.cases.web.desk import line
from tests.services.cases.desk import CAMPAIGN, DIRECTOR, GROUP, OFFICE, Desk, bring
from tests.support.in_memory import at

FIRST = at("2021-12-10 08:00")
RUNNING = [state for state in STATES[1:] if state != TAKEN_BACK]
moments = st.integers(0, 60 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def row(desk: Desk, case: object) -> CaseRow:
    """The row of a case as the database would give it: instants in UTC."""
    found = {one.name: None for one in fields(CaseRow)} | desk.rows[case] | {"escalated": False, "id": case}  # type: ignore[index]
    known = {one.name for one in fields(CaseRow)}
    return CaseRow(**{name: value for name, value in found.items() if name in known})


def last_day(told: str) -> date:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT23:59:59\+08:00", told), told
    return datetime.fromisoformat(told).date()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(moments, st.sampled_from(RUNNING))
def test_every_place_tells_the_same_last_second(moment: datetime, state: str) -> None:
    desk = Desk(moment)
    case = bring(desk, state, case=desk.tipped(received_at=moment, triaged_at=moment))
    found, listed = desk.case(case), row(desk, case)
    detail = case_json(found, OFFICE, CAMPAIGN)
    due = detail["due"]
    assert due is not None
    event = [data for _, data in desk.messages(public=True) if data["case"] == str(case)][-1]
    assert row_json(listed, CAMPAIGN)["due"] == due
    assert detail["deadlines"]["feedback"]["due"] == due
    assert event["due"] == due
    sent = next(event for event in desk.events(case) if isinstance(event, CaseTransferred))
    assert letters.facts(sent).feedback_by == last_day(due)
    if listed.reported_at is None:
        assert line(listed, CAMPAIGN, moment)["due"] == last_day(due)
        view = case_view(found, [], GROUP, CAMPAIGN, moment, last=found.version)
        day = last_day(due)
        assert f"{day.month}月{day.day}日" in view["due_words"]


@settings(max_examples=10, deadline=None, derandomize=True)
@given(moments)
def test_before_the_letter_no_place_tells_a_feedback_date_and_the_list_tells_the_transfer(moment: datetime) -> None:
    desk = Desk(moment)
    case = bring(desk, "opened")
    told, detail = row_json(row(desk, case), CAMPAIGN), case_json(desk.case(case), OFFICE, CAMPAIGN)
    events = [data for _, data in desk.messages(public=True)]
    assert (told["due"], detail["due"], events[-1].get("due")) == (None, None, None)
    assert told["transfer_due"] == detail["deadlines"]["transfer"]["due"]
    last_day(told["transfer_due"])


@pytest.mark.parametrize("state", RUNNING)
def test_what_the_giver_of_a_command_is_told_is_in_the_detail(state: str) -> None:
    desk = Desk()
    case = bring(desk, state)
    told = desk.give("remark", case, DIRECTOR, text="已阅。")
    assert told["due"] == case_json(desk.case(case), OFFICE, CAMPAIGN)["due"]
