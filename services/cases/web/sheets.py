"""What is read before it is signed: the letter as it will be printed, the result with all that goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.cases import letters, rules
from services.cases.documents import letter as printed
from services.cases.documents.letter import LetterText
from services.cases.domain.case import Case
from services.cases.domain.events.transferring import CaseTransferred
from services.cases.domain.values import Letter
from shared.kernel.campaign import Campaign
from shared.kernel.names import measure_in_words, term_name
from shared.platform.event_store.refusal import Invalid, Refusal
from shared.platform.web.words import Locale

NO_NUMBER_YET = "　　"
"""Stands where the number will: two ideographic spaces."""


@dataclass(frozen=True, slots=True)
class LetterSheet:
    """The words of a letter. `standing`: sent, drafted (and waits to be signed off), or proposed: what the rules would
    write of what the case knows, which nobody has drafted yet."""

    text: LetterText
    standing: str


@dataclass(frozen=True, slots=True)
class ResultSheet:
    """What a unit reports. `drafted`: it waits for the principal's signature."""

    drafted: bool
    conclusion: str | None
    text: str
    measures: tuple[str, ...]
    evidence: tuple[str, ...]


def letter_sheet(campaign: Campaign, case: Case, events: Sequence[Any], now: datetime) -> LetterSheet | None:
    """The letter of a case as it stands, or as it would be signed off now; None where there is none and none can be
    made of what is known."""
    sent = [event for event in events if isinstance(event, CaseTransferred)]
    if case.state != "opened":
        return LetterSheet(printed.letter_text(letters.facts(sent[-1])), "sent") if sent else None
    if case.transfer_deadline is None:
        return None
    letter, standing = case.draft_letter, "drafted"
    try:
        if letter is None:
            letter, standing = letters.compose(campaign, case, letters.wanted(case, {})), "proposed"
        return LetterSheet(printed.letter_text(_unsigned(campaign, case, letter, now)), standing)
    except (Refusal, Invalid, printed.LetterFactsError):
        return None  # the form says what is wrong with it


def result_sheet(campaign: Campaign, case: Case, locale: Locale) -> ResultSheet | None:
    """The result that was signed; else the one that was drafted."""
    result = case.result or case.drafted_result
    if result is None:
        return None
    measures = [measure_in_words(campaign, one, locale) for one in (case.taken if case.result else result.taken)]
    return ResultSheet(
        drafted=case.result is None,
        conclusion=term_name(campaign, "conclusions", result.conclusion, locale) if result.conclusion else None,
        text=result.text,
        measures=tuple(measures or [term_name(campaign, "measures", code, locale) for code in result.measures]),
        evidence=result.evidence,
    )


def _unsigned(campaign: Campaign, case: Case, letter: Letter, now: datetime) -> printed.LetterFacts:
    year = now.astimezone(campaign.zone).year
    before, _, behind = campaign.letter_number(letter.form, year, 0).rpartition("0")
    return letters.unsigned(letter, f"{before}{NO_NUMBER_YET}{behind}", _feedback_by(campaign, case, now), now)


def _feedback_by(campaign: Campaign, case: Case, now: datetime) -> date:
    wanted = case.draft_feedback_by
    circumstance = rules.danger_to_life_comes_before_everything(case.matter, case.draft_circumstance)
    try:
        return rules.the_unit_answers_by_the_letters_date(campaign, now, circumstance, wanted).due_date.last_day
    except Invalid:  # the drafted day is over: whoever signs off sets another
        return wanted or now.date()
