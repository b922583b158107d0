"""What *notify* knows of the streams on the page of what is left to people after a restore."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.notify.domain import events
from services.notify.domain.disclosure import result_id
from shared.kernel.campaign import Campaign
from shared.kernel.names import unit_name
from shared.kernel.restored import Facts
from shared.platform.messaging.engine import Engine
from shared.platform.web.session import Viewer
from shared.platform.web.words import Locale


def facts_of(engine: Engine, campaign: Campaign) -> Facts:
    """Of a case's reminders the unit, the letters and, once it was closed, the enterprise; of a notice its words; of an
    item of disclosure the enterprise and its title."""

    def told(stream: UUID) -> Iterator[Any]:
        yield from engine.store.events.get(stream)
        yield from engine.store.events.get(result_id(stream, 1))

    def read(streams: Sequence[UUID], locale: Locale) -> dict[UUID, Sequence[str]]:
        found = {stream: phrases(campaign, told(stream), locale) for stream in streams}
        return {stream: one for stream, one in found.items() if one}

    async def facts(_: Viewer, streams: Sequence[UUID], locale: Locale) -> Mapping[UUID, Sequence[str]]:
        return await asyncio.to_thread(read, streams, locale)

    return facts


def phrases(campaign: Campaign, told: Iterable[Any], locale: Locale) -> tuple[str, ...]:
    """What these events say of what they are about, each thing once."""
    found: list[str | None] = []
    for event in told:
        match event:
            case events.CaseFollowed():
                found += [unit_name(campaign, event.unit, locale)]
            case events.DeadlinesNoted():
                found += [event.letter]
            case events.NoticeQueued():
                found += [unit_name(campaign, event.unit, locale), event.text]
            case events.DisclosureDrafted():
                found += [unit_name(campaign, event.about.unit, locale), event.about.enterprise, event.wording.title]
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))
