"""The values of which answers are made, as OpenAPI describes them. An answer's shape is a TypedDict beside the function
that makes it; `answer_of` finds the one that belongs to a function."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Any, get_type_hints

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""ISO 8601 with offset. A due instant is the last second that counts."""
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]


def one_of(codes: Collection[str]) -> WithJsonSchema:
    """The mark of a text that is one of these codes."""
    return WithJsonSchema({"type": "string", "enum": list(codes)})


class PossibleCommand(TypedDict):
    """A command of the viewer's role: what it is called, whether it may be given now, and if not why."""

    name: str
    allowed: bool
    why: str | None


def answer_of(function: Callable[..., Any]) -> Any:
    """The type of what a function tells."""
    return get_type_hints(function, include_extras=True)["return"]
