"""*assessment* over HTTP: its papers, who gives a command, and who looks at a page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionSigner
from tests.support import running
from tests.support.life import SHANGHAI
from tests.support.running import Running

API = "/api/assessment/v1"
HTML = {"Accept": "text/html"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def filings(service: Running, state: str | None = None) -> int:
    query = "SELECT count(*) FROM filings WHERE state = %s OR %s::text IS NULL"
    return int(service.database.rows(query, (state, state))[0][0])


async def give(
    service: Running, path: str, role: str, unit: str = "city", person: str | None = None, **body: Any
) -> tuple[int, dict[str, Any]]:
    """POST to the API as a role, or as one person in it."""
    async with service.client(role, unit) as client:
        if person is not None:
            signer = SessionSigner(running.PRIVATE_PEM, ROLES)
            signed = signer.sign(person, role, unit, kind="api", life=timedelta(hours=1))
            client.headers["Authorization"] = f"Bearer {signed}"
        answer = await client.post(f"{API}{path}", json=body)
    return answer.status_code, answer.json()


async def digest(service: Running, path: str) -> str:
    """The digest of what stands there now, as the office reads it."""
    found = await service.get(API + path, "office")
    return str(found.get("digest") or found["computed"]["digest"])


async def sign(
    service: Running, path: str, command: str, role: str, unit: str = "city", person: str | None = None
) -> tuple[int, dict[str, Any]]:
    """POST to the API with the digest of what stands at `path`."""
    return await give(service, f"{path}/{command}", role, unit, person, digest=await digest(service, path))


async def page(service: Running, path: str, role: str = "office", unit: str = "city") -> str:
    async with service.client(role, unit) as client:
        answer = await client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text
