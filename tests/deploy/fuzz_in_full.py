"""Ten minutes of drawn requests for each service: `./bihuan test tests/deploy/fuzz_in_full.py`. Not among all tests.

`BIHUAN_FUZZ_MINUTES` says how long else, `BIHUAN_FUZZ_SEED` from which draw on; every round is another one.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from shared.kernel.contracts import SERVICES
from tests.support import fuzzing

MINUTES = float(os.environ.get("BIHUAN_FUZZ_MINUTES", "10"))
FIRST = int(os.environ.get("BIHUAN_FUZZ_SEED", "1"))
EACH_ROUND = 5


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_breaks_a_service(service: str, tmp_path: Path) -> None:
    ends = time.monotonic() + MINUTES * 60
    statuses: Counter[int] = Counter()
    with fuzzing.target(tmp_path / "data") as target:
        for number in count(FIRST):
            if time.monotonic() >= ends:
                break
            print(f"{service}: draw {number}", flush=True)
            statuses += fuzzing.ask_everything(target, service, EACH_ROUND, number)
    print(service, dict(statuses))
    assert statuses
