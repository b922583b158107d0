"""One performance: the play from the first day to the table, on whatever installation stands behind the stage.

Progress and refusals go to standard error, the table to standard output. Afterwards the clock goes on from where the
play ended, at the speed of the world.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo.cast import Cast
from deploy.demo.play import Play
from deploy.demo.report import show_table
from deploy.demo.stage import Stage
from deploy.demo.table import invariants, table
from deploy.demo.tips import Tip
from shared.kernel.campaign import Campaign

OPENING = time(8, 0)


def open_stage(stage: Stage, campaign: Campaign) -> None:
    """Set the clock to the morning of the campaign's first day."""
    stage.move(datetime.combine(campaign.period.start, OPENING, campaign.zone))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether every invariant held, and the case to look at first, if the campaign had one."""

    held: bool
    showpiece: str | None


def perform(stage: Stage, cast: Cast, campaign: Campaign, tips: Sequence[Tip], seed: str, *, as_json: bool) -> Outcome:
    """Play and print the table."""
    columns = (TextColumn("{task.description}"), BarColumn(None), TextColumn("{task.completed}/{task.total} 天"),
               TimeElapsedColumn())  # fmt: skip
    try:
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("集中行动 / the campaign", total=None)

            def advanced(day: int, of: int) -> None:
                progress.update(task, completed=day, total=of)

            play = Play(stage, cast, campaign, tips, seed, advanced)
            play.run()
        for one in cast.refused:
            print(f"未获准 / refused: {one.path} {one.status} {one.detail}", file=sys.stderr)
        found = table(cast, seed, play.months)
        found["invariants"] = invariants(cast, stage.dead_letters())
    finally:
        cast.close()
    stage.let_run()
    if as_json:
        print(json.dumps(found, ensure_ascii=False), flush=True)
    else:
        show_table(found, campaign)
    return Outcome(all(found["invariants"].values()), play.showpiece)
