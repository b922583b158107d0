"""What a person may send: the bodies of the commands. Unknown fields are refused, so that a typing error is noticed."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
MOST = 1_000_000


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
Count = Annotated[int, Field(ge=0, le=MOST)]


class Body(BaseModel):
    """A command's body. All instants carry an offset."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FoundProblem(Body):
    """A problem that an inspection found; it becomes a case. `major`: a major hazard."""

    matter: Text
    violation: Short | None = None
    matters: Items = ()
    danger: bool = False
    major: bool = False


class RecordInspection(Body):
    """An inspection. `unit` is the county-level unit where the enterprise is (a county's own by default), `grade` its
    grade of supervision, `at` when it took place (now by default); the counts go into Annex 1."""

    enterprise: Short
    unit: Short | None = None
    place: Short | None = None
    target: Short | None = None
    grade: Short | None = None
    equipment: Count = 0
    cylinders: Count = 0
    pipelines: Count = 0
    inspectors: Count = 0
    findings: Annotated[tuple[FoundProblem, ...], Field(max_length=50)] = ()
    at: Instant | None = None


class SubmitReturn(Body):
    """Sign the week's computed figures; nothing is filled in. `note` goes along."""

    note: Text | None = None


class SendBackReturn(Body):
    """Ask for a corrected return, with the reason."""

    reason: Text


class CorrectReturn(Body):
    """Sign the figures as they are computed now, after the office sent the return back."""

    note: Text | None = None


class SignCommitment(Body):
    """Sign the month's commitment letter: all statements that the campaign asks of the level."""


class FilePaper(Body):
    """File a paper. `period` is the week's number, for a paper that goes along with the weekly return.

    A typical case has keywords and the other parts of Annex 4 (要旨 … 举一反三工作建议), in their order; it may name a
    case.
    """

    title: Short
    text: Text | None = None
    period: Short | None = None
    keywords: Items = ()
    parts: Annotated[tuple[Text, ...], Field(max_length=10)] = ()
    case: Short | None = None


class HoldBriefing(Body):
    """Record that the head of the task force heard the unit."""

    text: Text


class DrawBulletin(Body):
    """Compute the bulletin from the facts."""


class PublishBulletin(Body):
    """Publish what was drawn."""
