"""./bihuan doctor: what is wrong with the installation over --data, and what to type about it.

It looks at the data directory always, and at databases, services and mail server where they run; what it could not look
at it says. What is looked at is in `examination`. Beside docker compose it is `docker compose run --rm doctor`, which
looks from a container that has the volumes and reaches no mail server (deploy.compose.doctor).

Exit: 0 nothing is bad (warnings may be); 1 something is; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.cli.access import UsedWrongly, add_data_option, chosen
from deploy.cli.examination import Patient, examine, smtp_url
from deploy.cli.judging import Line
from deploy.local import backups, state
from deploy.local.layout import Layout
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.services import DEFAULT_CAMPAIGN


def main(argv: list[str]) -> int:
    """Look at everything, and print a line each."""
    parser = argparse.ArgumentParser(
        prog="./bihuan doctor", description="检查毛病，并说明怎么办 / what is wrong, and what to type"
    )
    add_data_option(parser)
    parser.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    options = parser.parse_args(argv)
    try:
        data = chosen(options.data)
    except UsedWrongly as error:
        print(error, file=sys.stderr)
        return 2
    if not data.is_dir():
        print(f"{data} 还没有安装 / nothing is installed there. ./bihuan up --data {data}", file=sys.stderr)
        return 2
    try:
        running = state.status(data)
    except state.NotRunning:
        running = None
    return tell(examine(embedded(Layout.of(data), running)), as_json=options.json)


def embedded(layout: Layout, running: dict[str, Any] | None) -> Patient:
    """The installation of `./bihuan up`. `running`: what `status` says of it if it runs."""
    folder = os.environ.get("BIHUAN_CERTIFICATE_FOLDER")
    own = (Path(folder) / "tls.crt",) if folder else ()
    return Patient(
        layout=layout,
        disks=(layout.data,),
        campaign=Path((running or {}).get("campaign") or DEFAULT_CAMPAIGN),
        simulated=layout.simulated.exists(),
        used=EmbeddedPostgres(layout.data, port=1).cluster.exists(),
        administrator=running["postgres"]["dsn"] if running else None,
        ready={name: entry["ready"] for name, entry in running["services"].items()} if running else None,
        certificates=(*sorted(layout.secrets.rglob("*.crt")), *own),
        smtp_url=lambda: smtp_url(_environment_of_notify(running)),
        backup=backups.remembered(layout),
    )


def tell(lines: list[Line], *, as_json: bool) -> int:
    """Print them; the exit code."""
    bad = any(line.state == "bad" for line in lines)
    if as_json:
        print(json.dumps({"healthy": not bad, "lines": [asdict(line) for line in lines]}, ensure_ascii=False))
    else:
        show(lines)
    return 1 if bad else 0


def show(lines: list[Line]) -> None:
    """For a person."""
    marks = {"ok": "[green]ok[/]", "warn": "[yellow]注意 warn[/]", "bad": "[red]不好 BAD[/]", "unseen": "未看 unseen"}
    table = Table.grid(padding=(0, 2))
    for line in lines:
        table.add_row(marks[line.state], line.what, line.told)
        if line.do:
            table.add_row("", "", f"→ {line.do}")
    Console(highlight=False, soft_wrap=False).print(table)


def _environment_of_notify(running: dict[str, Any] | None) -> dict[str, str]:
    """What the running service was told, which need not be what this shell has set."""
    if running is None:
        return dict(os.environ)
    raw = Path(f"/proc/{running['services']['notify']['pid']}/environ").read_bytes()
    return dict(entry.split("=", 1) for entry in raw.decode(errors="replace").split("\0") if "=" in entry)
