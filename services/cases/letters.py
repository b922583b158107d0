"""From a case to its transfer letter (Annex 5), and from a stored letter to the facts that are printed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.cases.documents import glyphs
from services.cases.documents import letter as printed
from services.cases.documents.faces import FontsMissingError
from services.cases.domain.case import Case
from services.cases.domain.events.transferring import CaseTransferred
from services.cases.domain.values import Letter, Matter, Officer
from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.campaign.bodies import Person
from shared.platform.event_store.refusal import Invalid

_FIELDS = {"单位名称": "enterprise", "附件名称": "attachments"}
"""Blank of the letter → field of the command that fills it, where it is not the matter."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the office sets itself of a letter and its window."""

    unit: str | None = None
    matter: str | None = None
    enterprise: str | None = None
    supervising: str | None = None
    circumstance: str | None = None
    feedback_by: date | None = None
    attachments: tuple[str, ...] = ()


def compose(campaign: Campaign, case: Case, wanted: Wanted) -> Letter:
    """The letter that the campaign's rules give this case, with what the office set itself.

    Raises Invalid naming the field that cannot be.
    """
    unit = wanted.unit or case.unit
    matters = case.matter.matters + (("against_officials",) if case.matter.against_officials else ())
    addressee = campaign.addressee(unit, matters)
    if unit != addressee.unit:
        raise Invalid("unit", f"{addressee.why}，应交{addressee.name}；请不另选承办单位。", (addressee.unit,))
    words = campaign.letters
    office = campaign.office(addressee.form.office)
    return Letter(
        unit=addressee.unit,
        group=group_of(campaign, addressee.unit),
        kind="government" if addressee.kind == "government" else "transfer",
        form=addressee.form.code,
        title=words.title_lines,
        addressee=addressee.name,
        source="tip" if case.origin == "tip" else "inspection",
        received_on=case.matter.received_at.astimezone(campaign.zone).date(),
        received_by=words.received_by,
        enterprise=wanted.enterprise or case.matter.enterprise,
        matter=wanted.matter or case.matter.text,
        basis=words.basis_full,
        basis_short=words.basis_short,
        measures_phrase=words.measures_phrase,
        supervising=_supervising(campaign, unit, wanted.supervising),
        authority=office.signature or office.zh,
        seal_authority=f"（{office.seal_authority}代章）",
        copies_note=words.copies,
        attachments=wanted.attachments,
        informed=addressee.informed,
    )


def wanted(case: Case, given: dict[str, Any]) -> Wanted:
    """What the director gives, over what the office drafted: a field that he leaves out stays as drafted."""
    letter = case.draft_letter
    drafted: dict[str, Any] = {}
    if letter is not None:
        drafted = {
            "unit": letter.unit,
            "matter": letter.matter,
            "enterprise": letter.enterprise,
            "supervising": letter.supervising.id,
            "circumstance": case.draft_circumstance,
            "feedback_by": case.draft_feedback_by,
            "attachments": letter.attachments,
        }
    return Wanted(**(drafted | given))


def first_unit(campaign: Campaign, matter: Matter, unit: str) -> str:
    """Whose case it is before any letter: the unit where the problem is. A matter against officials is never theirs,
    not even to see (notice 六（二）): it belongs from the start to whom the campaign's rules send it."""
    return campaign.addressee(unit, ("against_officials",)).unit if matter.against_officials else unit


def group_of(campaign: Campaign, unit: str) -> str | None:
    """The supervision group that answers for a unit; None for a body outside the counties."""
    try:
        return campaign.group_of(unit).code
    except UnknownCode:
        return None


def officer(campaign: Campaign, person: str) -> Officer:
    """An official by person id, as a letter names him."""
    found = campaign.person(person)
    return Officer(found.id, found.name, found.phone)


def facts(transferred: CaseTransferred) -> printed.LetterFacts:
    """What is printed of a letter that has its number: nothing in it is refused any more."""
    day = transferred.feedback.due_date.last_day
    return printed.stored(**_blanks(transferred.letter, transferred.number, day, transferred.at))


def unsigned(letter: Letter, number: str, feedback_by: date, now: datetime) -> printed.LetterFacts:
    """What would be printed of a letter that has no number yet, were it signed off now."""
    return printed.stored(**_blanks(letter, number, feedback_by, now))


def check(letter: Letter, number: str, feedback_by: date, issued: datetime) -> None:
    """A letter that cannot be printed must not get a number. Raises Invalid naming the field and the characters."""
    try:
        glyphs.check(printed.LetterFacts(**_blanks(letter, number, feedback_by, issued)))
    except printed.LetterFactsError as error:
        raise Invalid(_FIELDS.get(error.blank, "matter"), str(error)) from error
    except FontsMissingError as error:
        raise Invalid("matter", str(error)) from error


def register_place(campaign: Campaign, number: str) -> tuple[str, int, int] | None:
    """The form, the year and the n of which a number was written; None where no form of the campaign writes so."""
    for form in campaign.letters.forms:
        code = re.escape(str(campaign.office(form.office).letter_code))
        written = re.escape(form.number)
        for blank, pattern in (("code", code), ("year", r"(?P<year>[0-9]{4})"), ("n", r"(?P<n>[1-9][0-9]*)")):
            written = written.replace(re.escape(f"{{{blank}}}"), pattern, 1)
        if found := re.fullmatch(written, number):
            return form.code, int(found["year"]), int(found["n"])
    return None


def unprintable(letter: Letter) -> str:
    """The characters of what people wrote on a draft that its faces lack, each once."""
    return glyphs.missing("".join((letter.matter, letter.enterprise or "", *letter.attachments)))


def _blanks(letter: Letter, number: str, feedback_by: date, issued: datetime) -> dict[str, Any]:
    return {
        "kind": "government" if letter.kind == "government" else "transfer",
        "title": letter.title,
        "number": number,
        "addressee": letter.addressee,
        "received_on": letter.received_on,
        "source": "tip" if letter.source == "tip" else "inspection",
        "enterprise": letter.enterprise,
        "matter": letter.matter,
        "basis": letter.basis,
        "basis_short": letter.basis_short,
        "measures_phrase": letter.measures_phrase,
        "feedback_by": feedback_by,
        "supervising_officer": printed.Officer(letter.supervising.name, letter.supervising.phone),
        "handling_officer": None,
        "attachments": letter.attachments,
        "authority": letter.authority,
        "seal_authority": letter.seal_authority,
        "issued_on": issued.date(),
        "copies_note": letter.copies_note,
        "informed": letter.informed,
        "found_by": letter.received_by,
    }


def supervisors(campaign: Campaign) -> list[Person]:
    """Those who may supervise a case: the office's staff, in the campaign's order."""
    return [p for p in campaign.people_with("office") if p.unit == campaign.office(_letter_office(campaign)).code]


def _supervising(campaign: Campaign, unit: str, wanted: str | None) -> Officer:
    """The supervising officer (督办人): the one asked for, or by turns over the units."""
    staff = supervisors(campaign)
    if wanted is not None:
        for person in staff:
            if person.id == wanted:
                return officer(campaign, person.id)
        raise Invalid("supervising", "督办人须为办公室工作人员。", tuple(person.id for person in staff))
    codes = campaign.county_codes
    turn = codes.index(unit) if unit in codes else 0
    return officer(campaign, staff[turn % len(staff)].id)


def _letter_office(campaign: Campaign) -> str:
    return campaign.letter_form(campaign.addressee_rules[-1].form).office
