"""Public events of *notify*: what the public was told. The text is at `link`.

`case` is empty where an item is about no single case.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class DisclosurePublished(Struct, frozen=True):
    """An item was published on these channels (codes of the campaign). `kind`: result | exposure | progress | …"""

    disclosure: str
    case: str
    unit: str
    kind: str
    channels: tuple[str, ...]
    published_at: datetime
    link: str


class DisclosureCorrected(Struct, frozen=True):
    """A published item was corrected; the earlier wording stays readable."""

    disclosure: str
    case: str
    unit: str
    corrected_at: datetime
    link: str


class DisclosureWithdrawn(Struct, frozen=True):
    """A published item was withdrawn, with the reason published."""

    disclosure: str
    case: str
    unit: str
    withdrawn_at: datetime
    link: str
