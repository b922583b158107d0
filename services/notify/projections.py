"""Read tables of *notify*: one class per table, one method per event that it shows.

A projection copies fields and decides nothing. `IGNORED` names the events that no table needs; a test fails on one
that is neither handled nor ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from services.notify.domain import events
from shared.platform.event_store.rows import Change, insert, update

IGNORED = frozenset({"CaseFollowed"})


class ReminderList:
    """The table `reminders`: one row per reminder, planned or sent."""

    def deadlines_noted(self, event: events.DeadlinesNoted) -> Iterator[Change]:
        yield from _planned(event, event.unit)

    def reminders_planned(self, event: events.RemindersPlanned) -> Iterator[Change]:
        yield from _planned(event, "")

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


def _planned(event: events.DeadlinesNoted | events.RemindersPlanned, unit: str) -> Iterator[Change]:
    for one in event.planned:
        yield insert(
            "reminders", key="id", id=UUID(one.id), case_id=event.originator_id, unit=one.unit or unit, kind=one.kind,
            to_role=one.to, remind_at=one.at, due=one.due, state="planned",
        )  # fmt: skip


class Outgoing:
    """The table `outgoing`: what the channels send."""

    def reminder_sent(self, event: events.ReminderSent) -> Iterator[Change]:
        yield insert(
            "outgoing", key="reminder", reminder=UUID(event.reminder), case_id=event.originator_id, unit=event.unit,
            kind=event.kind, to_role=event.to, sent_at=event.at, text=event.text,
            link=f"/cases/{event.originator_id}",
        )  # fmt: skip


class Notices:
    """The table `notices`: one row per reminder that goes out by mail."""

    def notice_queued(self, event: events.NoticeQueued) -> Iterator[Change]:
        yield insert(
            "notices", key="id", id=event.originator_id, unit=event.unit, recipients=event.recipients, text=event.text,
            link=f"/cases/{event.case}", queued_at=event.at, state="waiting", attempts=0,
        )  # fmt: skip

    def notice_sent(self, event: events.NoticeSent) -> Iterator[Change]:
        yield _notice(event, state="sent", attempts=event.attempt, reason=None, again_at=None)

    def notice_failed(self, event: events.NoticeFailed) -> Iterator[Change]:
        yield _notice(
            event, state="failed", attempts=event.attempt, reason=event.reason, again_at=event.again_at
        )  # fmt: skip

    def notice_requeued(self, event: events.NoticeRequeued) -> Iterator[Change]:
        yield _notice(event, state="waiting", again_at=None)


class DisclosureList:
    """The table `disclosures`: one row per item, as the office works on it."""

    def disclosure_drafted(self, event: events.DisclosureDrafted) -> Iterator[Change]:
        about = event.about
        yield insert(
            "disclosures", key="id", id=event.originator_id, version=event.originator_version, state="drafted",
            case_id=about.case, unit=about.unit, kind=about.kind, enterprise=about.enterprise, place=about.place,
            violation=about.violation, title=event.wording.title, text=event.wording.text, outcomes=event.outcomes,
            due=event.due, drafted_at=event.at,
        )  # fmt: skip

    def disclosure_checked(self, event: events.DisclosureChecked) -> Iterator[Change]:
        yield _item(
            event, state="checked", title=event.wording.title, text=event.wording.text, outcomes=event.outcomes,
            checked_by=event.envelope.actor.id, doubts=event.doubts, approvers=(),
        )  # fmt: skip

    def disclosure_approved(self, event: events.DisclosureApproved) -> Iterator[Change]:
        yield _item(event, state="approved" if event.complete else "checked", approvers=event.approvers)

    def channels_recorded(self, event: events.ChannelsRecorded) -> Iterator[Change]:
        yield _item(event, channels=event.channels)

    def disclosure_published(self, event: events.DisclosurePublished) -> Iterator[Change]:
        yield _item(event, state="published", published_at=event.at)

    def correction_drafted(self, event: events.CorrectionDrafted) -> Iterator[Change]:
        yield _item(event, correction=event.wording, correction_reason=event.reason)

    def disclosure_corrected(self, event: events.DisclosureCorrected) -> Iterator[Change]:
        wording = event.wording
        yield _item(event, title=wording.title, text=wording.text, correction=None, correction_reason=None)

    def disclosure_withdrawn(self, event: events.DisclosureWithdrawn) -> Iterator[Change]:
        yield _item(event, state="withdrawn", reason=event.reason)

    def disclosure_superseded(self, event: events.DisclosureSuperseded) -> Iterator[Change]:
        yield _item(event, state="superseded")


class Board:
    """The table `board`: what the public reads."""

    def disclosure_published(self, event: events.DisclosurePublished) -> Iterator[Change]:
        about = event.about
        yield insert(
            "board", key="id", id=event.originator_id, case_id=about.case, unit=about.unit, kind=about.kind,
            enterprise=about.enterprise, place=about.place, violation=about.violation, title=event.wording.title,
            text=event.wording.text, outcomes=event.outcomes, channels=event.channels, published_at=event.at,
        )  # fmt: skip

    def disclosure_corrected(self, event: events.DisclosureCorrected) -> Iterator[Change]:
        yield _public(event, title=event.wording.title, text=event.wording.text, corrected_at=event.at)

    def disclosure_withdrawn(self, event: events.DisclosureWithdrawn) -> Iterator[Change]:
        yield _public(
            event, title="", text="", enterprise=None, place=None, violation=None, outcomes=(), withdrawn_at=event.at,
            reason=event.reason,
        )  # fmt: skip


class Wordings:
    """The table `wordings`: what the public read, and reads."""

    def disclosure_published(self, event: events.DisclosurePublished) -> Iterator[Change]:
        yield _wording(event, None)

    def disclosure_corrected(self, event: events.DisclosureCorrected) -> Iterator[Change]:
        yield _wording(event, event.reason)


def _notice(event: Any, **values: Any) -> Change:
    return update("notices", key="id", id=event.originator_id, **values)


def _item(event: Any, **values: Any) -> Change:
    return update("disclosures", key="id", id=event.originator_id, version=event.originator_version, **values)


def _public(event: Any, **values: Any) -> Change:
    return update("board", key="id", id=event.originator_id, **values)


def _wording(event: Any, reason: str | None) -> Change:
    return insert(
        "wordings", key="id", id=f"{event.originator_id}/{event.originator_version}", disclosure=event.originator_id,
        at=event.at, title=event.wording.title, text=event.wording.text, reason=reason,
    )  # fmt: skip


_LIST, _OUTGOING, _NOTICES = ReminderList(), Outgoing(), Notices()
_DISCLOSURES, _BOARD, _WORDINGS = DisclosureList(), Board(), Wordings()
TABLES: Mapping[type, tuple[Callable[[Any], Iterator[Change]], ...]] = {
    events.DeadlinesNoted: (_LIST.deadlines_noted,),
    events.RemindersPlanned: (_LIST.reminders_planned,),
    events.RemindersStopped: (_LIST.reminders_stopped,),
    events.ReminderSent: (_LIST.reminder_sent, _OUTGOING.reminder_sent),
    events.NoticeQueued: (_NOTICES.notice_queued,),
    events.NoticeSent: (_NOTICES.notice_sent,),
    events.NoticeFailed: (_NOTICES.notice_failed,),
    events.NoticeRequeued: (_NOTICES.notice_requeued,),
    events.DisclosureDrafted: (_DISCLOSURES.disclosure_drafted,),
    events.DisclosureChecked: (_DISCLOSURES.disclosure_checked,),
    events.DisclosureApproved: (_DISCLOSURES.disclosure_approved,),
    events.ChannelsRecorded: (_DISCLOSURES.channels_recorded,),
    events.DisclosurePublished: (
        _DISCLOSURES.disclosure_published,
        _BOARD.disclosure_published,
        _WORDINGS.disclosure_published,
    ),
    events.CorrectionDrafted: (_DISCLOSURES.correction_drafted,),
    events.DisclosureCorrected: (
        _DISCLOSURES.disclosure_corrected,
        _BOARD.disclosure_corrected,
        _WORDINGS.disclosure_corrected,
    ),
    events.DisclosureWithdrawn: (_DISCLOSURES.disclosure_withdrawn, _BOARD.disclosure_withdrawn),
    events.DisclosureSuperseded: (_DISCLOSURES.disclosure_superseded,),
}
"""Event → the changes that follow from it."""


def project(event: Any) -> Iterator[Change]:
    """The changes of read tables that follow from one event."""
    for method in TABLES.get(type(event), ()):
        yield from method(event)
