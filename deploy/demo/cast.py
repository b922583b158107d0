"""The cast: everybody who acts in the play, each with a token of their own, over the API that all others use."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from shared.kernel.campaign import Campaign
from shared.platform.web.session import SessionSigner

PATIENCE = 180.0
RETRIES = (httpx.TransportError,)
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class Unanswered(Exception):
    """No answer came for three minutes."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that was refused, with what the problem document said."""

    path: str
    status: int
    detail: str


class Cast:
    """Speaks for every person of the campaign. What is asked is repeated, with its key, until it is answered."""

    def __init__(self, http: str, campaign: Campaign, signer: SessionSigner) -> None:
        self._client = httpx.Client(base_url=http, timeout=30, limits=httpx.Limits(keepalive_expiry=20))
        self._campaign = campaign
        self._signer = signer
        self._tokens: dict[tuple[str, str, str], str] = {}
        self.refused: list[Refused] = []
        self.given = 0

    def get(self, path: str, **query: Any) -> Any:
        """What the office reads at `path`."""
        answer = self._send("GET", path, self._token(self.office(0)), None, None, query)
        answer.raise_for_status()
        return answer.json()

    def every(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor: Any = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor is not None else {}))
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def wait_for(self, path: str) -> list[dict[str, Any]]:
        """All items of a list that somebody else is about to fill. Raises Unanswered after three minutes."""
        deadline = time.monotonic() + PATIENCE
        while not (items := self.every(path)):
            if time.monotonic() > deadline:
                raise Unanswered(f"{path}: 一直为空 / nothing came")
            time.sleep(0.2)
        return items

    def say(self, path: str, body: Any, key: str) -> Any:
        """What a citizen sends."""
        return self._given(self._send("POST", path, None, body, key), path)

    def give(
        self, who: tuple[str, str, str], path: str, body: Any, key: str, version: int | None = None
    ) -> Any | None:  # fmt: skip
        """A command of (person, role, unit), who has seen this version; its answer, or None where it was refused, which
        is kept in `refused`."""
        return self._given(self._send("POST", path, self._token(who), body, key, version=version), path)

    # --- who acts ---

    def office(self, n: int) -> tuple[str, str, str]:
        """The n-th officer of the campaign office."""
        people = [one for one in self._campaign.people_with("office") if one.unit == "campaign-office"]
        return people[n % len(people)].id, "office", "city"

    def one(self, role: str) -> tuple[str, str, str]:
        """The first holder of a city-wide role."""
        return self._campaign.people_with(role)[0].id, role, "city"

    def of(self, role: str, unit: str) -> tuple[str, str, str]:
        """The first holder of a role in a unit; of a group, the first member without another seat, who need not
        recuse."""
        people = self._campaign.people_with(role, unit)
        if role == "group":
            people = (*(one for one in people if not self._campaign.dual_roles(one.id)), *people)
        return (people[0].id if people else f"demo-{role}-{unit}"), role, unit

    def head(self, unit: str) -> tuple[str, str, str]:
        """Who signs for a county-level unit or a group: its principal, its leader."""
        leader = self._campaign.leader_of(unit)
        return (leader, "group", unit) if leader is not None else self.of("principal", unit)

    def close(self) -> None:
        """Leave the stage."""
        self._client.close()

    def _token(self, who: tuple[str, str, str]) -> str:
        if who not in self._tokens:
            self._tokens[who] = self._signer.sign(*who, kind="api", life=timedelta(hours=12))
        return self._tokens[who]

    def _given(self, answer: httpx.Response, path: str) -> Any | None:
        self.given += 1
        if answer.is_success:
            return answer.json()
        self.refused.append(Refused(path, answer.status_code, str(answer.json().get("detail", answer.text))))
        return None

    def _send(
        self, method: str, path: str, token: str | None, body: Any, key: str | None, query: Any = None,
        version: int | None = None,
    ) -> httpx.Response:  # fmt: skip
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        deadline = time.monotonic() + PATIENCE
        while True:
            said: str
            try:
                answer = self._client.request(method, path, json=body, headers=headers, params=query)
                if answer.status_code not in TRY_AGAIN:
                    return answer
                said = f"{answer.status_code} {answer.text[:200]}"
            except RETRIES as error:
                said = str(error)
            if time.monotonic() > deadline:
                raise Unanswered(f"{method} {path}: {said}")
            time.sleep(0.1)
