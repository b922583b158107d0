"""The clocks and filings of a campaign as data: windows, the earliest of several, filings, limits, coverage.

A *window* runs from an event; a *filing* falls on instants of the calendar. Both are rules with a name, and the name
is what a stored due date carries. Counting itself is in `due` and `schedule`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.kernel.campaign.base import Code, Named, NonEmpty, Piece, TimeOfDay

CountUnit = Literal["working_days", "calendar_days", "hours"]
Shift = Literal["none", "next", "previous"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
REQUIRED_WINDOWS: tuple[str, ...] = (
    "triage",
    "transfer",
    "sign_for",
    "feedback",
    "return_request",
    "extension",
    "review",
    "after_answer",
    "first_report",
    "tipster_answer",
    "return_answer",
    "plan_answer",
    "extension_answer",
    "closing",
    "appointment",
    "raised_further",
    "escalated_verification",
    "right_of_reply",
    "disclosure",
    "correction",
    "penalty_withdrawal",
    "reporter_notice",
    "referral_decision",
    "referral_handover",
    "referral_answer",
)
REQUIRED_EARLIEST: tuple[str, ...] = ("first_step",)
REQUIRED_FILINGS: tuple[str, ...] = ("weekly_return", "commitment", "weekly_disclosure", "monthly_bulletin")
Positive = Annotated[int, Field(ge=1, le=1000)]


class Override(Piece):
    """What a circumstance changes in a window; what is left out stays as it is."""

    count: Positive | None = None
    unit: CountUnit | None = None
    start: Code | None = None


class Window(Named):
    """So many days or hours from an event. The day of the event is not counted: the day after is day 1
    (Civil Code art. 201). Days end at 24:00 unless `end: exact`, hours run on from the instant.

    `shift: next` moves a calendar-day window whose last day is off to the next working day (Civil Code art. 203);
    working days and hours never need it.
    """

    count: Positive
    unit: CountUnit
    start: Code
    end: Literal["end_of_day", "exact"] = "end_of_day"
    shift: Literal["none", "next"] = "none"
    clause: NonEmpty | None = None
    overrides: dict[Code, Override] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _options_fit_the_unit(self) -> Self:
        if self.shift != "none" and self.unit != "calendar_days":
            raise ValueError("shift 只适用于 calendar_days")
        return self

    def under(self, circumstance: str | None) -> Window:
        """This window as it is under a circumstance (`major`, `danger`, …); unchanged when none is declared for it."""
        override = self.overrides.get(circumstance) if circumstance else None
        if override is None:
            return self
        return self.model_copy(update={**override.model_dump(exclude_none=True), "overrides": {}})


class Earliest(Named):
    """Whichever ends first: one of `windows`, or half of `half_of` (half a day counts as a whole one)."""

    windows: tuple[Code, ...]
    half_of: Code
    clause: NonEmpty | None = None


class Fixed(Piece):
    """One instant: a day and a time; `24:00` means the whole day is still in time."""

    day: date
    time: TimeOfDay = "24:00"


class Weekly(Piece):
    """Every week; `shift` says where it goes when the day is off (domain decision: said on the screen)."""

    weekday: Weekday
    time: TimeOfDay
    shift: Shift = "next"


class Monthly(Piece):
    """Every month: its last working day, its last day, or the n-th working day of the following month."""

    day: Literal["last_working_day", "last_day", "nth_working_day_after"]
    nth: Positive | None = None
    time: TimeOfDay = "24:00"

    @model_validator(mode="after")
    def _nth_belongs_to_its_kind(self) -> Self:
        if (self.nth is not None) != (self.day == "nth_working_day_after"):
            raise ValueError("nth 与 day: nth_working_day_after 须同时出现")
        return self


class When(Piece):
    """Exactly one way of falling due; `along_with` borrows another filing's."""

    fixed: Fixed | None = None
    weekly: Weekly | None = None
    monthly: Monthly | None = None
    along_with: Code | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.fixed, self.weekly, self.monthly, self.along_with)) != 1:
            raise ValueError("须恰好写一种：fixed、weekly、monthly、along_with")
        return self


class Filing(Named):
    """A paper or report that somebody owes. `by` names the kinds of sender; `signed`/`sealed` what it must bear."""

    kind: Code
    by: tuple[Literal["county", "group", "enterprise", "station", "office", "groups_office", "taskforce"], ...]
    to: Literal["office", "county", "taskforce", "public"]
    when: When
    form: tuple[NonEmpty, ...] = ()
    signed: bool = False
    sealed: bool = False
    at_least: Positive = 1
    clause: NonEmpty | None = None


class Extension(Piece):
    """How often a feedback date may be moved, and what bars it; by how much, the window `extension` says."""

    times: Positive
    barred_while: tuple[Code, ...]


class Limits(Piece):
    """Thresholds that are not clocks."""

    extension: Extension
    returns_per_case: Positive
    return_only_to: Literal["office"]
    disclosure_approvers: Positive
    unseal_approvers: Positive
    keywords_min: Positive
    keywords_max: Positive
    outside_period: Literal["accept_and_mark", "refuse"]

    @model_validator(mode="after")
    def _keywords_in_order(self) -> Self:
        if self.keywords_min > self.keywords_max:
            raise ValueError("keywords_min 不得大于 keywords_max")
        return self


class Coverage(Named):
    """What share of which units has to be inspected by whom; `percent` is a lower bound, `sample` a drawn one."""

    by: Literal["county", "group"]
    of: Code
    percent: Annotated[int, Field(ge=1, le=100)]
    sample: bool = False
    clause: NonEmpty | None = None


class Enterprise(Piece):
    """A line of the register of enterprises, of which coverage is taken: what it is called, the county that it lies in,
    its grade of supervision (`enterprise_grades`)."""

    name: NonEmpty
    unit: Code
    grade: Code


Rule = Window | Earliest | Filing
