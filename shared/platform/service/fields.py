"""The fields of which the bodies of commands are made, with their limits; and what a form says beside them.

One place for all services: text that a person types is stripped and holds no character that cannot be stored, printed
or compared; instants and days lie where calendars, zones and databases can reckon. `Label` gives a field its place on
the command's form; one without it is for programs alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.platform.text import code_points, unwritable
from shared.platform.web.words import Locale

LONG = 200
"""Texts that may be longer than this are written on several lines."""
_NAMED = 10
"""At most so many characters are named in a refusal."""
_OUT_OF_REACH = "年份应在 2000 年至 2100 年之间，请核对。"
_EARLIEST = datetime(2000, 1, 1, tzinfo=timezone(timedelta(hours=-12)))
_END = datetime(2101, 1, 1, tzinfo=timezone(timedelta(hours=14)))
"""Between these it is a year from 2000 to 2100 in every zone of the earth, in whichever an instant is shown."""


def _writable(text: str) -> str:
    """The kind of the error is known to those who say it: `web.problem_handlers` and `forms`."""
    if characters := unwritable(text):
        named = {"characters": code_points(characters[:_NAMED])}
        raise PydanticCustomError("unwritable", "unwritable characters: {characters}", named)
    return text


def _instant_in_reach(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _END:
        raise ValueError(_OUT_OF_REACH)
    return moment


def _day_in_reach(day: date) -> date:
    if not 2000 <= day.year <= 2100:
        raise ValueError(_OUT_OF_REACH)
    return day


_Writable = AfterValidator(_writable)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000), _Writable]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), _Writable]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONG), _Writable]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), _Writable]
Lines = Annotated[tuple[Line, ...], Field(max_length=50)]
Codes = Annotated[tuple[Code, ...], Field(max_length=50)]
Instant = Annotated[AwareDatetime, AfterValidator(_instant_in_reach)]
Day = Annotated[date, AfterValidator(_day_in_reach)]


class Happened:
    """The mark of a field that says when something happened: what is still to come is refused when the command runs."""


Past = Annotated[Instant, Happened()]


class Body(BaseModel):
    """What a person sends with a command. Unknown fields are refused, so that a typing error is noticed; errors never
    repeat what was sent, for it may be about a person."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Option = tuple[str, str]
"""What is sent, and how it reads in the page's language."""
Wording = str | Callable[[Any], str]
"""A msgid; or what makes one of the view in which the form stands."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A field holds one (or, in a tuple, some) of `options`, given the service's setting, the aggregate and a language.

    What is none of them is refused with `wrong` (a sentence, or what makes one of the setting). `ticks`: several are
    chosen by check boxes. `holds` says of a code whether it is one of them, where that is quicker than to list them.
    """

    options: Callable[[Any, Any, Locale], Sequence[Option]]
    wrong: str | Callable[[Any], str] = "没有这个代码，请从列出的代码中选择。"
    ticks: bool = False
    holds: Callable[[Any, str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What a field is called on its form. `empty` is what leaving a choice open means; without it one is chosen.
    `required` is for people what programs may leave out, or the reverse; `rows` is the height of a longer text."""

    name: str
    hint: Wording = ""
    empty: Wording | None = None
    required: bool | None = None
    rows: int = 3


@dataclass(frozen=True, slots=True)
class Each:
    """A field that is a dictionary has a line on its form for each of `keys`, made of the view: key, label, hint."""

    keys: Callable[[Any], Sequence[tuple[str, str, str]]]


Group = tuple[str, str, tuple[str, ...]]
"""A code, its name, and the fields that belong to it."""


@dataclass(frozen=True, slots=True)
class PerCode:
    """A field that holds several bodies, each known by a code in its field `code`: on the form each of `groups` (made
    of the setting) is folded by itself, and there where something of it is filled in."""

    code: str
    groups: Callable[[Any, Locale], Sequence[Group]]


@dataclass(frozen=True, slots=True)
class Money:
    """A field in hundredths that a form shows and takes in whole units, with a point."""

    @staticmethod
    def typed(value: int) -> str:
        """`2000050` → 20000.50."""
        return str(value // 100) if value % 100 == 0 else f"{value // 100}.{value % 100:02}"

    @staticmethod
    def read(typed: str) -> str:
        """The reverse; what is no amount stays as it is, for the field to refuse."""
        try:
            hundredths = Decimal(typed.replace(",", "").replace("，", "")) * 100
            return str(int(hundredths)) if hundredths == int(hundredths) else typed
        except (ArithmeticError, ValueError):
            return typed


def marks(body: type[Body], name: str, kind: type[Any]) -> Any:
    """The mark of this kind (a Label, a Choice, an Each) on a field; None where there is none."""
    return next((mark for mark in body.model_fields[name].metadata if isinstance(mark, kind)), None)
