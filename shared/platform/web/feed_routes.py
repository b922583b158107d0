"""What every service serves beside its own routes: its public feed, its schemas, its bus description."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.responses import JSONResponse
from faststream.specification.asyncapi import AsyncAPI
from pydantic import StringConstraints

from shared.platform.messaging import cloudevents, feed
from shared.platform.messaging.engine import Engine
from shared.platform.web import problems
from shared.platform.web.parameters import After, Code
from shared.platform.web.session import SignedIn, Viewer
from shared.platform.web.streams import Streams

Seen = Callable[[Viewer], tuple[str, ...] | None]
"""The jurisdictions that a viewer may see; None for all, empty for none."""
Interests = Callable[[Viewer], Sequence[str]]
"""The bodies to which a viewer himself belongs: what is against their officials is not told to him."""
TypeOfEvent = Annotated[str, StringConstraints(max_length=100)]
LONGEST_WAIT = 30
"""Seconds: shorter than what proxies on the way give an answer."""


def mount_feed(
    app: FastAPI, engine: Engine, schemas: Mapping[str, Any], seen: Seen, interests: Interests
) -> None:  # fmt: skip
    """Serve `/api/<service>/v1/events`, `/api/<service>/v1/schemas/…` and `/asyncapi.json`.

    `schemas`: CloudEvents type → the JSON Schema of its `data`.
    """
    service = engine.settings.service
    waiting = Streams()
    router = APIRouter(prefix=f"/api/{service}/v1", tags=["feed"])

    @router.get("/events")
    async def events(
        viewer: SignedIn,
        after: After = 0,
        limit: Annotated[int, Query(ge=1, le=feed.PAGE)] = 100,
        jurisdiction: Annotated[Code | None, Query(description="events of this unit alone")] = None,
        type_: Annotated[TypeOfEvent | None, Query(alias="type", description="events of this CloudEvents type")] = None,
        wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for a first event")] = 0,
    ) -> Response:
        """The public feed from PostgreSQL: CloudEvents in order, `sequence` contiguous from 1.

        City-wide roles see everything; a county, its principal and its stations see their jurisdiction, a group those
        of its units; in each, `jurisdictionsequence` is contiguous. `next` is the `after` of the next page, null at
        the end for now. What is against the officials of a body to which the person himself belongs is left out.
        """
        units = _asked_for(seen(viewer), jurisdiction)
        if type_ is not None and type_ not in schemas:
            raise problems.Invalid.parameter("type", "没有这个事件类型，请从列出的类型中选择。", list(schemas))
        name = type_.split(".")[2] if type_ else None
        ends = time.monotonic() + wait
        with waiting.place(viewer.id) if wait else nullcontext():
            while True:
                commits = engine.commits
                async with engine.pool.connection() as connection:
                    rows = await feed.read_public(connection, units, name, after=after, limit=limit)
                    hidden = await feed.hidden(connection, rows, interests(viewer))
                left = ends - time.monotonic()
                if rows or left <= 0 or engine.stopping:
                    break
                await engine.next_commit(left, commits)
        origin = cloudevents.source(str(engine.installation), service)
        items = [
            cloudevents.compose(row, service, origin, engine.settings.public_url) for row in rows if row not in hidden
        ]
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


def _asked_for(units: tuple[str, ...] | None, jurisdiction: str | None) -> tuple[str, ...] | None:
    """The jurisdictions to be read, of those that the viewer may see. Raises problems.Forbidden."""
    if units == ():
        raise problems.Forbidden("当前身份不能订阅事件。请用市局或承办单位的令牌。")
    if jurisdiction is None:
        return units
    if units is not None and jurisdiction not in units:
        raise problems.Forbidden("只能订阅本单位或所辖单位的事件，请改写或去掉 jurisdiction。")
    return (jurisdiction,)
