"""Whatever people do in whatever order, and whenever time passes: what must always be true of a case."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cases.domain import loop
from services.cases.domain.case import IDLE, OVERDUE, Case
from services.cases.domain.events import CaseReopened, EscalationRaised
from services.cases.projections import project
from services.cases.publishers import MOVES_THE_LOOP
from shared.event_store.envelope import Actor
from shared.event_store.refusal import Refusal
from shared.event_store.session import timer_id
from tests.services.cases.desk import COUNTY, DIRECTOR, OFFICE, PRINCIPAL, STATION, STEP, Desk

Act = tuple[str, Actor, dict[str, Any]]
WALK: tuple[Act, ...] = (
    ("transfer", OFFICE, {}),
    ("transfer", DIRECTOR, {}),
    ("sign-for", COUNTY, {}),
    ("assign-handler", PRINCIPAL, {"officer": "p-zezhou-1"}),
    ("record-step", STATION, STEP),
    ("report-result", COUNTY, {"text": "初稿"}),
    ("report-result", PRINCIPAL, {"text": "已责令停用。"}),
    ("reject-result", OFFICE, {"reason": "没有附件。"}),
    ("report-result", PRINCIPAL, {"text": "已处罚。"}),
    ("review-result", OFFICE, {}),
    ("close", DIRECTOR, {}),
    ("reopen", DIRECTOR, {"reason": "回访不属实。"}),
    ("remark", OFFICE, {"text": "催办。"}),
    ("report-result", PRINCIPAL, {"text": "已复查。"}),
    ("review-result", OFFICE, {}),
    ("close", DIRECTOR, {}),
)
ANYTHING = st.one_of(st.sampled_from(WALK), st.integers(1, 20))


@st.composite
def lives(draw: st.DrawFn) -> list[Act | int]:
    """The usual walk, up to some step, some left out, anything at all in between; a number is days of waiting."""
    life: list[Act | int] = []
    for step in WALK[: draw(st.integers(3, len(WALK)))]:
        life += draw(st.lists(ANYTHING, max_size=2))
        if draw(st.integers(0, 9)):
            life.append(step)
    return life


def live(desk: Desk, case: UUID, life: list[Act | int]) -> None:
    """Let it all happen, refused or not; what falls due is answered when it is."""
    for act in life:
        now = desk.clock.now()
        if isinstance(act, int):
            now += timedelta(days=act)
        else:
            command, by, fields = act
            with suppress(Refusal):
                desk.give(command, case, by, **fields)
        desk.wait_until(now.strftime("%Y-%m-%d %H:%M"))


def row_of(case: Case) -> dict[str, Any]:
    """What the list must say of a case."""
    due = case.feedback or case.transfer_deadline
    return {
        "state": case.state,
        "unit": case.unit,
        "version": case.version,
        "letter": case.letters[-1] if case.letters else None,
        "handler": case.handler,
        "draft": "letter" if case.draft_letter else "result" if case.drafted_result else None,
        "due": due.due if due else None,
        "first_step_due": case.first_step.due if case.first_step else None,
        "transferred_at": case.transferred_at,
        "reported_at": case.reported_at,
        "closed_at": case.closed_at,
        "overdue": OVERDUE in case.escalations or None,
        "idle": IDLE in case.escalations or None,
    }


@settings(max_examples=200, deadline=None, derandomize=True)
@given(life=lives(), own=st.booleans())
def test_whatever_happens_rows_timers_and_escalations_follow_from_the_events(life: list[Act | int], own: bool) -> None:
    desk = Desk()
    case = desk.open(COUNTY) if own else desk.hear()
    live(desk, case, life)
    events = desk.events(case)
    assert [event.originator_version for event in events] == list(range(1, len(events) + 1))

    row: dict[str, Any] = {}
    found: Any = None
    for event in events:
        found = event.mutate(found)
        for change in project(event):
            row |= change.values
        assert {name: row.get(name) for name in row_of(found)} == row_of(found), event
    assert row == desk.rows[case]

    wanted = {timer_id(case, kind, due) for kind, due in found.timers().items()}
    assert wanted == set(desk.timers)
    assert all(timer.due > desk.clock.now() for timer in desk.timers.values())

    window: list[str] = []
    for event in events:
        if isinstance(event, CaseReopened):
            window = []
        if isinstance(event, EscalationRaised):
            assert event.trigger not in window, "once per window"
            assert event.at >= event.missed.due
            window.append(event.trigger)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(life=lives())
def test_the_loop_reads_otherwise_only_after_an_event_that_is_said_to_move_it(life: list[Act | int]) -> None:
    desk = Desk()
    case = desk.hear()
    live(desk, case, life)
    drawn: list[tuple[Any, object]] = []
    aggregate: Any = None
    for event in desk.events(case):
        aggregate = event.mutate(aggregate)
        drawn.append((event, loop.steps(aggregate)))
    for (_, before), (event, after) in pairwise(drawn):
        assert before == after or type(event) in MOVES_THE_LOOP
