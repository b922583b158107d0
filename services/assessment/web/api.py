"""The API of *assessment*: counts per county, and the cases behind each figure."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query

from services.assessment.queries import FIGURES, PAGE, Counts, Queries
from shared.event_store.ids import parse_id
from shared.web.session import SignedIn

PREFIX = "/api/assessment/v1"


def mount_api(app: FastAPI, queries: Queries) -> None:
    """Serve the API."""
    router = APIRouter(prefix=PREFIX, tags=["assessment"])

    @router.get("/counts")
    async def counts(viewer: SignedIn) -> dict[str, Any]:
        """The figures of every unit that the viewer may see, and their sum.

        City-wide roles see all units, a county, its principal and its stations their own, a group its units. `on_time`
        is closed on time out of closed, null while nothing is closed. `figures` names each figure in Chinese.
        """
        total, *rows = await queries.counts(viewer)
        names = {figure.code: figure.name for figure in FIGURES.values()}
        return {"items": [_json(row) for row in rows], "next": None, "total": _json(total), "figures": names}

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

    app.include_router(router)


def _json(row: Counts) -> dict[str, Any]:
    rate = row.on_time_rate
    return {"unit": row.unit, **row.figures, "on_time": {"num": rate[0], "den": rate[1]} if rate else None}
