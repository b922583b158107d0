"""Internal events of *notify*: what *cases* needs to know that a result is public."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.kernel.contracts.clocks import DoneAmongUs, MissedAmongUs


class DisclosurePublished(Struct, frozen=True):
    """An item about a case is public. `kind`: a result stands on every channel; an exposure too, and closes no loop; a
    number: what was alleged was not borne out, and the case counts in it without a name (`disclosure` is empty)."""

    disclosure: str
    case: str
    unit: str
    published_at: datetime
    kind: str = "result"


class WeeklyDisclosureMade(Struct, frozen=True):
    """Something was published in the week that ends with `due` (exclusive)."""

    disclosure: str
    due: datetime
    made_at: datetime


class OfficeClockMissed(MissedAmongUs, frozen=True, kw_only=True):
    """A result was not published in time (`case`, by the item `disclosure`), or nothing in a week."""

    case: str | None
    disclosure: str | None = None


class OfficeClockDone(DoneAmongUs, frozen=True, kw_only=True):
    """A result was published, in time or late (`case`, by the item `disclosure`), or something in a week."""

    case: str | None
    disclosure: str | None = None
