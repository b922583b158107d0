"""What a person may send: the bodies of the commands. Unknown fields are refused, so that a typing error is noticed."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _writable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("含有看不见的控制字符，请删除后重试。")  # a NUL would be refused by the database alone
    return text


def _in_reach(instant: AwareDatetime) -> AwareDatetime:
    if not 2000 <= instant.year <= 2100:  # beyond the calendar, other zones and the database, arithmetic fails
        raise ValueError("年份应在 2000 年至 2100 年之间，请核对。")
    return instant


_Writable = AfterValidator(_writable)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000), _Writable]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _Writable]
Instant = Annotated[AwareDatetime, AfterValidator(_in_reach)]
Items = Annotated[tuple[Short, ...], Field(max_length=50)]


class Body(BaseModel):
    """A command's body. All instants carry an offset."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Open(Body):
    """A problem found without a tip: by an inspection of the city or a group, or by the unit itself."""

    matter: Text
    unit: Short | None = None
    enterprise: Short | None = None
    place: Short | None = None
    violation: Short | None = None
    target: Short | None = None
    matters: Items = ()
    danger: bool = False
    found_at: Instant | None = None


class Transfer(Body):
    """Sign a letter off (director) or draft it (office). What is left out follows the campaign's rules.

    `circumstance`: major | mixed, which lengthen the window; `feedback_by`: this letter's own last day.
    """

    unit: Short | None = None
    matter: Text | None = None
    enterprise: Short | None = None
    supervising: Short | None = None
    circumstance: Short | None = None
    feedback_by: date | None = None
    attachments: Items = ()


class SignFor(Body):
    """Sign for the letter."""


class AssignHandler(Body):
    """Name the handling officer (a person of the unit), and the station that does the work."""

    officer: Short
    station: Short | None = None


class RecordStep(Body):
    """An evidenced step: `step` is a code of the campaign's handling steps, `evidence` names papers or pictures."""

    step: Short
    text: Text
    evidence: Items = ()
    taken_at: Instant | None = None


class Remark(Body):
    """A remark; it stops no clock."""

    text: Text


class ReportResult(Body):
    """The result. The handling officer's waits for the principal; the principal's is signed. A principal may leave
    `text` out to sign what was drafted. `measures` are codes of the campaign's ten measures (Annex 4)."""

    text: Text | None = None
    measures: Items = ()
    evidence: Items = ()


class ReviewResult(Body):
    """Accept the result."""

    opinion: Text = "同意办结"


class RejectResult(Body):
    """Send the result back, with the reason."""

    reason: Text


class Close(Body):
    """Close the case."""


class Reopen(Body):
    """Let a closed case run again, with the reason."""

    reason: Text
    feedback_by: date | None = None
