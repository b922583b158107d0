"""The two languages of the screen: Chinese msgids, an English catalogue, and dates written out.

`locale/en.po` is read when the process starts; services add their own msgids to it. A missing translation shows the
Chinese. Instants are shown in Asia/Shanghai, as calendar time and never as "ago". The year is left out only beside a
`now` of the same year: what counts as now is the caller's clock, which may be simulated.
"""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Locale = Literal["zh", "en"]
LANGUAGE_TAGS: dict[Locale, str] = {"zh": "zh-CN", "en": "en"}
SHANGHAI = ZoneInfo("Asia/Shanghai")
CATALOGUE = Path(__file__).parent / "locale" / "en.po"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS: dict[Locale, tuple[str, ...]] = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
WEEKDAY_LETTERS: dict[Locale, tuple[str, ...]] = {
    "zh": ("一", "二", "三", "四", "五", "六", "日"),
    "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
}


@cache
def translations(locale: Locale) -> NullTranslations:
    """The catalogue of a language; the Chinese one is empty because the msgids are Chinese."""
    if locale == "zh":
        return NullTranslations()
    compiled = io.BytesIO()
    with CATALOGUE.open("rb") as source:
        write_mo(compiled, read_po(source, locale="en"))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translate(locale: Locale, msgid: str) -> str:
    """A msgid in the language, or itself."""
    return translations(locale).gettext(msgid) if msgid else ""


def local_day(value: date | datetime) -> date:
    """The calendar day in Asia/Shanghai; an instant must carry its zone."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError("an instant to be shown needs a time zone")
    return value.astimezone(SHANGHAI).date()


def day_in_words(
    value: date | datetime, locale: Locale = "zh", now: date | datetime | None = None, *, weekday: bool = False
) -> str:
    """“1月21日” / “21 Jan”, with the year unless `now` is in the same one; with the weekday when asked."""
    day = local_day(value)
    with_year = now is None or local_day(now).year != day.year
    name = _WEEKDAYS[locale][day.weekday()]
    if locale == "zh":
        text = f"{day.month}月{day.day}日"
        return (f"{day.year}年" if with_year else "") + text + (f"（{name}）" if weekday else "")
    text = f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if with_year else "")
    return f"{name} {text}" if weekday else text


def until_in_words(value: datetime, locale: Locale = "zh", now: date | datetime | None = None) -> str:
    """As `when_in_words`, of an instant at which something ends: midnight is the 24:00 of the day that it ends."""
    local = value.astimezone(SHANGHAI)
    if local.hour or local.minute:
        return when_in_words(value, locale, now)
    return f"{day_in_words(local.date() - timedelta(days=1), locale, now)} 24:00"


def when_in_words(value: datetime, locale: Locale = "zh", now: date | datetime | None = None) -> str:
    """“1月21日 17:31” / “21 Jan 17:31”, with the year unless `now` is in the same one."""
    day = day_in_words(value, locale, now)
    return f"{day} {value.astimezone(SHANGHAI):%H:%M}"
