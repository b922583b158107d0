"""The public board: this week's items first, searchable, each on a page of its own, and as a feed. No sign-in.

Nothing on these pages comes from a draft: they read the tables that hold what stands on every channel.
"""

from __future__ import annotations

from itertools import groupby
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from services.notify.queries.board import BoardQueries, Search
from services.notify.rules.drafting import an_item_counts_in_the_week_of_its_publication
from services.notify.web import feed
from services.notify.web.words import outcomes, public_bar, unfounded, weeks
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.names import term_name, unit_name
from shared.kernel.roles import CITY_ROLES
from shared.platform.clock import Clock
from shared.platform.event_store.ids import parse_id
from shared.platform.web import problems
from shared.platform.web.pages import locale_of, render
from shared.platform.web.parameters import Code, Position, SearchText
from shared.platform.web.session import viewer_of

PAGE = 50


def mount_pages(app: FastAPI, board: BoardQueries, campaign: Campaign, clock: Clock, public_url: str) -> None:
    """Serve `/public`, `/public/feed.xml` and `/public/{disclosure}`."""
    kinds = campaign.taxonomy("disclosure_kinds").terms
    units = campaign.county_codes

    @app.get("/public", include_in_schema=False)
    async def listing(
        request: Request,
        q: SearchText = "",
        unit: Code = "",
        kind: Code = "",
        cursor: Position | None = None,
    ) -> Response:
        locale, now = locale_of(request), clock.now()
        search = Search(
            text=q.strip() or None, unit=unit if unit in (*units, CITY) else None,
            kind=kind if kind in {term.code for term in kinds} else None,
            before=cursor, limit=PAGE,
        )  # fmt: skip
        rows = await board.items(search)
        counts, hazards = await board.outcomes(), await board.major_hazards()
        nameless = unfounded(await board.unfounded(), campaign)
        kept = {"q": search.text, "unit": search.unit, "kind": search.kind}
        narrowed = {name: value for name, value in kept.items() if value}
        following = "?" + urlencode(narrowed | {"cursor": rows[-1].number}) if len(rows) == PAGE else None
        viewer = viewer_of(request)
        return render(
            request, "public.html", here="public", now=now, campaign=campaign, locale=locale, kept=kept,
            narrowed=bool(narrowed), following=following, kinds=kinds,
            outcomes=outcomes(counts, hazards, campaign, locale), unfounded=nameless,
            weeks=weeks(rows, campaign, an_item_counts_in_the_week_of_its_publication(campaign, now)),
            unit_name=unit_name, term_name=term_name, works_here=viewer is not None and viewer.role in CITY_ROLES,
        )  # fmt: skip

    @app.get("/public/feed.xml", include_in_schema=False)
    async def atom() -> Response:
        rows = await board.latest_changes(feed.ENTRIES)
        numbers = [
            (last, list(since))
            for last, since in groupby(
                await board.unfounded(), lambda at: an_item_counts_in_the_week_of_its_publication(campaign, at)
            )
        ]
        return Response(feed.atom(rows, numbers, campaign, public_url), media_type=feed.MEDIA_TYPE)

    @app.get("/public/{disclosure}", include_in_schema=False)
    async def item(request: Request, disclosure: str) -> Response:
        id_ = parse_id(disclosure)
        row = await board.item(id_) if id_ is not None else None
        if row is None:
            raise problems.NotFound("没有这条公开信息。它可能还没有公开；请从信息公开页进入。")
        wordings = await board.wordings(row.id) if row.withdrawn_at is None and not row.nameless else []
        steps = await board.loop(row.case_id) if row.case_id is not None else ()
        locale = locale_of(request)
        return render(
            request, "public_item.html", here="public", now=clock.now(), campaign=campaign, locale=locale, row=row,
            wordings=wordings, steps=public_bar(steps, locale, clock.now()), unit_name=unit_name, term_name=term_name,
        )  # fmt: skip
