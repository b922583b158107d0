"""What every service serves beside its own routes: its public feed, its schemas, its bus description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.responses import JSONResponse
from faststream.specification.asyncapi import AsyncAPI

from shared.platform.messaging import cloudevents, feed
from shared.platform.messaging.engine import Engine
from shared.platform.web import problems
from shared.platform.web.parameters import After
from shared.platform.web.session import SignedIn, Viewer

Seen = Callable[[Viewer], tuple[str, ...] | None]
"""The jurisdictions that a viewer may see; None for all, empty for none."""


def mount_feed(app: FastAPI, engine: Engine, schemas: Mapping[str, Any], seen: Seen) -> None:
    """Serve `/api/<service>/v1/events`, `/api/<service>/v1/schemas/…` and `/asyncapi.json`.

    `schemas`: CloudEvents type → the JSON Schema of its `data`.
    """
    service = engine.settings.service
    router = APIRouter(prefix=f"/api/{service}/v1", tags=["feed"])

    @router.get("/events")
    async def events(
        viewer: SignedIn,
        after: After = 0,
        limit: Annotated[int, Query(ge=1, le=feed.PAGE)] = 100,
    ) -> Response:
        """The public feed from PostgreSQL: CloudEvents in order, `sequence` contiguous from 1.

        City-wide roles see everything; a county, its principal and its stations see their jurisdiction, a group those
        of its units; in each, `jurisdictionsequence` is contiguous. `next` is the `after` of the next page, null at
        the end for now.
        """
        units = seen(viewer)
        if units == ():
            raise problems.Forbidden("当前身份不能订阅事件。请用市局或承办单位的令牌。")
        async with engine.pool.connection() as connection:
            if units is None:
                rows = await feed.read(connection, "public", after=after, limit=limit)
            else:
                rows = await feed.read_jurisdictions(connection, units, after=after, limit=limit)
        origin = cloudevents.source(str(engine.installation), service)
        items = [cloudevents.compose(row, service, origin, engine.settings.public_url) for row in rows]
        following = rows[-1].sequence if len(rows) == limit else None
        body = msgspec.json.encode({"items": items, "next": following})
        return Response(body, media_type="application/json")

    @router.get("/schemas/{type_}.json")
    async def schema(type_: str) -> JSONResponse:
        """The JSON Schema (2020-12) of one public event's `data`, by its CloudEvents type: the event's `dataschema`."""
        if type_ not in schemas:
            raise problems.NotFound()
        return JSONResponse(schemas[type_], media_type="application/schema+json")

    app.include_router(router)

    @app.get("/asyncapi.json", tags=["feed"])
    async def asyncapi() -> Any:
        """What this service reads from and writes to the bus, as an AsyncAPI 3 document."""
        document = AsyncAPI(engine.broker, title=f"Bihuan {service}", version=app.version, schema_version="3.0.0")
        return JSONResponse(document.to_specification().to_jsonable())
