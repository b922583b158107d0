"""How the domain of *notify* says no. Each sentence tells the reader what to do instead."""

from __future__ import annotations

from shared.platform.event_store.refusal import Refusal


class Unanswered(Refusal):
    """The check found what could identify somebody, and nobody said why it may stand."""

    rule = "nothing_that_could_identify_somebody_is_published_unseen"
    clause = "通知六（三）"


class SamePerson(Refusal):
    """One person stands for one signature."""

    rule = "two_different_persons_answer_for_what_is_published"
    clause = "通知六（三）"


class DirectorMissing(Refusal):
    """The office director is one of those who approve."""

    rule = "the_director_is_among_the_approvers"
    clause = "通知六（三）"


class AlreadyOnChannel(Refusal):
    """The item stands on this channel already."""

    rule = "an_item_is_published_once_per_channel"


class AgainstOfficials(Refusal):
    """What is against officials goes to nobody but those who investigate it."""

    rule = "what_is_against_officials_is_never_public"
    clause = "通知六（二）"


class InDoubt(Refusal):
    """Something of the case is undecided, and nobody is named for what may not be so."""

    rule = "nothing_of_a_case_in_doubt_is_published"
    clause = "通知六（三）"


class NotBorneOut(Refusal):
    """What was alleged was not borne out: a number, and no name."""

    rule = "what_was_not_borne_out_names_nobody"
    clause = "通知六（三）"


class NothingDrafted(Refusal):
    """A correction is drafted by the office and signed by the director."""

    rule = "a_correction_is_drafted_then_signed"
