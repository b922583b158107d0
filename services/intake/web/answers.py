"""What the API of *intake* answers: the shape of each answer beside the function that makes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, NotRequired, cast

from typing_extensions import TypedDict

from services.intake.domain.authority import STATES
from services.intake.queries import TipRow
from services.intake.reception import Written
from services.intake.web.tracking import Tracked
from shared.kernel.answers import Step, step_answers
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.due import printed
from shared.kernel.names import unit_name
from shared.platform.service.answers import Id, Instant, one_of

State = Annotated[str, one_of(STATES)]


class Received(TypedDict):
    """What the sender of a tip is told, once."""

    tip: Id
    receipt: str


class Suggested(TypedDict):
    """What the rules recognised in a tip: words of the campaign's own lists."""

    unit: str | None
    units: list[str]
    kind: str
    violation: str | None
    target: str | None
    matters: list[str]
    danger: bool
    place: str | None
    matter: str | None
    doubts: list[str]


class TipAnswer(TypedDict):
    """One tip as officers see it. `text` and `written` (what the tipster filled in, by field) are there for those who
    may read it; `triage_due` is the last second that counts."""

    tip: Id
    version: int
    state: State
    kind: str
    source: str
    mode: str
    danger: bool
    in_period: bool
    category: str | None
    external_no: str | None
    unit: str | None
    matter: str | None
    enterprise: str | None
    place: str | None
    violation: str | None
    target: str | None
    reason: str | None
    channel: str | None
    triaged_by: str | None
    received_at: Instant
    triage_due: Instant
    triaged_at: Instant | None
    occurred_at: Instant | None
    suggestion: Suggested
    text: NotRequired[str]
    written: NotRequired[dict[str, str]]


class TipList(TypedDict):
    """Tips in the order in which they came, and the `cursor` of the next page."""

    items: list[TipAnswer]
    next: Id | None


WrittenLine = TypedDict(
    "WrittenLine",
    {
        "at": Instant,
        "from": str,  # a word of the language, therefore no class
        "kind": str,
        "text": NotRequired[str],
        "place": NotRequired[str],
        "enterprise": NotRequired[str],
        "equipment": NotRequired[str],
    },
)
"""Something that was written since: when, by whom, and whether it is a message or a supplement."""


class TipDetail(TipAnswer):
    """One tip, with what was written since, for those who may read it."""

    texts: list[WrittenLine]


class UnitNamed(TypedDict):
    """A unit by code and name."""

    code: str
    name: str


class Followed(TypedDict):
    """What the holder of a receipt is told."""

    state: State
    kind: str
    received_at: Instant
    loop: list[Step]
    unit: UnitNamed | None
    due: Instant | None
    reason: str | None
    messages: list[WrittenLine]


def tip_json(row: TipRow, opened: Written | None, campaign: Campaign) -> TipAnswer:
    """One tip; `opened` is what the tipster wrote, where the viewer may read it."""
    suggestion = row.suggestion
    found: TipAnswer = {
        "tip": str(row.id),
        "version": row.version,
        "state": row.state,
        "kind": row.kind,
        "source": row.source,
        "mode": row.mode,
        "danger": row.danger,
        "in_period": row.in_period,
        "category": row.category,
        "external_no": row.external_no,
        "unit": row.unit,
        "matter": row.matter,
        "enterprise": row.enterprise,
        "place": row.place,
        "violation": row.violation,
        "target": row.target,
        "reason": row.reason,
        "channel": row.channel,
        "triaged_by": row.triaged_by,
        "received_at": row.received_at.isoformat(),
        "triage_due": printed(row.triage_due, campaign.zone),
        "triaged_at": row.triaged_at.isoformat() if row.triaged_at else None,
        "occurred_at": row.occurred_at.isoformat() if row.occurred_at else None,
        "suggestion": {
            "unit": suggestion.unit, "units": list(suggestion.units), "kind": suggestion.kind,
            "violation": suggestion.violation, "target": suggestion.target, "matters": list(suggestion.matters),
            "danger": suggestion.danger, "place": suggestion.place, "matter": suggestion.matter,
            "doubts": list(suggestion.doubts),
        },
    }  # fmt: skip
    if opened is not None:
        found["text"] = opened.text
        found["written"] = opened.fields
    return found


def detail_json(row: TipRow, opened: Written | None, texts: Iterable[Written], campaign: Campaign) -> TipDetail:
    """One tip with `texts`, as far as the viewer may read them."""
    return {**tip_json(row, opened, campaign), "texts": [_written(text, text.fields) for text in texts]}


def _written(written: Written, fields: dict[str, str]) -> WrittenLine:
    found: dict[str, Any] = {"at": written.at.isoformat(), "from": written.author, "kind": written.kind}
    return cast("WrittenLine", found | fields)


def tracked_json(found: Tracked, campaign: Campaign) -> Followed:
    """What the holder of a receipt is told."""
    return {
        "state": found.state,
        "kind": found.kind,
        "received_at": found.received_at.isoformat(),
        "loop": step_answers(found.steps, campaign.zone),
        "unit": {"code": found.unit, "name": unit_name(campaign, found.unit)} if found.unit else None,
        "due": printed(found.due, campaign.zone) if found.due else None,
        "reason": found.reason.zh if found.reason else None,
        "messages": [_written(message, {"text": message.text}) for message in found.messages],
    }
