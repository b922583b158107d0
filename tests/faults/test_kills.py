"""Everything that runs is killed at random, under load, and nothing is lost, doubled or told to whom it may not be.

The short form of `python -m tests.faults.kills`.
"""

from __future__ import annotations

from pathlib import Path

from tests.faults.kills import run


def test_an_installation_survives_kills_of_its_services_servers_and_supervisor(tmp_path: Path) -> None:
    outcome = run(tmp_path / "data", kills=6, seed=14, pauses=(0.5, 1.5))
    assert sum(outcome.killed.values()) == 6
    assert {"supervisor", "postgres"} <= outcome.killed.keys()
    assert outcome.tips > 200
    assert outcome.commands > 20
    assert (outcome.lost, outcome.doubled, outcome.wrong) == (0, 0, [])
