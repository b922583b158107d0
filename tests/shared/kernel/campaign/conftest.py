"""The first campaign, read once."""

from pathlib import Path

import pytest

from shared.kernel.campaign import Campaign, load

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def jincheng() -> Campaign:
    return load(ROOT / "deploy" / "campaigns" / "jincheng-2021.yaml")


@pytest.fixture(scope="session")
def lanjiang() -> Campaign:
    return load(ROOT / "tests" / "support" / "campaigns" / "lanjiang-2023.yaml")
