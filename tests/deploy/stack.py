"""The whole of docker-compose.yml under a project name, a port and an image of its own, and who sends it tips."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import free_port
from shared.kernel.contracts import SERVICES
from tests.deploy.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
TIP = "巴公镇一家气体充装站给超期没检验的气瓶充装，夜里装车拉走。"
SECONDS_TO_HEAL = 120
_TIPS = "SELECT DISTINCT originator_id FROM stored_events WHERE topic = 'intake.TipTriaged'"
_CASES = "SELECT tip, id FROM cases WHERE tip IS NOT NULL AND state <> 'taken_back'"
_LEFT = "SELECT stream FROM taken_back WHERE reason IS NOT NULL"


class Stack:
    """The whole of docker-compose.yml under a project name, a port and an image of its own."""

    def __init__(self, name: str = "test", **settings: str) -> None:
        self.folder = ROOT
        self.port = free_port()
        self.image = f"bihuan:test-{os.getpid()}"
        self.environment = {**os.environ, "COMPOSE_PROJECT_NAME": f"bihuan-{name}-{os.getpid()}", **settings}
        self.environment |= {"BIHUAN_PORT": str(self.port), "BIHUAN_IMAGE": self.image, "COMPOSE_PROGRESS": "plain"}
        self.environment["BIHUAN_GATEWAY_NETWORK"] = f"10.231.{(os.getpid() + len(name)) % 240}"  # beside others
        self.seconds_to_healthy = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def docker(self, *arguments: str) -> str:
        """Standard output; raises with everything that was said if it failed."""
        done = subprocess.run(
            ["docker", *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise AssertionError(f"docker {' '.join(arguments)}: {done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done.stdout

    def compose(self, *arguments: str) -> str:
        return self.docker("compose", *arguments)

    def up(self) -> None:
        began = time.monotonic()
        try:
            self.compose("up", "--detach", "--wait", "--wait-timeout", "300")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.compose('logs', '--tail', '30')}") from error
        self.seconds_to_healthy = time.monotonic() - began

    def container(self, service: str) -> str:
        return self.compose("ps", "--quiet", service).strip()

    def inspect(self, service: str, what: str) -> Any:
        return json.loads(self.docker("inspect", "--format", f"{{{{json {what}}}}}", self.container(service)))

    def run_in(self, service: str, *command: str) -> str:
        return self.compose("exec", "--no-TTY", service, *command)

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        """As a member of the office, with the password that `accounts` prints."""
        rows = [line.split("\t") for line in self.accounts().splitlines()]
        name, password = next((row[0], row[1]) for row in rows if row[0].startswith("office-"))
        with httpx.Client(base_url=self.url, trust_env=False, timeout=30) as client:
            answer = client.post("/sign-in", data={"name": name, "password": password, "next": "/desk"})
            if answer.status_code == 200:  # the first time: with a first password one chooses another
                chosen = f"{password} and more"
                fields = {"name": name, "current": password, "new": chosen, "again": chosen, "next": "/desk"}
                answer = client.post("/password", data=fields)
            else:
                answer = client.post("/sign-in", data={"name": name, "password": f"{password} and more"})
            assert answer.status_code == 303, answer.text
            yield client

    def accounts(self) -> str:
        return self.compose("run", "--rm", "--no-TTY", "setup", "accounts")

    def tools(self, *arguments: str) -> str:
        return self.compose("run", "--rm", "--no-TTY", "tools", *arguments)

    def post_tip(self) -> dict[str, str]:
        answer = httpx.post(f"{self.url}/api/intake/v1/tips", json={"text": TIP}, trust_env=False, timeout=30)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def cases_opened(self, client: httpx.Client) -> list[dict[str, Any]]:
        """From the public feed of cases."""
        items = client.get("/api/cases/v1/events", params={"limit": 500}).json()["items"]
        return [item for item in items if item["type"] == "bihuan.cases.CaseOpened.v1"]

    def sql(self, database: str, query: str) -> list[list[str]]:
        """The rows, as the administrator of the databases sees them."""
        said = self.run_in("postgres", "psql", "-U", "postgres", "-d", database, "-AtF", "\t", "-c", query)
        return [line.split("\t") for line in said.splitlines()]

    def health(self, service: str) -> str:
        return str(self.inspect(service, ".State.Health.Status"))

    def destroy(self) -> None:
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans")

    def left_behind(self) -> str:
        """Identifiers of what Docker still has of the project."""
        ours = f"label=com.docker.compose.project={self.environment['COMPOSE_PROJECT_NAME']}"
        kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        return "".join(self.docker(*kind, "--quiet", "--filter", ours) for kind in kinds)

    def volume(self, name: str) -> str:
        """The name of a volume, as Docker knows it."""
        return f"{self.environment['COMPOSE_PROJECT_NAME']}_{name}"

    def in_volumes(self, script: str, *volumes: str) -> str:
        """Run a shell script as root with the volumes mounted at /1, /2 …"""
        mounts = [argument for n, one in enumerate(volumes, 1) for argument in ("--volume", f"{one}:/{n}")]
        return self.docker("run", "--rm", "--user", "0:0", "--entrypoint", "sh", *mounts, self.image, "-c", script)

    def ends_equal(self, known: list[str]) -> float:
        """Without a hand: everybody is well, both sides of the bus agree, read tables are what the events make of them,
        and every tip, those of `known` among them, has exactly one case, every case its tip. Seconds until then."""
        began = time.monotonic()
        eventually(lambda: all(self.health(name) == "healthy" for name in LASTING), SECONDS_TO_HEAL)
        eventually(self.is_ready, SECONDS_TO_HEAL)  # Docker takes several checks to see that one is not
        eventually(self._agrees, SECONDS_TO_HEAL)
        eventually(lambda: not self.unequal(), SECONDS_TO_HEAL)
        seconds = time.monotonic() - began
        tips = {tip for (tip,) in self.sql("bihuan_intake", _TIPS)}
        assert set(known) <= tips, f"{len(set(known) - tips)} acknowledged tips of {len(known)} are not known"
        rebuilt = json.loads(self.compose("run", "--rm", "--no-TTY", "rebuild", "--json"))
        tables = [one for service in rebuilt["services"].values() for one in service["tables"].values()]
        assert len(tables) > len(SERVICES)
        assert all(one["equal"] for one in tables), rebuilt
        return seconds

    def is_ready(self) -> bool:
        """Whether each service says so now."""
        asked = [httpx.get(f"{self.url}/api/{name}/ready", trust_env=False, timeout=10) for name in SERVICES]
        return all(answer.status_code == 200 for answer in asked)

    def _agrees(self) -> bool:
        try:
            return bool(json.loads(self.tools("reconcile", "--json"))["equal"])
        except AssertionError:  # it had to send something again, or somebody is not there yet
            return False

    def unequal(self) -> list[str]:
        """Tips without their one case, and cases without their tip that nobody was asked to look at."""
        tips = {tip for (tip,) in self.sql("bihuan_intake", _TIPS)}
        cases = [(tip, id_) for tip, id_ in self.sql("bihuan_cases", _CASES)]
        left = {stream for (stream,) in self.sql("bihuan_cases", _LEFT)}
        count = Counter(tip for tip, _ in cases)
        wrong = [f"tip {tip} has {count[tip]} cases" for tip in sorted(tips) if count[tip] != 1]
        return wrong + [f"case {id_} has no tip" for tip, id_ in cases if tip not in tips and id_ not in left]


LASTING = (*SERVICES, "postgres", "nats", "keeper", "rebuilder", "gateway")


@dataclass
class Citizens:
    """Send tips one after another while they are entered; what is refused or breaks off is sent again, with its key."""

    url: str
    acknowledged: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Citizens:
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def until(self, more: int) -> list[str]:
        """Wait for so many more that are acknowledged; all that are."""
        wanted = len(self.acknowledged) + more
        eventually(lambda: len(self.acknowledged) >= wanted, SECONDS_TO_HEAL)
        return list(self.acknowledged)

    def _send(self) -> None:
        n = 0
        with httpx.Client(base_url=self.url, timeout=20, trust_env=False) as client:
            while not self._over.is_set():
                n += 1
                if not self._sent(client, n):
                    return
                time.sleep(0.05)

    def _sent(self, client: httpx.Client, n: int) -> bool:
        """Whether number `n` was acknowledged before this was over."""
        body = {"text": f"{TIP}第 {n} 次反映。"}
        while not self._over.is_set():
            try:
                answer = client.post(
                    "/api/intake/v1/tips", json=body, headers={"Idempotency-Key": f"citizen-{id(self)}-{n}"}
                )
            except httpx.TransportError as error:
                self.refused[type(error).__name__] += 1
            else:
                if answer.status_code == 201:
                    self.acknowledged.append(answer.json()["tip"])
                    return True
                self.refused[str(answer.status_code)] += 1
            time.sleep(0.2)
        return False
