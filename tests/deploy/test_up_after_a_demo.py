"""Who opens the console over a campaign that was played …"""

from pathlib import Path

import pytest

from deploy.cli import up
from deploy.local.layout import Layout
from deploy.local.supervisor import Supervisor


@pytest.mark.parametrize(("played", "clock"), [(True, "row"), (False, "system")])
def test_finds_it_on_the_clock_that_it_had(
    played: bool, clock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if played:
        Layout.of(tmp_path).simulated.touch()
    started: list[Supervisor] = []

    async def run(supervisor: Supervisor) -> int:
        started.append(supervisor)
        return 0

    monkeypatch.setattr(up, "run", run)
    assert up.main(["--data", str(tmp_path)]) == 0
    assert [one.settings.clock for one in started] == [clock]
