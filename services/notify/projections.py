"""Read tables of *notify*: one class per table, one method per event that it shows.

A projection copies fields and decides nothing. `IGNORED` names the events that no table needs; a test fails on one
that is neither handled nor ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from services.notify.domain import events
from shared.event_store.rows import Change, insert, update

IGNORED = frozenset({"CaseFollowed"})


class ReminderList:
    """The table `reminders`: one row per reminder, planned or sent."""

    def deadlines_noted(self, event: events.DeadlinesNoted) -> Iterator[Change]:
        for one in event.planned:
            yield insert(
                "reminders", key="id", id=UUID(one.id), case_id=event.originator_id, unit=event.unit, kind=one.kind,
                to_role=one.to, remind_at=one.at, due=one.due, state="planned",
            )  # fmt: skip

    def reminders_stopped(self, event: events.RemindersStopped) -> Iterator[Change]:
        for id_ in event.reminders:
            yield update("reminders", key="id", id=UUID(id_), state="stopped")

    def reminder_sent(self, event: events.ReminderSent) -> Iterator[Change]:
        if event.planned_for is not None:
            yield update("reminders", key="id", id=UUID(event.reminder), state="sent", sent_at=event.at)
        else:
            yield insert(
                "reminders", key="id", id=UUID(event.reminder), case_id=event.originator_id, unit=event.unit,
                kind=event.kind, to_role=event.to, remind_at=event.at, due=event.due, state="sent", sent_at=event.at,
            )  # fmt: skip


class Outgoing:
    """The table `outgoing`: what the channels send."""

    def reminder_sent(self, event: events.ReminderSent) -> Iterator[Change]:
        yield insert(
            "outgoing", key="reminder", reminder=UUID(event.reminder), case_id=event.originator_id, unit=event.unit,
            kind=event.kind, to_role=event.to, sent_at=event.at, text=event.text,
            link=f"/cases/{event.originator_id}",
        )  # fmt: skip


_LIST, _OUTGOING = ReminderList(), Outgoing()
TABLES: Mapping[type, tuple[Callable[[Any], Iterator[Change]], ...]] = {
    events.DeadlinesNoted: (_LIST.deadlines_noted,),
    events.RemindersStopped: (_LIST.reminders_stopped,),
    events.ReminderSent: (_LIST.reminder_sent, _OUTGOING.reminder_sent),
}
"""Event → the changes that follow from it."""


def project(event: Any) -> Iterator[Change]:
    """The changes of read tables that follow from one event."""
    for method in TABLES.get(type(event), ()):
        yield from method(event)
