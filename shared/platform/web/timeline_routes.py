"""Where a service's feeds began anew, what it had told and no longer knows, and what it took back, by HTTP.

Mounted by every service: after a database was put back to an earlier state (see `timelines` and `turning_back`)
administrators see whom to write to, and the office what a person has to look at.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, FastAPI
from psycopg.rows import dict_row
from typing_extensions import TypedDict

from shared.platform.messaging.cloudevents import Feed
from shared.platform.messaging.engine import Engine
from shared.platform.messaging.left import LeftToPeople
from shared.platform.web.feed_routes import Interests
from shared.platform.web.parameters import Cursor, Position
from shared.platform.web.session import Viewer, require_role

PAGE = 500
SETTLERS = ("office", "director", "admin")
READERS = (*SETTLERS, "auditor")
Administrator = Annotated[Viewer, Depends(require_role("admin"))]
Reader = Annotated[Viewer, Depends(require_role(*READERS))]
_BEGUN = """
SELECT number, public_after, internal_after, reason, began,
       (SELECT count(*) FROM abandoned_events AS a WHERE a.number = t.number) AS forgotten
FROM timelines AS t ORDER BY number"""
_MET = """
SELECT producer, number, after, position, met, rebuilt,
       (SELECT count(*) FROM taken_back AS b WHERE b.producer = t.producer AND b.number = t.number AND reason IS NULL)
         AS taken_back,
       (SELECT count(*) FROM taken_back AS b
        WHERE b.producer = t.producer AND b.number = t.number AND reason IS NOT NULL) AS for_a_person
FROM producer_timelines AS t ORDER BY met, producer"""
_FORGOTTEN = """
SELECT feed, sequence, body FROM abandoned_events
WHERE number = %(number)s AND feed = %(feed)s AND sequence > %(sequence)s ORDER BY sequence, timeline LIMIT %(limit)s"""


class Begun(TypedDict):
    """A timeline of this service's own feeds, and how many events it had told and no longer knows."""

    number: int
    public_after: int
    internal_after: int
    reason: str
    began: datetime
    forgotten: int


class Met(TypedDict):
    """A new timeline of a producer that this service reads: it had read up to `position`, and what followed from the
    events behind `after` is taken back or left to a person. `rebuilt`: since when the read tables show none of it."""

    producer: str
    number: int
    after: int
    position: int
    met: datetime
    rebuilt: datetime | None
    taken_back: int
    for_a_person: int


class AllTimelines(TypedDict):
    """Those of this service, and those of others that it met."""

    own: list[Begun]
    met: list[Met]


class TakenBack(TypedDict):
    """A stream in which something followed from events that are no more, or, where `producer` is this service itself,
    of which it had told and no longer knows. `reason`: why a person must look at it, and `about` of what that speaks;
    null where an event takes it back. `settled_…`: when somebody saw to it, who, and how."""

    id: UUID
    producer: str
    timeline: int
    stream: UUID
    kind: str
    reason: str | None
    about: str
    at: datetime
    settled_at: datetime | None
    settled_by: str | None
    settled_how: str | None


class AllTakenBack(TypedDict):
    """What was taken back, and the `cursor` of the next page."""

    items: list[TakenBack]
    next: UUID | None


class Forgotten(TypedDict):
    """An event as others were told it."""

    feed: str
    sequence: int
    event: dict[str, Any]


class AllForgotten(TypedDict):
    """What this service had told and no longer knows."""

    items: list[Forgotten]


def mount_timelines(app: FastAPI, engine: Engine, interests: Interests) -> None:
    """Serve `/api/<service>/v1/timelines…`."""
    left = LeftToPeople(engine)
    router = APIRouter(prefix=f"/api/{engine.settings.service}/v1/timelines", tags=["operations"])

    async def rows(query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        async with engine.own_pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return await (await cursor.execute(query, values)).fetchall()

    @router.get("", response_model=AllTimelines)
    async def timelines(_: Administrator) -> dict[str, Any]:
        """Where feeds began anew: none where no database was ever put back."""
        return {"own": await rows(_BEGUN, {}), "met": await rows(_MET, {})}

    @router.get("/taken-back", response_model=AllTakenBack)
    async def taken_back(viewer: Reader, cursor: Cursor | None = None) -> dict[str, Any]:
        """Stream by stream, in the order in which it was done."""
        items = [asdict(row) for row in await left.after(interests(viewer), cursor, PAGE)]
        return {"items": items, "next": items[-1]["id"] if len(items) == PAGE else None}

    @router.get("/{number}/forgotten", response_model=AllForgotten)
    async def forgotten(
        number: Position, _: Administrator, feed: Feed = "internal", after: Position = 0
    ) -> dict[str, Any]:  # fmt: skip
        """What this service had told in `feed` behind the sequence `after` before this timeline began."""
        items = await rows(_FORGOTTEN, {"number": number, "feed": feed, "sequence": after, "limit": PAGE})
        return {"items": [one | {"event": msgspec.json.decode(one.pop("body"))} for one in items]}

    app.include_router(router)
