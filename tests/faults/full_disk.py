"""python -m tests.faults.full_disk nats|postgres [--seconds 40]: the disk under one server is full for a while.

A file system of its own (tmpfs, so it takes an administrator of the machine) lies under the server's folder of a whole
installation, is filled while tips come, and gets room again. What was acknowledged must become one case each, and
everything must flow within a minute of room, without a hand. Not among the tests: they need no rights.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import psycopg
from psycopg.conninfo import make_conninfo

from deploy.local import state
from deploy.local.layout import Layout
from tests.faults.test_the_drill import TEXT, installation

FOLDERS = {"nats": "nats", "postgres": "postgres"}
SIZE = "400m"
FLOWS_WITHIN = 60.0
OPENED = "SELECT convert_from(state, 'UTF8')::json->'data'->>'tip' FROM stored_events WHERE topic = 'cases.CaseOpened'"


class Citizens(threading.Thread):
    """Send tips, each until it is answered; whoever is told 5xx comes again with the same key."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.acknowledged: list[str] = []
        self.told: Counter[int] = Counter()
        self.over = threading.Event()

    def run(self) -> None:
        n = 0
        with httpx.Client(base_url=self.url, timeout=20, trust_env=False) as client:
            while not self.over.is_set():
                n += 1
                self._until_answered(client, n)

    def _until_answered(self, client: httpx.Client, n: int) -> None:
        while not self.over.is_set():
            headers = {"Idempotency-Key": f"full-{n}"}
            try:
                answer = client.post("/api/intake/v1/tips", json={"text": TEXT.format(n=n)}, headers=headers)
            except httpx.TransportError:
                self.told[0] += 1
                time.sleep(0.2)
                continue
            self.told[answer.status_code] += 1
            if answer.status_code == 201:
                self.acknowledged.append(answer.json()["tip"])
                time.sleep(0.04)
                return
            time.sleep(0.2)


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        except OSError:
            return filler


def ready(data: Path) -> bool:
    return all(one["ready"] for one in state.status(data)["services"].values())


def main() -> int:
    """0 if nothing was lost and all flowed again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", choices=FOLDERS)
    parser.add_argument("--seconds", type=float, default=40.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as under:
        data = Path(under) / "data"
        folder = Layout.of(data).data / FOLDERS[given.server]
        folder.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0755", "tmpfs", str(folder)], check=True)
        try:
            with installation(data) as (url, _):
                return _fill_and_look(data, folder, url, given.seconds)
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def _fill_and_look(data: Path, folder: Path, url: str, seconds: float) -> int:
    citizens = Citizens(url)
    citizens.start()
    time.sleep(4)
    filler = fill(folder)
    began, unready = time.monotonic(), None
    while time.monotonic() - began < seconds:
        if unready is None and not ready(data):
            unready = time.monotonic() - began
        time.sleep(0.5)
    said = dict(citizens.told)
    filler.unlink()
    room, again = time.monotonic(), None
    while time.monotonic() - room < FLOWS_WITHIN and again is None:
        again = time.monotonic() - room if ready(data) else None
        time.sleep(0.5)
    time.sleep(3)
    citizens.over.set()
    citizens.join(30)
    administrator = state.read(data)["postgres"]["dsn"]
    deadline = time.monotonic() + FLOWS_WITHIN
    while True:
        with psycopg.connect(make_conninfo(administrator, dbname="bihuan_cases")) as connection:
            cases = Counter(tip for (tip,) in connection.execute(OPENED).fetchall())
        wrong = [tip for tip in citizens.acknowledged if cases[tip] != 1]
        if not wrong or time.monotonic() > deadline:
            break
        time.sleep(1)
    print(
        f"acknowledged {len(citizens.acknowledged)}; answers while it was full {said}, in all {dict(citizens.told)}; "
        f"not ready after {unready and round(unready, 1)} s; ready {again and round(again, 1)} s after room; "
        f"without their one case: {len(wrong)}"
    )
    return 1 if wrong or again is None or unready is None else 0


if __name__ == "__main__":
    sys.exit(main())
