"""./bihuan status: what of an installation runs where, and whether it is ready.

Exit: 0 it runs; 1 it does not; 2 two run, and none was named.
"""

import argparse
import json
import sys
from typing import Any

from deploy.cli.access import UsedWrongly, add_data_option, chosen
from deploy.local import state


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./bihuan status", description="查看运行情况 / what runs where")
    add_data_option(parser)
    parser.add_argument("--json", action="store_true", help="供脚本读取，含管理员凭据 / for scripts, with credentials")
    options = parser.parse_args(argv)
    try:
        found = state.status(chosen(options.data))
    except UsedWrongly as error:
        print(error, file=sys.stderr)
        return 2
    except state.NotRunning as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(found, indent=2) if options.json else table(found))
    return 0


def table(found: dict[str, Any]) -> str:
    """For a person: no credentials."""
    rows = [f"{found['http']}  (supervisor {found['supervisor']['pid']}, {found['supervisor']['started']})"]
    for name, entry in {**found["servers"], **found["services"]}.items():
        ready = {True: "就绪 ready", False: "未就绪 not ready", None: ""}[entry.get("ready")]
        rows.append(
            f"  {name:<12}pid {entry['pid']:<9}port {entry['port']:<7}{entry['rss_bytes'] // 2**20:>5} MiB  {ready}"
        )
    return "\n".join(rows)
