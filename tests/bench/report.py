"""How a benchmark speaks: rows of figure, floor and peer from one run, as a table or as JSON."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One measured thing. `ratio` is figure ÷ floor (or ÷ peer) and has to reach `goal`; for a latency, `figure` must
    not exceed `goal` and `ratio` is figure ÷ goal."""

    name: str
    figure: float
    unit: str
    floor: float | None
    peer: float | None
    ratio: float
    goal: float
    met: bool


def rate(name: str, figure: float, *, floor: float | None = None, peer: float | None = None, goal: float) -> Row:
    """A rate that must be at least `goal` times its floor or peer."""
    base = floor if floor is not None else peer
    if base is None:
        raise ValueError("a rate needs a floor or a peer of the same run")
    ratio = figure / base
    return Row(name, round(figure, 1), "1/s", _rounded(floor), _rounded(peer), round(ratio, 2), goal, ratio >= goal)


def latency(name: str, milliseconds: float, *, goal: float) -> Row:
    """A latency in milliseconds that must not exceed `goal`."""
    met = milliseconds <= goal
    return Row(name, round(milliseconds, 1), "ms", None, None, round(milliseconds / goal, 2), goal, met)


def exactly(name: str, figure: int, *, expected: int) -> Row:
    """A count that must be exact."""
    ratio = figure / expected if expected else 0.0
    return Row(name, figure, "count", expected, None, round(ratio, 4), 1.0, figure == expected)


def machine() -> dict[str, Any]:
    """What it ran on."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def say(rows: list[Row], *, as_json: bool) -> int:
    """Print the rows; exit code 0 if every goal is met, else 1."""
    if as_json:
        print(json.dumps({"machine": machine(), "rows": [asdict(row) for row in rows]}))
    else:
        table = Table("measured", "figure", "unit", "floor", "peer", "ratio", "goal", "met")
        for row in rows:
            cells = (row.name, row.figure, row.unit, row.floor, row.peer, row.ratio, row.goal)
            shown = ["" if cell is None else cell if isinstance(cell, str) else f"{cell:,}" for cell in cells]
            table.add_row(*shown, "yes" if row.met else "NO", style=None if row.met else "red")
        Console().print(table)
    return 0 if all(row.met for row in rows) else 1


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
