"""What a command for operators needs of an installation, however it runs: where its secrets and its campaign are, its
databases, its services. The embedded one is known by its data directory; deploy.compose has that of its containers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from psycopg.conninfo import make_conninfo

from deploy.local import state
from deploy.local.layout import Layout
from deploy.local.services import DEFAULT_CAMPAIGN


class Installation(Protocol):
    """`typed`: what a person types before the name of a command; `start` and `restart`: so that it runs, or anew."""

    @property
    def typed(self) -> str: ...

    @property
    def start(self) -> str: ...

    @property
    def restart(self) -> str: ...

    @property
    def secrets(self) -> Path:
        """The folder with the secrets, laid out as deploy.local.credentials says."""

    @property
    def campaign(self) -> Path:
        """The campaign file that the services run."""

    def dsn(self, database: str) -> str:
        """A connection of somebody who may see and change every row there. Raises NotRunning."""

    def url(self, service: str) -> str:
        """Where `/api/<service>` of this service is. Raises NotRunning."""


@dataclass(frozen=True)
class Embedded:
    """The installation of `./bihuan up` over `data`; its databases are asked as the administrator."""

    data: Path
    typed = "./bihuan"

    @property
    def start(self) -> str:
        return f"./bihuan up --data {self.data}"

    @property
    def restart(self) -> str:
        return f"./bihuan down --data {self.data}; {self.start}"

    @property
    def secrets(self) -> Path:
        return Layout.of(self.data).secrets

    @property
    def campaign(self) -> Path:
        """As its state file says; the default one before it ever ran."""
        file = Layout.of(self.data).state_file
        running = json.loads(file.read_text()) if file.is_file() else {}
        return Path(running.get("campaign") or DEFAULT_CAMPAIGN)

    def dsn(self, database: str) -> str:
        return make_conninfo(state.read(self.data)["postgres"]["dsn"], dbname=database)

    def url(self, service: str) -> str:
        return str(state.read(self.data)["http"])  # the gateway leads to each
