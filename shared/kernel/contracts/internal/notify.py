"""Internal events of *notify*: what *cases* needs to know that a result is public."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class DisclosurePublished(Struct, frozen=True):
    """The result of a case is published on every channel of the campaign."""

    disclosure: str
    case: str
    unit: str
    published_at: datetime
