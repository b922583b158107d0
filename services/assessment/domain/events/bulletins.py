"""The events of a bulletin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.assessment.domain.values import Content
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.assessment.domain.bulletin import Bulletin


@stored("assessment.BulletinOpened")
class BulletinOpened(EnvelopedCreation):
    """A month (or `final`) is to be assessed."""

    aggregate_topic = "assessment.Bulletin"
    month: str

    def apply(self, bulletin: Bulletin) -> None:
        bulletin.month = self.month


@stored("assessment.BulletinDrawn")
class BulletinDrawn(EnvelopedEvent):
    """The office computed the bulletin from the facts; until it is published it may be drawn anew."""

    month: str
    content: Content

    def apply(self, bulletin: Bulletin) -> None:
        bulletin.drawn_at = self.at
        bulletin.content = self.content


@stored("assessment.BulletinPublished")
class BulletinPublished(EnvelopedEvent):
    """The director published the bulletin as it was drawn: from now on it does not change."""

    month: str

    def apply(self, bulletin: Bulletin) -> None:
        bulletin.published_at = self.at
