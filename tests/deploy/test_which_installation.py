"""Which installation a command is about, where nobody names one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.cli import accounts, deadletters, down, rebuild, status, token, tokens
from deploy.local import state
from deploy.local.layout import Layout, Lock

UP, DEMO = state.PLACES
Run = Callable[[Path], None]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Iterator[Run]:
    """Something runs over a data directory until the end of the test."""
    with ExitStack() as locks:

        def running(data: Path) -> None:
            Layout.of(data).create()
            lock = Lock(Layout.of(data), state.LOCK)
            lock.acquire()
            locks.callback(lock.release)

        yield running


@pytest.mark.parametrize("place", state.PLACES)
def test_the_one_that_runs_is_meant_whatever_else_is_installed(here: Path, run: Run, place: Path) -> None:
    for one in state.PLACES:
        Layout.of(one).create()
    run(place)
    assert state.chosen(None) == place


def test_one_that_is_named_is_meant_whatever_runs(here: Path, run: Run) -> None:
    run(UP)
    assert state.chosen(Path("elsewhere")) == Path("elsewhere")


def test_where_nothing_runs_what_is_installed_is_meant(here: Path) -> None:
    assert state.chosen(None) == UP
    Layout.of(DEMO).create()
    assert state.chosen(None) == DEMO
    Layout.of(UP).create()
    assert state.chosen(None) == UP


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (token.main, ["--role", "office"]),
        (tokens.main, ["list"]),
        (accounts.main, ["list"]),
        (deadletters.main, ["list"]),
        (rebuild.main, []),
        (status.main, []),
        (down.main, []),
    ],
)
def test_where_two_run_a_command_asks_which(
    main: Callable[[list[str]], int],
    arguments: list[str],
    here: Path,
    run: Run,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(UP)
    run(DEMO)
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"--data {UP}" in told.err
    assert f"--data {DEMO}" in told.err


def test_a_command_says_which_installation_it_chose(here: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    Layout.of(DEMO).create()
    assert token.main(["--role", "office"]) == 2  # no key in it
    assert str(DEMO) in capsys.readouterr().err.splitlines()[0]
