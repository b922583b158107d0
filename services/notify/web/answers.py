"""What the API of *notify* answers: the shape of each answer beside the function that makes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from services.notify.domain.authority import STATES
from services.notify.domain.values import OnChannel
from services.notify.handlers import DISCLOSURE, DoubtAnswer, doubts_json
from services.notify.queries.disclosures import DisclosureRow
from services.notify.queries.reminders import ReminderRow
from services.notify.rules.telling import TOWARDS_THE_PUBLIC, WHY
from shared.kernel.campaign.due import printed
from shared.kernel.commands import Setting
from shared.platform.event_store.envelope import Actor
from shared.platform.service.answers import Id, Instant, PossibleCommand, one_of
from shared.platform.service.forms import allowed_commands


class ReminderAnswer(TypedDict):
    """One reminder; `case` is null where it is about a tip or a week. `text` and `link` are there once it was sent,
    `mail` where it goes out by mail."""

    reminder: Id
    case: Id | None
    unit: str
    kind: str
    to: str
    state: Annotated[str, one_of(("planned", "sent", "stopped"))]
    remind_at: Instant
    due: Instant | None
    sent_at: Instant | None
    text: str | None
    link: str | None
    mail: Annotated[str, one_of(("waiting", "sent", "failed"))] | None


class ReminderList(TypedDict):
    """Reminders, and the `cursor` of the next page."""

    items: list[ReminderAnswer]
    next: int | None


class Channel(TypedDict):
    """Where an item was published, and what proves it."""

    channel: str
    evidence: str | None
    at: Instant


class CorrectionDraft(TypedDict):
    """The correction that waits for its signature."""

    title: str
    text: str
    reason: str


class DisclosureAnswer(TypedDict):
    """One item: its wording, what the check found, who answers for it, where it stands, what may be done now. `waits`:
    why nobody may go on with it; `correction_due`: until when it is to be corrected on every channel, `corrected_on`
    where it was."""

    disclosure: Id
    case: Id | None
    version: int
    unit: str
    kind: str
    state: Annotated[str, one_of(STATES)]
    title: str
    text: str
    enterprise: str | None
    place: str | None
    violation: str | None
    reason: str | None
    outcomes: list[str]
    due: Instant | None
    correction: CorrectionDraft | None
    correction_due: Instant | None
    corrected_on: list[Channel]
    waits: str | None
    drafted_at: Instant
    published_at: Instant | None
    checked_by: str | None
    doubts: list[DoubtAnswer]
    approved_by: list[str]
    channels: list[Channel]
    link: str | None
    commands: dict[str, PossibleCommand]


class DisclosureList(TypedDict):
    """Items of disclosure, and the `cursor` of the next page."""

    items: list[DisclosureAnswer]
    next: int | None


def reminder_json(row: ReminderRow, zone: ZoneInfo) -> ReminderAnswer:
    """One reminder."""
    return {
        "reminder": str(row.id),
        "case": str(row.case_id) if row.case_id else None,
        "unit": row.unit,
        "kind": row.kind,
        "to": row.to_role,
        "state": row.state,
        "remind_at": _instant(row.remind_at, zone),
        "due": printed(row.due, zone) if row.due else None,
        "sent_at": _instant(row.sent_at, zone) if row.sent_at else None,
        "text": row.text,
        "link": row.link,
        "mail": row.mail,
    }


def disclosure_json(row: DisclosureRow, actor: Actor, setting: Setting) -> DisclosureAnswer:
    """One item, with what this actor may do about it."""
    zone = setting.campaign.zone
    return {
        "disclosure": str(row.id),
        "case": str(row.case_id) if row.case_id else None,
        "version": row.version,
        "unit": row.unit,
        "kind": row.kind,
        "state": row.state,
        "title": row.title,
        "text": row.text,
        "enterprise": row.enterprise,
        "place": row.place,
        "violation": row.violation,
        "reason": row.reason,
        "outcomes": list(row.outcomes),
        "due": printed(row.due, zone) if row.due else None,
        "correction": _correction(row),
        "correction_due": printed(row.correction_due, zone) if row.correction_due else None,
        "corrected_on": _channels(row.corrected_on, zone),
        "waits": WHY[row.situation] if row.waits and row.situation else None,
        "drafted_at": _instant(row.drafted_at, zone),
        "published_at": _instant(row.published_at, zone) if row.published_at else None,
        "checked_by": row.checked_by,
        "doubts": doubts_json(row.doubts),
        "approved_by": list(row.approvers),
        "channels": _channels(row.channels, zone),
        "link": f"/public/{row.id}" if row.published_at else None,
        "commands": commands_of(row, actor, setting),
    }


def commands_of(row: DisclosureRow, actor: Actor, setting: Setting) -> dict[str, PossibleCommand]:
    """What this actor may do about an item now. One whose case is not for the public waits, and says why."""
    found = allowed_commands(DISCLOSURE, actor, row, setting)
    if row.waits and row.situation is not None:
        for name in TOWARDS_THE_PUBLIC & found.keys():
            if found[name]["allowed"]:
                found[name] = {**found[name], "allowed": False, "why": WHY[row.situation]}
    return found


def _correction(row: DisclosureRow) -> CorrectionDraft | None:
    if row.correction is None:
        return None
    return {"title": row.correction.title, "text": row.correction.text, "reason": row.correction_reason or ""}


def _channels(channels: Iterable[OnChannel], zone: ZoneInfo) -> list[Channel]:
    return [{"channel": c.channel, "evidence": c.evidence, "at": _instant(c.at, zone)} for c in channels]


def _instant(value: datetime, zone: ZoneInfo) -> str:
    return value.astimezone(zone).isoformat(timespec="seconds")
