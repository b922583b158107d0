"""From an HTTP request to a command in the lane, and from the lane's answer back.

`Idempotency-Key` makes a repetition safe (draft-ietf-httpapi-idempotency-key-header): the key is one of the seat that
gives the command (person, role and unit), and is bound to a fingerprint of the request. Visitors cannot be told apart,
so their keys are counted with the fingerprint: what differs is another command. `If-Match` carries the version that
the sender looked at (RFC 9110 section 13.1.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from fastapi import Request

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import Contended, KeyReused, Unavailable
from shared.platform.event_store.refusal import Invalid, NotAllowed, NotNamed, Refusal, StaleVersion
from shared.platform.event_store.session import NotFound
from shared.platform.web import problems
from shared.platform.web.session import Viewer

R = TypeVar("R")
LONGEST_KEY = 200
LONGEST_VERSION = 18
"""Digits: more than any version has, and no work to read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request concerns the lane: the key, the fingerprint, the expected version (None: any)."""

    key: str
    fingerprint: bytes
    version: int | None


async def command_of(request: Request, viewer: Viewer | None, once: str | None = None) -> Asked:
    """Read the headers and the body's fingerprint; a form's key `once` stands for the header that no form can send.
    Raises BadRequest for a key or a header that cannot be."""
    given = f"form:{once}" if once else request.headers.get("idempotency-key")
    if given is not None and not (0 < len(given) <= LONGEST_KEY and given.isprintable()):
        raise problems.BadRequest("Idempotency-Key 须为 1 至 200 个可打印字符。")
    digest = hashlib.sha256(f"{request.method} {request.scope['path']}\n".encode())
    digest.update(await request.body())
    if viewer is not None:
        whose = "/".join(quote(part, safe="") for part in viewer.seat)
    else:  # strangers choose the same keys; those of our own forms are drawn
        whose = "form" if once else digest.hexdigest()
    key = f"{whose}:{given}" if given is not None else str(new_id())
    return Asked(key, digest.digest(), _expected_version(request))


def _expected_version(request: Request) -> int | None:
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    text = given.strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > LONGEST_VERSION:
        raise problems.BadRequest('If-Match 须为记录的版本号，如 "3"。')
    return int(text)


async def answer(outcome: Awaitable[R]) -> R:
    """The lane's answer, its refusals turned into problems."""
    async with told_as_problems():
        return await outcome


@asynccontextmanager
async def told_as_problems() -> AsyncIterator[None]:
    """Turn what a lane or a domain raises into problem documents."""
    try:
        yield
    except StaleVersion as error:
        raise problems.VersionConflict(error.version) from error
    except NotNamed as error:
        raise problems.PreconditionRequired(error.sentence) from error
    except NotAllowed as error:
        raise problems.Forbidden(error.sentence) from error
    except Invalid as error:
        field = {"pointer": f"/{error.field}", "detail": error.sentence}
        if error.allowed:
            field["allowed"] = list(error.allowed)  # type: ignore[assignment]
        raise problems.Invalid([field], error.sentence) from error
    except Refusal as error:
        raise problems.Refused(error.sentence, rule=error.rule, clause=error.clause) from error
    except NotFound as error:
        raise problems.NotFound() from error
    except KeyReused as error:
        raise problems.KeyReused() from error
    except (Unavailable, Contended) as error:
        raise problems.ServiceUnavailable(
            "服务暂不可用。请在 {seconds} 秒后用同一 Idempotency-Key 重试，不会重复办理。", retry_after=2
        ) from error
