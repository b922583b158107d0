"""What a person may send: the bodies of the commands. Unknown fields are refused, so that a typing error is noticed.

Codes are checked against the campaign by the application, which names the allowed ones.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def _writable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("含有看不见的控制字符，请删除后重试。")  # neither the database nor the feed can hold one
    return text


_Writable = AfterValidator(_writable)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000), _Writable]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _Writable]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Codes = Annotated[tuple[Code, ...], Field(max_length=50)]
Answers = Annotated[dict[Code, Line], Field(max_length=20)]


class Body(BaseModel):
    """A command's body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Draft(Body):
    """An item that no closing brings about: an exposure, a progress, a typical case, or a result told anew.

    `kind` is a code of the campaign's kinds of disclosure; the unit is that of the case where one is named, else
    `unit`, else the city. `outcomes` are codes of the campaign's outcome items.
    """

    kind: Code
    title: Line
    text: Text
    case: Code | None = None
    unit: Code | None = None
    enterprise: Line | None = None
    place: Line | None = None
    violation: Code | None = None
    outcomes: Codes = ()


class Check(Body):
    """The wording was read, and changed where `title`, `text` or `outcomes` are given.

    `answers`: kind of doubt → why what raised it may stand. Without an answer to each, nobody can approve.
    """

    title: Line | None = None
    text: Text | None = None
    outcomes: Codes | None = None
    answers: Answers = {}


class Approve(Body):
    """Answer for the wording."""


class Publish(Body):
    """The item stands on these channels: code of the channel → what proves it."""

    evidence: Annotated[dict[Code, Line], Field(min_length=1, max_length=20)]


class Correct(Body):
    """The office drafts another wording, with the reason; the director signs it with an empty body."""

    title: Line | None = None
    text: Text | None = None
    reason: Line | None = None
    answers: Answers = {}


class Withdraw(Body):
    """Take the item back, with the reason; the reason is published where the item was."""

    reason: Line
