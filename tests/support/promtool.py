"""Where promtool is, which checks and unit-tests the alert rules: that of Debian's package `prometheus`, or one that
BIHUAN_PROMTOOL names. Nothing is downloaded, and a check without it fails: it is not skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path


class PromtoolMissing(Exception):
    """Says what to install."""


def promtool(environment: Mapping[str, str] = os.environ) -> Path:
    """The program. Raises PromtoolMissing."""
    named = environment.get("BIHUAN_PROMTOOL")
    if named:
        if not os.access(named, os.X_OK):
            raise PromtoolMissing(f"BIHUAN_PROMTOOL={named} is not a program. Name one, or unset it.")
        return Path(named)
    if found := shutil.which("promtool", path=environment.get("PATH", "")):
        return Path(found)
    raise PromtoolMissing(
        "没有找到 promtool / the alert rules are tested by promtool and there is none. Install it (apt install "
        "prometheus), or name one: BIHUAN_PROMTOOL=/path/to/promtool"
    )
