"""What a person may send: the bodies of the requests. Unknown fields are refused, so that a typing error is noticed.

Codes (kind, source, category, reason, …) are checked against the campaign by the application, which names the allowed
ones. Nothing here is repeated in an error: what is refused may be about a person.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

LONGEST_TEXT = 20_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("含有不可见的控制字符，请去掉后重试。")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT), AfterValidator(_printable)
]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z][0-9A-Za-z/_-]{0,59}$")]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9][0-9 ()-]{4,24}$")]


class Body(BaseModel):
    """A request's body. All instants carry an offset."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Identity(Body):
    """Who gives the tip. `mode`: confidential (known to the vault alone) | open."""

    name: Annotated[Line, Field(max_length=50, repr=False)]
    phone: Annotated[Phone, Field(repr=False)]
    mode: Code = "confidential"


class Receive(Body):
    """A tip. `category` is a code of the campaign's targets or violations; `external_no` another system's number."""

    text: Annotated[Text, Field(repr=False)]
    kind: Code = "tip"
    occurred_at: AwareDatetime | None = None
    place: Annotated[Line | None, Field(repr=False)] = None
    enterprise: Annotated[Line | None, Field(repr=False)] = None
    equipment: Annotated[Line | None, Field(repr=False)] = None
    category: Code | None = None
    danger: bool = False
    external_no: Number | None = None
    identity: Annotated[Identity | None, Field(repr=False)] = None
    source: Code = "web"


class Message(Body):
    """A message from or to the holder of a receipt."""

    text: Annotated[Text, Field(repr=False)]


class Supplement(Body):
    """What an officer learnt afterwards; at least one field."""

    text: Annotated[Text | None, Field(repr=False)] = None
    place: Annotated[Line | None, Field(repr=False)] = None
    enterprise: Annotated[Line | None, Field(repr=False)] = None
    equipment: Annotated[Line | None, Field(repr=False)] = None


class Triage(Body):
    """Which unit the tip concerns. What is left out follows what the rules recognised; an explicit null of
    `violation`, `target`, `enterprise` or `place` says that it is not known.

    `matter`, `enterprise` and `place` leave intake.
    """

    unit: Code | None = None
    matter: Annotated[Text, Field(max_length=500)] | None = None
    violation: Code | None = None
    target: Code | None = None
    matters: tuple[Code, ...] | None = None
    danger: bool | None = None
    enterprise: Line | None = None
    place: Line | None = None


class Dismiss(Body):
    """Ends a tip without a case. `reason` is one of the campaign's return reasons; `message` goes to the receipt."""

    reason: Code
    message: Annotated[Text | None, Field(repr=False)] = None


class ReferElsewhere(Body):
    """Hands a complaint or an enquiry to its own channel; left out, the channel of the tip's kind."""

    channel: Code | None = None
    message: Annotated[Text | None, Field(repr=False)] = None
