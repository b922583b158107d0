"""What people type, made comparable; and which characters no text may hold.

`skeleton` is for comparison alone, never shown or stored: compatibility forms, width, case, marks, what is invisible,
traditional characters and letters of other scripts that look Latin are folded away (NFKD, as in UTS 39, with the digits
of every script read as 0–9). `readings` are the ways in which a skeleton's digits may be meant: as they stand, with
l, I and O for 1 and 0, with Chinese numerals, those of the telephone (幺, 洞, 拐, 勾) included, and with 一 for a dash.
Each is looked through by itself, because 一 before a number is not its first digit. `BETWEEN` is what people put
between the digits of one number.

`plain` is for finding: what differs only in width, case or brackets is the same, for a number is copied with those at
hand (（特设）移〔2022〕17号, (特设)移[2022]17号).

`unwritable` names what cannot be stored, printed or compared. Limits: look-alikes of Chinese characters (己, 已) and
readings by sound are not folded; an emoji is a character like any other.
"""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files

BETWEEN = r"[\W_]{0,8}"
"""Between two digits of one number: separators of any kind, or nothing. Part of a regular expression."""
_LOOK_ALIKES = str.maketrans("аеорсухіѕјӏκοανιρτυıɩ丨ー丶\u119e\u1173", "aeopcyxisjlkoaviptuii1-··-")
"""Last among them letters that pass for a stroke or a dot: those of kana, radicals and Hangul (as NFKD has them)."""
_SPOKEN = ("〇零洞", "一壹弌幺", "二贰弍两", "三叁参弎", "四肆", "五伍", "六陆", "七柒拐", "八捌", "九玖勾")
_NUMERALS = {ord(numeral): str(digit) for digit, numerals in enumerate(_SPOKEN) for numeral in numerals}
_LETTERS = str.maketrans("ilo|", "1101")
_MAYBE_DIGITS = re.compile(r"[0-9ilo|]+(?:(?:[^\w|]|_){1,8}[0-9ilo|]+)*")
_MAYBE_A_DASH = re.compile(r"(?<=[0-9ilo|])(?:[^\w|]|_){0,4}一(?:[^\w|]|_){0,4}(?=[0-9ilox|])")
_NO_NUMBER_YET = re.compile(r"[之第唯][一二三四五六七八九]")
_DROPPED = frozenset({"Mn", "Me", "Cf", "Cc", "Cs"})
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that show nothing."""
_NONCHARACTERS = "".join(chr(plane << 16 | last) for plane in range(1, 15) for last in (0xFFFE, 0xFFFF))
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"  # controls but \t \n \r, and what reorders
    "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"  # surrogates, private use
    f"\ufdd0-\ufdef\ufffe\uffff{_NONCHARACTERS}]"
)
_SEPARATORS = re.compile(r"[\W_]+")
BRACKETS = "()[]{}<>〔〕〖〗【】〈〉《》「」『』〘〙〚〛"
_NO_BRACKETS = dict.fromkeys(map(ord, BRACKETS))


def _simplified() -> dict[str, str]:
    """Traditional → simplified character: the first form that OpenCC's table has, in the Basic Multilingual Plane."""
    table = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    pairs = ((character, forms.split()[0]) for character, _, forms in map(_entry, table.splitlines()))
    return {character: form for character, form in pairs if max(character, form) <= "\uffff"}


def _entry(line: str) -> tuple[str, str, str]:
    return line.partition("\t")


class _Folding(dict[int, str]):
    """Code point → what it is compared as; filled as characters are met."""

    def __init__(self) -> None:
        self._simplified = _simplified()

    def __missing__(self, point: int) -> str:
        folded = "".join(map(self._one, unicodedata.normalize("NFKD", chr(point))))
        self[point] = folded
        return folded

    def _one(self, character: str) -> str:
        if character.isspace():
            return " "
        if unicodedata.category(character) in _DROPPED or character in _BLANK:
            return ""
        digit = unicodedata.digit(character, None)
        if digit is not None:
            return str(digit)
        return self._simplified.get(character, character).casefold().translate(_LOOK_ALIKES)


_FOLDING = _Folding()


def skeleton(text: str) -> str:
    """`text` as it is compared: two texts that a reader takes for the same have the same skeleton."""
    return text.translate(_FOLDING)


def without_brackets(text: str) -> str:
    """In the compatibility forms of width (NFKC)."""
    return unicodedata.normalize("NFKC", text).translate(_NO_BRACKETS)


def plain(text: str) -> str:
    """`text` as words are looked for in it."""
    return without_brackets(text).lower()


def squeezed(text: str) -> str:
    """The skeleton without anything between its letters and digits."""
    return _SEPARATORS.sub("", skeleton(text))


def readings(text: str) -> tuple[str, ...]:
    """The skeleton of `text` with its digits as they may be meant, each way once."""
    plain = skeleton(text)
    dashed = _MAYBE_A_DASH.sub("-", plain)
    spoken = _NO_NUMBER_YET.sub(r"\g<0> ", plain).translate(_NUMERALS)
    found = [reading for one in (plain, dashed, spoken) for reading in (one, _MAYBE_DIGITS.sub(_as_digits, one))]
    return tuple(dict.fromkeys(found))


def _as_digits(run: re.Match[str]) -> str:
    """Letters that look like digits are digits where a sixth of the run is."""
    found = run.group()
    alike = sum(character in "ilo|" for character in found)
    return found.translate(_LETTERS) if 0 < alike <= 5 * sum(map(str.isdigit, found)) else found


def unwritable(text: str) -> tuple[str, ...]:
    """The characters of `text` that cannot be stored, printed or compared, each once, in order of appearance.

    Those are controls, lone surrogates, noncharacters and private use (Unicode 23.1, 23.6–23.8), and what reorders the
    text around it (UAX 9); where nothing else is there, invisible characters too.
    """
    found = tuple(dict.fromkeys(_UNWRITABLE.findall(text)))
    if not found and text and not any(map(_shows, text)):
        return tuple(dict.fromkeys(text))
    return found


def code_points(characters: tuple[str, ...] | str) -> str:
    """“U+200B、U+E000”: how a refusal names characters that may not show."""
    return "、".join(f"U+{ord(character):04X}" for character in characters)


def _shows(character: str) -> bool:
    category = unicodedata.category(character)
    return not (category in _DROPPED or category[0] == "Z" or character.isspace() or character in _BLANK)
