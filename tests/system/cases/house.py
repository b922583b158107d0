"""*cases* as it runs: child processes on real servers, asked over HTTP, with a stand-in for *intake* on the bus."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from nats.aio.client import Client

from deploy.local.nats import EmbeddedNats
from deploy.local.ports import free_port
from deploy.local.process import spawn, tail
from deploy.local.services import DEFAULT_CAMPAIGN, inherited_environment
from services.cases.projections import PROJECTOR
from shared.kernel.contracts.internal.intake import TipTriaged
from shared.kernel.roles import ROLES
from shared.platform.event_store import canonical
from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import FeedRow
from shared.platform.service.rebuild import rebuild
from shared.platform.web.session import SessionSigner
from tests.services.cases.desk import at, triaged
from tests.support.bus import everything_in, holds
from tests.support.documented import as_documented, check_messages
from tests.support.running import PRIVATE_PEM, PUBLIC_PEM, Clock, ServiceDatabase
from tests.support.seals import sealed, sealer, write_keys
from tests.support.waiting import until

SERVICE = ("services.cases",)
UNANSWERED = "SELECT count(*) FROM timers WHERE fired IS NULL AND NOT stopped AND due <= %s"
PEOPLE = {
    "director": ("p-office-deputy", "city"),
    "office": ("p-contact", "city"),
    "county": ("p-zezhou-1", "140525"),
    "principal": ("p-zezhou", "140525"),
    "station": ("p-zezhou-station", "140525"),
    "gaoping": ("p-gaoping-1", "140581"),
    "group": ("p-g1-1", "g1"),
    "other-group": ("p-g3-1", "g3"),
    "team": ("p-enforcement", "enforcement-team"),
    "taskforce": ("p-vice-mayor", "city"),
    "auditor": ("p-auditor", "city"),
    "hotline": ("p-hotline-1", "city"),
}
CLEARED: dict[str, Any] = {"text": "经查，查无实据。", "conclusion": "not_borne_out"}
"""A result that fits at any time."""
STEP: dict[str, Any] = {"step": "site_inspection", "text": "已到现场。", "evidence": ["检查记录 1"]}


def token(who: str, **more: Any) -> str:
    person, unit = PEOPLE[who]
    role = {"gaoping": "county", "other-group": "group", "team": "group"}.get(who, who)
    return SessionSigner(PRIVATE_PEM, ROLES).sign(person, role, unit, kind="api", **{"life": timedelta(hours=1)} | more)


@dataclass
class House:
    """The servers of one test or module, and the address at which its *cases* listens, whichever process that is."""

    database: ServiceDatabase
    nats: EmbeddedNats
    folder: Path
    clock: Clock
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    answers: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "cases.log"

    def launch(self, module: Sequence[str] = SERVICE, port: int | None = None) -> subprocess.Popen[bytes]:
        """Start a process and do not wait."""
        secrets = self.folder / "secrets"
        write_keys(secrets, "cases")
        (secrets / "session_private.pem").write_bytes(PRIVATE_PEM)
        (secrets / "session_public.pem").write_bytes(PUBLIC_PEM)
        (secrets / "address_pepper").write_bytes(b"p" * 32)
        access = "bihuan_access"
        environment = inherited_environment() | {
            "BIHUAN_HTTP_PORT": str(port or self.port),
            "BIHUAN_POSTGRES_DSN": self.database.role("writer"),
            "BIHUAN_POSTGRES_READER_DSN": self.database.role("reader"),
            "BIHUAN_ACCESS_DSN": self.database.server.dsn(access, f"{access}_writer"),
            "BIHUAN_NATS_URL": self.nats.url,
            "BIHUAN_NATS_NKEY_FILE": str(self.nats.seed_file("cases")),
            "BIHUAN_CAMPAIGN": str(DEFAULT_CAMPAIGN),
            "BIHUAN_SECRETS": str(secrets),
            "BIHUAN_CLOCK": "row",
            "BIHUAN_PUBLIC_URL": self.url,
        }
        process = spawn([sys.executable, "-P", "-m", *module], log=self.log, environment=environment)
        self.processes.append(process)
        return process

    def start(self, module: Sequence[str] = SERVICE, port: int | None = None) -> subprocess.Popen[bytes]:
        """Start a process and wait until it is ready, or has died on its way."""
        process = self.launch(module, port)

        async def ready() -> bool:
            async with httpx.AsyncClient() as client:
                with suppress(httpx.TransportError):
                    answer = await client.get(f"http://127.0.0.1:{port or self.port}/ready")
                    return answer.status_code == 200
            return process.poll() is not None

        try:
            asyncio.run(until(ready, 60))
        except TimeoutError as error:
            raise AssertionError(f"cases did not get ready:\n{tail(self.log, 20)}") from error
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9."""
        process.kill()
        process.wait()

    def stop(self) -> None:
        for process in self.processes:
            self.kill(process)
        self.processes.clear()

    # --- asking ---

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self.url, timeout=20, event_hooks=as_documented(self.url)) as client:
            yield client

    async def ask(
        self, method: str, path: str, by: str, *, key: str | None = None, version: Any = None, **more: Any
    ) -> httpx.Response:
        """One request by one of PEOPLE."""
        headers = {"Authorization": f"Bearer {token(by)}"} | more.pop("headers", {})
        if key is not None:
            headers["Idempotency-Key"] = key
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        async with self.client() as client:
            return await client.request(method, path, headers=headers, **more)

    async def get(self, path: str, by: str = "auditor") -> Any:
        """The JSON of a GET that must succeed."""
        answer = await self.ask("GET", path, by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def open(self, by: str = "county", **more: Any) -> str:
        """A case that `by` opens."""
        body = {"matter": "气瓶未检", "enterprise": "甲气站"} | more
        answer = await self.ask("POST", "/api/cases/v1/cases", by, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case"])

    async def give(self, case: str, command: str, by: str, *, version: int | None = None, **body: Any) -> Any:
        """A command that must succeed; what the giver is told."""
        answer = await self.ask("POST", f"/api/cases/v1/cases/{case}/{command}", by, version=version, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def insist(self, client: httpx.AsyncClient, path: str, by: str, key: str, body: Any) -> Any:
        """As a careful client: the same request with the same key until it is answered, whatever becomes of servers."""
        headers = {"Authorization": f"Bearer {token(by)}", "Idempotency-Key": key}
        while True:
            with suppress(httpx.TransportError):
                answer = await client.post(path, json=body, headers=headers)
                if answer.status_code != 503:
                    assert answer.is_success, answer.text
                    self.answers += 1
                    return answer.json()
            await asyncio.sleep(0.05)

    async def passed(self, instant: str) -> None:
        """Move the clock and wait until nothing is due any more."""
        moment = at(instant)
        self.clock.set(moment)
        await until(lambda: self.database.one(UNANSWERED, (moment,)) == 0)

    # --- looking ---

    def count(self, table: str = "stored_events") -> int:
        return int(self.database.one(f"SELECT count(*) FROM {table}"))

    def events(self, case: str) -> list[str]:
        """The names of a case's events."""
        return [topic.removeprefix("cases.") for _, topic in self.database.events_of(case)]

    async def feed(self, by: str = "auditor") -> list[dict[str, Any]]:
        """The public feed over HTTP, page by page."""
        items: list[dict[str, Any]] = []
        after = 0
        while after is not None:
            page = await self.get(f"/api/cases/v1/events?after={after}&limit=100", by)
            items += page["items"]
            after = page["next"]
        return items

    async def check_invariants(self, bus: Client) -> None:
        """I2, I4 and I6 of an installation that is quiet. The bus is given time to catch up."""
        gaps = """SELECT originator_id FROM stored_events GROUP BY 1
                  HAVING max(originator_version) <> count(*) OR min(originator_version) <> 1"""
        assert self.database.rows(gaps) == [], "I2"
        assert await self.rebuilt_differs() == {}, "I4"
        feed = await self.feed()
        assert [int(item["sequence"]) for item in feed] == list(range(1, len(feed) + 1))

        async def on_the_bus() -> bool:
            if not await holds(bus, "BIHUAN_PUBLIC", len(feed)):
                return False
            messages = await everything_in(bus, "BIHUAN_PUBLIC")
            check_messages(messages, self.url)
            return [canonical.decode(message.data or b"") for message in messages] == feed

        await until(on_the_bus)
        internal = self.database.rows("SELECT sequence, name FROM internal_events ORDER BY 1")
        await until(lambda: holds(bus, "BIHUAN_CASES", len(internal)))
        sent = await everything_in(bus, "BIHUAN_CASES")
        check_messages(sent, self.url)
        messages = [cloudevents.decode(one.data or b"") for one in sent]
        assert [(one.number, one.name) for one in messages] == internal, "I6"

    async def rebuilt_differs(self) -> dict[str, int]:
        """How many rows of each read table are not what the stored events make of them; only where some are."""
        found = await rebuild(self.database.server.dsn(self.database.name), PROJECTOR, {})
        return {name: table.differing for name, table in found.tables.items() if table.differing}


@dataclass
class Neighbour:
    """Speaks on the bus as another service does."""

    bus: Client
    service: str = "intake"
    sent: int = 0

    async def say(self, name: str, key: str, data: bytes, at: datetime) -> None:
        """The next event of the feed, whatever it holds."""
        self.sent += 1
        row = FeedRow(self.sent, name, key, 1, key, at.isoformat(), at.isoformat(), data.decode())
        body = cloudevents.encode(cloudevents.compose(row, self.service, f"/bihuan/test/{self.service}", ""))
        stream, subject = f"BIHUAN_{self.service.upper()}", cloudevents.subject(row, self.service)
        await self.bus.jetstream().publish(subject, body, stream=stream, headers=self.headers(body))

    def headers(self, body: bytes) -> dict[str, str]:
        """Of the message with the event that was numbered last."""
        return {"Nats-Msg-Id": sealer(self.service).message_id("int", self.sent)} | sealed(self.service, body)

    async def tell(self, event: Any, key: str, at: datetime) -> None:
        """The next event of the feed."""
        await self.say(type(event).__name__, key, canonical.encode(event), at)


class Intake(Neighbour):
    """Speaks on the bus as *intake* does."""

    async def triage(self, *tips: TipTriaged) -> None:
        for tip in tips:
            await self.tell(tip, tip.tip, tip.triaged_at)


def tips(number: int) -> list[TipTriaged]:
    return [triaged(tip=f"0190a5c0-0000-7000-8000-{n:012}") for n in range(1, number + 1)]
