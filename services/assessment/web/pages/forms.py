"""What all pages of *assessment* need, and how a form becomes a command or comes back with what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.assessment.commands import Body
from services.assessment.queries import Queries
from services.assessment.web.figures import Rankings
from services.assessment.web.requests import Gate
from shared.kernel.campaign import Campaign
from shared.platform.web import problems

B = TypeVar("B", bound=Body)


class Page:
    """The parts that pages are made from."""

    def __init__(self, queries: Queries, gate: Gate, rankings: Rankings) -> None:
        self.queries = queries
        self.gate = gate
        self.rankings = rankings

    @property
    def campaign(self) -> Campaign:
        """The campaign."""
        return self.gate.campaign

    def now(self) -> datetime:
        """The domain clock's instant."""
        return self.gate.now()


@dataclass(frozen=True, slots=True)
class Failed:
    """A refused form: which one, what to tell, what was typed."""

    form: str
    told: str
    typed: dict[str, str] = field(default_factory=dict)
    status: int = 409


async def take(
    request: Request,
    form: str,
    body: type[B],
    give: Callable[[B], Awaitable[Any]],
    back: str,
    again: Callable[[Failed], Awaitable[Response]],
) -> Response:
    """Give the command that a posted form asks for and go `back`, or show the form `again` with the refusal.

    `form` names it; of several of a kind on one page each sends the `period` that it is about.
    """
    typed = await typed_in(request)
    form = f"{form}/{typed['period']}" if "period" in typed else form
    try:
        await give(body.model_validate(form_values(body, typed)))
    except (problems.NotFound, problems.ServiceUnavailable):
        raise
    except problems.Problem as error:
        return await again(Failed(form, str(error), typed, error.status))
    except ValidationError as error:
        fields = "、".join(dict.fromkeys(_FIELD_NAMES.get(str(e["loc"][0]), str(e["loc"][0])) for e in error.errors()))
        return await again(Failed(form, f"请填写或改正：{fields}。", typed, 422))
    return RedirectResponse(back, 303)


async def typed_in(request: Request) -> dict[str, str]:
    """The text fields of a posted form."""
    await request.body()  # keeps the bytes: the command's fingerprint is made of them
    return {key: value for key, value in (await request.form()).items() if isinstance(value, str)}


def form_values(body: type[Body], typed: dict[str, str]) -> dict[str, Any]:
    """A form's strings as a body: empty fields are left out, lists are one item a line."""
    values: dict[str, Any] = {}
    for name, declared in body.model_fields.items():
        given = typed.get(name, "").strip()
        if given:
            is_list = "tuple" in str(declared.annotation)
            values[name] = [line.strip() for line in given.splitlines() if line.strip()] if is_list else given
    return values


_FIELD_NAMES = {
    "enterprise": "单位名称",
    "unit": "所在县（市、区）",
    "title": "标题",
    "text": "内容",
    "reason": "理由",
    "keywords": "关键词",
    "parts": "各部分内容",
    "period": "周次",
    "findings": "发现的问题",
    "equipment": "检查设备",
    "cylinders": "检查气瓶",
    "pipelines": "检查压力管道",
    "inspectors": "出动检查人员",
}
