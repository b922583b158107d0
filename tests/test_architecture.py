"""Who may import whom: the contracts of pyproject.toml hold on the tree, and each of them can fail.

A violation of every contract is planted in a copy of the tree. A contract without one is a decoration.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, Source, services, sources

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

VIOLATIONS = [
    ("one-way", "shared/platform/web/pages.py", "import services.cases.config"),
    ("one-way", "shared/kernel/campaign/due.py", "import deploy.local.ports"),
    ("one-way", "services/cases/config.py", "import deploy.local.ports"),
    ("independence", "services/cases/rules.py", "import services.intake.domain.values"),
    ("independence", "services/notify/config.py", "from services.assessment import config"),
    ("rooms", "services/cases/domain/case.py", "import services.cases.handlers"),
    ("rooms", "services/cases/projections.py", "import services.cases.queries"),
    ("rooms", "services/intake/handlers/triaging.py", "import services.intake.web.api"),
    ("rooms", "services/cases/utils.py", "'''A room that nobody placed.'''"),
    ("pure", "services/cases/domain/values.py", "import fastapi"),
    ("pure", "services/intake/rules/triage.py", "import psycopg"),
    ("pure", "services/cases/rules.py", "def when_asked():\n    import nats"),
    ("pure", "shared/kernel/contracts/public/cases.py", "from shared.platform.web import problems\nimport starlette"),
    ("plain-domain", "services/cases/domain/values.py", "from pydantic import BaseModel"),
    ("commands-alone", "deploy/local/services.py", "import services.cases.config"),
    ("shared-layers", "shared/platform/web/pages.py", "import shared.kernel.roles"),
    ("platform-layers", "shared/platform/event_store/ids.py", "import shared.platform.messaging.settings"),
    ("platform-layers", "shared/platform/messaging/settings.py", "import shared.platform.web.problems"),
    ("platform-layers", "shared/platform/dates.py", "import shared.platform.web.words"),
    ("platform-layers", "shared/platform/utils.py", "'''A package that nobody placed.'''"),
    ("kernel-layers", "shared/kernel/campaign/due.py", "import shared.kernel.roles"),
    ("kernel-layers", "shared/kernel/roles.py", "import shared.kernel.composition"),
    ("kernel-layers", "shared/kernel/roles.py", "import shared.kernel.names"),
    ("kernel-layers", "shared/kernel/day_grid.py", "import shared.kernel.names"),
    ("shared-layers", "shared/utils.py", "'''A package that nobody placed.'''"),
    ("deploy-layers", "deploy/local/ports.py", "import deploy.cli.down"),
    ("deploy-layers", "deploy/cli/down.py", "import deploy.compose.volumes"),
]


def lint_imports(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "400"},  # names are not broken over lines
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy_of_the_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for source in sources("services", "shared", "deploy"):
        (copy / source.path).parent.mkdir(parents=True, exist_ok=True)
        (copy / source.path).write_text(source.text)
    return copy


@contextmanager
def planted(copy: Path, path: str, code: str) -> Iterator[None]:
    file = copy / path
    before = file.read_text() if file.exists() else None
    file.write_text(f"{before or ''}\n{code}\n")
    try:
        yield
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before)


def test_the_tree_keeps_every_contract() -> None:
    told = lint_imports(ROOT)
    assert told.returncode == 0, told.stdout


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract["id"] for contract in CONTRACTS} == {identifier for identifier, _, _ in VIOLATIONS}


@pytest.mark.parametrize(("contract", "path", "code"), VIOLATIONS)
def test_a_planted_violation_is_found(copy_of_the_tree: Path, contract: str, path: str, code: str) -> None:
    there = path.endswith("utils.py") or (copy_of_the_tree / path).exists()
    assert there, f"{path} has gone: plant the violation elsewhere"
    with planted(copy_of_the_tree, path, code):
        told = lint_imports(copy_of_the_tree, "--contract", contract)
    assert (told.returncode, "0 kept, 1 broken" in told.stdout) == (1, True), told.stdout + told.stderr
    assert Source(path, "").module in told.stdout, "something else is broken"


def test_a_room_that_only_one_service_has_is_explained_where_the_service_is() -> None:
    """style.md: a service may lack a file; it may not invent one without a reason in its docstring."""
    common = {"__init__", "__main__", "app", "web", "consumers", "publishers", "handlers", "projections", "queries"}
    common |= {"commands", "rules", "domain", "config"}
    unexplained = []
    for service in services():
        mine = [source for source in sources("services") if source.path.startswith(f"services/{service}/")]
        rooms = {source.path.split("/")[2].removesuffix(".py") for source in mine}
        told = next(source.text for source in mine if source.path == f"services/{service}/__init__.py")
        unexplained += [f"services/{service}: {room}" for room in sorted(rooms - common) if f"`{room}`" not in told]
    assert not unexplained
