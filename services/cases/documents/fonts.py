"""Decides which type face each part of a paper is set in.

GB/T 9704 asks for 小标宋 (titles) and 仿宋 (text), which may not be redistributed. An operator who has a licence puts
the files into the directory named by BIHUAN_FONTS; what is not there is replaced by Noto Serif CJK SC from the
`mplfonts` wheel. That wheel is used for its files alone: it is located, never imported, because importing it would
import matplotlib. Fonts of the machine are never looked at, so that the same facts give the same bytes everywhere.
"""

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typst

_TITLE = ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", "小标宋体", "小标宋")
_TEXT = ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "FZFangSong-Z02S", "FZFangSong-Z02")
_SUBSTITUTES = ("Noto Serif CJK SC", "Noto Sans CJK SC")
"""The second stands in for the few characters that the first lacks."""


class FontsMissingError(RuntimeError):
    """No usable font was found; the message says where one is expected."""


@dataclass(frozen=True)
class TypeFaces:
    """Families by part, best first, all of them present in `fonts`; `figures` is for page numbers, which GB/T 9704 sets
    in 宋体. `title_is_substitute`: no real 小标宋 is there, so the sheet draws the substitute bolder."""

    fonts: typst.Fonts
    title: tuple[str, ...]
    text: tuple[str, ...]
    figures: tuple[str, ...]
    title_is_substitute: bool


def type_faces(environment: Mapping[str, str]) -> TypeFaces:
    """The faces to use under this environment (BIHUAN_FONTS: a directory, optional). Raises `FontsMissingError`."""
    directories: list[Path] = []
    if own := environment.get("BIHUAN_FONTS"):
        if not os.path.isdir(own):
            raise FontsMissingError(f"BIHUAN_FONTS 指向的目录不存在：{own}。请改正该设置，或取消它以使用自带字体。")
        directories.append(Path(own))
    if (wheel := importlib.util.find_spec("mplfonts")) and wheel.submodule_search_locations:
        directories.append(Path(wheel.submodule_search_locations[0]) / "fonts")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=directories)
    present = {family.casefold() for family in fonts.families()}
    title, text, substitutes = (
        tuple(name for name in names if name.casefold() in present) for names in (_TITLE, _TEXT, _SUBSTITUTES)
    )
    if not substitutes:
        raise FontsMissingError(
            "找不到自带字体 Noto Serif CJK SC：请重新安装依赖包 mplfonts（pip install --no-deps mplfonts）。"
        )
    return TypeFaces(fonts, title + substitutes, text + substitutes, substitutes, title_is_substitute=not title)
