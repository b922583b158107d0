"""Where the browser is that the browser walk drives: Debian's chromium, or one that BIHUAN_CHROMIUM names.

Nothing is downloaded: playwright brings a driver, the browser comes from the system.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")


class ChromiumMissing(Exception):
    """Says what to install."""


def chromium(environment: Mapping[str, str] = os.environ) -> Path:
    """The program of the browser. Raises ChromiumMissing: a walk without a browser fails, it is not skipped."""
    named = environment.get("BIHUAN_CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise ChromiumMissing(f"BIHUAN_CHROMIUM={named} is not a program. Name one, or unset it.")
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name, path=environment.get("PATH", "")):
            return Path(found)
    raise ChromiumMissing(
        "没有找到浏览器 / the browser walk needs Chromium and found none. Install it (apt install chromium "
        "fonts-noto-cjk), or name one: BIHUAN_CHROMIUM=/path/to/chromium"
    )
