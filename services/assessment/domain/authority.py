"""For whom somebody may act, in which state, and what the sentences of refusals are made of.

What may be done is a row beside each command (`handlers`): its roles, the states of the paper or the bulletin, and by
`whose` how far a unit acts: for itself, or (`area`) a group also in its counties. City roles act for all.
"""

from __future__ import annotations

from services.assessment.domain.errors import AlreadyFiled, AlreadyPublished, AnotherUnit, NotDrawn, NotFiled
from shared.kernel.roles import ACTORS
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Refusal
from shared.platform.service.authority import Authority, Permission

ACTING_FOR_ALL = frozenset({"office", "director", "taskforce"})
AREA = "area"
AUTHORITY = Authority(ACTORS)

UNFILED, FILED, SENT_BACK = "owed missed", "filed", "sent_back"
"""The states from which a paper is filed, sent back, corrected."""
_PAPER_REFUSED: dict[frozenset[str], tuple[type[Refusal], str]] = {
    frozenset(UNFILED.split()): (AlreadyFiled, "已经报送过，不能重复报送。需要更正的，请联系办公室退回。"),
    frozenset({FILED}): (NotFiled, "本周情况还没有报送，或已经退回，不能退回更正。"),
    frozenset({SENT_BACK}): (NotFiled, "办公室没有退回这份报送，不能更正。需要更正的，请先联系办公室退回。"),
}
"""The refusal of a command that is given from these states, in any other."""


def check_actor(row: Permission, actor: Actor, unit: str, group: str | None = None) -> None:
    """Raise WrongRole or AnotherUnit unless the actor may give this command for `unit`.

    `group` is the supervision group that answers for the unit, None where it is no county.
    """
    AUTHORITY.check_role(row, actor)
    if actor.role in ACTING_FOR_ALL or actor.unit == unit:
        return
    if row.whose == AREA and actor.role == "group" and actor.unit == group:
        return
    raise AnotherUnit("只能办理本单位（本督导组）的事项，请核对单位。")


def check_paper(row: Permission, state: str) -> None:
    """Raise AlreadyFiled or NotFiled unless the command may be given to a paper in `state`."""
    if state not in row.states:
        kind, sentence = _PAPER_REFUSED[row.states]
        raise kind(sentence)


def check_bulletin(row: Permission, state: str) -> None:
    """Raise AlreadyPublished or NotDrawn unless the command may be given to a bulletin in `state`."""
    if state == "published":
        raise AlreadyPublished("通报已经发布，不能改动。需要说明的，请在下一期通报中更正。")
    if state not in row.states:
        raise NotDrawn("通报还没有拟制。请先拟制并核对，再发布。")
