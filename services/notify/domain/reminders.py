"""The reminders of one case: planned by its deadlines, sent once each, stopped when what they ask for is done.

One aggregate per case, under the case's own identifier. It computes no date and asks for no time: instants are given,
because they follow the campaign's calendar.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.notify.domain.events import CaseFollowed, DeadlinesNoted, ReminderSent, RemindersStopped
from services.notify.domain.values import Kind, Planned
from shared.event_store.envelope import Envelope
from shared.event_store.events import stored


@stored("notify.Reminders")
class Reminders(Aggregate):
    """What is known of one case, and what of it is still to be reminded of."""

    unit: str
    letter: str | None
    sign_for_due: datetime | None
    feedback_due: datetime | None
    planned: dict[str, Planned]
    escalated: bool

    def __init__(self) -> None:
        self.letter = None
        self.sign_for_due = self.feedback_due = None
        self.planned = {}
        self.escalated = False

    @classmethod
    def follow(cls, envelope: Envelope, case: UUID, unit: str) -> Self:
        """Begin to follow a case."""
        return cls._create(CaseFollowed, id=case, envelope=envelope, unit=unit)

    def note_deadlines(
        self,
        envelope: Envelope,
        *,
        unit: str,
        letter: str | None,
        sign_for_due: datetime | None,
        feedback_due: datetime,
        plan: Iterable[tuple[Kind, str, datetime, datetime]],
    ) -> None:
        """Take the case's deadlines; `plan` is (kind, role, instant, deadline). What was planned before is stopped."""
        self.stop(envelope)
        planned = tuple(Planned(self._next_id(kind), kind, to, at, due) for kind, to, at, due in plan)
        self.trigger_event(
            DeadlinesNoted, envelope=envelope, unit=unit, letter=letter, sign_for_due=sign_for_due,
            feedback_due=feedback_due, planned=planned,
        )  # fmt: skip

    def stop(self, envelope: Envelope, kind: Kind | None = None) -> None:
        """Plan this kind, or any, no longer; nothing happens where none was planned."""
        ids = tuple(one.id for one in self.planned.values() if kind in (None, one.kind))
        if ids:
            self.trigger_event(RemindersStopped, envelope=envelope, reminders=ids)

    def send_planned(self, envelope: Envelope, kind: str, text: str) -> None:
        """Its instant has come: send it, unless it was sent or stopped meanwhile."""
        one = self.planned.get(kind)
        if one is not None and one.at <= envelope.at:
            self.trigger_event(
                ReminderSent, envelope=envelope, reminder=one.id, kind=one.kind, unit=self.unit, to=one.to,
                due=one.due, planned_for=one.at, text=text,
            )  # fmt: skip

    def send_now(self, envelope: Envelope, kind: Kind, to: str, due: datetime | None, text: str) -> None:
        """Something has happened that somebody must hear of at once."""
        self.trigger_event(
            ReminderSent, envelope=envelope, reminder=self._next_id(kind), kind=kind, unit=self.unit, to=to,
            due=due, planned_for=None, text=text,
        )  # fmt: skip

    def timers(self) -> dict[str, datetime]:
        """The calls that these reminders now want, by kind."""
        return {kind: one.at for kind, one in self.planned.items()}

    def _next_id(self, kind: str) -> str:
        """The identifier of a reminder that the next event brings: a rerun makes the same."""
        return str(uuid5(self.id, f"{self.version + 1}/{kind}"))
