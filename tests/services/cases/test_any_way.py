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
from services.cases.domain.case import FALSE_CLOSURE, IDLE, OVERDUE, Case
from services.cases.domain.events.concluding import CaseClosed, CaseReopened
from services.cases.domain.events.escalating import (
    EscalationCleared,
    EscalationFound,
    EscalationRaised,
    FalseClosureSuspected,
)
from services.cases.domain.events.transferring import CaseReturned
from services.cases.projections import PROJECTOR
from shared.kernel.contracts.internal.assessment import BulletinPublished
from shared.kernel.contracts.internal.notify import DisclosurePublished
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Refusal
from shared.platform.event_store.session import NotFound, timer_id
from tests.services.cases.desk import (
    CAMPAIGN,
    CHECKED,
    COUNTY,
    DIRECTOR,
    GROUP,
    OFFICE,
    OTHER_GROUP,
    PRINCIPAL,
    RESULT,
    STATION,
    STEP,
    ZEZHOU,
    Desk,
)

Act = tuple[str, Actor, dict[str, Any]]
SUSPECTED = {"source": "return_visit", **CHECKED}
SENT: tuple[Act, ...] = (("transfer", OFFICE, {}), ("transfer", DIRECTOR, {}))
SENT_BACK: tuple[Act, ...] = (
    ("request-return", COUNTY, {"reason": "unclear", "text": "地址不清。"}),
    ("accept-return", OFFICE, {}),
    ("transfer", DIRECTOR, {}),
)
NOT_SENT_BACK: tuple[Act, ...] = (SENT_BACK[0], ("refuse-return", DIRECTOR, {"text": "要素齐全。"}))
PLAN = {
    "text": "正在整改。", "plan": "更换阀门。", "planned_for": "2022-03-15", "reason": "等待配件。",
    "guard": "专人值守。",
}  # fmt: skip
BEGUN: tuple[Act, ...] = (
    ("sign-for", COUNTY, {}),
    ("assign-handler", PRINCIPAL, {"officer": "p-zezhou-1"}),
    ("request-extension", COUNTY, {"until": "2022-02-10", "reason": "等待检验报告。"}),
    ("refuse-extension", OFFICE, {"text": "时间足够。"}),
    ("request-extension", COUNTY, {"until": "2022-02-11", "reason": "等待检验报告。"}),
    ("grant-extension", DIRECTOR, {}),
    ("record-step", STATION, STEP),
    ("report-interim", COUNTY, {"text": "正在整改。"}),
    ("report-interim", COUNTY, PLAN),
    ("refuse-plan", OFFICE, {"text": "可以按期完成。"}),
    ("report-interim", COUNTY, PLAN),
    ("approve-plan", DIRECTOR, {}),
)
REPORTED: tuple[Act, ...] = (
    ("decide-penalty-proceeding", PRINCIPAL, {"proceeding": True}),
    ("report-result", COUNTY, RESULT),
    ("report-result", PRINCIPAL, RESULT),
    ("reject-result", OFFICE, {"reason": "没有附件。"}),
    ("report-result", PRINCIPAL, RESULT),
    ("review-result", OFFICE, {}),
)
VERIFIED: tuple[Act, ...] = (
    ("appoint-verification", OFFICE, {}),
    ("appoint-verification", OFFICE, {"verifier": "g3"}),
    ("verify-escalation", GROUP, {"found": False, **CHECKED}),
    ("verify-escalation", OTHER_GROUP, {"found": True, **CHECKED}),
    ("verify-escalation", OTHER_GROUP, {"found": False, **CHECKED}),
)
SUPERVISED: tuple[Act, ...] = (
    ("impose-accountability", DIRECTOR, {"ground": "overdue"}),
    ("start-key-supervision", OFFICE, {"reason": "属实。", "measures": "驻点。", "recheck_by": "2022-09-01"}),
    ("remark", OFFICE, {"text": "催办。"}),
    ("end-key-supervision", GROUP, {"conclusion": "已到位。"}),
)
CLOSED: tuple[Act, ...] = (("close", DIRECTOR, {}), ("disclosed", OFFICE, {}), ("assessed", OFFICE, {}))
DOUBTED: tuple[Act, ...] = (
    ("suspect-false-closure", GROUP, SUSPECTED),
    ("reply", COUNTY, {"text": "已整改。"}),
    ("appoint-verification", OFFICE, {"verifier": "g3"}),
    ("verify-escalation", OTHER_GROUP, {"found": True, **CHECKED}),
)
AGAIN: tuple[Act, ...] = (("reopen", DIRECTOR, {"reason": "回访不属实。"}),)
LATER_AGES = (
    BEGUN, REPORTED, VERIFIED, CLOSED, DOUBTED, SUPERVISED, REPORTED, VERIFIED, CLOSED, DOUBTED, AGAIN, BEGUN, REPORTED,
    CLOSED,
)  # fmt: skip
ANYTHING = st.one_of(
    st.sampled_from([act for age in (SENT, SENT_BACK, NOT_SENT_BACK, *LATER_AGES) for act in age]), st.integers(1, 20)
)


