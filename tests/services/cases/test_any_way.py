"""Whatever people do in whatever order, and whenever time passes: what must always be true of a case."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

from eventsourcing.domain import Aggregate
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cases.domain import loop
from services.cases.domain.case import IDLE, OVERDUE
from services.cases.domain.events import CaseReopened, EscalationRaised
from services.cases.projections import project
from services.cases.publishers import MOVES_THE_LOOP
from shared.event_store.refusal import Refusal
from shared.event_store.session import timer_id
from tests.services.cases.desk import COUNTY, DIRECTOR, OFFICE, PRINCIPAL, STATION, STEP, Desk

ACTS = st.sampled_from(
    [
        ("transfer", OFFICE, {}),
        ("transfer", DIRECTOR, {}),
        ("sign-for", COUNTY, {}),
        ("assign-handler", PRINCIPAL, {"officer": "p-zezhou-1"}),
        ("record-step", STATION, STEP),
        ("remark", OFFICE, {"text": "催办。"}),
        ("report-result", COUNTY, {"text": "初稿"}),
        ("report-result", PRINCIPAL, {"text": "已责令停用。"}),
        ("review-result", OFFICE, {}),
        ("reject-result", OFFICE, {"reason": "没有附件。"}),
        ("close", DIRECTOR, {}),
        ("reopen", DIRECTOR, {"reason": "回访不属实。"}),
    ]
)
COLUMNS = [
    "state",
    "unit",
    "version",
    "letter",
    "handler",
    "draft",
    "due",
    "first_step_due",
    "transferred_at",
    "reported_at",
    "closed_at",
    "overdue",
    "idle",
]
WAITS = st.integers(1, 20)
LIVES = st.lists(st.one_of(ACTS, ACTS, ACTS, WAITS), min_size=5, max_size=40)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(life=LIVES, own=st.booleans())
def test_whatever_happens_rows_timers_and_escalations_follow_from_the_events(life: list[object], own: bool) -> None:
    desk = Desk()
    case = desk.open(COUNTY) if own else desk.hear()
    for act in life:
        if isinstance(act, int):
            later = desk.clock.now() + timedelta(days=act)
            desk.wait_until(later.strftime("%Y-%m-%d %H:%M"))
        else:
            command, by, fields = act  # type: ignore[misc]
            with suppress(Refusal):
                desk.give(command, case, by, **fields)
            desk.wait_until(desk.clock.now().strftime("%Y-%m-%d %H:%M"))  # what is due already
    events = desk.events(case)
    assert [event.originator_version for event in events] == list(range(1, len(events) + 1))

    row: dict[str, object] = {}
    for event in events:
        for change in project(event):
            row |= change.values
    assert row == desk.rows[case]
    found = desk.case(case)
    due = found.feedback or found.transfer_deadline
    assert {name: row.get(name) for name in COLUMNS} == {
        "state": found.state,
        "unit": found.unit,
        "version": found.version,
        "letter": found.letters[-1] if found.letters else None,
        "handler": found.handler,
        "draft": "letter" if found.draft_letter else "result" if found.drafted_result else None,
        "due": due.due if due else None,
        "first_step_due": found.first_step.due if found.first_step else None,
        "transferred_at": found.transferred_at,
        "reported_at": found.reported_at,
        "closed_at": found.closed_at,
        "overdue": OVERDUE in found.escalations or None,
        "idle": IDLE in found.escalations or None,
    }

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
@given(life=st.lists(ACTS, min_size=10, max_size=30))
def test_the_loop_reads_otherwise_only_after_an_event_that_is_said_to_move_it(
    life: list[tuple[str, object, dict]],
) -> None:
    desk = Desk()
    case = desk.hear()
    for command, by, fields in life:
        try:
            desk.give(command, case, by, **fields)  # type: ignore[arg-type]
        except Refusal:
            desk.wait_until((desk.clock.now() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M"))
    drawn: list[tuple[Aggregate | None, object]] = []
    aggregate = None
    for event in desk.events(case):
        aggregate = event.mutate(aggregate)
        drawn.append((event, loop.steps(aggregate)))
    for (_, before), (event, after) in pairwise(drawn):
        assert before == after or type(event) in MOVES_THE_LOOP
