"""A whole installation with stand-ins for the services, run as a person runs `up`, and what a test asks it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from deploy.local import state
from deploy.local.ports import free_port
from tests.deploy.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
UP = Path(__file__).with_name("up_with_standins.py")
# what the person who starts it has set: one setting that is passed on, and two that must not be
OPERATORS = {
    "BIHUAN_FONTS": "/fonts/of/the/operator",
    "BIHUAN_VAULT_DSN": "postgresql://left-over",
    "BIHUAN_OWNER_DSN_CASES": "postgresql://left-over",
}


class Installation:
    """`up` in a process; `said` is what it wrote so far."""

    def __init__(self, data: Path, port: int | None = None, wrong: str = "") -> None:
        self.data, self.port = data, port or free_port()
        self.said_file = data.with_name(f"{data.name}.{self.port}.said")
        with self.said_file.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-P", str(UP), str(data), str(self.port), *([wrong] if wrong else [])],
                env={**os.environ, **OPERATORS, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )

    @property
    def said(self) -> str:
        return self.said_file.read_text()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def await_ready(self) -> str:
        """The first line of its standard output; empty if it ended without one."""
        return self.process.stdout.readline() if self.process.stdout else ""

    def status(self) -> dict[str, Any]:
        return state.status(self.data)

    def children(self) -> dict[str, int]:
        """The process id of each child."""
        found = self.status()
        return {name: entry["pid"] for name, entry in {**found["servers"], **found["services"]}.items()}

    def kill_child(self, name: str) -> int:
        """kill -9; returns once another process has taken its place and everything is ready again."""
        old = self.children()[name]
        os.kill(old, signal.SIGKILL)
        return self.replaced(name, old)

    def replaced(self, name: str, old: int) -> int:
        eventually(lambda: self.children()[name] != old)
        eventually(lambda: all(service["ready"] for service in self.status()["services"].values()))
        return self.children()[name]

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and JSON of the answer at the gateway."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, body: bytes) -> tuple[int, Any]:
        return self.ask("POST", path, content=body)

    def ask(self, method: str, path: str, **request: Any) -> tuple[int, Any]:
        answer = httpx.request(method, self.url + path, timeout=60, trust_env=False, **request)
        return answer.status_code, answer.json()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(number)
        return self.process.wait()


@contextlib.contextmanager
def installed(data: Path, port: int | None = None, wrong: str = "") -> Iterator[Installation]:
    """An installation that is stopped at the end, however the test ended."""
    installation = Installation(data, port, wrong)
    try:
        yield installation
    finally:
        if installation.process.poll() is None:
            installation.end()
        if installation.process.stdout:
            installation.process.stdout.close()


def is_running(pid: int) -> bool:
    """A zombie, which waits for a parent that will not come, has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
