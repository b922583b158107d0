"""Which families the papers are set in, and in which directories their files lie. Knows no typesetter: see `fonts`."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

TITLE = ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", "小标宋体", "小标宋")
TEXT = ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "FZFangSong-Z02S", "FZFangSong-Z02")
SUBSTITUTES = ("Noto Serif CJK SC", "Noto Sans CJK SC")
"""The second stands in for the few characters that the first lacks."""


class FontsMissingError(RuntimeError):
    """No usable font was found; the message says where one is expected."""


def directories(environment: Mapping[str, str]) -> list[Path]:
    """BIHUAN_FONTS, if it is set, before the wheel's. Raises `FontsMissingError`."""
    found: list[Path] = []
    if own := environment.get("BIHUAN_FONTS"):
        if not os.path.isdir(own):
            raise FontsMissingError(f"BIHUAN_FONTS 指向的目录不存在：{own}。请改正该设置，或取消它以使用自带字体。")
        found.append(Path(own))
    if (wheel := importlib.util.find_spec("mplfonts")) and wheel.submodule_search_locations:
        found.append(Path(wheel.submodule_search_locations[0]) / "fonts")
    return found