@st.composite
def lives(draw: st.DrawFn) -> list[Act | int]:
    """The ages of a case one after another, some left out, some steps too, now and then anything at all in between; a
    number is days of waiting."""
    life: list[Act | int] = []
    ages = (SENT, draw(st.sampled_from((SENT_BACK, NOT_SENT_BACK))), *LATER_AGES)
    for age in ages[: draw(st.integers(4, len(ages)))]:
        if draw(st.integers(0, 4)) == 4 and age is not SENT:
            continue
        for step in age:
            if draw(st.integers(0, 9)) == 9:
                life.append(draw(ANYTHING))
            if draw(st.integers(0, 11)) != 11:
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
            if command == "disclosed":
                desk.hear("notify", DisclosurePublished("d", str(case), ZEZHOU, now))
            elif command == "assessed":
                desk.hear("assessment", BulletinPublished("b", now.strftime("%Y-%m"), now, (str(case),)))
            else:
                with suppress(Refusal, NotFound):
                    desk.sign(command, case, by, **fields)
        desk.wait_until(now.strftime("%Y-%m-%d %H:%M"))


def row_of(case: Case) -> dict[str, Any]:
    """What the list must say of a case."""
    due = case.feedback or case.transfer_deadline
    suspicion, key = case.suspicion, case.key_supervision
    triggers = {one.trigger for one in case.escalations}
    return {
        "state": case.state,
        "unit": case.unit,
        "version": case.version,
        "letter": case.letters[-1] if case.letters else None,
        "handler": case.handler,
        "draft": "letter" if case.draft_letter else "result" if case.drafted_result else None,
        "due": due.due if due else None,
        "first_step_due": case.first_step.due if case.first_step else None,
        "disclosure_due": case.disclosure.due if case.disclosure else None,
        "reply_due": suspicion.reply.due if suspicion else None,
        "replied_at": suspicion.replied_at if suspicion else None,
        "recheck_due": key.recheck.due if key and not key.ended_at else None,
        "key_group": key.group if key else None,
        "return_asked": case.return_requested_at,
        "extension_asked": later.requested_at if (later := case.extension_request or case.plan) else None,
        "transferred_at": case.transferred_at,
        "reported_at": case.reported_at,
        "closed_at": case.closed_at,
        "disclosed_at": case.disclosed_at,
        "assessed_in": case.assessed_in,
        "overdue": OVERDUE in triggers or None,
        "idle": IDLE in triggers or None,
        "false_closure": FALSE_CLOSURE in triggers or None,
    }


def escalations_of(case: Case) -> dict[str, dict[str, Any]]:
    """What the list of escalations must say of a case, by row."""
    return {
        f"{case.id}:{one.n}": {
            "trigger": one.trigger,
            "raised_at": one.raised_at,
            "verifier": one.verifier,
            "verify_due": one.deadline.due if one.deadline else None,
            "outcome": one.outcome,
            "decided_at": one.decided_at,
        }
        for one in case.escalations
    }


@settings(max_examples=100, deadline=None, derandomize=True)
@given(life=lives(), own=st.booleans())
def test_whatever_happens_rows_timers_and_escalations_follow_from_the_events(life: list[Act | int], own: bool) -> None:
    desk = Desk()
    case = desk.open(COUNTY) if own else desk.tipped()
    live(desk, case, life)
    events = desk.events(case)
    assert [event.originator_version for event in events] == list(range(1, len(events) + 1))

    row: dict[str, Any] = {}
    escalated: dict[str, dict[str, Any]] = {}
    found: Any = None
    for event in events:
        found = event.mutate(found)
        for change in PROJECTOR.project(event):
            if change.table == "cases":
                row |= change.values
            elif change.table == "escalations":
                escalated.setdefault(change.values["id"], {}).update(change.values)
        assert {name: row.get(name) for name in row_of(found)} == row_of(found), event
        wanted_rows = escalations_of(found)
        got = {id_: {name: values.get(name) for name in wanted_rows[id_]} for id_, values in escalated.items()}
        assert got == wanted_rows, event
        if isinstance(event, CaseClosed):
            assert not found.undecided, "nothing is closed over an undecided escalation"
    assert row == desk.rows[case]
    assert escalated == desk.tables["escalations"]

    wanted = {timer_id(case, kind, due) for kind, due in found.timers().items()}
    assert wanted == set(desk.timers)
    assert all(timer.due > desk.clock.now() for timer in desk.timers.values())

    window: list[str] = []
    for event in events:
        if isinstance(event, CaseReopened | CaseReturned | EscalationFound) or (
            isinstance(event, EscalationCleared) and event.feedback
        ):
            window = []
        if isinstance(event, EscalationRaised) and event.missed is not None:
            assert event.trigger not in window, "once per window"
            assert event.at >= event.missed.due
            window.append(event.trigger)
    suspected = sum(isinstance(event, FalseClosureSuspected) for event in events)
    raised = sum(isinstance(event, EscalationRaised) and event.missed is None for event in events)
    assert raised == suspected - (found.suspicion is not None), "once per suspicion"


@settings(max_examples=50, deadline=None, derandomize=True)
@given(life=lives())
def test_the_loop_reads_otherwise_only_after_an_event_that_is_said_to_move_it(life: list[Act | int]) -> None:
    desk = Desk()
    case = desk.tipped()
    live(desk, case, life)
    drawn: list[tuple[Any, object]] = []
    aggregate: Any = None
    for event in desk.events(case):
        aggregate = event.mutate(aggregate)
        drawn.append((event, loop.steps(aggregate, CAMPAIGN)))
    for (_, before), (event, after) in pairwise(drawn):
        assert before == after or getattr(event, "moves_the_loop", False)
