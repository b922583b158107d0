"""Decides which type face each part of a paper is set in.

GB/T 9704 asks for 小标宋 (titles) and 仿宋 (text), which may not be redistributed. An operator who has a licence puts
the files into the directory named by BIHUAN_FONTS; what is not there is replaced by Noto Serif CJK SC from the
`mplfonts` wheel. That wheel is used for its files alone: it is located, never imported, because importing it would
import matplotlib. Fonts of the machine are never looked at, so that the same facts give the same bytes everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import typst

from services.cases.documents.faces import SUBSTITUTES, TEXT, TITLE, FontsMissingError, directories


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
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=directories(environment))
    present = {family.casefold() for family in fonts.families()}
    title, text, substitutes = (
        tuple(name for name in names if name.casefold() in present) for names in (TITLE, TEXT, SUBSTITUTES)
    )
    if not substitutes:
        raise FontsMissingError(
            "找不到自带字体 Noto Serif CJK SC：请重新安装依赖包 mplfonts（pip install --no-deps mplfonts）。"
        )
    return TypeFaces(fonts, title + substitutes, text + substitutes, substitutes, title_is_substitute=not title)
