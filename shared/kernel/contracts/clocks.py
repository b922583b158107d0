"""What every service tells of a clock of the office, missed or done: the same fields, to outsiders and among us."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from shared.kernel.clocks import Clock, RaisedTo
from shared.kernel.contracts.fields import CaseId, Instant, Link, PrintedInstant, Unit


class MissedByTheOffice(Struct, frozen=True, kw_only=True):
    """As outsiders are told."""

    case: Annotated[CaseId | None, Meta(description="The case, where the clock is about one.")]
    unit: Annotated[Unit, Meta(description="Always `city`: the campaign office.")]
    clock: Annotated[Clock, Meta(description="What was not done in time.")]
    due: PrintedInstant
    owner_role: Annotated[str, Meta(description="The role that owed it.")]
    raised_to: Annotated[RaisedTo, Meta(description="To whom it is raised: first the director, then the task force.")]
    missed_at: Annotated[Instant, Meta(description="When it was raised.")]
    link: Link


class MissedAmongUs(Struct, frozen=True, kw_only=True):
    """As our own services are told. `due` is exclusive; `danger`: somebody's life is in danger; `done_is_told`: of the
    same clocks it is told, too, when they are done. Older releases told of misses alone."""

    unit: str
    clock: str
    due: datetime
    owner_role: str
    raised_to: str
    missed_at: datetime
    danger: bool = False
    done_is_told: bool = False


class DoneAmongUs(Struct, frozen=True, kw_only=True):
    """That it was done, before `due` (exclusive) or after it. Not stored: it follows from the event that did it."""

    unit: str
    clock: str
    due: datetime
    done_at: datetime
