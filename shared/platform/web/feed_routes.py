"""What every service serves beside its own routes: its public feed, its schemas, its bus description.

Who reads the feed may narrow it to jurisdictions and types of events, and may wait for the next event: the answer comes
with the first one that is asked for, or empty when the time is over. Waiting costs a look at each commit, at most a few
a second; how many wait at once has limits (`streams`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.responses import JSONResponse
from pydantic import StringConstraints

from shared.platform.messaging import cloudevents, feed
from shared.platform.messaging.cloudevents import FeedRow
from shared.platform.messaging.engine import Engine
from shared.platform.messaging.timelines import Timelines
from shared.platform.web import problems
from shared.platform.web.answers import problem_answers
from shared.platform.web.parameters import After, Codes
from shared.platform.web.session import SignedIn, Viewer
from shared.platform.web.streams import Streams

Seen = Callable[[Viewer], tuple[str, ...] | None]
"""The jurisdictions that a viewer may see; None for all, empty for none."""
Interests = Callable[[Viewer], Sequence[str]]
"""The bodies to which a viewer himself belongs: what is against their officials is not told to him."""
TypesOfEvents = Annotated[str, StringConstraints(max_length=500)]
LONGEST_WAIT = 30
"""Seconds: less than what proxies wait for an answer."""
BREATH = 0.2
"""Seconds between two looks of one who waits."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a service tells. `contracts`: CloudEvents type → event name; `schemas`: type → the JSON Schema of `data`;
    `event`: the schema of an event of the feed, which refers to `components` of the OpenAPI document; `jurisdictions`:
    all that there are."""

    contracts: Mapping[str, str]
    jurisdictions: Sequence[str]
    schemas: Mapping[str, Any]
    event: Mapping[str, Any]
    components: Mapping[str, Any]
    asyncapi: Mapping[str, Any]


class _Reader:
    """Reads the public feed, and waits for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting = Streams()

    async def read(
        self, jurisdictions: Sequence[str] | None, names: Sequence[str] | None, after: int, limit: int, wait: int,
        person: str,
    ) -> list[FeedRow]:  # fmt: skip
        """The next rows; where there are none yet, those that come within `wait` seconds. Raises problems where too
        many wait."""
        commits = self._engine.commits
        rows = await self._rows(jurisdictions, names, after, limit)
        if rows or not wait:
            return rows
        with self._waiting.place(person):
            over = time.monotonic() + wait
            while not rows and not self._engine.stopping and (left := over - time.monotonic()) > 0:
                await self._engine.next_commit(left, since=commits)
                commits = self._engine.commits
                rows = await self._rows(jurisdictions, names, after, limit)
                await asyncio.sleep(0 if rows else BREATH)
        return rows

    async def hidden(self, rows: Sequence[FeedRow], interests: Sequence[str]) -> frozenset[FeedRow]:
        """Those of the rows that are not for who belongs to these bodies."""
        if not interests or not rows:
            return frozenset()
        async with self._engine.pool.connection() as connection:
            return await feed.hidden(connection, rows, interests)

    async def timelines(self) -> Timelines:
        """Those of the public feed."""
        async with self._engine.pool.connection() as connection:
            return (await feed.timelines_of(connection))["public"]

    async def _rows(
        self, jurisdictions: Sequence[str] | None, names: Sequence[str] | None, after: int, limit: int
    ) -> list[FeedRow]:
        async with self._engine.pool.connection() as connection:
            if jurisdictions is None and names is None:
                return await feed.read(connection, "public", after=after, limit=limit)
            return await feed.read_chosen(connection, jurisdictions, names, after=after, limit=limit)


