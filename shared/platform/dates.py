"""Calendar days in words, in the two languages of the screen, as the Unicode CLDR writes them (by Babel).

Chinese puts the weekday into brackets, as the papers do: “2月9日（周三）”; CLDR itself would write “2月9日周三”.
What was formatted is kept: Babel takes a tenth of a millisecond for a day, and a list draws hundreds of a few days.
"""

from __future__ import annotations

from datetime import date, tzinfo
from functools import lru_cache
from typing import Literal

import babel
from babel.dates import format_skeleton, get_day_names, get_timezone_name

Locale = Literal["zh", "en"]
_CLDR: dict[Locale, babel.Locale] = {"zh": babel.Locale.parse("zh_CN"), "en": babel.Locale.parse("en_GB")}


@lru_cache(maxsize=4096)
def day_in_words(day: date, locale: Locale = "zh", *, year: bool = True, weekday: bool = False) -> str:
    """“2022年1月21日” / “21 Jan 2022”; with the weekday “1月21日（周五）” / “Fri 21 Jan”."""
    skeleton = "yMMMd" if year else "MMMd"
    if not weekday:
        return format_skeleton(skeleton, day, locale=_CLDR[locale])
    if locale == "zh":
        return f"{format_skeleton(skeleton, day, locale=_CLDR[locale])}（{weekday_in_words(day, locale)}）"
    return format_skeleton(skeleton.replace("d", "Ed"), day, locale=_CLDR[locale])


@lru_cache(maxsize=64)
def weekday_in_words(day: date, locale: Locale = "zh") -> str:
    """“周五” / “Fri”."""
    return format_skeleton("E", day, locale=_CLDR[locale])


def _letters(locale: Locale, width: Literal["narrow", "short"]) -> tuple[str, ...]:
    names = get_day_names(width, "stand-alone", _CLDR[locale])
    return tuple(names[number] for number in range(7))


WEEKDAY_LETTERS: dict[Locale, tuple[str, ...]] = {"zh": _letters("zh", "narrow"), "en": _letters("en", "short")}
"""The heads of a calendar's columns, Monday first: “一” / “Mo”."""


def zone_in_words(zone: tzinfo, locale: Locale = "zh") -> str:
    """“北京时间” / “Beijing time”: as the law calls the one zone of China; any other as CLDR does."""
    if getattr(zone, "key", "") == "Asia/Shanghai":
        return {"zh": "北京时间", "en": "Beijing time"}[locale]
    return get_timezone_name(zone, locale=_CLDR[locale])
