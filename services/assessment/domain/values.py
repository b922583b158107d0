"""The values inside the events of *assessment*. Frozen; units and rules are codes of the campaign."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from shared.platform.event_store import canonical

FilingState = Literal["owed", "missed", "filed", "sent_back"]
BulletinState = Literal["open", "drawn", "published"]


class Finding(Struct, frozen=True):
    """A problem that an inspection found; `matter` is the sentence of the letter, codes are the campaign's."""

    id: str
    matter: str
    violation: str | None = None
    matters: tuple[str, ...] = ()
    danger: bool = False
    major: bool = False


class Seen(Struct, frozen=True):
    """What an inspection looked at: pieces of equipment, cylinders, kilometres of pipeline; how many inspectors."""

    equipment: int = 0
    cylinders: int = 0
    pipelines: int = 0
    inspectors: int = 0


class FigureLine(Struct, frozen=True):
    """One cell of Annex 1: a measure's count in what the return covers (less than nothing where more was taken back
    than came), and since the campaign began."""

    measure: str
    week: int
    total: int


class ActLine(Struct, frozen=True):
    """One line of Annex 2: a case that was closed in what the return covers, or that runs at its end (`running`). Codes
    are the campaign's; `escalated` by any trigger that was not cleared."""

    case: str
    verifier: str | None
    escalated: bool
    enterprise: str | None
    place: str | None
    matter: str
    violation: str | None
    origin: str
    measures: tuple[str, ...]
    running: bool = False


class Ended(Struct, frozen=True):
    """Where a signed return ends, and the next one begins: the instant, the place in the feed of *cases*, and each
    measure's count since the campaign began."""

    until: datetime
    through: int
    totals: dict[str, int]


class Return(Struct, frozen=True):
    """A weekly return as it was signed: the figures and acts of everything before `until` that no earlier return of the
    unit has. `nil`: 零报告. `after` is the week of the unit's last signed return before it, whose end is `since`; None
    where it is the first. `through` is the place in the feed of *cases* up to which everything is in it."""

    until: datetime
    nil: bool
    figures: tuple[FigureLine, ...]
    acts: tuple[ActLine, ...]
    note: str | None = None
    since: datetime | None = None
    after: str | None = None
    through: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of what somebody signs, in hexadecimal. It leaves out `until` and `through`, for later figures that
        are the same are what he saw, and his own note."""
        return _digest([self.nil, self.figures, self.acts, self.after])

    @property
    def ended(self) -> Ended:
        """Where it ends."""
        return Ended(self.until, self.through, {line.measure: line.total for line in self.figures})


class Share(Struct, frozen=True):
    """One line of a score: the component's two figures, and the points that they bring, in hundredths."""

    component: str
    numerator: int
    denominator: int
    score: int


class Placed(Struct, frozen=True):
    """A unit's place. `score` in hundredths of a point: the sum of its shares' scores. Equal scores share a rank."""

    unit: str
    rank: int
    score: int
    shares: tuple[Share, ...]


class Ranked(Struct, frozen=True):
    """A ranking of one kind of unit: county | group; best first."""

    kind: str
    placings: tuple[Placed, ...]


class BatchCount(Struct, frozen=True):
    """What one measure of one of the five batches counts for a county: in the month, and since the beginning."""

    batch: str
    measure: str
    unit: str
    month: int
    total: int


class Contained(Struct, frozen=True):
    """A case in a bulletin, by the closing that was assessed: reopened and closed anew, it is assessed anew."""

    case: str
    unit: str
    closed_at: datetime


class Kept(Struct, frozen=True):
    """How often one clock of the campaign office was done in time, and missed; of the missed ones, how often it was
    done late, and raised to the task force."""

    in_time: int
    missed: int
    made_up: int
    raised_further: int

    def less(self, other: Kept) -> Kept:
        """What is more in this one."""
        return Kept(
            self.in_time - other.in_time, self.missed - other.missed, self.made_up - other.made_up,
            self.raised_further - other.raised_further,
        )  # fmt: skip


class OfficeClock(Struct, frozen=True):
    """How the campaign office kept one of its own clocks: in the month, and since the beginning."""

    clock: str
    month: Kept
    total: Kept


class Content(Struct, frozen=True, omit_defaults=True):
    """What a bulletin says: everything that happened before `until`. `office`: of the office itself; older bulletins
    have no such section."""

    until: datetime
    rankings: tuple[Ranked, ...]
    batches: tuple[BatchCount, ...]
    cases: tuple[Contained, ...]
    office: tuple[OfficeClock, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of all that is published, in hexadecimal."""
        return _digest(self)

    def after(self, last: Content | None) -> Content:
        """With what came since the last bulletin as its month, so that nothing that was told late is in no month. What
        the last one did not tell stays as it was counted."""
        if last is None:
            return self
        batches = {(one.batch, one.measure, one.unit): one.total for one in last.batches}
        kept = {one.clock: one.total for one in last.office}
        return replace(
            self,
            batches=tuple(
                replace(one, month=one.total - batches.get((one.batch, one.measure, one.unit), one.total - one.month))
                for one in self.batches
            ),
            office=tuple(
                replace(one, month=one.total.less(kept[one.clock])) if one.clock in kept else one for one in self.office
            ),
        )


class Break(Struct, frozen=True):
    """That `case` contradicts these statements of a commitment, of an enterprise that the unit could have recorded
    itself until `told_at`; None and nothing of what older releases found."""

    case: str
    enterprise: str | None = None
    statements: tuple[str, ...] = ()
    told_at: datetime | None = None


def _digest(said: Any) -> str:
    return hashlib.sha256(canonical.encode(said)).hexdigest()
