"""The API of *assessment*: counts and figures, inspections, filings, rankings and bulletins."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import JSONResponse

from services.assessment import commands
from services.assessment.domain.filing import Filing
from services.assessment.domain.values import Return
from services.assessment.queries import Queries
from services.assessment.queries.counts import FIGURES, PAGE, Counts
from services.assessment.queries.filings import FilingRow
from services.assessment.rules.measures import MEASURES, Item
from services.assessment.web.figures import Rankings, Standing
from services.assessment.web.requests import Gate
from shared.platform.event_store.ids import parse_id
from shared.platform.web import problems
from shared.platform.web.session import SignedIn

PREFIX = "/api/assessment/v1"


def mount_api(app: FastAPI, queries: Queries, gate: Gate, rankings: Rankings) -> None:
    """Serve the API."""
    router = APIRouter(prefix=PREFIX, tags=["assessment"])
    _mount_counts(router, queries)
    _mount_filings(router, queries, gate)
    _mount_bulletins(router, queries, gate, rankings)

    @router.post("/inspections", status_code=201)
    async def inspect(request: Request, viewer: SignedIn, body: commands.RecordInspection) -> JSONResponse:
        """Record an inspection with its findings; each finding becomes a case of the same identifier."""
        return JSONResponse(await gate.inspect(request, viewer, body), 201)

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
        cursor: Annotated[str | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    ) -> dict[str, Any]:
        """The identifiers of the cases behind one figure, newest first; `city` for all units that the viewer sees.

        `next` is the `cursor` of the next page, null at the end.
        """
        lines = await queries.cases(viewer, unit, figure, parse_id(cursor) if cursor else None, limit)
        items = [str(line.case_id) for line in lines]
        return {"items": items, "next": items[-1] if len(items) == limit else None}


def _mount_filings(router: APIRouter, queries: Queries, gate: Gate) -> None:
    @router.get("/filings")
    async def filings(
        viewer: SignedIn,
        unit: Annotated[str | None, Query()] = None,
        kind: Annotated[str | None, Query()] = None,
        state: Annotated[str | None, Query(description="owed, missed, filed or sent_back")] = None,
    ) -> dict[str, Any]:
        """What units owe, by due date, with every day of the date explained."""
        if unit is not None:
            queries.check_sees(viewer, unit)
        rows = await queries.filings(viewer, unit=unit, kind=kind, state=state)
        return {"items": [filing_json(row) for row in rows], "next": None}

    @router.get("/returns/{unit}/{week}")
    async def weekly_return(unit: str, week: int, viewer: SignedIn) -> dict[str, Any]:
        """A weekly return: Annexes 1 and 2 as they are computed now, and as they were signed, if they were."""
        queries.check_sees(viewer, unit)
        found = gate.week(week)
        filing = await queries.filing(gate.schedule.filing_id("weekly_return", unit, str(week)))
        if filing is None:
            raise problems.NotFound("没有这一期报送事项，请从本单位报送页面进入，核对周次。")
        return return_json(filing, await gate.return_now(unit, found, gate.now()))

    @router.post("/returns/{unit}/{week}/submit")
    async def submit(
        request: Request, unit: str, week: int, viewer: SignedIn, body: commands.SubmitReturn | None = None
    ) -> dict[str, Any]:
        """Sign the week's computed figures. A week in which nothing happened is reported as nil."""
        return await gate.submit_return(request, viewer, unit, week, body or commands.SubmitReturn())

    @router.post("/returns/{unit}/{week}/send-back")
    async def send_back(
        request: Request, unit: str, week: int, viewer: SignedIn, body: commands.SendBackReturn
    ) -> dict[str, Any]:
        """Ask for a corrected return."""
        return await gate.send_back_return(request, viewer, unit, week, body)

    @router.post("/returns/{unit}/{week}/correct")
    async def correct(
        request: Request, unit: str, week: int, viewer: SignedIn, body: commands.CorrectReturn | None = None
    ) -> dict[str, Any]:
        """Sign the figures as they are computed now, after the return was sent back."""
        return await gate.correct_return(request, viewer, unit, week, body or commands.CorrectReturn())

    @router.post("/commitments/{unit}/{month}/sign")
    async def sign(
        request: Request, unit: str, month: str, viewer: SignedIn, body: commands.SignCommitment | None = None
    ) -> dict[str, Any]:
        """Sign the month's commitment letter."""
        return await gate.sign_commitment(request, viewer, unit, month, body or commands.SignCommitment())

    @router.post("/filings/{kind}/{unit}/file")
    async def file(
        request: Request, kind: str, unit: str, viewer: SignedIn, body: commands.FilePaper
    ) -> dict[str, Any]:
        """File a paper: plan, liaison, typical-case, summary."""
        return await gate.file_paper(request, viewer, kind, unit, body)

    @router.post("/briefings/{unit}/{month}/hold")
    async def hold(
        request: Request, unit: str, month: str, viewer: SignedIn, body: commands.HoldBriefing
    ) -> dict[str, Any]:
        """Record that the head of the task force heard the unit."""
        return await gate.hold_briefing(request, viewer, unit, month, body)


