"""A running installation that is asked whatever its own OpenAPI documents allow, and much that they do not.

Schemathesis makes the requests from a service's document: valid ones, and ones that break it in one place. Each is
sent as a visitor or by one of the seats, and often about something that exists, else every answer would be 404. The
only judgement is that no answer is a 5xx; what is right is other tests' business. The same seed asks the same.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from deploy.local import state
from deploy.local.layout import Layout
from deploy.local.ports import free_port
from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionSigner
from tests.support.in_memory import at
from tests.support.waiting import address_when_ready

ROOT = Path(__file__).resolve().parents[2]
SEATS = {
    "director": "city", "office": "city", "admin": "city", "auditor": "city", "hotline": "city", "taskforce": "city",
    "county": "140525", "principal": "140525", "station": "140525", "group": "g1",
}  # fmt: skip
NOW = at("2022-01-21 12:00")
CODES = {
    "unit": ["140525", "140581", "g1", "city"], "month": ["2022-01", "final"], "week": ["1", "4"], "n": ["1"],
    "figure": ["overdue", "closed"], "name": ["closed", "commitments"], "kind": ["commitment", "plan"],
    "producer": ["cases", "intake"], "sequence": ["1"],
}  # fmt: skip
"""What stands for a part of a path that is a code."""


@dataclass
class Target:
    """An installation, and what exists in it, by the part of a path that it stands for."""

    url: str
    tokens: Mapping[str, str]
    known: dict[str, list[str]] = field(default_factory=lambda: {name: list(codes) for name, codes in CODES.items()})

    def headers(self, seat: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[seat]}"} if seat else {}

    def client(self, seat: str | None) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers(seat), timeout=60, trust_env=False)

    def document(self, service: str) -> dict[str, Any]:
        """What a service says of itself."""
        with self.client(None) as client:
            found: dict[str, Any] = client.get(f"/api/{service}/openapi.json").raise_for_status().json()
        return found

    def path(self, template: str) -> str:
        """An address of something that exists, as far as it is known."""
        for part, known in self.known.items():
            template = template.replace(f"{{{part}}}", known[0])
        return template

    def begin(self) -> None:
        """Something of each kind."""
        for _ in range(3):
            tip = self._make(None, "/api/intake/v1/tips", {"text": "巴公镇充装站充装超期未检的液化气瓶"})
            self.known.setdefault("tip", []).append(tip["tip"])
            self.known.setdefault("code", []).append(tip["receipt"])
            case = self._make("county", "/api/cases/v1/cases", {"matter": "气瓶未检", "enterprise": "甲气站"})
            self.known.setdefault("case", []).append(case["case"])
        self._make(
            "county", "/api/assessment/v1/inspections", {"enterprise": "甲气站", "findings": [{"matter": "超装"}]}
        )
        item = {"kind": "progress", "title": "整治进展", "text": "本周检查充装单位。"}
        drafted = self._make("office", "/api/notify/v1/disclosures/draft", item)
        self.known["disclosure"] = [drafted["disclosure"]]

    def _make(self, seat: str | None, path: str, body: dict[str, Any]) -> Any:
        with self.client(seat) as client:
            return client.post(path, json=body).raise_for_status().json()


@contextmanager
def target(data: Path) -> Iterator[Target]:
    """All four services behind the gateway, in the middle of the campaign."""
    layout = Layout.of(data)
    layout.create()
    layout.simulated.touch()  # the clock is then the row of the access database
    log = data.with_suffix(".log")
    command = [sys.executable, "-m", "deploy.cli", "up", "--data", str(data), "--port", str(free_port())]
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT) as process:
        try:
            url = address_when_ready(log, process)
            with psycopg.connect(state.read(data)["postgres"]["dsn"], dbname="bihuan_access") as access:
                access.execute("UPDATE clock SET instant = %s, running = true, set_at = now()", (NOW,))
            signer = SessionSigner((layout.secrets / "cases" / "session_private.pem").read_bytes(), ROLES)
            tokens = {
                role: signer.sign(f"p-{role}", role, unit, kind="api", life=timedelta(hours=2))
                for role, unit in SEATS.items()
            }
            found = Target(url, tokens)
            found.begin()
            yield found
        finally:
            process.terminate()
            process.wait(60)


def ask_everything(target: Target, service: str, examples: int, number: int = 0) -> Counter[int]:
    """Ask each operation of a service so many valid and as many broken requests; how often each status was answered.

    `number` seeds the draw. Raises AssertionError, with the request, at the first 5xx.
    """
    statuses: Counter[int] = Counter()
    with requests.Session() as session:
        session.trust_env = False
        for found in schemathesis.openapi.from_dict(target.document(service)).get_all_operations():
            operation = cast("Any", found).ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                try:
                    _ask(target, session, operation.as_strategy(mode), examples, number, statuses)
                except Unsatisfiable:
                    assert mode is GenerationMode.NEGATIVE, f"nothing can be asked of {operation.label}"
    return statuses


def _ask(
    target: Target, session: requests.Session, cases: Any, examples: int, number: int, statuses: Counter[int]
) -> None:
    @seed(number)
    @settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=cases, seat=st.sampled_from([None, *SEATS]), about=st.integers(0, 8))
    def ask(case: Case[Any], seat: str | None, about: int) -> None:
        for part in case.path_parameters or {}:
            known = target.known.get(part)
            if known and about:
                case.path_parameters[part] = known[about % len(known)]
        answer = case.call(base_url=target.url, session=session, headers=target.headers(seat), timeout=60)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, f"{seat}: {case.as_curl_command()} → {answer.status_code} {answer.text}"

    ask()
