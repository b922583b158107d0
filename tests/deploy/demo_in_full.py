"""The whole demo, played for real: `./bihuan test tests/deploy/demo_in_full.py`. Minutes long, so not among all tests.

The table is counted again from the public feeds alone; the same seed gives the same table, also when two children are
killed on the way.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local import state
from deploy.local.ports import free_port
from tests.support.documented import check_answer
from tests.support.recount import recount
from tests.support.strict_readers import npm, read_by_python, refused_by_javascript

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
SERVICES = ("intake", "cases", "assessment", "notify")
LONGEST = 900.0


class Played:
    """One demo in a data directory of its own."""

    def __init__(self, data: Path, *more: str) -> None:
        self.data = data
        self.port = free_port()
        command = [
            sys.executable,
            "-P",
            "-m",
            "deploy.cli",
            "demo",
            "--json",
            "--data",
            str(data),
            "--port",
            str(self.port),
            *more,
        ]
        self._lines: list[str] = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)

    def table(self) -> dict[str, Any]:
        """What it printed at the end; the console is still up then."""
        deadline = time.monotonic() + LONGEST
        while not any(line.startswith("ready ") for line in self._lines):
            assert self.process.poll() is None, "the demo ended before its table"
            assert time.monotonic() < deadline, "the demo did not come to its end"
            time.sleep(0.5)
        found: dict[str, Any] = json.loads(next(line for line in self._lines if line.startswith("{")))
        return found

    def feeds(self) -> dict[str, list[dict[str, Any]]]:
        """The public feeds, as a subscriber with an auditor's token reads them."""
        token = subprocess.check_output(
            [sys.executable, "-P", "-m", "deploy.cli", "token", "--role", "auditor", "--data", str(self.data)],
            text=True,
            env=ENVIRONMENT,
        ).strip()
        found: dict[str, list[dict[str, Any]]] = {}
        with httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            event_hooks={"response": [self._look]},
        ) as client:
            for service in SERVICES:
                events: list[dict[str, Any]] = []
                while (
                    page := client.get(f"/api/{service}/v1/events", params={"after": len(events), "limit": 500})
                    .raise_for_status()
                    .json()["items"]
                ):
                    events += page
                found[service] = events
        return found

    def _look(self, answer: httpx.Response) -> None:
        answer.read()
        check_answer(answer, f"http://127.0.0.1:{self.port}")

    def kill_every_child_once(self, seed: int) -> None:
        """Kill each service and server with -9, at random instants of the first minutes."""
        chance = random.Random(seed)
        names = [*SERVICES, "nats", "postgres", "gateway"]
        chance.shuffle(names)
        while not (self.data / "run").exists() or not _running(self.data):
            time.sleep(0.5)
        for name in names:
            time.sleep(chance.uniform(3, 9))
            found = state.read(self.data)
            entry = found["services"].get(name) or found["servers"][name]
            os.kill(entry["pid"], signal.SIGKILL)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def _running(data: Path) -> bool:
    try:
        found = state.status(data)["services"]
        return set(found) == set(SERVICES) and all(one["ready"] for one in found.values())
    except (state.NotRunning, OSError, ValueError):
        return False


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    played = Played(tmp_path_factory.mktemp("undisturbed") / "data")
    yield played
    played.stop()


def test_every_invariant_holds(undisturbed: Played) -> None:
    assert all(undisturbed.table()["invariants"].values()), undisturbed.table()["invariants"]


def test_every_number_can_be_counted_again_from_the_public_feeds_alone(undisturbed: Played) -> None:
    printed = undisturbed.table()
    counted = recount(undisturbed.feeds())
    assert counted == {key: value for key, value in printed.items() if key not in ("seed", "invariants")}


def test_every_public_event_is_read_by_the_python_package(undisturbed: Played) -> None:
    for event in everything(undisturbed):
        read_by_python(event)


@pytest.mark.skipif(npm() is None, reason="node and npm are needed for the JavaScript package of CloudEvents")
def test_every_public_event_is_read_by_the_javascript_package(undisturbed: Played, tmp_path: Path) -> None:
    assert refused_by_javascript(everything(undisturbed), tmp_path) == []


def everything(played: Played) -> list[dict[str, Any]]:
    """The public events of all services."""
    found = [event for events in played.feeds().values() for event in events]
    assert found
    return found


def test_the_same_seed_gives_the_same_table_whatever_is_killed(undisturbed: Played, tmp_path: Path) -> None:
    expected = undisturbed.table()
    disturbed = Played(tmp_path / "data")
    try:
        disturbed.kill_every_child_once(seed=1)
        disturbed.kill_every_child_once(seed=2)
        assert disturbed.table() == expected
    finally:
        disturbed.stop()
