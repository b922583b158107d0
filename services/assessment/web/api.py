"""The API of *assessment*: counts and figures, inspections, filings, rankings and bulletins."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query

from services.assessment.domain.filing import Filing
from services.assessment.domain.values import Return
from services.assessment.handlers import RESOURCES
from services.assessment.handlers.setting import AssessmentSetting
from services.assessment.queries import FIGURES, PAGE, Counts, FilingRow, Queries
from services.assessment.rules.measures import MEASURES, Item
from services.assessment.rules.schedule import WEEKLY
from services.assessment.web.figures import Rankings, Standing
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.routes import mount_commands
from shared.platform.web.parameters import Code, Cursor
from shared.platform.web.session import SignedIn

PREFIX = "/api/assessment/v1"


def mount_api(app: FastAPI, dispatch: Dispatch[AssessmentSetting], queries: Queries, rankings: Rankings) -> None:
    """Serve the API."""
    router = APIRouter(prefix=PREFIX, tags=["assessment"])
    _mount_counts(router, queries)
    _mount_filings(router, queries, dispatch.setting)
    _mount_bulletins(router, queries, dispatch.setting, rankings)
    for resource in RESOURCES:
        mount_commands(router, dispatch, resource, parts={"week": int})
    app.include_router(router)


def _mount_counts(router: APIRouter, queries: Queries) -> None:
    @router.get("/counts")
    async def counts(viewer: SignedIn) -> dict[str, Any]:
        """The figures of every unit that the viewer may see, and their sum.

        City-wide roles see all units, a county, its principal and its stations their own, a group its units. `on_time`
        is closed on time out of closed, null while nothing is closed. `figures` names each figure in Chinese.
        """
        total, *rows = await queries.counts(viewer)
        names = {figure.code: figure.name for figure in FIGURES.values()}
        return {"items": [_counts_json(row) for row in rows], "next": None, "total": _counts_json(total),
                "figures": names}  # fmt: skip

    @router.get("/counts/{unit}/{figure}")
    async def cases(
        unit: str,
        figure: str,
        viewer: SignedIn,
        cursor: Cursor | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    ) -> dict[str, Any]:
        """The identifiers of the cases behind one figure, newest first; `city` for all units that the viewer sees.

        `next` is the `cursor` of the next page, null at the end.
        """
        lines = await queries.cases(viewer, unit, figure, cursor, limit)
        items = [str(line.case_id) for line in lines]
        return {"items": items, "next": items[-1] if len(items) == limit else None}


def _mount_filings(router: APIRouter, queries: Queries, setting: AssessmentSetting) -> None:
    @router.get("/filings")
    async def filings(
        viewer: SignedIn,
        unit: Code | None = None,
        kind: Code | None = None,
        state: Literal["owed", "missed", "filed", "sent_back"] | None = None,
    ) -> dict[str, Any]:
        """What units owe, by due date, with every day of the date explained."""
        if unit is not None:
            queries.check_sees(viewer, unit)
        rows = await queries.filings(viewer, unit=unit, kind=kind, state=state)
        return {"items": [filing_json(row) for row in rows], "next": None}

    @router.get("/returns/{unit}/{week}")
    async def weekly_return(unit: str, week: int, viewer: SignedIn) -> dict[str, Any]:
        """A weekly return: Annexes 1 and 2 as they are computed now, and as they were signed, if they were. Who signs
        names the `digest` of what is computed."""
        queries.check_sees(viewer, unit)
        found = setting.week(str(week))
        filing = await queries.filing(setting.schedule.filing_id(WEEKLY, unit, str(week)))
        return return_json(filing, await setting.return_now(unit, found))


def _mount_bulletins(router: APIRouter, queries: Queries, setting: AssessmentSetting, rankings: Rankings) -> None:
    @router.get("/rankings/{month}")
    async def ranking(month: str, viewer: SignedIn) -> dict[str, Any]:
        """The rankings of a month: of the published bulletin, or as they are now, for city-wide roles."""
        return standing_json(await rankings.standing(viewer, month))

    @router.get("/figures/{unit}/{name}")
    async def figure(unit: str, name: str, viewer: SignedIn, month: Code) -> dict[str, Any]:
        """One figure of a ranking, and the events that it is counted from; `case` where it is the viewer's to see."""
        found = await rankings.behind(viewer, month, unit, name)
        seen = await queries.visible(viewer, {case for item in found if (case := case_of(item)) is not None})
        return {
            "unit": unit, "figure": name, "month": month, "says": MEASURES[name].says,
            "count": sum(item.n for item in found), "items": [item_json(item, seen) for item in found], "next": None,
        }  # fmt: skip

    @router.get("/bulletins")
    async def listing(viewer: SignedIn) -> dict[str, Any]:
        """Every bulletin of the campaign: when it is due, whether it is drawn or published."""
        rows = await queries.bulletins()
        items = []
        for month in setting.schedule.months.values():
            row = rows.get(month.key)
            items.append(
                {
                    "month": month.key,
                    "due": month.due.due_date.printed if month.due else None,
                    "state": "open" if row is None or row.drawn_at is None
                    else "published" if row.published_at else "drawn",
                    "cases": row.cases if row else None,
                    "published_at": row.published_at.isoformat() if row and row.published_at else None,
                }
            )  # fmt: skip
        return {"items": items, "next": None}

    @router.get("/bulletins/{month}")
    async def bulletin(month: str, viewer: SignedIn) -> dict[str, Any]:
        """A bulletin: rankings with every line of the score, five batches, those of its cases that the viewer sees."""
        standing = await rankings.standing(viewer, month, drawn=True)
        cases = [one.case for one in standing.content.cases]
        seen = await queries.visible(viewer, cases)
        return standing_json(standing) | {"cases": [case for case in cases if case in seen]}


