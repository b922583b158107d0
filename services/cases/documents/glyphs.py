"""Which characters a letter's text can be printed in, known before it takes a number and without loading a font.

The character maps of the files in which `fonts` sets text are read (OpenType 1.9: `cmap` of formats 4 and 12, `name`
for the families): a quarter of a megabyte each, once per process, so that new files are looked at after a restart.
Limits: of a family with several files all are taken together, and a face may map a character to an empty glyph; what is
still missing when a letter is printed is printed as a placeholder (`render`).
"""

from __future__ import annotations

import os
import struct
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from services.cases.documents.faces import SUBSTITUTES, TEXT, directories
from services.cases.documents.letter import LetterFacts, LetterFactsError
from shared.platform.text import code_points

_FAMILIES = frozenset(name.casefold() for name in (*TEXT, *SUBSTITUTES))
_FILES = frozenset({".otf", ".ttf", ".ttc", ".otc"})
_FROM_UNICODE = frozenset({(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)})
"""Platform and encoding of the maps that are of use."""
_FAMILY_NAMES = frozenset({1, 16})
_NO_GLYPH = 0
Ranges = tuple[tuple[int, int], ...]
"""First and last code points, in order."""


class Coverage:
    """The characters that at least one of some faces has."""

    def __init__(self, ranges: Ranges) -> None:
        self._ranges = ranges
        self._first = [first for first, _ in ranges]

    def __contains__(self, character: str) -> bool:
        place = bisect_right(self._first, ord(character)) - 1
        return place >= 0 and ord(character) <= self._ranges[place][1]


def missing(text: str) -> str:
    """The characters of `text` that the letters' faces lack, each once. Raises `FontsMissingError`."""
    coverage = _of_the_text(os.environ.get("BIHUAN_FONTS", ""))
    return "".join(dict.fromkeys(character for character in text if character not in coverage))


def check(facts: LetterFacts) -> None:
    """Raises LetterFactsError naming the first blank with characters that the letters' faces lack, and these."""
    for blank, text in facts.blanks():
        if characters := missing(text):
            raise LetterFactsError(
                f"“{blank}”中有文书字体里没有的字：{characters}（{code_points(characters)}）。请改用通行写法。", blank
            )


@lru_cache(maxsize=4)
def _of_the_text(own: str) -> Coverage:
    """What the faces of a letter's text have; `own` is the operator's directory, or empty."""
    folders = directories({"BIHUAN_FONTS": own})
    files = [file for folder in folders for file in sorted(folder.rglob("*")) if file.suffix.casefold() in _FILES]
    found = sorted({one for file in files for one in _ranges_of(file)})
    merged: list[tuple[int, int]] = []
    for first, last in found:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return Coverage(tuple(merged))


def _ranges_of(file: Path) -> Iterator[tuple[int, int]]:
    """The ranges of those faces in a file that letters are set in; nothing for a file that is no font."""
    try:
        with file.open("rb") as font:
            for at in _faces(font.read(4096)):
                font.seek(at)
                tables = {}
                (count,) = struct.unpack(">4xH6x", font.read(12))
                for _ in range(count):
                    tag, offset, length = struct.unpack(">4s4xII", font.read(16))
                    tables[tag] = (offset, length)
                parts = {}
                for tag in (b"name", b"cmap"):
                    font.seek(tables[tag][0])
                    parts[tag] = font.read(tables[tag][1])
                if _FAMILIES & set(_families(parts[b"name"])):
                    yield from _mapped(parts[b"cmap"])
    except (struct.error, KeyError, IndexError):
        return


def _faces(head: bytes) -> tuple[int, ...]:
    """Where the faces of a file begin: a collection has several."""
    if head[:4] != b"ttcf":
        return (0,)
    (count,) = struct.unpack_from(">I", head, 8)
    return struct.unpack_from(f">{count}I", head, 12)


def _families(table: bytes) -> Iterator[str]:
    count, strings = struct.unpack_from(">2xHH", table)
    for place in range(count):
        platform, _, _, name, length, offset = struct.unpack_from(">6H", table, 6 + 12 * place)
        if name in _FAMILY_NAMES and platform in (0, 3):
            written = table[strings + offset : strings + offset + length]
            yield written.decode("utf-16-be", errors="replace").casefold()


def _mapped(table: bytes) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">2xH", table)
    offsets = set()
    for place in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * place)
        if (platform, encoding) in _FROM_UNICODE:
            offsets.add(offset)
    maps = {struct.unpack_from(">H", table, offset)[0]: offset for offset in offsets}
    if 12 in maps:  # all of Unicode, where format 4 has its first plane
        yield from _format_12(table, maps[12])
    elif 4 in maps:
        yield from _format_4(table, maps[4])


def _format_12(table: bytes, offset: int) -> Iterator[tuple[int, int]]:
    (groups,) = struct.unpack_from(">I", table, offset + 12)
    for first, last, glyph in struct.iter_unpack(">III", table[offset + 16 : offset + 16 + 12 * groups]):
        start = first + 1 if glyph == _NO_GLYPH else first
        if start <= last:
            yield start, last


def _format_4(table: bytes, offset: int) -> Iterator[tuple[int, int]]:
    """Segments whose glyphs are a shift of the code points, or stand in an array behind the segments."""
    (doubled,) = struct.unpack_from(">H", table, offset + 6)
    at = offset + 14
    last, first, delta, range_at = (
        struct.unpack_from(f">{doubled // 2}H", table, start)
        for start in (at, at + doubled + 2, at + 2 * doubled + 2, at + 3 * doubled + 2)
    )
    for place, (begin, end) in enumerate(zip(first, last, strict=True)):
        for point in range(begin, min(end, 0xFFFE) + 1):
            glyph = point
            if range_at[place]:
                where = at + 3 * doubled + 2 + 2 * place + range_at[place] + 2 * (point - begin)
                (glyph,) = struct.unpack_from(">H", table, where)
            if (glyph != _NO_GLYPH or not range_at[place]) and (glyph + delta[place]) & 0xFFFF != _NO_GLYPH:
                yield point, point
