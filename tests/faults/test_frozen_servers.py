"""PostgreSQL and NATS freeze in turn, and PostgreSQL is stopped: all are answered in time, and readiness is true.

The short form of `python -m tests.faults.frozen`.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.frozen import BACK_WITHIN, LONGEST, READY_WITHIN, Seen, run
from tests.faults.replicas import fleet

AWAY = 14.0  # longer than a lane is patient


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    with fleet(tmp_path_factory.mktemp("frozen") / "data", each=1) as found:
        return asyncio.run(run(found, AWAY))


@pytest.mark.parametrize("trouble", ["PostgreSQL frozen", "NATS frozen", "PostgreSQL stopped"])
def test_a_server_that_is_away_hangs_no_request_and_is_got_over_at_once(seen: dict[str, Seen], trouble: str) -> None:
    found = seen[trouble]
    assert found.wrong == []
    assert found.longest <= LONGEST, found.slowest
    assert found.longest_ready <= READY_WITHIN, found.slowest
    assert found.unready_after is not None
    assert found.unready_after <= 8
    assert found.back_after is not None
    assert found.back_after <= BACK_WITHIN