def _counts_json(row: Counts) -> dict[str, Any]:
    rate = row.on_time_rate
    return {"unit": row.unit, **row.figures, "on_time": {"num": rate[0], "den": rate[1]} if rate else None}


def filing_json(row: FilingRow) -> dict[str, Any]:
    """One filing."""
    due = row.deadline.due_date
    return {
        "filing": str(row.id), "rule": row.rule, "kind": row.kind, "unit": row.unit, "period": row.period,
        "state": row.state, "in_time": row.in_time, "nil": row.nil, "broken_by": row.broken_by,
        "filed_at": row.filed_at.isoformat() if row.filed_at else None, **due.as_json(), "words": due.words(),
    }  # fmt: skip


def return_json(filing: Filing, computed: Return) -> dict[str, Any]:
    """A weekly return, computed and signed."""
    due = filing.due.due_date
    return {
        "unit": filing.unit, "week": int(filing.period), "version": filing.version, "state": filing.state,
        "in_time": filing.in_time, "due": due.printed, "computed": _return(computed),
        "signed": _return(filing.signed) if filing.signed else None,
    }  # fmt: skip


def _return(found: Return) -> dict[str, Any]:
    return {
        "digest": found.digest, "until": found.until.isoformat(), "nil": found.nil, "note": found.note,
        "figures": {line.measure: {"week": line.week, "total": line.total} for line in found.figures},
        "acts": [
            {
                "case": act.case, "verifier": act.verifier, "escalated": act.escalated, "enterprise": act.enterprise,
                "place": act.place, "matter": act.matter, "violation": act.violation, "origin": act.origin,
                "measures": list(act.measures),
            }
            for act in found.acts
        ],
    }  # fmt: skip


def standing_json(standing: Standing) -> dict[str, Any]:
    """Rankings and batches of a month. Scores in hundredths of a point."""
    content = standing.content
    return {
        "month": standing.month.key,
        "state": standing.state,
        "digest": content.digest,
        "until": content.until.isoformat(),
        "rankings": [
            {
                "kind": ranking.kind,
                "placings": [
                    {
                        "unit": one.unit, "rank": one.rank, "score": one.score,
                        "shares": [
                            {"component": share.component, "num": share.numerator, "den": share.denominator,
                             "score": share.score}
                            for share in one.shares
                        ],
                    }
                    for one in ranking.placings
                ],
            }
            for ranking in content.rankings
        ],
        "batches": [
            {"batch": one.batch, "measure": one.measure, "unit": one.unit, "month": one.month, "total": one.total}
            for one in content.batches
        ],
    }  # fmt: skip


def case_of(item: Item) -> str | None:
    """The case that a fact behind a figure tells of."""
    case: str | None = getattr(item.fact.event, "case", None)
    return case


def item_json(item: Item, seen: Collection[str]) -> dict[str, Any]:
    """One fact behind a figure; its case where it is among those `seen`."""
    event, case = item.fact.event, case_of(item)
    return {
        "event": type(event).__name__, "id": item.fact.id, "at": item.at.isoformat(), "n": item.n, "unit": item.unit,
        "case": case if case in seen else None,
    }  # fmt: skip
