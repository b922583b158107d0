"""*intake* as its own process on servers of its own, for tests that look at everything that it leaves behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg

from deploy.local.credentials import make_secrets
from deploy.local.layout import Layout
from deploy.local.nats import EmbeddedNats
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.process import end, spawn, tail
from deploy.local.services import Settings, migration_environment, module_command, service_environment
from shared.kernel.contracts import SERVICES
from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionSigner
from tests.support.documented import check_answer
from tests.support.seals import write_keys

READY_SECONDS = 60.0


class NotReady(Exception):
    """The service did not come up; the message ends with its last words."""


@dataclass
class Installation:
    """PostgreSQL, NATS and one running *intake*; `data` holds every file that they write."""

    data: Path
    postgres: EmbeddedPostgres
    nats: EmbeddedNats
    settings: Settings
    port: int
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def make(cls, data: Path) -> Installation:
        """Servers started, databases migrated, the service not yet started."""
        layout = Layout.of(data)
        layout.create()
        make_secrets(layout)
        for service in SERVICES:
            write_keys(layout.secrets / service, service)  # so that a stand-in can speak as another service
        postgres, nats = EmbeddedPostgres(data, settings={"fsync": "off"}), EmbeddedNats(data)
        postgres.start()
        nats.start()
        settings = Settings(data=data, port=free_port())
        subprocess.run(
            [sys.executable, "-m", "deploy.cli", "migrate"],
            env=migration_environment(settings, postgres, nats), check=True, capture_output=True,
        )  # fmt: skip
        return cls(data, postgres, nats, settings, free_port())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.postgres.layout.log("intake")

    def start(self) -> None:
        """Start the service and return when it is ready. Raises NotReady."""
        environment = service_environment("intake", self.port, self.settings, self.postgres, self.nats)
        self.process = spawn(module_command("intake"), log=self.log, environment=environment)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise NotReady(tail(self.log, 20))

    def restart(self) -> None:
        """End the service as an operator would, and start it again."""
        self.end_service()
        self.start()

    def stop(self) -> None:
        """Stop the service, then the servers."""
        self.end_service()
        self.nats.stop()
        self.postgres.stop()

    def end_service(self) -> None:
        """End the service as an operator would; the servers stay."""
        if self.process is not None:
            end(self.process, polite=signal.SIGTERM, seconds=20)
            self.process = None

    def rows(self, database: str, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What the administrator of the databases sees."""
        with psycopg.connect(self.postgres.dsn(database), autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    def token(self, role: str, unit: str = "city", person: str | None = None) -> str:
        """An API token, as `bihuan token` makes it."""
        key = (self.postgres.layout.secrets / "cases" / "session_private.pem").read_bytes()
        return SessionSigner(key, ROLES).sign(person or f"p-{role}", role, unit, kind="api", life=timedelta(hours=1))

    def client(self, role: str | None = None, unit: str = "city") -> httpx.Client:
        """A client of the API, signed in as `role`; a visitor without one."""
        headers = {"Authorization": f"Bearer {self.token(role, unit)}"} if role else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=20, event_hooks={"response": [self._look]})

    def _look(self, answer: httpx.Response) -> None:
        answer.read()
        check_answer(answer, self.settings.url)
