"""Letters: drafted, signed off, signed for, sent back."""

from __future__ import annotations

from services.cases import commands, letters, rules
from services.cases.application.base import Base
from services.cases.documents.letter import LetterFactsError
from services.cases.domain.case import Case
from services.cases.domain.errors import Invalid
from services.cases.domain.letter_register import LetterRegister
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session


class Transferring(Base):
    """Commands on letters."""

    def transfer(self, session: Session, envelope: Envelope, case: Case, asked: commands.Transfer) -> None:
        """The office drafts the letter; the director signs it off, and with that it is numbered and dispatched."""
        self._term("circumstances", "circumstance", asked.circumstance)
        if not case.matter.against_officials:
            self._check_unit(asked.unit or case.unit)
        untouched = not asked.model_fields_set
        wanted = letters.with_draft(case, asked)
        letter = case.draft_letter if untouched and case.draft_letter else letters.compose(self.campaign, case, wanted)
        feedback = rules.the_unit_answers_by_the_letters_date(
            self.campaign, envelope.at, wanted.circumstance, wanted.feedback_by
        )
        if envelope.actor.role != "director":
            case.draft_transfer(envelope, letter, wanted.circumstance, wanted.feedback_by)
            return
        year = envelope.at.astimezone(self.campaign.zone).year
        register = session.find(LetterRegister, LetterRegister.id_of(self.campaign.id, letter.form, year))
        if register is None:
            register = LetterRegister.open(envelope, self.campaign.id, letter.form, year)
        number = self.campaign.letter_number(letter.form, year, register.next)
        try:
            letters.facts_of(letter, number, feedback.due_date.last_day, envelope.at)
        except LetterFactsError as error:
            raise Invalid("matter", str(error)) from error
        case.transfer(
            envelope,
            letter=letter,
            number=number,
            signed_off_by=letters.officer(self.campaign, self._director(letter.form)),
            feedback=feedback,
            signing=rules.a_letter_is_signed_for_in_time(self.campaign, envelope.at),
            first_step=rules.a_unit_that_signed_for_a_letter_must_act(self.campaign, None, feedback),
            returnable=rules.a_letter_may_be_sent_back_in_time(self.campaign, envelope.at),
        )
        register.give(envelope, number, case.id)
        session.save(register)

    def sign_for(self, _: Session, envelope: Envelope, case: Case, __: commands.SignFor) -> None:
        """The unit signs for the letter."""
        case.sign_for(envelope, self._first_step(case, envelope.at))

    def request_return(self, _: Session, envelope: Envelope, case: Case, asked: commands.RequestReturn) -> None:
        """The unit asks the office to take the letter back."""
        reason = self._term("return_reasons", "reason", asked.reason)
        case.request_return(envelope, str(reason), asked.text, self.campaign.limits.returns_per_case)

    def accept_return(self, _: Session, envelope: Envelope, case: Case, __: commands.AcceptReturn) -> None:
        """The office takes the letter back."""
        case.accept_return(
            envelope, rules.a_returned_case_is_transferred_anew_in_time(self.campaign, envelope.at, case.matter)
        )

    def refuse_return(self, _: Session, envelope: Envelope, case: Case, asked: commands.RefuseReturn) -> None:
        """The letter stays where it is."""
        case.refuse_return(envelope, asked.text)

    def _director(self, form: str) -> str:
        return self.campaign.office(self.campaign.letter_form(form).office).director
