"""The API of *assessment*: counts and figures, inspections, filings, rankings and bulletins."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import JSONResponse

from services.assessment.handlers import RESOURCES
from services.assessment.handlers.setting import AssessmentSetting
from services.assessment.queries import PAGE, Queries
from services.assessment.rules.schedule import WEEKLY
from services.assessment.web.answers import (
    CaseIds,
    CountsAnswer,
    FigureAnswer,
    FilingList,
    ReturnAnswer,
    case_of,
    cases_json,
    counts_json,
    figure_json,
    filing_json,
    return_json,
)
from services.assessment.web.figures import Rankings
from services.assessment.web.standings import (
    BulletinAnswer,
    BulletinList,
    StandingAnswer,
    bulletin_json,
    bulletin_line,
    standing_json,
)
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
    @router.get("/counts", response_model=CountsAnswer)
    async def counts(viewer: SignedIn) -> JSONResponse:
        """The figures of every unit that the viewer may see, and their sum.

        City-wide roles see all units, a county, its principal and its stations their own, a group its units. `on_time`
        is closed on time out of closed, null while nothing is closed. `figures` names each figure in Chinese.
        """
        total, *rows = await queries.counts(viewer)
        return JSONResponse(counts_json(total, rows))

    @router.get("/counts/{unit}/{figure}", response_model=CaseIds)
    async def cases(
        unit: str,
        figure: str,
        viewer: SignedIn,
        cursor: Cursor | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    ) -> JSONResponse:
        """The identifiers of the cases behind one figure, newest first; `city` for all units that the viewer sees.

        `next` is the `cursor` of the next page, null at the end.
        """
        lines = await queries.cases(viewer, unit, figure, cursor, limit)
        return JSONResponse(cases_json(lines, limit))


def _mount_filings(router: APIRouter, queries: Queries, setting: AssessmentSetting) -> None:
    @router.get("/filings", response_model=FilingList)
    async def filings(
        viewer: SignedIn,
        unit: Code | None = None,
        kind: Code | None = None,
        state: Literal["owed", "missed", "filed", "sent_back"] | None = None,
    ) -> JSONResponse:
        """What units owe, by due date, with every day of the date explained."""
        if unit is not None:
            queries.check_sees(viewer, unit)
        rows = await queries.filings(viewer, unit=unit, kind=kind, state=state)
        found: FilingList = {"items": [filing_json(row) for row in rows], "next": None}
        return JSONResponse(found)

    @router.get("/returns/{unit}/{week}", response_model=ReturnAnswer)
    async def weekly_return(unit: str, week: int, viewer: SignedIn) -> JSONResponse:
        """A weekly return: Annexes 1 and 2 as they are computed now, and as they were signed, if they were. Who signs
        names the `digest` of what is computed."""
        queries.check_sees(viewer, unit)
        found = setting.week(str(week))
        filing = await queries.filing(setting.schedule.filing_id(WEEKLY, unit, str(week)))
        return JSONResponse(return_json(filing, await setting.return_now(unit, found)))


def _mount_bulletins(router: APIRouter, queries: Queries, setting: AssessmentSetting, rankings: Rankings) -> None:
    @router.get("/rankings/{month}", response_model=StandingAnswer)
    async def ranking(month: str, viewer: SignedIn) -> JSONResponse:
        """The rankings of a month: of the published bulletin, or as they are now, for city-wide roles."""
        return JSONResponse(standing_json(await rankings.standing(viewer, month)))

    @router.get("/figures/{unit}/{name}", response_model=FigureAnswer)
    async def figure(unit: str, name: str, viewer: SignedIn, month: Code) -> JSONResponse:
        """One figure of a ranking, and the events that it is counted from; `case` where it is the viewer's to see."""
        found = await rankings.behind(viewer, month, unit, name)
        seen = await queries.visible(viewer, {case for item in found if (case := case_of(item)) is not None})
        return JSONResponse(figure_json(unit, name, month, found, seen))

    @router.get("/bulletins", response_model=BulletinList)
    async def listing(viewer: SignedIn) -> JSONResponse:
        """Every bulletin of the campaign: when it is due, whether it is drawn or published."""
        rows = await queries.bulletins()
        months = setting.schedule.months.values()
        found: BulletinList = {"items": [bulletin_line(month, rows.get(month.key)) for month in months], "next": None}
        return JSONResponse(found)

    @router.get("/bulletins/{month}", response_model=BulletinAnswer)
    async def bulletin(month: str, viewer: SignedIn) -> JSONResponse:
        """A bulletin: rankings with every line of the score, five batches, those of its cases that the viewer sees."""
        standing = await rankings.standing(viewer, month, drawn=True)
        seen = await queries.visible(viewer, [one.case for one in standing.content.cases])
        return JSONResponse(bulletin_json(standing, seen))
