"""`bihuan bench [NAME] [--json]`: the benchmarks, each beside its floor and peers in the same run; and `bench fill N`,
which writes made-up cases for measuring by hand (deploy.cli.fill)."""

from __future__ import annotations

import argparse
import importlib

from rich.console import Console
from rich.progress import Progress

from deploy.cli import fill

BENCHMARKS = {
    "append": "the command lane against a bare insert of the same rows and the stock recorder",
    "cold": "commands on streams that nobody has in memory, and timers that are due together",
    "figures": "dashboard, ranking and return after 1,000 and after 100,000 cases; how fast events are counted",
    "pages": "desks, lists, searches and the feed with 10,000 and with 100,000 cases",
    "loop": "60 tips a second for 60 s through a whole installation, from the tip to the public stream",
}


def main(argv: list[str]) -> int:
    """Exit 0 when every goal is met, 1 when one is not, 2 for a wrong call."""
    if argv[:1] == ["fill"]:
        return fill.main(argv[1:])
    listed = "\n".join(f"  {name:<8}{what}" for name, what in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="bihuan bench",
        description=f"性能测量，各与同次运行的下限和同类比较。\n{listed}",
        epilog="./bihuan bench fill N --data DIR：写入 N 件虚构的交办件 / N made-up cases; ./bihuan bench fill --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="缺省为全部")
    parser.add_argument("--json", action="store_true", help="机器可读")
    options = parser.parse_args(argv)
    names = [options.name] if options.name else list(BENCHMARKS)
    report = importlib.import_module("tests.bench.report")
    rows = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for name in names:
            rows += importlib.import_module(f"tests.bench.{name}").run(progress)
    return int(report.say(rows, as_json=options.json))
