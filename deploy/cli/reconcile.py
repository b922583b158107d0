"""./bihuan reconcile: each service compares what the bus holds of its events with its database, now and in full.

What is missing on the bus, or is there with other bytes alone, is sent again at once; services do the same by
themselves, at leisure. It asks the running installation over HTTP, as its administrator, with the installation's key.

Exit: 0 both sides were equal; 1 something was missing or different and was sent again, nothing runs, or a service does
not answer; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from rich.console import Console as Terminal

from deploy.cli.access import add_data_option, meant, told, typed
from deploy.cli.deadletters import Console
from deploy.local.installation import Installation
from shared.kernel.contracts import SERVICES

SECONDS = 900.0  # a whole history is read back
FEEDS = {"public": "公开 public", "internal": "内部 internal"}


@told
def main(argv: list[str], given: Installation | None = None) -> int:
    """Compares and tells."""
    options = _parser(given).parse_args(argv)
    found: dict[str, dict[str, Any]] = {}
    console = Console(meant(options.data, given))
    for service in options.services or SERVICES:
        with Terminal(stderr=True).status(f"{service}：核对中 / comparing …"):
            found[service] = console.request(service, "/reconcile", "POST", SECONDS)
        if not options.json:
            print("\n".join(_lines(service, found[service])))
    equal = all(one["equal"] for one in found.values())
    if options.json:
        print(json.dumps({"services": found, "equal": equal}))
    elif not equal:
        print("已补发，稍后可再核对一次 / sent again; ask once more in a moment: ./bihuan reconcile")
    return 0 if equal else 1


def _parser(given: Installation | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{typed(given)} reconcile",
        description="核对总线与数据库，补发缺少的事件 / compare the bus with the databases",
    )
    parser.add_argument("services", nargs="*", choices=[*SERVICES, []], metavar="NAME", help="服务 / of these alone")
    add_data_option(parser, given)
    parser.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return parser


def _lines(service: str, told: dict[str, Any]) -> list[str]:
    lines = []
    for feed, title in FEEDS.items():
        one = told[feed]
        state_ = "一致 equal"
        if one["republished"]:
            state_ = f"缺少 {one['missing']} missing，不同 {one['different']} different，已补发 sent again"
        lines.append(f"{service:<12}{title:<14}{one['events']:>9} 个事件 events  {state_}")
    return lines
