"""The table `bulletins`: which bulletins there are and where they stand. What they say is in their events."""

from __future__ import annotations

from services.assessment.domain import events
from shared.platform.event_store.rows import Change, insert, update


class BulletinList:
    """One row per bulletin."""

    def bulletin_opened(self, event: events.BulletinOpened) -> Change:
        return insert("bulletins", key="id", id=event.originator_id, month=event.month)

    def bulletin_drawn(self, event: events.BulletinDrawn) -> Change:
        return update(
            "bulletins", key="id", id=event.originator_id, drawn_at=event.at, cases=len(event.content.cases)
        )

    def bulletin_published(self, event: events.BulletinPublished) -> Change:
        return update("bulletins", key="id", id=event.originator_id, published_at=event.at)
