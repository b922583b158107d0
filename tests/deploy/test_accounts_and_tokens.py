"""./bihuan accounts and tokens against `./bihuan up`: what an administrator ends is over in all four services."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.cli.accounts import main as accounts
from deploy.cli.token import main as token
from deploy.cli.tokens import main as tokens
from deploy.local.ports import free_port
from tests.deploy.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
NAME = "county-zezhou-1"
PASSWORD = "corecht batterij paard"
READS = ("/triage", "/cases", "/assessment", "/notices")
"""A page of each service that only who is signed in may see."""
WRITES = {
    "/api/intake/v1/tips": {"text": "代人登记", "source": "hotline"},
    "/api/cases/v1/cases": {"matter": "气瓶未检", "enterprise": "甲气站"},
    "/api/assessment/v1/dead-letters/cases/1/replay": {},
    "/api/notify/v1/dead-letters/cases/1/replay": {},
}
AT_ONCE = 1.5


@dataclass(frozen=True)
class Console:
    """A running installation and its commands."""

    url: str
    data: Path

    def run(self, main: Callable[[list[str]], int], *arguments: str) -> Any:
        """What a command that must succeed tells a script."""
        done = self.code(main, *arguments)
        assert done[0] == 0, done
        return json.loads(done[1])

    def code(self, main: Callable[[list[str]], int], *arguments: str) -> tuple[int, str, str]:
        out, errors = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", errors)
            code = main([*arguments, "--data", str(self.data), "--json"])
        return code, out.getvalue(), errors.getvalue()

    def client(self, bearer: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30, headers=headers)

    def signed_in(self) -> httpx.Client:
        client = self.client()
        assert client.post("/sign-in", data={"name": NAME, "password": PASSWORD}).status_code == 303
        return client


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """`./bihuan up` on a fresh data folder."""
    data = tmp_path_factory.mktemp("accounts") / "data"
    said = data.with_name("said")
    command = [sys.executable, "-m", "deploy.cli", "up", "--data", str(data), "--port", str(free_port())]
    with (
        said.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, text=True) as process,
    ):
        try:
            line = process.stdout.readline() if process.stdout else ""
            assert line.startswith("ready "), said.read_text()
            yield Console(line.removeprefix("ready ").strip(), data)
        finally:
            process.terminate()
            process.wait(90)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def pipe(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    return pipe


@pytest.fixture(autouse=True)
def owner(console: Console, typed: Callable[[str], None]) -> None:
    """The account is enabled and has a password of its own."""
    typed(f"{PASSWORD}\n")
    console.run(accounts, "enable", NAME)
    console.run(accounts, "password", NAME)


def may_read(client: httpx.Client) -> list[bool]:
    """Whether each service shows its page, or at least says that it is somebody else's."""
    return [client.get(path).status_code in (200, 403) for path in READS]


def is_over(client: httpx.Client) -> bool:
    return all(client.get(path).status_code == 401 for path in READS)


def within_a_second(true: Callable[[], bool], since: float) -> None:
    eventually(true)
    assert time.monotonic() - since < AT_ONCE + 1.0  # the look itself takes its time on a busy machine


def test_a_disabled_account_reads_and_writes_nothing_in_any_service(console: Console) -> None:
    session = console.signed_in()
    script = console.client(console.run(token, "--role", "county", "--unit", "140525")["token"])
    visitor = console.client()
    for client in (session, script):
        assert may_read(client) == [True] * 4
    assert is_over(visitor)
    console.run(accounts, "disable", NAME)
    since = time.monotonic()
    within_a_second(lambda: is_over(session) and is_over(script), since)
    for client in (session, script):
        for path, body in WRITES.items():
            assert client.post(path, json=body).status_code == 401, path
    assert session.post("/sign-in", data={"name": NAME, "password": PASSWORD}).status_code == 401
    code, out, told = console.code(token, "--role", "county", "--unit", "140525")
    assert (code, out) == (1, "")
    assert "停用" in told
    console.run(accounts, "enable", NAME)
    time.sleep(AT_ONCE)
    assert is_over(session)
    assert is_over(script)
    assert may_read(console.signed_in()) == [True] * 4


def test_a_new_password_ends_the_sessions_and_not_the_tokens(console: Console, typed: Callable[[str], None]) -> None:
    session = console.signed_in()
    script = console.client(console.run(token, "--role", "county", "--unit", "140525")["token"])
    typed("short\n")
    assert console.code(accounts, "password", NAME)[0] == 2
    typed("")
    first = console.run(accounts, "password", NAME)["password"]
    within_a_second(lambda: is_over(session), time.monotonic())
    assert may_read(script) == [True] * 4
    answer = console.client().post("/sign-in", data={"name": NAME, "password": first})
    assert (answer.status_code, len(answer.cookies)) == (200, 0)


def test_a_token_is_listed_by_its_name_and_ends_when_it_is_revoked(console: Console) -> None:
    given = console.run(token, "--role", "office", "--name", "夜间报表")
    script = console.client(given["token"])
    assert may_read(script) == [True] * 4
    (listed,) = [one for one in console.run(tokens, "list")["tokens"] if one["id"] == given["id"]]
    assert (listed["name"], listed["role"], listed["state"]) == ("夜间报表", "office", "active")
    assert given["token"] not in json.dumps(listed)
    console.run(tokens, "revoke", given["id"])
    within_a_second(lambda: is_over(script), time.monotonic())
    (listed,) = [one for one in console.run(tokens, "list")["tokens"] if one["id"] == given["id"]]
    assert listed["state"] == "revoked"


def test_the_list_of_accounts_says_how_each_stands(console: Console) -> None:
    def standing(name: str) -> Any:
        return next(one for one in console.run(accounts, "list")["accounts"] if one["name"] == name)

    console.signed_in()
    assert standing(NAME)["state"] == "active"
    assert standing(NAME)["last_sign_in"]
    assert standing("office-contact")["state"] == "first-password"
    for _ in range(5):
        console.client().post("/sign-in", data={"name": "office-contact", "password": "wrong"})
    assert standing("office-contact")["state"] == "locked"
    console.run(accounts, "unlock", "office-contact")
    assert standing("office-contact")["state"] == "first-password"


def test_a_second_account_is_made_for_a_person_of_the_campaign(console: Console) -> None:
    made = console.run(accounts, "add", "zezhou-second", "--person", "p-zezhou-1", "--role", "county")
    assert (made["unit"], len(made["password"])) == ("140525", 16)
    assert console.code(accounts, "add", "zezhou-second", "--person", "p-zezhou-1", "--role", "county")[0] == 2


@pytest.mark.parametrize(
    ("main", "arguments", "told"),
    [
        (accounts, ["disable", "nobody"], "nobody"),
        (accounts, ["password", "nobody"], "nobody"),
        (accounts, ["add", "x", "--person", "p-nobody", "--role", "office"], "--unit"),
        (accounts, ["add", "x", "--person", "p-zezhou-1", "--role", "director"], "county"),
        (tokens, ["revoke", "0123456789abcdef"], "tokens list"),
    ],
)
def test_what_there_is_not_is_answered_with_what_to_type(
    console: Console, main: Callable[[list[str]], int], arguments: list[str], told: str
) -> None:
    code, out, errors = console.code(main, *arguments)
    assert (code, out) == (2, "")
    assert told in errors


@pytest.mark.parametrize("main", [accounts, tokens])
def test_where_nothing_runs_the_commands_say_so(
    main: Callable[[list[str]], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list", "--data", str(tmp_path)]) == 1
    assert "./bihuan up" in capsys.readouterr().err
