"""What the API of *assessment* answers: the shape of each answer beside the function that makes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any

from pydantic import create_model
from typing_extensions import TypedDict

from services.assessment import figures as read
from services.assessment.domain.filing import Filing
from services.assessment.domain.values import Return
from services.assessment.queries import FIGURES, CaseLine, Counts, FilingRow
from services.assessment.rules.measures import ALL
from shared.kernel.answers import ExplainedDue, explained
from shared.platform.service.answers import Id, Instant, one_of


class OnTime(TypedDict):
    """Closed on time out of closed."""

    num: int
    den: int


_COUNTS: Any = {"unit": str, **dict.fromkeys(FIGURES, int), "on_time": OnTime | None}
CountsLine: Any = create_model("CountsLine", __doc__="The figures of a unit; `city` is all that one sees.", **_COUNTS)
_LIST: Any = {"items": list[CountsLine], "next": None, "total": CountsLine, "figures": dict[str, str]}
CountsAnswer = create_model("CountsAnswer", __doc__="Figures by unit; `figures` names each in Chinese.", **_LIST)


def counts_json(total: Counts, rows: Iterable[Counts]) -> dict[str, Any]:
    """A `CountsAnswer`."""
    names = {figure.code: figure.name for figure in FIGURES.values()}
    return {"items": [_counts(row) for row in rows], "next": None, "total": _counts(total), "figures": names}


def _counts(row: Counts) -> dict[str, Any]:
    rate = row.on_time_rate
    return {"unit": row.unit, **row.figures, "on_time": {"num": rate[0], "den": rate[1]} if rate else None}


class CaseIds(TypedDict):
    """Identifiers of cases, and the `cursor` of the next page."""

    items: list[Id]
    next: Id | None


def cases_json(lines: Iterable[CaseLine], limit: int) -> CaseIds:
    """The cases of one page."""
    items = [str(line.case_id) for line in lines]
    return {"items": items, "next": items[-1] if len(items) == limit else None}


class FilingAnswer(ExplainedDue):
    """One filing, with every day of its date explained."""

    filing: Id
    kind: str
    unit: str
    period: str
    state: Annotated[str, one_of(("owed", "missed", "filed", "sent_back"))]
    in_time: bool | None
    nil: bool | None
    broken_by: str | None
    filed_at: Instant | None


class FilingList(TypedDict):
    """What units owe, by due date."""

    items: list[FilingAnswer]
    next: None


def filing_json(row: FilingRow) -> FilingAnswer:
    """One filing."""
    return {
        **explained(row.deadline.due_date),
        "filing": str(row.id), "rule": row.rule, "kind": row.kind, "unit": row.unit, "period": row.period,
        "state": row.state, "in_time": row.in_time, "nil": row.nil, "broken_by": row.broken_by,
        "filed_at": row.filed_at.isoformat() if row.filed_at else None,
    }  # fmt: skip


class FigureCell(TypedDict):
    """A measure of Annex 1: in what the return covers, and since the campaign began."""

    week: int
    total: int


class Act(TypedDict):
    """A line of Annex 2: a case that was closed in what the return covers, or that runs at its end (`running`)."""

    case: Id
    verifier: str | None
    escalated: bool
    enterprise: str | None
    place: str | None
    matter: str
    violation: str | None
    origin: str
    measures: list[str]
    running: bool


class Annexes(TypedDict):
    """Annexes 1 and 2 of everything before `until` that no earlier return of the unit has; who signs names their
    `digest`. `after` is the week of the last signed return before it, `since` its end; `through` the number in the feed
    of *cases* up to which everything is in it."""

    digest: str
    after: str | None
    since: Instant | None
    until: Instant
    through: int
    nil: bool
    note: str | None
    figures: dict[str, FigureCell]
    acts: list[Act]


class ReturnAnswer(TypedDict):
    """A weekly return: as it is computed now, and as it was signed, if it was."""

    unit: str
    week: int
    version: int
    state: str
    in_time: bool | None
    due: Instant
    computed: Annexes
    signed: Annexes | None


def return_json(filing: Filing, computed: Return) -> ReturnAnswer:
    """A weekly return, computed and signed."""
    return {
        "unit": filing.unit, "week": int(filing.period), "version": filing.version, "state": filing.state,
        "in_time": filing.in_time, "due": filing.due.printed, "computed": _annexes(computed),
        "signed": _annexes(filing.signed) if filing.signed else None,
    }  # fmt: skip


def _annexes(found: Return) -> Annexes:
    return {
        "digest": found.digest, "after": found.after, "since": found.since.isoformat() if found.since else None,
        "until": found.until.isoformat(), "through": found.through, "nil": found.nil, "note": found.note,
        "figures": {line.measure: {"week": line.week, "total": line.total} for line in found.figures},
        "acts": [
            {
                "case": act.case, "verifier": act.verifier, "escalated": act.escalated, "enterprise": act.enterprise,
                "place": act.place, "matter": act.matter, "violation": act.violation, "origin": act.origin,
                "measures": list(act.measures), "running": act.running,
            }
            for act in found.acts
        ],
    }  # fmt: skip


class FactLine(TypedDict):
    """One event behind a figure."""

    event: str
    id: str
    at: Instant
    n: int
    unit: str
    case: str | None


class FigureAnswer(TypedDict):
    """One figure of a ranking, the sentence that says what it counts, and the events that it is counted from."""

    unit: str
    figure: str
    month: str
    says: str
    count: int
    items: list[FactLine]
    next: None


def case_of(item: read.Counts) -> str | None:
    """The case that a fact behind a figure tells of."""
    case: str | None = getattr(item.fact.event, "case", None)
    return case


def figure_json(unit: str, name: str, month: str, found: list[read.Counts], seen: Collection[str]) -> FigureAnswer:
    """One figure; of its events the cases that are among those `seen`."""
    return {
        "unit": unit, "figure": name, "month": month, "says": ALL[name].says,
        "count": sum(item.n for item in found), "items": [_item(item, seen) for item in found], "next": None,
    }  # fmt: skip


def _item(item: read.Counts, seen: Collection[str]) -> FactLine:
    event, case = item.fact.event, case_of(item)
    return {
        "event": type(event).__name__, "id": item.fact.id, "at": item.at.isoformat(), "n": item.n, "unit": item.unit,
        "case": case if case in seen else None,
    }  # fmt: skip
