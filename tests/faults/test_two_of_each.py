"""Two processes of every service at once, under load, killed at random: nothing lost, nothing doubled, no long gap.

The short form of `python -m tests.faults.replicas`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.replicas import Trouble, fleet, run

LONGEST_GAP = 10.0


def test_two_of_every_service_survive_kills_under_load(tmp_path: Path) -> None:
    with fleet(tmp_path / "data") as found:
        trouble = Trouble(kills=4, seed=3, pauses=(1.5, 3.0))
        outcome = asyncio.run(run(found, trouble, quiet=2.0))
    assert len(outcome.troubles) == 4
    assert outcome.tips > 200
    assert (outcome.lost, outcome.doubled, outcome.parked, outcome.behind) == (0, 0, 0, [])
    assert outcome.gap <= LONGEST_GAP
