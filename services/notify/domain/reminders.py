"""The reminders of one case: planned by its deadlines, sent once each, stopped when what they ask for is done; and what
decides whether the public may be told of it.

One aggregate per case, under the case's own identifier. It computes no date and asks for no time: instants are given,
because they follow the campaign's calendar.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Self, cast
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.notify.domain.events import (
    CaseFollowed,
    DeadlinesNoted,
    DraftDeferred,
    ItemNoted,
    ReminderSent,
    RemindersPlanned,
    RemindersStopped,
    StandingNoted,
    UnfoundedCounted,
    UnfoundedUncounted,
)
from services.notify.domain.values import (
    LETTER_KINDS,
    OFFICE_KINDS,
    Deferred,
    Kind,
    Plan,
    Planned,
    Situation,
    Told,
    situation_of,
)
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored


@stored("notify.Reminders")
class Reminders(Aggregate):
    """What is known of one case, and what of it is still to be reminded of."""

    unit: str
    letter: str | None
    sign_for_due: datetime | None
    feedback_due: datetime | None
    planned: dict[str, Planned]
    told: dict[str, Told]
    escalated: bool
    danger: bool
    confidential: bool
    closed: bool
    conclusion: str | None
    doubts: tuple[str, ...]
    deferred: tuple[Deferred, ...]
    items: tuple[str, ...]
    counted: bool
    link: str | None

    def __init__(self) -> None:
        self.letter = self.link = None
        self.told = {}
        self.sign_for_due = self.feedback_due = None
        self.planned = {}
        self.escalated = self.danger = self.confidential = self.closed = self.counted = False
        self.conclusion = None
        self.doubts = self.items = self.deferred = ()

    @classmethod
    def follow(
        cls, envelope: Envelope, case: UUID, unit: str, *, danger: bool = False, confidential: bool = False,
        link: str | None = None,
    ) -> Self:  # fmt: skip
        """Begin to follow a case, or what else is found at `link`."""
        return begin(
            cls, CaseFollowed, id=case, envelope=envelope, unit=unit, danger=danger, confidential=confidential,
            link=link,
        )  # fmt: skip

    @property
    def situation(self) -> Situation | None:
        """Why the public is not told of the case; None where it may be."""
        return situation_of(
            confidential=self.confidential, doubts=self.doubts, closed=self.closed, conclusion=self.conclusion
        )  # fmt: skip

    def note_standing(
        self, envelope: Envelope, *, closed: bool, conclusion: str | None, doubts: tuple[str, ...]
    ) -> None:
        """Note what decides whether the public may be told, where that changed; count the case among what was not
        borne out, or no more."""
        if (closed, conclusion, doubts) != (self.closed, self.conclusion, self.doubts):
            self.trigger_event(StandingNoted, envelope=envelope, closed=closed, conclusion=conclusion, doubts=doubts)
        counts = self.situation == "not_borne_out"
        if counts and not self.counted:
            self.trigger_event(UnfoundedCounted, envelope=envelope, unit=self.unit)
        elif self.counted and not counts:
            self.trigger_event(UnfoundedUncounted, envelope=envelope)

    def defer(self, envelope: Envelope, draft: Deferred) -> None:
        """Keep a draft until nothing of the case is undecided."""
        self.trigger_event(DraftDeferred, envelope=envelope, draft=draft)

    def note_item(self, envelope: Envelope, disclosure: UUID) -> None:
        """An item about the case was drafted."""
        self.trigger_event(ItemNoted, envelope=envelope, disclosure=str(disclosure))

    def note_deadlines(
        self,
        envelope: Envelope,
        *,
        unit: str,
        letter: str | None,
        sign_for_due: datetime | None,
        feedback_due: datetime,
        plan: Iterable[Plan],
    ) -> None:
        """Take the case's deadlines; what was planned for its earlier ones is stopped."""
        self.stop_letter(envelope)
        self.trigger_event(
            DeadlinesNoted, envelope=envelope, unit=unit, letter=letter, sign_for_due=sign_for_due,
            feedback_due=feedback_due, planned=self._planned(plan),
        )  # fmt: skip

    def plan(self, envelope: Envelope, plan: Iterable[Plan]) -> None:
        """Plan for a date of somebody else; what was planned for the same before is stopped."""
        planned = self._planned(plan)
        keys = {one.key for one in planned}
        self._stop(envelope, lambda one: one.key in keys)
        if planned:
            self.trigger_event(RemindersPlanned, envelope=envelope, planned=planned)

    def stop_letter(self, envelope: Envelope) -> None:
        """The letter's dates are no longer to be reminded of."""
        self._stop(envelope, lambda one: one.kind in LETTER_KINDS)

    def stop_all(self, envelope: Envelope) -> None:
        """Nothing of the case is to be reminded of any more."""
        self._stop(envelope, lambda _: True)

    def stop_office(self, envelope: Envelope, *clocks: str) -> None:
        """The office has done this (all of it, where none is named), or owes it no more."""
        self._stop(envelope, lambda one: one.kind in OFFICE_KINDS and (not clocks or one.trigger in clocks))

    def stop(self, envelope: Envelope, kind: Kind, trigger: str | None = None) -> None:
        """This is no longer to be reminded of; nothing happens where none was planned."""
        self._stop(envelope, lambda one: (one.kind, one.trigger) == (kind, trigger))

    def send_planned(self, envelope: Envelope, key: str, text: str) -> ReminderSent | None:
        """Its instant has come: send it, unless it was sent or stopped meanwhile."""
        one = self.planned.get(key)
        if one is None or one.at > envelope.at:
            return None
        self.trigger_event(
            ReminderSent, envelope=envelope, reminder=one.id, kind=one.kind, unit=one.unit or self.unit, to=one.to,
            due=one.due, planned_for=one.at, text=text, trigger=one.trigger, link=self.link,
        )  # fmt: skip
        return self._last_sent()

    def send_now(
        self, envelope: Envelope, kind: Kind, to: str, due: datetime | None, text: str, unit: str | None = None,
        trigger: str | None = None,
    ) -> ReminderSent:  # fmt: skip
        """Something has happened that somebody must hear of at once."""
        self.trigger_event(
            ReminderSent, envelope=envelope, reminder=self._next_id(kind), kind=kind, unit=unit or self.unit, to=to,
            due=due, planned_for=None, text=text, trigger=trigger, link=self.link,
        )  # fmt: skip
        return self._last_sent()

    def told_of(self, kinds: Collection[Kind], trigger: str | None = None) -> list[Told]:
        """The last reminders of these kinds, of one trigger or of all."""
        return [one for one in self.told.values() if one.kind in kinds and trigger in (None, one.trigger)]

    def timers(self) -> dict[str, datetime]:
        """The calls that these reminders now want, by key."""
        return {key: one.at for key, one in self.planned.items()}

    def _planned(self, plan: Iterable[Plan]) -> tuple[Planned, ...]:
        return tuple(Planned(**asdict(one), id=self._next_id(one.key)) for one in plan)

    def _stop(self, envelope: Envelope, concerned: Callable[[Planned], bool]) -> None:
        ids = tuple(one.id for one in self.planned.values() if concerned(one))
        if ids:
            self.trigger_event(RemindersStopped, envelope=envelope, reminders=ids)

    def _last_sent(self) -> ReminderSent:
        return cast(ReminderSent, self.pending_events[-1])

    def _next_id(self, key: str) -> str:
        """The identifier of a reminder that the next event brings: a rerun makes the same."""
        return str(uuid5(self.id, f"{self.version + 1}/{key}"))
