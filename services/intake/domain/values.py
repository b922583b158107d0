"""The values inside the events of a tip. Frozen. Whatever a tipster wrote is in here as ciphertext only."""

from __future__ import annotations

from dataclasses import dataclass

AGAINST_OFFICIALS = "against_officials"


@dataclass(frozen=True)
class Ciphertext:
    """Text that only the tip's own key opens. `aead_alg` names the algorithm; `base64` is nonce ‖ ciphertext ‖ tag."""

    aead_alg: str
    base64: str


@dataclass(frozen=True)
class Account:
    """What somebody wrote down about a matter, field by field, sealed."""

    text: Ciphertext | None = None
    place: Ciphertext | None = None
    enterprise: Ciphertext | None = None
    equipment: Ciphertext | None = None


@dataclass(frozen=True)
class Suggestion:
    """What the rules recognised in a tip: words of the campaign's own lists, nothing of the tipster's.

    `units` are the county-level units that it names; `kind` is what its words speak for (tip | complaint | enquiry);
    `authority` says that it names a public authority or its people, `elsewhere` a place outside the campaign,
    `others_duty` something that another authority answers for;
    `doubts` are the rules that keep it from being triaged without a person, by name.
    """

    units: tuple[str, ...] = ()
    kind: str = "tip"
    violation: str | None = None
    target: str | None = None
    matters: tuple[str, ...] = ()
    danger: bool = False
    authority: bool = False
    place: str | None = None
    matter: str | None = None
    doubts: tuple[str, ...] = ()
    elsewhere: bool = False
    others_duty: bool = False

    @property
    def unit(self) -> str | None:
        """The unit, if exactly one was named."""
        return self.units[0] if len(self.units) == 1 else None


@dataclass(frozen=True)
class Lead:
    """A triaged tip, redacted: all that other services ever see of it. `place` is a town at most, `enterprise` the
    public name of a business."""

    unit: str
    matter: str
    enterprise: str | None = None
    place: str | None = None
    violation: str | None = None
    target: str | None = None
    matters: tuple[str, ...] = ()
    danger: bool = False

    @property
    def against_officials(self) -> bool:
        """Whether it is about a county's own officials; such a tip never goes to that county."""
        return AGAINST_OFFICIALS in self.matters
