"""What a campaign's papers say: the notice itself, letters (Annex 5), annex forms, and who a letter goes to.

The wording of a letter is `documents`' business; here are the words that differ from campaign to campaign.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from shared.kernel.campaign.base import Code, Named, NonEmpty, Phone, Piece

AddresseeKind = Literal["bureau", "government", "body"]


class Basis(Piece):
    """A document that the campaign stands on; `clause` says for what."""

    title: NonEmpty
    number: NonEmpty
    issuer: NonEmpty
    clause: NonEmpty | None = None


class Notice(Piece):
    """The notice that orders the campaign."""

    number: NonEmpty
    title: NonEmpty
    issuer: NonEmpty
    issued: date
    to: tuple[NonEmpty, ...]
    copied_to: tuple[NonEmpty, ...]
    publicity: NonEmpty
    contact: Code
    bases: tuple[Basis, ...]


class Hotline(Piece):
    """The number that citizens call and when it is answered."""

    number: Phone
    hours: Literal["around_the_clock", "office_hours"]
    external_numbers: tuple[NonEmpty, ...] = ()


class LetterForm(Named):
    """One form of letter: whose it is, how it is numbered and how it speaks to its reader.

    `number` is a pattern over `{code}`, `{year}`, `{n}`: `（特设）移〔2022〕17号`. `you` is the reader in the text.
    """

    office: Code
    number: NonEmpty
    you: NonEmpty


class Letters(Piece):
    """The words of the transfer letter. `copies` is its foot; `copy_to` stays empty: two copies, none further."""

    title_lines: tuple[NonEmpty, ...]
    basis_full: NonEmpty
    basis_short: NonEmpty
    measures_phrase: NonEmpty
    received_by: NonEmpty
    handling_officer: Literal["blank_until_signed_for", "liaison"]
    copies: NonEmpty
    copy_to: tuple[NonEmpty, ...] = ()
    forms: tuple[LetterForm, ...]


class AddresseeRule(Piece):
    """When any of these matters is present, the letter goes there; an empty `matters` is the last resort.

    `to` is `bureau`, `government` or the code of another body; `inform` names who is told beside.
    """

    matters: tuple[Code, ...]
    to: Code
    form: Code
    inform: tuple[Literal["bureau"], ...] = ()
    why: NonEmpty


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a letter goes to: the receiving unit's code, the name on the letter, its form, who else is told, and why."""

    unit: str
    kind: AddresseeKind
    name: str
    form: LetterForm
    informed: tuple[str, ...]
    why: str


class Measure(Named):
    """One cell of the statistics sheet (Annex 1): a count with its counting word or a rate of two counts.

    `confidential` cells are shown only to those who may see discipline referrals.
    """

    section: NonEmpty
    section_en: NonEmpty
    unit: NonEmpty
    numerator: Code | None = None
    denominator: Code | None = None
    confidential: bool = False


class TypicalCase(Piece):
    """Annex 4: the pattern of a title, the parts in their order and which of them must be there."""

    title_pattern: NonEmpty
    parts: tuple[NonEmpty, ...]
    aspects: tuple[NonEmpty, ...]
    also_accepted: dict[str, NonEmpty] = Field(default_factory=dict)


class Annexes(Piece):
    """Annexes 1 to 4. `reconstructed` says that Annex 1 is ours, because the notice does not print it."""

    reconstructed: tuple[NonEmpty, ...]
    statistics: tuple[Measure, ...]
    acts_columns: tuple[NonEmpty, ...]
    acts_heading: tuple[NonEmpty, ...]
    liaison_columns: tuple[NonEmpty, ...]
    typical_case: TypicalCase
