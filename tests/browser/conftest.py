"""One whole installation for the browser walks, started by `./bihuan up`, and one browser.

Both end with their module: while playwright runs, its event loop is in the way of every other test's.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from deploy.local.ports import free_port
from tests.support.chromium import chromium
from tests.support.waiting import address_when_ready

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@dataclass(frozen=True)
class House:
    """A running installation: its address, the passwords of its first accounts by name, and its data folder."""

    url: str
    passwords: dict[str, str]
    data: Path


def change_first_password(page: Page, passwords: dict[str, str], account: str) -> None:
    """Where the account still has the first one: choose another, as the page asks, and remember it."""
    page.wait_for_load_state()
    if page.locator("#new").count() == 0:
        return
    chosen = f"{passwords[account]} and more"
    page.locator("#current").fill(passwords[account])
    page.locator("#new").fill(chosen)
    page.locator("#again").fill(chosen)
    page.get_by_role("button", name="修改密码").click()
    passwords[account] = chosen


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`./bihuan up` on a fresh data folder."""
    folder = tmp_path_factory.mktemp("house")
    log, data = folder / "up.log", folder / "data"
    command = [sys.executable, "-m", "deploy.cli", "up", "--data", str(data), "--port", str(free_port())]
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT) as process:
        try:
            url = address_when_ready(log, process)
            lines = (data / "secrets" / "accounts.tsv").read_text("utf-8").splitlines()
            yield House(url, dict(line.split("\t")[:2] for line in lines if "\t" in line), data)
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(chromium()), args=FLAGS)
        yield running
        running.close()
