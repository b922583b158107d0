"""A recipe of CONTRIBUTING.md as steps that a program can follow: which file, where in it, which text.

A step is a paragraph that begins with the file (`In …`, at the end or above or below a line; `New file …`) and the
fenced block after it. Lines are named by how they begin, and there must be exactly one such line. Tests that a step
names in brackets are those that ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

STEP = re.compile(
    r"^(?P<verb>In|New file) `(?P<path>[^`]+)`(?:, (?P<where>at the end|above|below)(?: the line\s`(?P<line>[^`]+)`)?)?"
    r"(?P<more>(?:(?!\n\n).)*):\n\n```\w+\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ASKED_FOR_BY = re.compile(r"\(`(test_\w+)`\)")
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Lost(AssertionError):
    """The text leads to a place that is not there."""


@dataclass(frozen=True)
class Step:
    """Where a snippet goes. `where`: above | below (the line that begins with `line`) | at the end | None: a new file.
    `asked_for_by`: the tests that fail without it."""

    path: str
    where: str | None
    line: str
    code: str
    asked_for_by: tuple[str, ...]

    def put(self, text: str | None) -> str:
        """The file with the snippet; `text` None: there is no such file. Raises Lost."""
        if (text is None) != (self.where is None):
            raise Lost(f"{self.path} {'is not there' if text is None else 'is there already'}")
        if text is None:
            return self.code
        if self.where == "at the end":
            apart = "\n\n\n" if self.path.endswith(".py") else "\n\n"
            return text.rstrip("\n") + apart + self.code
        lines = text.splitlines(keepends=True)
        found = [n for n, line in enumerate(lines) if line.lstrip().startswith(self.line)]
        if len(found) != 1:
            raise Lost(f"{self.path} has {len(found)} lines that begin with {self.line!r}")
        indent = lines[found[0]][: -len(lines[found[0]].lstrip())]
        new = [indent + line if line.strip() else line for line in self.code.splitlines(keepends=True)]
        place = found[0] + (self.where == "below")
        return "".join([*lines[:place], *new, *lines[place:]])


def section(text: str, title: str) -> str:
    """What stands under a heading."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def steps(text: str) -> list[Step]:
    """The steps of a section, in its order. Raises Lost for a fenced block that belongs to none."""
    found = [
        Step(one["path"], one["where"], one["line"] or "", one["code"], tuple(ASKED_FOR_BY.findall(one["more"])))
        for one in STEP.finditer(text)
    ]
    blocks = text.count("\n```") // 2 - len(COMMANDS.findall(text))
    if len(found) != blocks:
        raise Lost(f"{blocks} snippets, and {len(found)} of them say where they go")
    return found


def commands(text: str) -> list[list[str]]:
    """The commands of a section, each in its words."""
    return [line.split() for block in COMMANDS.findall(text) for line in block.splitlines()]


def follow(root: Path, walk: Iterable[Step]) -> list[str]:
    """Take all steps in the tree at `root`; the files that were touched, in order. Raises Lost."""
    touched = []
    for step in walk:
        path = root / step.path
        if "NNNN" in step.path:
            path = path.with_name(path.name.replace("NNNN", f"{len(list(path.parent.glob('*.sql'))) + 1:04}"))
        path.write_text(step.put(path.read_text() if path.exists() else None))
        touched.append(path.relative_to(root).as_posix())
    return list(dict.fromkeys(touched))