def _mount_bulletins(router: APIRouter, queries: Queries, gate: Gate, rankings: Rankings) -> None:
    @router.get("/rankings/{month}")
    async def ranking(month: str, viewer: SignedIn) -> dict[str, Any]:
        """The rankings of a month: of the published bulletin, or as they are now, for city-wide roles."""
        return standing_json(await rankings.standing(viewer, month))

    @router.get("/figures/{unit}/{name}")
    async def figure(unit: str, name: str, viewer: SignedIn, month: Annotated[str, Query()]) -> dict[str, Any]:
        """One figure of a ranking, and the events that it is counted from."""
        found = await rankings.behind(viewer, month, unit, name)
        return {
            "unit": unit, "figure": name, "month": month, "says": MEASURES[name].says,
            "count": sum(item.n for item in found), "items": [item_json(item) for item in found], "next": None,
        }  # fmt: skip

    @router.get("/bulletins")
    async def listing(viewer: SignedIn) -> dict[str, Any]:
        """Every bulletin of the campaign: when it is due, whether it is drawn or published."""
        rows = await queries.bulletins()
        items = []
        for month in gate.schedule.months.values():
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
        """A bulletin: rankings with every line of the score, five batches, the cases in it."""
        standing = await rankings.standing(viewer, month, drawn=True)
        return standing_json(standing) | {"cases": [one.case for one in standing.content.cases]}

    @router.post("/bulletins/{month}/draw")
    async def draw(
        request: Request, month: str, viewer: SignedIn, body: commands.DrawBulletin | None = None
    ) -> dict[str, Any]:
        """Compute the bulletin from everything that happened before the end of the month."""
        return await gate.draw_bulletin(request, viewer, month, body or commands.DrawBulletin())

    @router.post("/bulletins/{month}/publish")
    async def publish(
        request: Request, month: str, viewer: SignedIn, body: commands.PublishBulletin | None = None
    ) -> dict[str, Any]:
        """Publish the drawn bulletin: it does not change any more, and the loops of its cases close."""
        return await gate.publish_bulletin(request, viewer, month, body or commands.PublishBulletin())


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
        "unit": filing.unit, "week": int(filing.period), "state": filing.state, "in_time": filing.in_time,
        "due": due.printed, "computed": _return(computed), "signed": _return(filing.signed) if filing.signed else None,
    }  # fmt: skip


def _return(found: Return) -> dict[str, Any]:
    return {
        "until": found.until.isoformat(), "nil": found.nil, "note": found.note,
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


def item_json(item: Item) -> dict[str, Any]:
    """One fact behind a figure."""
    event = item.fact.event
    return {
        "event": type(event).__name__, "id": item.fact.id, "at": item.at.isoformat(), "n": item.n, "unit": item.unit,
        "case": getattr(event, "case", None),
    }  # fmt: skip
