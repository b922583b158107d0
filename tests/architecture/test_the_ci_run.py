"""A machine that runs .ci/run …"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

SYSTEM = ("bash", "dirname", "env", "timeout")  # what a bare machine has


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A clone whose checks only say that they ran, and a PATH with little on it, as root."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    for name in SYSTEM:
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    program(tmp_path / "bihuan", 'echo "bihuan $*"; exit 1')
    program(tmp_path / "bin" / "python3", "exit 1")
    program(tmp_path / "bin" / "id", "echo 0")
    return tmp_path


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [machine / ".ci" / "run"],
        cwd="/",
        env={"PATH": str(machine / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_runs_every_check_and_ends_as_they_end(bare_machine: Path) -> None:
    told = run(bare_machine)
    assert (told.stdout, told.returncode) == ("bihuan test\n", 1)


def test_as_root_installs_what_the_system_lacks(bare_machine: Path) -> None:
    program(bare_machine / "bin" / "apt-get", 'echo "$*"')
    assert "python3-venv chromium" in run(bare_machine).stderr
    assert run(bare_machine).stderr.rstrip().endswith("prometheus")
    program(bare_machine / "bin" / "chromium", "")
    program(bare_machine / "bin" / "promtool", "")
    program(bare_machine / "bin" / "python3", "")
    assert run(bare_machine).stderr == ""


def test_that_cannot_install_says_so_and_goes_on(bare_machine: Path) -> None:
    program(bare_machine / "bin" / "apt-get", "exit 1")
    told = run(bare_machine)
    assert ("could not be installed: python3-venv" in told.stderr, told.stdout) == (True, "bihuan test\n")


def test_of_a_plain_user_installs_nothing(bare_machine: Path) -> None:
    program(bare_machine / "bin" / "id", "echo 1000")
    program(bare_machine / "bin" / "apt-get", 'echo "$*" >&2')
    told = run(bare_machine)
    assert (told.stderr, told.stdout) == ("", "bihuan test\n")
