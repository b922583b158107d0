"""What befalls an installation under docker compose, done to it for real. Each ends with both sides of the bus equal.

Needs Docker with Compose and the images that docker-compose.yml names, and takes minutes: the ordinary run does not
collect this file. By name:

    ./bihuan test tests/deploy/compose_faults_on_docker.py
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.kernel.contracts import SERVICES
from tests.deploy.stack import Citizens, Stack
from tests.deploy.waiting import eventually

MANY = {"BIHUAN_RATE_FACTOR": "10000"}
OUR_USER = 10001
COPY = "rm -rf /2/..?* /2/.[!.]* /2/* && cp -a /1/. /2"


@contextmanager
def folders(at: Path) -> Iterator[dict[str, str]]:
    """Where backups go, which the containers' user may write to."""
    given = {"BIHUAN_BACKUP_FOLDER": str(at / "backups"), "BIHUAN_BACKUP_SECRETS_FOLDER": str(at / "secrets")}
    for folder in given.values():
        Path(folder).mkdir()
        os.chown(folder, OUR_USER, OUR_USER)
    yield given
    shutil.rmtree(at)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with folders(tmp_path_factory.mktemp("kept")) as given:
        yield given


@pytest.fixture(scope="module")
def stack(kept: dict[str, str]) -> Iterator[Stack]:
    stack = Stack("faults", **MANY, **kept)
    stack.compose("build")
    try:
        stack.up()
        yield stack
    finally:
        stack.destroy()
        stack.docker("volume", "rm", "--force", stack.volume("copy"))
        stack.docker("image", "rm", stack.image)


def test_a_backup_taken_under_load_is_restored_into_an_empty_project(stack: Stack, kept: dict[str, str]) -> None:
    with Citizens(stack.url) as citizens:
        before = citizens.until(20)
        backup = json.loads(stack.compose("run", "--rm", "--no-TTY", "backup", "--keep", "3", "--json"))
        during = len(citizens.acknowledged) - len(before)
    assert during > 0, "nobody sent anything while it was backed up"
    stack.ends_equal(citizens.acknowledged)
    name = Path(backup["backup"]).name
    stack.compose("run", "--rm", "--no-TTY", "backup")  # a newer one, which is not the one that is wanted
    told = {line["what"]: line for line in json.loads(stack.compose("run", "--rm", "-T", "doctor", "--json"))["lines"]}
    assert {line["state"] for line in told.values()} <= {"ok", "warn"}, told
    assert {told[name]["state"] for name in ("backup", "ready", "lag", "secrets", "key pairs", "version")} == {"ok"}

    other = Stack("restored", **MANY, **kept)
    try:
        other.compose("run", "--rm", "--no-TTY", "restore", name)
        with pytest.raises(AssertionError, match="the volumes are not empty"):
            other.compose("run", "--rm", "--no-TTY", "restore")
        other.up()
        proof = json.loads(other.compose("run", "--rm", "--no-TTY", "restore", "--prove", name, "--json"))
        assert proof["held"], proof
        assert other.unequal() == []
        assert citizens.acknowledged[-1] not in str(other.sql("bihuan_cases", "SELECT tip FROM cases"))
        with Citizens(other.url) as others:
            others.until(5)
        seconds = other.ends_equal([*before, *others.acknowledged])
        print(f"\nbackup {backup['seconds']} s, {during} tips meanwhile; healthy {other.seconds_to_healthy:.1f} s")
        print(f"equal {seconds:.1f} s after")
    finally:
        other.compose("run", "--detach", "--entrypoint", "sleep", "restore", "300")
        other.destroy()
    assert other.left_behind() == ""


@pytest.mark.parametrize("stopped", ["postgres alone", "everything"])
def test_the_volume_of_the_databases_is_put_back_beside_the_bus_and_all_heals_without_a_hand(
    stack: Stack, stopped: str
) -> None:
    live, copy = stack.volume("postgres"), stack.volume("copy")
    with Citizens(stack.url) as citizens:
        citizens.until(20)
        stack.compose("stop", "postgres")
        kept = list(citizens.acknowledged)
        stack.docker("volume", "create", copy)
        stack.in_volumes(COPY, live, copy)
        stack.compose("start", "postgres")
        citizens.until(40)  # these will not be known
        stack.compose("stop", "postgres") if stopped == "postgres alone" else stack.compose("down")
        stack.in_volumes(COPY, copy, live)
        forgotten = len(citizens.acknowledged) - len(kept)
        stack.compose("start", "postgres") if stopped == "postgres alone" else stack.up()
        citizens.until(10)
        new = citizens.acknowledged[len(kept) + forgotten :]
    seconds = stack.ends_equal([*kept, *new])
    taken_back = {name: stack.sql(f"bihuan_{name}", "SELECT count(*) FROM taken_back")[0][0] for name in SERVICES}
    print(f"\n{forgotten} tips forgotten, refused {dict(citizens.refused)}; equal after {seconds:.1f} s; {taken_back}")


def test_a_service_that_hangs_is_started_again(stack: Stack) -> None:
    started = stack.inspect("intake", ".State.StartedAt")
    with Citizens(stack.url) as citizens:
        citizens.until(5)
        stack.run_in("intake", "sh", "-c", 'kill -STOP "$(cat /proc/1/task/1/children)"')
        began = time.monotonic()
        eventually(lambda: stack.inspect("intake", ".State.StartedAt") != started, 120)
        seconds = time.monotonic() - began
        citizens.until(5)
    print(f"\nstarted again {seconds:.1f} s after it hung; refused {dict(citizens.refused)}")
    stack.ends_equal(citizens.acknowledged)


def test_backups_are_made_by_themselves_in_the_profile_nightly_and_who_looks_sees_when_they_are_not(
    stack: Stack, kept: dict[str, str]
) -> None:
    folder = Path(kept["BIHUAN_BACKUP_FOLDER"])
    for old in folder.iterdir():
        shutil.rmtree(old)
    nightly = {"COMPOSE_PROFILES": "nightly", "BIHUAN_BACKUP_EVERY": "1m", "BIHUAN_BACKUP_KEEP": "2"}
    stack.environment |= nightly
    try:
        stack.up()
        assert stack.health("nightly") == "healthy"
        assert len(list(folder.glob("*/manifest.json"))) == 1
        eventually(lambda: len(list(folder.glob("*/manifest.json"))) == 2, 120)
        doctor = json.loads(stack.compose("run", "--rm", "-T", "doctor", "--json"))
        assert [line["state"] for line in doctor["lines"] if line["what"] == "backup"] == ["ok"]
    finally:
        stack.compose("rm", "--stop", "--force", "nightly")
        for name in nightly:
            del stack.environment[name]


def test_everything_comes_back_when_the_engine_does(stack: Stack) -> None:
    command = os.environ.get("BIHUAN_RESTARTS_DOCKER")
    if command is None:
        pytest.skip(
            "BIHUAN_RESTARTS_DOCKER is not set: the command that starts Docker anew, as 'systemctl restart docker'"
        )
    with Citizens(stack.url) as citizens:
        citizens.until(20)
        subprocess.run(shlex.split(command), check=True)
        began = time.monotonic()
        citizens.until(20)
        seconds = time.monotonic() - began
    print(f"\ntips are taken again {seconds:.1f} s after; refused {dict(citizens.refused)}")
    stack.ends_equal(citizens.acknowledged)
