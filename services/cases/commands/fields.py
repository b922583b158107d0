"""The fields that bodies are made of, with their limits."""

from __future__ import annotations

import re
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
People = Annotated[int, Field(ge=0, le=10_000)]


class Body(BaseModel):
    """A command's body. All instants carry an offset."""

    model_config = ConfigDict(extra="forbid", frozen=True)
