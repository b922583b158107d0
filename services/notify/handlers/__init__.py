"""What people may order of *notify*: body, permission and function of each command, in one table (`disclosing`).

A function refuses, or lets events happen to the item. `heard` is what *cases* tells and what time does, `mailing` what
becomes of the mails that follow from it.
"""

from __future__ import annotations

from services.notify.domain.authority import AUTHORITY, Stateful
from services.notify.domain.disclosure import Disclosure
from services.notify.handlers import disclosing
from shared.platform.event_store.envelope import Actor
from shared.platform.service.authority import Permission
from shared.platform.service.command import Context, Resource, Told


def told(disclosure: Disclosure) -> Told:
    """What the giver of a command is told: among it the doubts, so that they can be answered."""
    return {
        "disclosure": str(disclosure.id),
        "version": disclosure.version,
        "state": disclosure.state,
        "doubts": [{"kind": one.kind, "excerpt": one.excerpt, "answer": one.answer} for one in disclosure.doubts],
        "approvals": len(disclosure.approvers),
        "channels": [one.channel for one in disclosure.channels],
    }


def may_at_all(row: Permission, actor: Actor, _: object, __: object) -> None:
    AUTHORITY.check_role(row, actor)


def may_now(row: Permission, _: Actor, item: Stateful, __: object) -> None:
    AUTHORITY.check_state(row, item.state)


def find(context: Context[object]) -> Disclosure:
    return context.get(Disclosure, "disclosure")


DISCLOSURE = Resource("/disclosures/{disclosure}", disclosing.commands, told, may_at_all, may_now, find)
NEW_DISCLOSURE = Resource("/disclosures", disclosing.drafting, told, may_at_all)
