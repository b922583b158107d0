"""A snapshot does not outlive the code that made it: each release is a process with its own edition of a domain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

VALUES = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Depth:
    centimetres: int
"""
KINDS = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Kind:
    code: str
"""
EVENTS = """
from sluices.values import Depth
from kinds.values import Kind
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

@stored("sluices.SluiceBuilt")
class SluiceBuilt(EnvelopedCreation):
    aggregate_topic = "sluices.Sluice"
    depth: Depth
    kind: Kind

    def apply(self, sluice):
        sluice.depth = self.depth

@stored("sluices.SluiceOpened")
class SluiceOpened(EnvelopedEvent):
    def apply(self, sluice):
        sluice.opened += 1
"""
SLUICE = """
from eventsourcing.domain import Aggregate
from shared.platform.event_store.events import begin, stored
from sluices.events import SluiceBuilt, SluiceOpened
from sluices.values import Depth
from kinds.values import Kind

@stored("sluices.Sluice")
class Sluice(Aggregate):
    depth: Depth
    opened: int

    def __init__(self):
        self.opened = 0
"""
RELEASE = """
import sys
from uuid import UUID
from shared.platform.event_store import snapshots
from shared.platform.event_store.events import begin
from sluices.sluice import Depth, Kind, Sluice, SluiceBuilt, SluiceOpened
from tests.support.sample import envelope

def take():
    sluice = begin(Sluice, SluiceBuilt, id=UUID(int=1), envelope=envelope(), depth=Depth(120), kind=Kind("lift"))
    sluice.trigger_event(SluiceOpened, envelope=envelope())
    taken = snapshots.take(sluice)
    print(taken.schema, taken.state.decode(), sep="\\n")

def load(schema, state):
    class OneRow:
        def execute(self, *_): return self
        def fetchone(self): return schema, state.encode()
    found = snapshots.load(OneRow(), UUID(int=1))
    print("ignored" if found is None else f"used: opened {found.opened}, {found.depth.centimetres} cm")

{"take": take, "load": load}[sys.argv[1]](*sys.argv[2:])
"""


def release(folder: Path, *arguments: str) -> list[str]:
    """What this edition of the domain prints."""
    command = [sys.executable, "-c", RELEASE, *arguments]
    path = f"{folder}:{ROOT}"
    return subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}, check=True, text=True,
        stdout=subprocess.PIPE,
    ).stdout.splitlines()  # fmt: skip


@pytest.fixture
def domain(tmp_path: Path) -> Path:
    for name, text in {
        "sluices/values.py": VALUES, "sluices/events.py": EVENTS, "sluices/sluice.py": SLUICE, "kinds/values.py": KINDS,
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_snapshot_by_the_same_code_is_used_also_where_it_is_installed_elsewhere(
    domain: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    snapshot = release(domain, "take")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "lib"
    domain.rename(elsewhere)
    assert release(elsewhere, "load", *snapshot) == ["used: opened 1, 120 cm"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("sluices/events.py", "sluice.opened += 1", "sluice.opened += 2"),
        ("sluices/values.py", "centimetres: int", "centimetres: int = 0"),
        ("sluices/values.py", "Depth:", "Depth:\n    '''In millimetres, in spite of the name.'''"),
        ("kinds/values.py", "code: str", "code: str = ''"),
        ("sluices/sluice.py", "self.opened = 0", "self.opened = 100"),
    ],
    ids=["apply", "a nested value", "what a nested value means", "a value of another package", "the beginning"],
)
def test_a_snapshot_by_other_code_is_ignored(domain: Path, file: str, old: str, new: str) -> None:
    snapshot = release(domain, "take")
    changed = (domain / file).read_text().replace(old, new)
    assert changed != (domain / file).read_text()
    (domain / file).write_text(changed)
    assert release(domain, "load", *snapshot) == ["ignored"]
