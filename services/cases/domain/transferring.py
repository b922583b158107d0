"""From the opening of a case to the letter that is signed for, or sent back."""

from __future__ import annotations

from datetime import date
from typing import Self
from uuid import UUID

from services.cases.domain.errors import AlreadyDrafted, OfficialsOfThisUnit, OftenEnough, TooLate
from services.cases.domain.events import (
    CaseNotSignedFor,
    CaseOpened,
    CaseReturned,
    CaseSignedFor,
    CaseTransferred,
    LetterDrafted,
    ReturnRefused,
    ReturnRequested,
)
from services.cases.domain.state import CaseState
from services.cases.domain.values import Deadline, Letter, Matter, Officer
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin


class Transferring(CaseState):
    """Opening, letters, signing for them, sending them back."""

    @classmethod
    def open(
        cls,
        envelope: Envelope,
        *,
        id: UUID,
        origin: str,
        unit: str,
        group: str | None,
        matter: Matter,
        tip: str | None = None,
        in_period: bool = True,
        transfer: Deadline | None = None,
        feedback: Deadline | None = None,
    ) -> Self:
        """A new case. `transfer` is None where no transfer is needed: the unit found the problem itself."""
        return begin(
            cls, CaseOpened, id=id, envelope=envelope, origin=origin, unit=unit, group=group, matter=matter, tip=tip,
            in_period=in_period, transfer_deadline=transfer, feedback=feedback,
        )  # fmt: skip

    def draft_transfer(
        self, envelope: Envelope, letter: Letter, circumstance: str | None = None, feedback_by: date | None = None
    ) -> None:
        """The office prepares the letter, and what sets its window, for the director's signature."""
        self.check("transfer", envelope)
        self._check_receiver(letter)
        if self.draft_letter is not None:
            raise AlreadyDrafted("交办书已拟好，待办公室主任签发；如需改动，请主任签发时一并修改。")
        self.trigger_event(
            LetterDrafted, envelope=envelope, letter=letter, circumstance=circumstance, feedback_by=feedback_by
        )

    def transfer(
        self,
        envelope: Envelope,
        *,
        letter: Letter,
        number: str,
        signed_off_by: Officer,
        feedback: Deadline,
        signing: Deadline,
        first_step: Deadline,
        returnable: Deadline,
    ) -> None:
        """The director signs the letter off; it is numbered and dispatched at once."""
        self.check("transfer", envelope)
        self._check_receiver(letter)
        self.trigger_event(
            CaseTransferred, envelope=envelope, letter=letter, number=number, signed_off_by=signed_off_by,
            feedback=feedback, signing=signing, first_step=first_step, returnable=returnable,
        )  # fmt: skip

    def sign_for(self, envelope: Envelope, first_step: Deadline) -> None:
        """The unit signs for the letter."""
        self.check("sign-for", envelope)
        self.trigger_event(CaseSignedFor, envelope=envelope, deemed=False, first_step=first_step)

    def deem_signed_for(self, envelope: Envelope, first_step: Deadline) -> None:
        """The signing window is over: remind the principal; the letter is deemed signed for."""
        if self.state == "transferred" and self.signing is not None and self.signing.due <= envelope.at:
            self.trigger_event(CaseNotSignedFor, envelope=envelope)
            self.trigger_event(CaseSignedFor, envelope=envelope, deemed=True, first_step=first_step)

    def request_return(self, envelope: Envelope, reason: str, text: str, at_most: int) -> None:
        """The unit asks the office, and nobody else, to take the letter back: in its window from dispatch, and at most
        `at_most` times in the life of the case. The dates go on running."""
        self.check("request-return", envelope)
        if self.returnable is None:
            raise TooLate("此件没有交办书可退；不能办理的，请与市局办公室联系。")
        if self.returnable.due <= envelope.at:
            raise TooLate("申请退回的时限已过，请继续办理；确实不能办理的，请与市局办公室联系。")
        if self.returns >= at_most:
            raise OftenEnough(f"每件只能申请退回 {at_most} 次，请继续办理；确实不能办理的，请与市局办公室联系。")
        self.trigger_event(ReturnRequested, envelope=envelope, reason=reason, text=text)

    def accept_return(self, envelope: Envelope, transfer: Deadline) -> None:
        """The office takes the letter back; another one is due by `transfer`."""
        self.check("accept-return", envelope)
        self.trigger_event(CaseReturned, envelope=envelope, transfer=transfer)

    def refuse_return(self, envelope: Envelope, text: str) -> None:
        """The letter stays where it is; its dates never stopped."""
        self.check("refuse-return", envelope)
        self.trigger_event(ReturnRefused, envelope=envelope, text=text)

    def _check_receiver(self, letter: Letter) -> None:
        if self.matter.against_officials and letter.unit == self.matter.concerned:
            raise OfficialsOfThisUnit("举报涉及该单位工作人员，不得交该单位办理。请改交其他单位或移送纪检监察机关。")
