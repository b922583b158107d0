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


class NothingDrafted(Refusal):
    """A correction is drafted by the office and signed by the director."""

    rule = "a_correction_is_drafted_then_signed"
