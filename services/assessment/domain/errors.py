"""How *assessment* says no. Each sentence tells the reader what to do instead."""

from __future__ import annotations

from shared.platform.event_store.refusal import NotAllowed, Refusal


class AnotherUnit(NotAllowed):
    """A unit acts for itself, a group for its counties."""

    rule = "unit_files_its_own_papers"


class NotLeader(NotAllowed):
    """A group's return bears its leader's signature."""

    rule = "a_groups_return_is_signed_by_its_leader"
    clause = "通知七（四）"


class NotOwed(Refusal):
    """The campaign does not ask this paper of this unit."""

    rule = "only_what_the_campaign_asks_for_is_filed"


class NotOver(Refusal):
    """What is to be reported has not begun or not ended."""

    rule = "a_period_is_reported_when_it_is_there"


class FiguresMoved(Refusal):
    """What would be signed is not what was on the screen."""

    rule = "people_sign_the_figures_that_they_saw"
    clause = "通知七（四）"


class AlreadyFiled(Refusal):
    """What was signed is not signed again."""

    rule = "a_signed_paper_stays"
    clause = "通知七（四）"


class NotFiled(Refusal):
    """There is nothing yet to send back."""

    rule = "only_what_was_filed_is_sent_back"


class AlreadyPublished(Refusal):
    """A published bulletin is immutable."""

    rule = "a_published_bulletin_is_immutable"
    clause = "通知六（五）"


class NotDrawn(Refusal):
    """Bulletins are drawn before they are published, and published in the order of the months."""

    rule = "bulletins_follow_one_another"
    clause = "通知六（五）"


class FiguresBehind(Refusal):
    """Something that belongs into the figures is known to be missing."""

    rule = "nobody_signs_figures_that_are_behind"
    clause = "通知七（四）"


class NotInTurn(Refusal):
    """Every event is in exactly one return: each begins where the last signed one ends."""

    rule = "returns_follow_one_another"
    clause = "通知七（四）"
