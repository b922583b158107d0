"""`./bihuan bench fill N`: N made-up cases in the database of *cases*, written as the service writes them.

Commands, rules, projections, publications, timers and the recorder are the real ones; only the lane is not between, and
no idempotency keys are kept, which are deleted after a month anyhow. A whole life is one session, and GROUP lives are
one transaction, so that the next are lived while PostgreSQL writes. What the other services make of it they make when
they run: they are told everything, as ever.

Limits: letters go to no bus from here, and the lists of the other services fill as they hear of the cases. Filling
twice adds as many cases once more, with the next numbers of letters.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import PersistenceError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cli.lives import Lives
from deploy.cli.migrate import FOLDERS
from deploy.local import state
from deploy.local.installation import Embedded
from deploy.local.layout import DirectoryInUse, DirectoryUnusable
from deploy.local.postgres import EmbeddedPostgres, PostgresFailed
from services.cases.domain.letter_register import LetterRegister
from services.cases.handlers.heard import timers_of
from services.cases.projections import PROJECTOR
from services.cases.publishers import publisher_of
from shared.kernel.campaign import Campaign, load
from shared.platform.event_store import snapshots
from shared.platform.event_store.group import Group
from shared.platform.event_store.group_writer import GroupWriter
from shared.platform.event_store.migrate import migrate
from shared.platform.event_store.session import Reactions, Session
from shared.platform.event_store.snapshots import Snapshot
from shared.platform.event_store.store import AggregateNotFoundError, Store, open_store

GROUP = 100
PATIENCE = 60.0
DATABASE = "bihuan_cases"
FAILED = (psycopg.Error, PersistenceError, PostgresFailed, DirectoryInUse, DirectoryUnusable, OSError)


def main(argv: list[str]) -> int:
    """Exit 0 when it is done, 1 when a database cannot be had, 2 for a wrong call."""
    parser = argparse.ArgumentParser(
        prog="./bihuan bench fill",
        description="写入 N 件虚构的交办件，用于测量 / N made-up cases, for measuring",
        epilog="例 / e.g.: ./bihuan bench fill 100000 --data /tmp/many",
    )
    parser.add_argument("count", type=int, metavar="N", help="件数 / how many")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--data", type=Path, metavar="DIR", help="数据目录，运行中或尚未建立均可 / running, or yet to be made"
    )
    where.add_argument("--dsn", metavar="URI", help="cases 的数据库，以写入者身份 / a database of cases, as its writer")
    options = parser.parse_args(argv)
    if options.count < 1:
        parser.error("N 至少为 1 / at least 1")
    columns = (TextColumn("fill"), BarColumn(), MofNCompleteColumn(), TextColumn("件 cases"), TimeRemainingColumn())
    try:
        with (
            _database(options.data, options.dsn) as (dsn, campaign),
            Progress(*columns, console=Console(stderr=True)) as progress,
        ):
            task = progress.add_task("fill", total=options.count)
            for done in fill(dsn, campaign, options.count):
                progress.update(task, completed=done)
    except FAILED as error:
        print(f"未完成；已写入的成组有效 / not done, what was written stays: {error}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _database(data: Path | None, dsn: str | None) -> Iterator[tuple[str, Campaign]]:
    """The database that is meant; that of a data directory is started and migrated if nothing runs there."""
    if data is None:
        yield str(dsn), load(Embedded(Path()).campaign)
        return
    installation = Embedded(data)
    try:
        running = installation.dsn(DATABASE)
    except state.NotRunning:
        with EmbeddedPostgres(data) as server:
            owner = server.dsn(DATABASE, f"{DATABASE}_owner")
            migrate(owner, FOLDERS["cases"], writer=f"{DATABASE}_writer", reader=f"{DATABASE}_reader")
            yield server.dsn(DATABASE, f"{DATABASE}_writer"), load(installation.campaign)
    else:
        yield running, load(installation.campaign)


def fill(dsn: str, campaign: Campaign, count: int, until: datetime | None = None) -> Iterator[int]:
    """Write `count` cases that began from the campaign's first day to `until` (its last day); gives after each commit
    how many are there. Raises psycopg.Error."""
    end = until or datetime.combine(campaign.period.end, datetime.min.time(), campaign.zone)
    lives = Lives(campaign, count, end)
    reactions = Reactions(PROJECTOR.project, publisher_of(campaign).publish, timers_of)
    with open_store(dsn) as store:
        writer, living, flying = GroupWriter(store, dsn, PATIENCE), Living(store), Group()
        for first in range(0, count, GROUP):
            group = Group()
            for n in range(first, min(first + GROUP, count)):
                session = Session(living, reactions, store.mapper.to_stored_event)  # type: ignore[arg-type]
                lives.live(n, session)
                group.work.merge(session.work)
                living.rest()
            writer.prepare(group)
            writer.receive(flying)
            yield first
            writer.send(group)
            flying = group
        flying.snapshots = living.registers()
        writer.receive(flying)
        writer.disconnect()
    yield count


class Living:
    """What the cache is to a session: the aggregates of the life that is lived, and the registers that all share."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[UUID, Any] = {}

    def get(self, id_: UUID) -> Any:
        """None if there is no such stream. Only a register can be there from before."""
        if id_ not in self._known:
            try:
                self._known[id_] = self._store.repository.get(id_)
            except AggregateNotFoundError:
                return None
        return self._known[id_]

    def prefetch(self, ids: Iterable[UUID]) -> None:
        """Nothing is far from here."""

    def put(self, aggregate: Any) -> None:
        """It is new."""
        self._known[aggregate.id] = aggregate

    def rest(self) -> None:
        """A life is over for now."""
        self._known = {id_: one for id_, one in self._known.items() if isinstance(one, LetterRegister)}

    def registers(self) -> list[Snapshot]:
        """So that the services need not read them from their first number."""
        return [snapshots.take(one) for one in self._known.values() if isinstance(one, LetterRegister)]
