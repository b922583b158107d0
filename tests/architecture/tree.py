"""The project's own files, as the architecture tests read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One Python file: `path` from the root of the project, with slashes."""

    path: str
    text: str

    @property
    def module(self) -> str:
        """Its dotted name; a package's is that of its folder."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def syntax(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text, self.path)


@cache
def files() -> tuple[str, ...]:
    """Every file of the project that git keeps, from the root. What somebody has lying about beside it is his own."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(sorted(name for name in listed if name and (ROOT / name).is_file()))


def texts() -> Iterator[tuple[str, str]]:
    """Every text file of the project: path, content."""
    for name in files():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            yield name, content.decode()


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """The Python files below `folders`."""
    starts = tuple(f"{folder}/" for folder in folders)
    return tuple(
        Source(name, (ROOT / name).read_text()) for name in files() if name.endswith(".py") and name.startswith(starts)
    )


def services() -> list[str]:
    """The names of the services."""
    return sorted({source.path.split("/")[1] for source in sources("services") if source.path.count("/") > 1})
