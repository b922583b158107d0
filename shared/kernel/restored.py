"""The page of what a restore has left to people, one of each service: what waits for somebody, what was settled and
how, what was taken back by itself. It works without script: whoever has seen to some of it ticks these and says how.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field, ValidationError
from typing_extensions import TypedDict

from shared.kernel.campaign import Campaign
from shared.kernel.names import person_name
from shared.kernel.visibility import interests_of
from shared.platform.messaging.engine import Engine
from shared.platform.messaging.left import LeftToPeople, Row
from shared.platform.service.corrections import what_to_correct
from shared.platform.service.fields import Body, Label, Text
from shared.platform.service.forms import read_form
from shared.platform.web.pages import locale_of, render
from shared.platform.web.session import Viewer, require_role
from shared.platform.web.timeline_routes import READERS, SETTLERS
from shared.platform.web.words import Locale

PAGE = 100


class Place(NamedTuple):
    """The page of one service: what it is about, its address, its mark in the navigation, and who may open it beside
    the office."""

    label: str
    path: str
    here: str
    also: tuple[str, ...] = ()


PLACES = {
    "cases": Place("交办件", "/desk/restored", "desk"),
    "intake": Place("举报", "/triage/restored", "triage", ("hotline",)),
    "assessment": Place("考核", "/assessment/restored", "assessment"),
    "notify": Place("提醒和公开", "/notices/restored", "notices"),
}
Kind = tuple[str, str | None]
"""What a stream is, in words, and the address of its page, with `{}` for its identifier: there is one where something
is known of it."""
Facts = Callable[[Viewer, Sequence[UUID], Locale], Awaitable[Mapping[UUID, Sequence[str]]]]
"""What a viewer may know of these streams, in phrases."""


class Settle(Body):
    """These rows were seen to, and how."""

    rows: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=PAGE), Label("要办结的事项")]
    how: Annotated[Text, Label("处理情况")]


class Settled(TypedDict):
    """How many of them waited for it."""

    settled: int


async def no_facts(_: Viewer, __: Sequence[UUID], ___: Locale) -> Mapping[UUID, Sequence[str]]:
    """Nothing is known."""
    return {}


class Restored:
    """Of one service. `kinds`: what a stream is, by the stored name of what a row is about."""

    def __init__(
        self, engine: Engine, campaign: Campaign, kinds: Mapping[str, Kind] | None = None, facts: Facts = no_facts
    ) -> None:
        self._service = engine.settings.service
        self._place = PLACES[self._service]
        self._left = LeftToPeople(engine)
        self._campaign = campaign
        self._now = engine.clock.now
        self._kinds = kinds or {}
        self._facts = facts
        self._readers = frozenset({*READERS, *self._place.also})
        self._settlers = frozenset({*SETTLERS, *self._place.also})

    @property
    def path(self) -> str:
        return self._place.path

    async def waiting(self, viewer: Viewer) -> int:
        """How much of it waits for this viewer."""
        if viewer.role not in self._settlers:
            return 0
        return await self._left.count(interests_of(self._campaign, viewer))

    def mount(self, app: FastAPI) -> None:
        """Serve the page, and `POST /api/<service>/v1/timelines/taken-back/settle`."""
        reader = Depends(require_role(*sorted(self._readers)))
        settler = Depends(require_role(*sorted(self._settlers)))

        @app.get(self.path, include_in_schema=False)
        async def page(request: Request, viewer: Viewer = reader) -> Response:
            return await self._page(request, viewer)

        @app.post(self.path, include_in_schema=False)
        async def settle_form(request: Request, viewer: Viewer = settler) -> Response:
            form = await request.form()
            try:
                asked = Settle.model_validate(read_form(Settle, form))
            except ValidationError as error:
                typed = {"how": str(form.get("how", "")), "rows": form.getlist("rows")}
                return await self._page(request, viewer, what_to_correct(Settle, error, locale_of(request)), typed)
            await self._settle(viewer, asked)
            return RedirectResponse(self.path, 303)

        @app.post(
            f"/api/{self._service}/v1/timelines/taken-back/settle", response_model=Settled, tags=["operations"]
        )  # fmt: skip
        async def settle(body: Settle, viewer: Viewer = settler) -> Settled:
            """Say of what was left to people how it was settled. What was settled before stays as it is: safe to
            repeat."""
            return {"settled": await self._settle(viewer, body)}

    async def _settle(self, viewer: Viewer, asked: Settle) -> int:
        return await self._left.settle(asked.rows, viewer.id, asked.how, interests_of(self._campaign, viewer))

    async def _page(
        self, request: Request, viewer: Viewer, wrong: str = "", typed: Mapping[str, Any] | None = None
    ) -> Response:
        interests, locale = interests_of(self._campaign, viewer), locale_of(request)
        waiting = await self._left.waiting(interests, PAGE)
        settled = await self._left.settled(interests, PAGE)
        alone = await self._left.by_itself(interests, PAGE)
        facts = await self._facts(viewer, [row.stream for row in (*waiting, *settled, *alone)], locale)
        return render(
            request, "restored.html", status=422 if wrong else 200, here=self._place.here, now=self._now(),
            place=self._place, may_settle=viewer.role in self._settlers, wrong=wrong,
            typed=typed or {"how": "", "rows": []}, total=await self._left.count(interests),
            waiting=[self._line(row, facts) for row in waiting], settled=[self._line(row, facts) for row in settled],
            alone=[self._line(row, facts) for row in alone], person=lambda id_: person_name(self._campaign, id_),
            sections=[one for one in PLACES.values() if viewer.role in (*READERS, *one.also)],
        )  # fmt: skip

    def _line(self, row: Row, facts: Mapping[UUID, Sequence[str]]) -> dict[str, Any]:
        words, href = self._kinds.get(row.kind, (row.kind, None))
        return {
            "row": row, "what": words, "href": href.format(row.stream) if href and row.stream in facts else None,
            "facts": facts.get(row.stream, ()),
        }  # fmt: skip
