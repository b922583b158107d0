"""What the screen says: Chinese msgids with English catalogues, and instants as calendar time in one zone.

A process says once what it speaks with (`install`): the catalogues of whoever put words on its pages, and the zone in
which its instants are shown; before that it refuses to speak. Where two catalogues translate one msgid, the first wins.
A missing translation shows the Chinese. What was finished in Chinese before anybody asked for a language (a refusal,
what an event keeps) is known again by its msgid: see `known`.

Instants are shown as calendar time and never as "ago". The year is left out only beside a `now` of the same year: what
counts as now is the caller's clock, which may be simulated.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from shared.platform import dates
from shared.platform.dates import Locale as Locale
from shared.platform.web.known import Known

LANGUAGE_TAGS: dict[Locale, str] = {"zh": "zh-CN", "en": "en"}
CATALOGUE = Path(__file__).parent / "locale" / "en.po"
"""What this package's own templates and problems say."""


class NotInstalled(RuntimeError):
    """Something was to be put into words before the process knew its catalogues and its zone."""

    def __init__(self) -> None:
        super().__init__("no words yet: call words.install(catalogues, zone) first, as shared.kernel.composition does")


@dataclass(frozen=True, slots=True)
class _Speech:
    by_locale: dict[Locale, NullTranslations]
    zone: ZoneInfo
    known: Known


_speech: _Speech | None = None


def install(catalogues: Sequence[Path], zone: ZoneInfo, names: Mapping[str, str] | None = None) -> None:
    """Speak with these catalogues (`en.po` files, the first wins) and show instants in this zone from now on. `names`:
    what is called how in English (units, codes of lists), for finished sentences that name it."""
    global _speech
    paths = tuple(catalogues)
    known = _known(paths, tuple((names or {}).items()))
    _speech = _Speech({"zh": NullTranslations(), "en": _merged(paths)}, zone, known)


def translations(locale: Locale) -> NullTranslations:
    """The catalogue of a language; the Chinese one is empty because the msgids are Chinese. Raises NotInstalled."""
    return _installed().by_locale[locale]


def translate(locale: Locale, msgid: str) -> str:
    """A msgid or a finished sentence in the language, or itself."""
    known = _installed().known
    return msgid if locale == "zh" else known.english(msgid)


def local(instant: datetime) -> datetime:
    """The instant in the zone of the screen; at an end of the calendar, where that has no such day, as it is written.
    Raises ValueError for an instant without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant to be shown needs a time zone")
    zone = _installed().zone
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant


def local_day(value: date | datetime) -> date:
    """The calendar day in the zone of the screen."""
    return local(value).date() if isinstance(value, datetime) else value


def zone_in_words(locale: Locale = "zh") -> str:
    """The zone of the screen."""
    return dates.zone_in_words(_installed().zone, locale)


def day_in_words(
    value: date | datetime, locale: Locale = "zh", now: date | datetime | None = None, *, weekday: bool = False
) -> str:
    """“1月21日” / “21 Jan”, with the year unless `now` is in the same one; with the weekday when asked."""
    day = local_day(value)
    return dates.day_in_words(day, locale, year=now is None or local_day(now).year != day.year, weekday=weekday)


def until_in_words(value: datetime, locale: Locale = "zh", now: date | datetime | None = None) -> str:
    """As `when_in_words`, of an instant at which something ends: midnight is the 24:00 of the day that it ends."""
    there = local(value)
    if there.hour or there.minute or there.date() == date.min:
        return when_in_words(value, locale, now)
    return f"{day_in_words(there.date() - timedelta(days=1), locale, now)} 24:00"


def when_in_words(value: datetime, locale: Locale = "zh", now: date | datetime | None = None) -> str:
    """“1月21日 17:31” / “21 Jan 17:31”, with the year unless `now` is in the same one."""
    return f"{day_in_words(value, locale, now)} {local(value):%H:%M}"


def _installed() -> _Speech:
    if _speech is None:
        raise NotInstalled
    return _speech


@lru_cache(maxsize=8)
def _catalogue(catalogues: tuple[Path, ...]) -> Catalog:
    merged = Catalog(locale="en")
    for path in catalogues:
        with path.open("rb") as source:
            for message in read_po(source, locale="en"):
                if message.id:
                    merged[message.id] = message  # which keeps the translation that it has
    return merged


@lru_cache(maxsize=8)
def _merged(catalogues: tuple[Path, ...]) -> GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, _catalogue(catalogues))
    compiled.seek(0)
    return GNUTranslations(compiled)


@lru_cache(maxsize=8)
def _known(catalogues: tuple[Path, ...], names: tuple[tuple[str, str], ...]) -> Known:
    plain = (one for one in _catalogue(catalogues) if one.context is None and isinstance(one.id, str) and one.id)
    return Known({str(one.id): str(one.string) for one in plain}, dict(names))
