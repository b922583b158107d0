"""Earlier states of this project, from its own history: what an upgrade begins with."""

from __future__ import annotations

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BEFORE_BACKUPS = "70b5310010ac1a3c18b01f05517de6e4c42db4f1"
"""Without backups, accounts that can be ended, keys of events, a bus in TLS and timelines."""
BEFORE_TIMELINES = "f7a2b431908152d3a35b30f1bfea145905a389ae"
"""With backups, also beside docker compose, and without timelines."""


def unpacked(commit: str, folder: Path) -> Path:
    """The tree of `commit` below `folder`. Where it is not there, the test fails and says how to get it."""
    command = ["git", "-c", f"safe.directory={ROOT}", "archive", "--format=tar", commit]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        pytest.fail(f"commit {commit[:7]} is not here ({said}): the clone is shallow, git fetch --unshallow gets it")
    target = folder / commit[:7]
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(target, filter="data")
    return target
