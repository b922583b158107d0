"""What in a text for the public could identify somebody: a warning each, for a person to answer (notice 六(三)).

Looked for: mobile, landline and identity numbers and receipt codes (also with spaces, dashes or full-width digits),
names of the campaign's people, mention of a tipster, exact times of day, sites where a single person works. It errs on
the side of warning: who publishes deletes the words or says why they may stand. Limit: a name that is not in the
campaign is not recognised.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from services.notify.domain.values import Doubt, DoubtKind

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-–—.·_]+(?=[\dXx])")
_N = "[0-9〇零一二两三四五六七八九十]"
_NUMBERS: tuple[tuple[DoubtKind, re.Pattern[str]], ...] = (
    (
        "identity",
        re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"),
    ),
    ("receipt", re.compile(r"(?<!\d)\d{16}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)0\d{2,3}\d{7,8}(?!\d)")),
)
_WORDS: tuple[tuple[DoubtKind, re.Pattern[str]], ...] = (
    ("receipt", re.compile(r"回执(?:码|号)")),
    ("tipster", re.compile(r"举报人|投诉人|反映人|报料人|来电人|知情人|信访人")),
    (
        "exact_time",
        re.compile(
            rf"(?<![0-9:]){_N}{{1,2}}:[0-5]\d(?!\d)"
            rf"|{_N}{{1,3}}[时点](?:钟|半|许|左右|前后|整|{_N}{{1,3}}[分刻])"
            rf"|(?:凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜|当晚|深夜){_N}{{1,3}}[时点]"
        ),
    ),
    (
        "one_person_site",
        re.compile(
            r"[只仅]有?(?:一|1)(?:个人|名|人|位)"
            r"|唯一的?(?:一名|一位|一个)?(?:员工|职工|工人|司炉|操作|值班|门卫|保管|安全员|人)"
            r"|(?:独自|单人|一人|一个人)(?:在岗|值班|作业|操作|看守|上班|经营|留守)|夫妻店"
        ),
    ),
)
_SHOWN = {"phone": 3, "identity": 6, "receipt": 4}
"""How many leading digits of a number a warning repeats."""


def what_could_identify_somebody(text: str, names: Collection[str]) -> tuple[Doubt, ...]:
    """The doubts of a text, each kind and place once; `names` are those of the campaign's people."""
    return tuple(dict.fromkeys(_found(unicodedata.normalize("NFKC", text), names)))


def _found(plain: str, names: Collection[str]) -> Iterator[Doubt]:
    digits = _BETWEEN_DIGITS.sub("", plain)
    for kind, pattern in _NUMBERS:
        for match in pattern.finditer(digits):
            yield Doubt(kind, match.group()[: _SHOWN[kind]] + "…")
    for kind, pattern in _WORDS:
        for match in pattern.finditer(plain):
            yield Doubt(kind, match.group())
    for name in names:
        if name in plain:
            yield Doubt("name", name)
