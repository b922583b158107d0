"""The bulletin of a month (notice 六（五）): drawn from facts, published by the director, immutable from then on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate
from msgspec.structs import replace

from services.assessment.domain.errors import NotDrawn
from services.assessment.domain.events.bulletins import BulletinDrawn, BulletinOpened
from services.assessment.domain.values import BulletinState, Contained, Content, Ranked
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored

FINAL = "final"
"""The bulletin of the whole campaign: its month is all of it."""


@stored("assessment.Bulletin")
class Bulletin(Aggregate):
    """One month's bulletin, or the final assessment."""

    month: str
    drawn_at: datetime | None
    published_at: datetime | None
    content: Content | None

    def __init__(self) -> None:
        self.drawn_at = self.published_at = self.content = None

    @classmethod
    def open(cls, envelope: Envelope, id: UUID, month: str) -> Self:
        """A bulletin that nothing is in yet."""
        return begin(cls, BulletinOpened, id=id, envelope=envelope, month=month)

    def draw(self, envelope: Envelope, content: Content, earlier: Iterable[Bulletin]) -> None:
        """Take the content, without the cases that an earlier bulletin contains; its month is what the last one has
        not. Raises NotDrawn where an earlier one is not published: what it will contain is not certain."""
        assessed: set[tuple[str, datetime]] = set()
        last: Content | None = None
        for other in earlier:
            last = other.content
            if other.published_at is None:
                raise NotDrawn(f"{other.month} 的考核通报还没有发布。请先发布，再拟制后面的通报。")
            assessed |= {(one.case, one.closed_at) for one in other.cases}
        cases = tuple(one for one in content.cases if (one.case, one.closed_at) not in assessed)
        drawn = replace(content.after(last) if self.month != FINAL else content, cases=cases)
        self.trigger_event(BulletinDrawn, envelope=envelope, month=self.month, content=drawn)

    @property
    def state(self) -> BulletinState:
        """Where it stands: of a bulletin that is not there, open."""
        if self.published_at is not None:
            return "published"
        return "open" if self.content is None else "drawn"

    @property
    def rankings(self) -> tuple[Ranked, ...]:
        """The rankings as they were drawn."""
        return self.content.rankings if self.content else ()

    @property
    def cases(self) -> tuple[Contained, ...]:
        """The cases that it contains."""
        return self.content.cases if self.content else ()
