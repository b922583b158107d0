"""What every piece of a campaign definition shares: frozen, no unknown keys, two languages, small value types.

Every scalar of the file reaches these models as text (see `loading`), so a field's type alone decides what it means:
`140502` is a code, `15:00` a time of day, `2021-12-28` a date.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

from shared.platform.dates import Locale

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
NonEmpty = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9-]{2,19}$")]
Email = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$", max_length=254)
]


def _known_time_of_day(text: str) -> str:
    hour, minute = int(text[:2]), int(text[3:])
    if (hour, minute) != (24, 0) and (hour > 23 or minute > 59):
        raise ValueError("时间须在 00:00 至 24:00 之间")
    return text


TimeOfDay = Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d$"), AfterValidator(_known_time_of_day)]
"""`HH:MM`; `24:00` is the end of the day, which is how the notice's “…日前” is meant."""


def offset_of(time_of_day: str) -> timedelta:
    """How far into its day a `TimeOfDay` lies; `24:00` is one whole day."""
    return timedelta(hours=int(time_of_day[:2]), minutes=int(time_of_day[3:]))


class Piece(BaseModel):
    """A frozen part of the definition; an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Name(Piece):
    """A name in both languages; call it with a locale."""

    zh: NonEmpty
    en: NonEmpty

    def __call__(self, locale: Locale = "zh") -> str:
        return self.zh if locale == "zh" else self.en


class Named(Piece):
    """Something with a code and a name in both languages."""

    code: Code
    zh: NonEmpty
    en: NonEmpty

    def name(self, locale: Locale = "zh") -> str:
        return self.zh if locale == "zh" else self.en


class Period(Piece):
    """First and last day, both inside."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start <= self.end:
            return self
        raise ValueError(f"起始日 {self.start} 晚于截止日 {self.end}")

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end
