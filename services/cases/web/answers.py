"""What the API of *cases* answers: the shape of each answer beside the function that makes it.

A line of the list has the fields of its row but for those that are on pages alone, so a column more is a field more.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model
from typing_extensions import TypedDict

from services.cases.domain import loop, office
from services.cases.domain.authority import STATES
from services.cases.domain.case import Case
from services.cases.domain.values import Deadline, Escalation
from services.cases.handlers import CASE
from services.cases.queries import CaseRow, HistoryEntry
from shared.kernel.answers import ExplainedDue, Step, explained, step_answers
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.due import printed
from shared.kernel.commands import Setting
from shared.kernel.measures import MeasureTaken
from shared.platform.event_store.envelope import Actor
from shared.platform.service.answers import Day, Id, Instant, PossibleCommand, one_of
from shared.platform.service.forms import allowed_commands

PREFIX = "/api/cases/v1"
State = Annotated[str, one_of(STATES)]
FoundBy = Annotated[str, one_of(("tip", "inspection", "unit"))]
Cause = Annotated[str, one_of(tuple(loop.TRIGGER_NAMES))]
Outcome = Annotated[str, one_of(tuple(loop.OUTCOME_NAMES))]
_NOT_TOLD = {
    "id", "idle", "in_period", "handler", "draft", "key_group", "due", "first_step_due", "disclosure_due",
    "return_asked", "extension_asked", "reply_due", "recheck_due", "verify_due", "return_due", "answer_due",
    "review_due", "closing_due", "appoint_due", "office_due",
}  # fmt: skip
_TOLD = [field.name for field in fields(CaseRow) if field.name not in _NOT_TOLD]


def _told_as(hint: Any) -> Any:
    if hint is datetime:
        return Instant
    return Instant | None if datetime in get_args(hint) else hint


_FIELDS: dict[str, Any] = {
    "case": Id,
    "idle_after_acceptance": bool,
    "state": State,
    "origin": FoundBy,
    "due": Instant | None,
    "transfer_due": Instant | None,
}
_LINE: Any = {name: _told_as(hint) for name, hint in get_type_hints(CaseRow).items() if name in _TOLD} | _FIELDS
CaseLine: Any = create_model("CaseLine", __doc__="One case in a list.", **_LINE)
_LIST: Any = {"items": list[CaseLine], "next": Id | None}
CaseList = create_model("CaseList", __doc__="Cases, and the `cursor` of the next page, null at the end.", **_LIST)


def row_json(row: CaseRow, campaign: Campaign) -> dict[str, Any]:
    """A `CaseLine`. `due` is the feedback date, as everywhere; before the letter there is the date of the transfer."""
    found: dict[str, Any] = {"case": str(row.id), "idle_after_acceptance": row.idle}
    for name in _TOLD:
        value = getattr(row, name)
        found[name] = value.isoformat() if isinstance(value, datetime) else value
    due = printed(row.due, campaign.zone) if row.due else None
    opened = row.state == "opened"
    return found | {"due": None if opened else due, "transfer_due": due if opened else None}


class LetterLine(TypedDict):
    """A letter of the case, from 1."""

    n: int
    number: str
    pdf: str


class MeasureLine(TypedDict):
    """A measure with its facts; `amount` in fen."""

    measure: str
    number: str | None
    on: Day | None
    amount: int | None
    articles: str | None
    reinspection: Day | None
    below_maximum: str | None
    licence: str | None


class Verification(TypedDict):
    """An escalation, who verifies it and how it was decided."""

    n: int
    trigger: Cause
    raised_at: Instant
    verifier: str | None
    due: ExplainedDue | None
    outcome: Outcome | None
    decided_at: Instant | None


class DecisionLine(TypedDict):
    """What was decided after the closing; `outcome` of a re-inspection: passed | closure_proposed."""

    decision: MeasureLine
    outcome: str | None


class CaseAnswer(TypedDict):
    """One case. `conclusion` is that of the result, `taken` its measures with their facts and what was decided since,
    `decisions` the latter alone. `investigation` is who investigates the accident that it is about, once that was
    opened. `due` is the feedback date, while there is one; `deadlines` explains every date that runs or ran."""

    case: Id
    version: int
    state: State
    unit: str
    origin: FoundBy
    tip: Id | None
    in_period: bool
    matter: str
    enterprise: str | None
    place: str | None
    source: str
    violation: str | None
    danger: bool
    received_at: Instant
    opened_at: Instant
    handler: str | None
    due: Instant | None
    deadlines: dict[str, ExplainedDue]
    escalations: list[Cause]
    verifications: list[Verification]
    key_supervision: str | None
    penalty_proceeding: bool | None
    conclusion: str | None
    taken: list[MeasureLine]
    decisions: list[DecisionLine]
    investigation: str | None
    awaits_investigation: bool
    planned_for: Day | None
    letters: list[LetterLine]
    loop: list[Step]
    closed_loop: bool
    waits_for: list[str]
    commands: dict[str, PossibleCommand]


def case_json(case: Case, actor: Actor, campaign: Campaign) -> CaseAnswer:
    """One case as the API shows it."""
    deadlines: dict[str, Deadline | None] = {
        "sign_for": case.signing,
        "first_step": case.first_step,
        "feedback": case.feedback,
        **office.owed(case),
        "first_report": case.first_report,
        "disclosure": case.disclosure,
        "return_request": case.returnable if case.state in ("transferred", "signed_for") else None,
        "right_of_reply": case.suspicion.reply if case.suspicion else None,
        "recheck": case.key_supervision.recheck if case.key_supervision and case.is_supervised else None,
    }
    matter = case.matter
    steps = loop.steps(case, campaign)
    closed = loop.is_closed(steps)
    return {
        "case": str(case.id),
        "version": case.version,
        "state": case.state,
        "unit": case.unit,
        "origin": case.origin,
        "tip": case.tip,
        "in_period": case.in_period,
        "matter": matter.text,
        "enterprise": matter.enterprise,
        "place": matter.place,
        "source": matter.source,
        "violation": matter.violation,
        "danger": matter.danger,
        "received_at": matter.received_at.isoformat(),
        "opened_at": case.opened_at.isoformat(),
        "handler": case.handler,
        "due": case.feedback.printed if case.feedback else None,
        "deadlines": {name: explained(deadline.due_date) for name, deadline in deadlines.items() if deadline},
        "escalations": [one.trigger for one in case.escalations],
        "verifications": [_verification(one) for one in case.escalations],
        "key_supervision": case.key_supervision.group if case.key_supervision and case.is_supervised else None,
        "penalty_proceeding": case.penalty_proceeding,
        "conclusion": case.result.conclusion if case.result else None,
        "taken": [_measure(one) for one in case.taken],
        "decisions": [{"decision": _measure(one.decision), "outcome": one.outcome} for one in case.decisions],
        "investigation": case.investigation,
        "awaits_investigation": case.awaits_investigation,
        "planned_for": case.planned_for.isoformat() if case.planned_for else None,
        "letters": [
            {"n": n, "number": number, "pdf": f"{PREFIX}/cases/{case.id}/letters/{n}.pdf"}
            for n, number in enumerate(case.letters, 1)
        ],
        "loop": step_answers(steps, campaign.zone),
        "closed_loop": closed,
        "waits_for": [] if closed else [f"{step}（{note}）" for step, note in loop.waits_for(steps)],
        "commands": allowed_commands(CASE, actor, case, Setting(campaign)),
    }


def _measure(one: MeasureTaken) -> MeasureLine:
    return {
        "measure": one.measure,
        "number": one.number,
        "on": one.on.isoformat() if one.on else None,
        "amount": one.amount,
        "articles": one.articles,
        "reinspection": one.reinspection.isoformat() if one.reinspection else None,
        "below_maximum": one.below_maximum,
        "licence": one.licence,
    }


def _verification(one: Escalation) -> Verification:
    return {
        "n": one.n,
        "trigger": one.trigger,
        "raised_at": one.raised_at.isoformat(),
        "verifier": one.verifier,
        "due": explained(one.deadline.due_date) if one.deadline else None,
        "outcome": one.outcome,
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
    }


class HistoryLine(BaseModel):
    """A stored event: its place, its identity, and its own fields as they are stored."""

    model_config = ConfigDict(extra="allow")
    sequence: int
    version: int
    type: str
    event_sha256: str


class CaseHistory(BaseModel):
    """The stored events of a case, oldest first."""

    case: Id
    items: list[HistoryLine]
    next: None


def history_json(case: str, entries: list[HistoryEntry]) -> dict[str, Any]:
    """A `CaseHistory`."""
    items = [
        {"sequence": e.sequence, "version": e.version, "type": e.type, "event_sha256": e.sha256, **e.state}
        for e in entries
    ]
    return {"case": case, "items": items, "next": None}
