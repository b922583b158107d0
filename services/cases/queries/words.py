"""Words that people look for, in any order: in the matter, enterprise, place and numbers of a case, and its people.

Text is compared as `plain`. An index knows every two characters that stand together (`cases_with`, migration 0007) and
names the cases that may be meant; that a word stands there as a whole is looked at in those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from shared.platform.service.reading import escaped
from shared.platform.text import plain


class Wanted(NamedTuple):
    """The parameters of `cases_with` and `case_has`: what may be meant; of each word its pattern and the people of that
    name; and both of those words alone that are longer than what the index knows."""

    query: str
    patterns: list[str]
    people: list[str]
    long: list[str]
    long_people: list[str]


def wanted(text: str, people: Mapping[str, str]) -> Wanted | None:
    """What a text asks for; `people`: identifier → name. None if it asks for nothing: brackets alone."""
    words = plain(text).split()
    if not words:
        return None
    named = [[id_ for id_, name in people.items() if word in plain(name)] for word in words]
    parts = [
        " | ".join([_all_of(word), *(_quoted(f"@{one}") for one in ids)])
        for word, ids in zip(words, named, strict=True)
    ]
    patterns = [f"%{escaped(word)}%" for word in words]
    names = [",".join(ids) for ids in named]
    long = [n for n, word in enumerate(words) if len(word) > 2]
    return Wanted(
        " & ".join(f"({part})" for part in parts), patterns, names,
        [patterns[n] for n in long], [names[n] for n in long],
    )  # fmt: skip


def _all_of(word: str) -> str:
    grams = [word] if len(word) == 1 else [word[n : n + 2] for n in range(len(word) - 1)]
    return "(" + " & ".join(map(_quoted, grams)) + ")"


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
