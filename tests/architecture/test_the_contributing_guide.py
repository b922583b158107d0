"""“Add a command with an event” of CONTRIBUTING.md, walked: its snippets build one in a copy of the tree, and it works.

The walk takes the text literally. Without a step, each test that the step names fails; so the text says neither too
little nor too much, and no more files need a person's hand than it names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture import walk
from tests.architecture.tree import ROOT, files
from tests.architecture.walk import Lost, Step

TITLE = "Add a command with an event"
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
SECTION = walk.section(TEXT, TITLE)
STEPS = walk.steps(SECTION)
PRODUCT = ("services/", "shared/", "deploy/")
NAMES = ("record-return-visit", "record_return_visit", "RecordReturnVisit", "ReturnVisitRecorded")
"""The command and its event, as programs call them."""
ON_SCREEN = 'msgid "回访"'
AT_MOST = 6
ENUMERATING = [
    f"tests/{path}" for path in (
        "services/cases/test_authority.py", "services/cases/test_pages.py", "services/cases/test_reactions.py",
        "golden/test_golden_streams.py", "contracts/test_public_contracts.py",
    )
]  # fmt: skip
"""Where the house's tests go through all commands, events and contracts."""


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A module of the copy, as somebody who works in it runs it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BIHUAN_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=root, env={**kept, "PYTHONPATH": str(root), "PYTHONUTF8": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def pytest_in(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(root, "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", *words)


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc"}


Made = dict[Path, bytes | None]
"""What lay there before a step: a file's content, None where there was no file."""


@dataclass(frozen=True)
class Walked:
    """A copy of the tree in which the section was followed: the files touched by hand, and what its commands made."""

    root: Path
    touched: list[str]
    made: list[Made]

    @contextmanager
    def without(self, change: Made) -> Iterator[None]:
        """As if that had not been made."""
        now = {path: path.read_bytes() for path in change}
        self._write(change)
        try:
            yield
        finally:
            self._write(now)

    def _write(self, wanted: Mapping[Path, bytes | None]) -> None:
        for path, content in wanted.items():
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """The section, followed."""
    root = tmp_path_factory.mktemp("walked")
    for name in files():
        if not name.startswith("docs/"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
    touched, made = walk.follow(root, STEPS), []
    for python, dash, *words in walk.commands(SECTION):
        assert (python, dash) == (".venv/bin/python", "-m")
        before = contents(root)
        run(root, *words)  # whether it did what it is for, the house's tests say
        after = contents(root)
        made.append({path: before.get(path) for path in after if after[path] != before.get(path)})
    return Walked(root, touched, made)


def test_the_command_works_and_the_house_misses_nothing(walked: Walked) -> None:
    asking = Path("tests/system/cases/test_what_the_walk_made.py")
    shutil.copyfile(ROOT / "tests/architecture/what_the_walk_made.py", walked.root / asking)
    own = [path for path in walked.touched if path.startswith("tests/") and path.split("/")[-1].startswith("test_")]
    told = pytest_in(walked.root, *dict.fromkeys([*ENUMERATING, *own]), str(asking))
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    style = run(walked.root, "ruff", "check", "--no-cache", *(path for path in walked.touched if path.endswith(".py")))
    assert style.returncode == 0, style.stdout


def test_a_command_with_an_event_is_named_in_few_product_files(walked: Walked) -> None:
    """Whatever names it besides what a person has written is made by a command."""
    by_hand = {path for path in walked.touched if path.startswith(PRODUCT)}
    assert len([path for path in by_hand if path.endswith(".py")]) <= AT_MOST, by_hand
    naming = {
        name
        for path, content in contents(walked.root).items()
        if (name := path.relative_to(walked.root).as_posix()).startswith(PRODUCT)
        and any(one.encode() in content for one in (*NAMES, ON_SCREEN))
    }
    made = {path.relative_to(walked.root).as_posix() for one in walked.made for path in one}
    assert len(naming & by_hand) <= AT_MOST, naming
    assert naming <= by_hand | made


def what_asks_for_it(walked: Walked) -> Iterator[tuple[str, Made]]:
    """Each test that the text names, with what the step made for which it asks."""
    for step in STEPS:
        for test in step.asked_for_by:
            others = [one for one in STEPS if one.path == step.path and one is not step]
            text: str | None = (ROOT / step.path).read_text()
            for one in others:
                text = one.put(text)
            assert text is not None
            yield test, {walked.root / step.path: text.encode()}
    released = walk.ASKED_FOR_BY.findall(SECTION.split("**Release it**")[1])
    yield from zip(released, walked.made, strict=True)


def test_without_a_step_the_test_that_it_names_fails(walked: Walked) -> None:
    named = list(what_asks_for_it(walked))
    assert [test for test, _ in named] == walk.ASKED_FOR_BY.findall(SECTION)
    for test, made in named:
        (where,) = [path for path in ENUMERATING if f"def {test}(" in (walked.root / path).read_text()]
        with walked.without(made):
            told = pytest_in(walked.root, where, "-k", test)
        assert (told.returncode, " failed" in told.stdout) == (1, True), f"{test}: {told.stdout[-1500:]}"


# --- how the text is read ---


def step(where: str | None, line: str = "", code: str = "new\n") -> Step:
    return Step("a.txt", where, line, code, ())


def test_a_snippet_goes_where_its_sentence_says_with_the_indentation_of_its_neighbour() -> None:
    assert step("at the end").put("one\n") == "one\n\nnew\n"
    assert step("below", "on").put("  one,\ntwo\n") == "  one,\n  new\ntwo\n"
    assert step("above", "two").put("one\n  two\n") == "one\n  new\n  two\n"
    assert step(None).put(None) == "new\n"


@pytest.mark.parametrize(
    ("given", "text", "said"),
    [
        (step("below", "x"), "one\n", "0 lines that begin with 'x'"),
        (step("below", "x"), "x1\nx2\n", "2 lines that begin with 'x'"),
        (step("at the end"), None, "is not there"),
        (step(None), "one\n", "is there already"),
    ],
)
def test_a_place_that_is_not_there_or_not_the_only_one_is_noticed(given: Step, text: str | None, said: str) -> None:
    with pytest.raises(Lost, match=said):
        given.put(text)


def test_a_snippet_that_says_no_place_is_noticed() -> None:
    with pytest.raises(Lost, match="2 snippets, and 1"):
        walk.steps("\nIn `a.py`, at the end:\n\n```python\nx\n```\n\nOr so:\n\n```python\ny\n```\n")


NAMED = sorted(set(re.findall(r"`((?:services|shared|tests|deploy)/[\w./-]+\.\w+)`", TEXT)))


@pytest.mark.parametrize("path", NAMED)
def test_every_file_that_the_guide_names_is_there_or_made_by_it(path: str) -> None:
    assert (ROOT / path).exists() or path in {one.path for one in STEPS if one.where is None}
