"""How the domain of cases says no. Each sentence tells the reader what to do instead."""

from __future__ import annotations

from shared.platform.event_store.refusal import NotAllowed, Refusal


class AnotherUnit(NotAllowed):
    """The case belongs to another unit."""

    rule = "unit_handles_its_own_cases"


class TooLate(Refusal):
    """The window for asking this is over."""

    rule = "window"


class OftenEnough(Refusal):
    """The campaign's limit is reached."""

    rule = "limits"


class EvidenceMissing(Refusal):
    """A handling step without evidence is a remark; a suspicion or a verification without evidence is an opinion."""

    rule = "a_claim_needs_evidence"
    clause = "通知六（二）"


class OfficialsOfThisUnit(Refusal):
    """A tip against a unit's officials is not handled by that unit."""

    rule = "a_tip_against_officials_never_goes_to_their_unit"
    clause = "通知六（二）"


class AlreadyDrafted(Refusal):
    """There is a draft waiting for its signature."""

    rule = "one_draft_at_a_time"


class NoStepYet(Refusal):
    """Of a matter in which nothing was done there is no result."""

    rule = "a_result_needs_an_evidenced_step"
    clause = "通知六（二）"


class NothingToSign(Refusal):
    """The principal signs what was drafted or gives the result in the same command."""

    rule = "a_result_is_signed_by_the_principal"
    clause = "通知六（四）"


class ReasonMissing(Refusal):
    """Who opens no penalty proceeding says why."""

    rule = "no_proceeding_needs_a_reason"


class NumberKnown(Refusal):
    """A number that the register knows was given, or is void already."""

    rule = "numbers_are_given_once"


class NotIndependent(NotAllowed):
    """Who has an interest in a matter, or decided an earlier step of it in another seat, does not decide on it."""

    rule = "conflict_of_interest_is_by_person"
    clause = "通知六（二）"


class NoConclusion(Refusal):
    """A result says what it comes to."""

    rule = "a_result_has_a_conclusion"
    clause = "通知六（三）"


class MeasuresDoNotFit(Refusal):
    """Measures that contradict the conclusion, each other, or what was decided in the case."""

    rule = "measures_fit_the_conclusion"
    clause = "通知六（三）"


class NoProceeding(Refusal):
    """A penalty without a penalty proceeding, or one that was refused."""

    rule = "a_penalty_follows_a_proceeding"
    clause = "行政处罚法第五十四条"


class NotInvestigated(Refusal):
    """A fatality or its concealment is not resolved before its investigation is recorded."""

    rule = "an_accident_is_investigated_before_it_is_resolved"
    clause = "通知五（三）"


class RecordedBefore(Refusal):
    """The same decision again."""

    rule = "a_decision_is_recorded_once"
