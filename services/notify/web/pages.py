"""The public board. Disclosures will be on it; until the first one it says what will appear."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from shared.campaign import Campaign
from shared.messaging.engine import Clock
from shared.web.pages import locale_of, render


def mount_pages(app: FastAPI, campaign: Campaign, clock: Clock) -> None:
    """Serve `/public`."""

    @app.get("/public", include_in_schema=False)
    async def board(request: Request) -> Response:
        locale = locale_of(request)
        channels = [channel.name(locale) for channel in campaign.channels]
        return render(request, "public.html", here="public", now=clock.now(), campaign=campaign.name(locale),
                      channels=channels)  # fmt: skip
