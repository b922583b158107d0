"""What may be asked for in an address: the kinds of query parameters, and that no parameter is overlooked.

Every handler declares its parameters with one of these kinds, so that what reaches a query can be compared and stored:
text without control characters (PostgreSQL takes no NUL), positions that a bigint holds, identifiers that are some. A
bad value is answered with 422 and the parameter's name.

An unknown parameter of the API is refused too, by a dependency of the whole application: a filter that is misspelt
would otherwise return everything. Pages let it pass, because people's mail programs and messengers add their own.
Limit: that an identifier was on the page before is not checked: a cursor is a place in an order, and any is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.platform.event_store.ids import parse_id
from shared.platform.web.pages import locale_of
from shared.platform.web.problems import Invalid
from shared.platform.web.words import translate

LAST = (1 << 63) - 1
"""The highest number of a feed or a table (PostgreSQL's bigint)."""
API = "/api/"
LANGUAGE = "lang"
"""Known everywhere: the language of problem documents and pages."""
COPIED = "请用上一页答复里的 next，不要自行编写。"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def _visible(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("含有看不见的控制字符，请删除后重试。")
    return text


def _copied(given: object) -> UUID:
    found = given if isinstance(given, UUID) else parse_id(str(given))
    if found is None:
        raise ValueError(COPIED)
    return found


SearchText = Annotated[str, StringConstraints(max_length=100), AfterValidator(_visible)]
Code = Annotated[str, StringConstraints(max_length=64), AfterValidator(_visible)]
Codes = Annotated[str, StringConstraints(max_length=200), AfterValidator(_visible)]
"""One or several codes, with commas."""
Cursor = Annotated[UUID, BeforeValidator(_copied)]
"""The last row of the page before, in lists by identifier."""
Position = Annotated[int, Field(ge=1, le=LAST)]
"""A row's number, from 1; also the last one of the page before, in lists by number."""
After = Annotated[int, Field(ge=0, le=LAST)]
"""The number of the last event that was read, 0 before the first."""


async def only_known_parameters(request: Request) -> None:
    """Dependency of every route: Invalid (422) for a query parameter of the API that the route does not declare."""
    if not request.scope["query_string"] or not request.scope["path"].startswith(API):
        return
    known = sorted({*_declared(request.scope["route"].dependant), LANGUAGE})
    sentence = translate(locale_of(request), "没有这个查询参数，请从列出的参数中选择。")
    errors = [
        {"parameter": name, "detail": sentence, "allowed": known} for name in request.query_params if name not in known
    ]
    if errors:
        raise Invalid(errors)


def _declared(dependant: Dependant) -> Iterator[str]:
    yield from (one.alias for one in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _declared(inner)
