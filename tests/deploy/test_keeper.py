"""A program that a keeper keeps …"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from deploy.local.children import Keeper, Program
from deploy.local.process import ended
from tests.deploy.waiting import eventually


class Kept:
    """A keeper of one small Python program, and what it said."""

    def __init__(self, folder: Path, code: str, **options: float) -> None:
        self.said: list[str] = []
        self.news = asyncio.Event()
        self.starts = 0
        program = Program("small", [sys.executable, "-c", code], folder / "small.log", **options)  # type: ignore[arg-type]
        self.keeper = Keeper(program, said=self.hear, changed=self.count)

    def hear(self, sentence: str) -> None:
        self.said.append(sentence)
        self.news.set()

    def count(self) -> None:
        self.starts += 1
        self.news.set()

    async def until_started(self, times: int) -> None:
        while self.starts < times:
            await asyncio.wait_for(self.news.wait(), 60)
            self.news.clear()

    async def until_said(self, words: str) -> None:
        while not any(words in sentence for sentence in self.said):
            await asyncio.wait_for(self.news.wait(), 60)
            self.news.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


async def test_comes_back_each_time_it_ends_and_its_ends_are_counted(folder: Path) -> None:
    kept = Kept(folder, "print('here I was')")
    kept.keeper.start()
    await kept.until_started(3)
    await kept.keeper.stop()
    assert kept.keeper.early_ends >= 2
    assert (folder / "small.log").read_text().count("here I was") >= 2


async def test_comes_back_when_its_disk_does(folder: Path) -> None:
    kept = Kept(folder, "import time; time.sleep(1000)")
    kept.keeper.start()
    await asyncio.to_thread(folder.rename, folder.with_name("away"))
    kept.keeper.kill()
    await kept.until_said("cannot be started")
    await asyncio.to_thread(folder.with_name("away").rename, folder)
    await kept.until_started(2)
    await kept.keeper.stop()


async def test_that_will_not_stop_is_stopped_by_force(folder: Path) -> None:
    become_deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
    kept = Kept(folder, f"{become_deaf}; time.sleep(1000)", stop_seconds=0.2)
    kept.keeper.start()
    log = folder / "small.log"
    await asyncio.to_thread(eventually, lambda: "deaf" in log.read_text())
    process = kept.keeper.process
    await kept.keeper.stop()
    assert process is not None
    assert process.returncode == -signal.SIGKILL
    assert "killed" in kept.said[-1]


async def test_that_was_stopped_stays_away(folder: Path) -> None:
    kept = Kept(folder, "import time; time.sleep(1000)")
    kept.keeper.start()
    process = kept.keeper.process
    await kept.keeper.stop()
    assert process is not None
    assert await ended(process) == -signal.SIGTERM
    assert (kept.starts, kept.said) == (1, [])


async def test_does_not_hear_the_keepers_ctrl_c(folder: Path) -> None:
    kept = Kept(folder, "import time; time.sleep(1000)")
    kept.keeper.start()
    assert kept.keeper.pid is not None
    assert os.getsid(kept.keeper.pid) != os.getsid(0)
    await kept.keeper.stop()
