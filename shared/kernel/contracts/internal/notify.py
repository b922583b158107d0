"""Internal events of *notify*: what *cases* needs to know that a result is public."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class DisclosurePublished(Struct, frozen=True):
    """An item about a case is public. `kind`: a result stands on every channel; an exposure too, and closes no loop; a
    number: what was alleged was not borne out, and the case counts in it without a name (`disclosure` is empty)."""

    disclosure: str
    case: str
    unit: str
    published_at: datetime
    kind: str = "result"
