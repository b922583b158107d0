"""Decides how a letter's words become a PDF: which row pitch, which standards, and what counts as a failure.

GB/T 9704—2012 sets 22 rows a page, but wants the seal on a page that carries some of the text, and allows the spacing
to be changed to get there. So pitches are tried from the standard's downward until the text ends on the page of the
signature; if none is close enough, the standard's pitch stands and the last lines of the text are sent over too.

Runs in the child process only (see `__main__`): a CJK font takes far more memory than a service should keep.
The result is PDF/A-2a and PDF/UA-1 (tagged, archivable, every glyph present). A warning is a failure: it would mean a
sheet that differs from the one that was designed.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import typst

from services.cases.documents.fonts import TypeFaces

_TEMPLATES = Path(__file__).parent / "templates"
_STANDARDS: list[Any] = ["a-2a", "ua-1"]
_PITCHES = (28.95, 28.0, 27.0, 26.0, 25.0, 24.0, 23.0, 22.0)
"""Points from row to row; the first is GB/T 9704's (22 rows in 225 mm), the last is still 1.4 times the type."""
_LINES_SENT_OVER = 3
_UNDISPLAYED = re.compile(r"the text `\"(.*?)\"` could not be displayed")
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")


class MissingGlyphs(Exception):
    """No font at hand can print these `characters`."""

    def __init__(self, characters: str) -> None:
        super().__init__(characters)
        self.characters = characters


class TypesettingFailed(Exception):
    """The template or a font is at fault, not the words."""


def typeset_letter(letter: dict[str, Any], faces: TypeFaces) -> bytes:
    """The PDF of one letter.

    `letter` is `letter.LetterText` as a dict with `date` = {"year", "month", "day"}. The same letter and fonts give the
    same bytes. Raises `MissingGlyphs`, `TypesettingFailed`.
    """
    compiler = typst.Compiler(
        _TEMPLATES / "letter.typ", root=_TEMPLATES, font_paths=faces.fonts, ignore_system_fonts=True
    )
    inputs = {
        "letter": json.dumps(letter, ensure_ascii=False),
        "faces": json.dumps(
            {
                "title": faces.title,
                "text": faces.text,
                "figures": faces.figures,
                "title_is_substitute": faces.title_is_substitute,
            }
        ),
    }
    try:
        for pitch in _PITCHES:
            sheet = _compile(compiler, inputs | {"pitch": str(pitch), "held": "0"})
            if _mark(compiler, "<text-ends>")["page"] == _mark(compiler, "<letter-ends>")["page"]:
                return sheet
        _compile(compiler, inputs | {"pitch": str(_PITCHES[0]), "held": "0"})
        held = math.floor(_mark(compiler, "<text-ends>")["rows-below"]) + _LINES_SENT_OVER
        return _compile(compiler, inputs | {"pitch": str(_PITCHES[0]), "held": str(held)})
    except typst.TypstError as error:
        if undisplayed := _UNDISPLAYED.findall(error.diagnostic):
            raise MissingGlyphs("".join(dict.fromkeys(_unescape("".join(undisplayed))))) from error
        raise TypesettingFailed(error.diagnostic) from error


def _compile(compiler: typst.Compiler, inputs: dict[str, str]) -> bytes:
    sheet, warnings = compiler.compile_with_warnings(format="pdf", sys_inputs=inputs, pdf_standards=_STANDARDS)
    if warnings:
        raise TypesettingFailed("；".join(warning.message for warning in warnings))
    if not isinstance(sheet, bytes):
        raise TypesettingFailed("typst returned no PDF")
    return sheet


def _mark(compiler: typst.Compiler, label: str) -> dict[str, float]:
    """What the template noted under this label in the last compilation."""
    noted: dict[str, float] = json.loads(compiler.query(label, field="value", one=True))
    return noted


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
