"""An installation of an earlier state of this project is killed under load and started by this one; then the way back.

Real servers and processes. The earlier code makes the data, events are under way between its services when it is killed
(-9), and the present code takes over the same folder. Minutes, so by name:

    ./bihuan test tests/faults/upgrade.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from deploy.cli import doctor, rebuild, reconcile
from deploy.local import state
from tests.deploy.stack import Citizens
from tests.deploy.waiting import eventually
from tests.faults.test_put_back import Server, ask, live
from tests.faults.test_the_drill import installation
from tests.support.history import BEFORE_BACKUPS, BEFORE_TIMELINES, unpacked

_TIPS = "SELECT DISTINCT originator_id::text FROM stored_events WHERE topic = 'intake.TipTriaged'"


def ends_equal(data: Path, known: list[str]) -> None:
    """What runs over `data`: ready, both sides of the bus and the read tables equal, each tip one case."""
    server = Server(state.read(data)["postgres"]["dsn"])
    eventually(lambda: all(one["ready"] for one in state.status(data)["services"].values()))
    eventually(lambda: reconcile.main(["--data", str(data), "--json"]) == 0)
    eventually(lambda: live(server) == Counter(tip for (tip,) in ask(server, "bihuan_intake", _TIPS)))
    assert set(known) <= set(live(server))
    assert rebuild.main(["--data", str(data)]) == 0
    assert doctor.main(["--data", str(data)]) == 0


def bihuan(code: Path, *arguments: str) -> None:
    """A command as the tree `code` has it."""
    subprocess.run(
        [sys.executable, "-P", "-m", "deploy.cli", *arguments],
        cwd=code, env=os.environ | {"PYTHONPATH": str(code)}, check=True,
    )  # fmt: skip


@pytest.mark.parametrize("commit", [BEFORE_BACKUPS, BEFORE_TIMELINES])
def test_what_an_earlier_state_left_in_the_middle_is_taken_over_and_there_is_a_way_back(
    commit: str, tmp_path: Path
) -> None:
    old, data, copy = unpacked(commit, tmp_path), tmp_path / "data", tmp_path / "copy"
    has_backups = commit == BEFORE_TIMELINES
    with installation(data, old) as (url, process):
        with Citizens(url) as citizens:
            before = citizens.until(30)
            if has_backups:
                bihuan(old, "backup", str(tmp_path / "backups"), "--data", str(data))
            citizens.until(20)
            process.kill()
        left = list(citizens.acknowledged)
    if not has_backups:
        eventually(lambda: not list(data.glob("postgres/*/postmaster.pid")))  # it ends a moment after its supervisor
        shutil.copytree(data, copy)  # the folder of what does not run, as the handbook says

    began = time.monotonic()
    with installation(data) as (url, _):
        print(f"\n{commit[:7]}: ready {time.monotonic() - began:.1f} s after it was started by the present code")
        assert rebuild.main(["--data", str(data), "--swap"]) == 0  # rows of old events, with what is new in them
        ends_equal(data, left)
        with Citizens(url) as citizens:
            citizens.until(10)
        ends_equal(data, [*left, *citizens.acknowledged])
        print(f"{len(left)} tips of {commit[:7]}, equal {time.monotonic() - began:.1f} s after")

    if has_backups:
        bihuan(old, "restore", str(tmp_path / "backups"), "--data", str(copy))
    with installation(copy, old) as (url, _):
        known = before if has_backups else left
        server = Server(state.read(copy)["postgres"]["dsn"])
        with Citizens(url) as citizens:
            citizens.until(10)
        eventually(lambda: live(server) == Counter(tip for (tip,) in ask(server, "bihuan_intake", _TIPS)))
        assert {*known, *citizens.acknowledged} <= set(live(server))
