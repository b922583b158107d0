"""./bihuan status: what of an installation runs where, and whether it is ready.

Exit: 0 it runs; 1 it does not; 2 two run, and none was named.
"""

import argparse
import json
from typing import Any

from deploy.cli.access import add_data_option, chosen, told
from deploy.local import state


@told
def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./bihuan status", description="查看运行情况 / what runs where")
    add_data_option(parser)
    parser.add_argument("--json", action="store_true", help="供脚本读取，含管理员凭据 / for scripts, with credentials")
    options = parser.parse_args(argv)
    found = state.status(chosen(options.data))
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
