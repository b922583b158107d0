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
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
NAMES = ("record-return-visit", "record_return_visit", "RecordReturnVisit", "ReturnVisitRecorded", "回访")
"""The command and its event, as programs and people call them."""
AT_MOST = 6
ENUMERATING = [
    f"tests/{path}" for path in (
        "services/cases/test_authority.py", "services/cases/test_pages.py", "services/cases/test_reactions.py",
        "golden/test_golden_streams.py", "contracts/test_public_contracts.py",
    )
]  # fmt: skip
"""Where the house's tests go through all commands, events and contracts."""


def copy_of_the_tree(folder: Path) -> Path:
    for name in files():
        if not name.startswith("docs/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A module of the copy, as somebody who works in it runs it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BIHUAN_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=root, env={**kept, "PYTHONPATH": str(root), "PYTHONUTF8": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def pytest_in(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(root, "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", *words)


def build(root: Path, steps: Iterable[Step], released_by: Iterable[list[str]]) -> list[str]:
    """Follow these steps in a copy and run these commands; the files touched by hand."""
    touched = walk.follow(copy_of_the_tree(root), steps)
    for python, *words in released_by:
        assert (python, words[0]) == (".venv/bin/python", "-m")
        run(root, *words[1:])  # whether it did what it is for, the house's tests say
    return touched


def named_in(text: str) -> bool:
    return any(name in text for name in NAMES)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A copy of the tree with the command, and the files that a person touched for it."""
    root = tmp_path_factory.mktemp("walked")
    return root, build(root, STEPS, walk.commands(SECTION))


def test_the_command_works_and_the_house_misses_nothing(built: tuple[Path, list[str]]) -> None:
    root, touched = built
    shutil.copyfile(
        ROOT / "tests/architecture/what_the_walk_made.py", root / "tests/system/cases/test_what_the_walk_made.py"
    )
    own = [path for path in touched if path.startswith("tests/") and path.split("/")[-1].startswith("test_")]
    told = pytest_in(root, *dict.fromkeys([*ENUMERATING, *own]), "tests/system/cases/test_what_the_walk_made.py")
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    style = run(root, "ruff", "check", "--no-cache", *(path for path in touched if path.endswith(".py")))
    assert style.returncode == 0, style.stdout


def test_a_command_with_an_event_is_named_in_few_product_files(built: tuple[Path, list[str]]) -> None:
    root, touched = built
    by_hand = [path for path in touched if path.startswith(PRODUCT)]
    naming = [path for path in by_hand if any(named_in(one.code) for one in STEPS if one.path == path)]
    assert len(naming) <= AT_MOST, naming
    assert len([path for path in by_hand if path.endswith(".py")]) <= AT_MOST, by_hand
    made = {path.relative_to(root).as_posix() for part in PRODUCT for path in (root / part).rglob("*.json")}
    (schema,) = made - set(files())
    assert named_in((root / schema).read_text())


def what_is_asked_for() -> Iterator[tuple[str, list[Step], list[list[str]]]]:
    """Each test that the text names, with what is left when that is left out for which it asks."""
    commands = walk.commands(SECTION)
    for step in STEPS:
        for test in step.asked_for_by:
            yield test, [one for one in STEPS if one is not step], []
    released = re.findall(r"\(`(test_\w+)`\)", SECTION.split("**Release it**")[1])
    for test, command in zip(released, commands, strict=True):
        yield test, STEPS, [one for one in commands if one is not command]


def test_without_a_step_the_test_that_it_names_fails(tmp_path: Path) -> None:
    def passes(test: str, steps: list[Step], commands: list[list[str]]) -> str | None:
        root = tmp_path / test
        root.mkdir()
        build(root, steps, commands)
        told = pytest_in(root, "-k", test, *ENUMERATING)
        shutil.rmtree(root)
        return None if told.returncode == 1 and " failed" in told.stdout else f"{test}: {told.stdout[-1500:]}"

    wanting = list(what_is_asked_for())
    with ThreadPoolExecutor(2) as pool:
        assert not [one for one in pool.map(lambda case: passes(*case), wanting) if one]
    assert len(wanting) == SECTION.count("`test_")


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


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:services|shared|tests|deploy|docs)/[\w./-]+\.\w+)`", TEXT))))
def test_every_file_that_the_guide_names_is_there_or_made_by_it(path: str) -> None:
    assert (ROOT / path).exists() or path in {one.path for one in STEPS if one.where is None}