def mount_feed(app: FastAPI, engine: Engine, told: Described, seen: Seen, interests: Interests) -> None:
    """Serve `/api/<service>/v1/events`, `/api/<service>/v1/schemas/…` and `/asyncapi.json`."""
    service = engine.settings.service
    router = APIRouter(prefix=f"/api/{service}/v1", tags=["feed"])
    reader = _Reader(engine)
    app.state.schemas.update(told.components)

    @router.get("/events", responses={200: _page_of(told.event), **problem_answers(429)})
    async def events(
        viewer: SignedIn,
        after: After = 0,
        limit: Annotated[int, Query(ge=1, le=feed.PAGE)] = 100,
        jurisdiction: Annotated[Codes | None, Query(description="one or several, with commas")] = None,
        type_: Annotated[
            TypesOfEvents | None, Query(alias="type", description="as in `type`, or the event's name")
        ] = None,
        wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for the next event")] = 0,
    ) -> Response:
        """The public feed from PostgreSQL: CloudEvents in order, `sequence` contiguous from 1.

        City-wide roles see everything; a county, its principal and its stations see their jurisdiction, a group those
        of its units; in each, `jurisdictionsequence` is contiguous. `next` is the `after` of the next page, null at
        the end for now. What is against the officials of a body to which the person himself belongs is left out.
        """
        units = _chosen_jurisdictions(jurisdiction, seen(viewer), told.jurisdictions)
        names = _chosen_names(type_, told.contracts)
        rows = await reader.read(units, names, after, limit, wait, viewer.id)
        hidden = await reader.hidden(rows, interests(viewer))
        timelines = await reader.timelines()
        origin, url = cloudevents.source(str(engine.installation), service), engine.settings.public_url
        items = [
            cloudevents.compose(row, service, origin, url, timelines.of(row.sequence))
            for row in rows
            if row not in hidden
        ]
        following = rows[-1].sequence if len(rows) == limit else None
        body = msgspec.json.encode({"items": items, "next": following})
        return Response(body, media_type="application/json")

    @router.get("/schemas/{type_}.json", response_class=SchemaResponse, responses={200: _ANY_OBJECT})
    async def schema(type_: str) -> SchemaResponse:
        """The JSON Schema (2020-12) of one public event's `data`, by its CloudEvents type: the event's `dataschema`."""
        if type_ not in told.schemas:
            raise problems.NotFound()
        return SchemaResponse(told.schemas[type_])

    app.include_router(router)

    @app.get("/asyncapi.json", tags=["feed"], responses={200: {"content": {"application/json": _OBJECT}}})
    async def asyncapi() -> JSONResponse:
        """What this service reads from and writes to the bus, as an AsyncAPI 3 document."""
        return JSONResponse(told.asyncapi)


class SchemaResponse(JSONResponse):
    """A JSON Schema."""

    media_type = "application/schema+json"


_OBJECT = {"schema": {"type": "object"}}
_ANY_OBJECT: dict[str, Any] = {"content": {SchemaResponse.media_type: _OBJECT}}


def _page_of(event: Mapping[str, Any]) -> dict[str, Any]:
    properties = {"items": {"type": "array", "items": event}, "next": {"type": ["integer", "null"]}}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"content": {"application/json": {"schema": schema}}}


def _chosen_jurisdictions(
    given: str | None, seen: tuple[str, ...] | None, all_: Collection[str]
) -> tuple[str, ...] | None:
    """The jurisdictions to read; None for all. Raises problems for what is none, and for what is not the viewer's."""
    if seen == ():
        raise problems.Forbidden("当前身份不能订阅事件。请用市局或承办单位的令牌。")
    if given is None:
        return seen
    wanted = tuple(given.split(","))
    if not set(wanted) <= set(all_):
        raise problems.Invalid.parameter("jurisdiction", "没有这个辖区代码，请从列出的代码中选择。", all_)
    if seen is not None and not set(wanted) <= set(seen):
        raise problems.Forbidden("只能订阅本单位所辖的事件。可用的辖区代码已列出。", allowed=list(seen))
    return wanted


def _chosen_names(given: str | None, contracts: Mapping[str, str]) -> tuple[str, ...] | None:
    """The names of the events to read; None for all. Raises problems.Invalid for what this service does not tell."""
    if given is None:
        return None
    names = tuple(contracts.get(one, one) for one in given.split(","))
    if not set(names) <= set(contracts.values()):
        raise problems.Invalid.parameter("type", "本服务没有这种事件，请从列出的类型中选择。", tuple(contracts))
    return names
