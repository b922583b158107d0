"""./bihuan rebuild: every read table from zero beside the live one, out of the events alone, and compared.

It works while the services do. With --swap the rows that differ are put in place: after an upgrade that shows something
new of old events, or where a table is not what it should be. Beside docker compose it is `docker compose run --rm
rebuild`, in a container of its own because receipts are found by values that need the peppers of *intake*.

Exit: 0 all tables are equal, or were made so; 1 one differs, nothing runs, or a database does not answer; 2 used
wrongly.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
from eventsourcing.persistence import MapperDeserialisationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from deploy.cli.access import add_data_option, meant, told
from deploy.local.installation import Installation
from services.assessment.counting import Derivation
from services.assessment.projections import PROJECTOR as ASSESSMENT
from services.cases.projections import PROJECTOR as CASES
from services.intake.projections import projector_of
from services.intake.receipts import ReceiptCodes
from services.notify.projections import PROJECTOR as NOTIFY
from shared.kernel.contracts import SERVICES, told_to
from shared.platform.service.projector import Projector
from shared.platform.service.rebuild import Busy, Derived, Producer, Rebuilt, rebuild

DERIVED: Mapping[str, Derived] = {"assessment": Derivation()}
FAILED = (Busy, psycopg.Error, MapperDeserialisationError, OSError)


def _parser(given: Installation | None) -> argparse.ArgumentParser:
    typed = "docker compose run --rm rebuild" if given is not None else "./bihuan rebuild"
    found = argparse.ArgumentParser(
        prog=typed,
        description="由事件重建查询表并与现表比对 / build the read tables anew from the events, and compare",
        epilog=f"例 / e.g.: {typed}; {typed} cases --swap",
    )
    found.add_argument("services", nargs="*", metavar="SERVICE", help=f"{', '.join(SERVICES)}；不写为全部 / or all")
    found.add_argument("--swap", action="store_true", help="不一致的行换成重建的 / put the rows that differ in place")
    found.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    add_data_option(found, given)
    return found


@told
def main(argv: list[str], given: Installation | None = None) -> int:
    """Against an installation that runs."""
    options = _parser(given).parse_args(argv)
    if not _known(options.services):
        return 2
    installation = meant(options.data, given)
    databases = {name: installation.dsn(f"bihuan_{name}") for name in SERVICES}
    return perform(options, databases, installation.secrets / "intake")


def perform(chosen: argparse.Namespace, databases: Mapping[str, str], intake_secrets: Path) -> int:
    """`databases`: service → connection of somebody who may make a schema there, and see and change every row."""
    if not _known(chosen.services):
        return 2
    try:
        found = asyncio.run(
            rebuild_all(chosen.services or SERVICES, databases, projectors(intake_secrets), chosen.swap)
        )
    except FAILED as error:
        print(f"重建未完成，现表未动 / not done, the tables are as before: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report(found), ensure_ascii=False) if chosen.json else table(found, chosen.swap))
    equal = all(not one.differing for rebuilt in found.values() for one in rebuilt.tables.values())
    return 0 if equal or chosen.swap else 1


def _known(services: Sequence[str]) -> bool:
    unknown = [name for name in services if name not in SERVICES]
    if unknown:
        print(f"没有这个服务 / no such service: {', '.join(unknown)} ({', '.join(SERVICES)})", file=sys.stderr)
    return not unknown


def projectors(intake_secrets: Path) -> dict[str, Projector]:
    """Service → what makes its read tables. Raises OSError: the look-up values of receipts need their peppers."""
    for service in SERVICES:
        import_module(f"services.{service}.app")  # a stored event is known by its declaration: they all are, as there
    peppers = [(intake_secrets / name).read_bytes() for name in ("receipt_pepper", "receipt_lookup_pepper")]
    intake = projector_of(ReceiptCodes(*peppers))
    return {"intake": intake, "cases": CASES, "assessment": ASSESSMENT, "notify": NOTIFY}


async def rebuild_all(
    services: Sequence[str], databases: Mapping[str, str], projectors: Mapping[str, Projector], swap: bool
) -> dict[str, Rebuilt]:
    """Service → its tables compared, with progress on standard error. Raises FAILED."""
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TextColumn("事件 events"))
    found = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for service in services:
            task = progress.add_task(service, total=None)
            producers = {name: Producer(databases[name], kinds) for name, kinds in told_to(service).items()}

            def shown(done: int, known: int, task: TaskID = task) -> None:
                progress.update(task, completed=done, total=known)

            found[service] = await rebuild(
                databases[service], projectors[service], producers, swap=swap, progress=shown,
                derived=DERIVED.get(service),
            )  # fmt: skip
    return found


def report(found: Mapping[str, Rebuilt]) -> dict[str, Any]:
    """For scripts. `differing`: rows that differ, are missing or are too many in the live table."""
    return {
        "services": {
            service: {
                "events": rebuilt.events,
                "tables": {
                    name: {"rows": one.rows, "equal": not one.differing, "differing": one.differing}
                    for name, one in rebuilt.tables.items()
                },
            }
            for service, rebuilt in found.items()
        }
    }


def table(found: Mapping[str, Rebuilt], swapped: bool) -> str:
    """For a person."""
    lines = []
    for service, rebuilt in found.items():
        lines.append(f"{service}  {rebuilt.events} 个事件 events")
        for name, one in rebuilt.tables.items():
            told = "一致 equal"
            if one.differing:
                done = "已换成重建的 put in place" if swapped else "可用 --swap 换成重建的 / --swap puts them in place"
                told = f"{one.differing} 行不一致 rows differ，{done}"
            lines.append(f"  {name:<14}{one.rows:>9} 行 rows  {told}")
    return "\n".join(lines)
