"""What people may order of *notify*: body, permission and function of each command, in one table (`disclosing`).

A function refuses, or lets events happen to the item. `heard` is what *cases* tells and what time does, `mailing` what
becomes of the mails that follow from it.
"""

from __future__ import annotations

from collections.abc import Iterable

from typing_extensions import TypedDict

from services.notify.domain.authority import AUTHORITY, Stateful
from services.notify.domain.disclosure import Disclosure
from services.notify.domain.values import Doubt
from services.notify.handlers import disclosing
from shared.platform.event_store.envelope import Actor
from shared.platform.service.answers import Id
from shared.platform.service.authority import Permission
from shared.platform.service.command import Context, Resource


class DoubtAnswer(TypedDict):
    """What the check for personal data found, and what a person said to it."""

    kind: str
    excerpt: str
    answer: str | None


class ToldOfDisclosure(TypedDict):
    """An item after a command: among it the doubts, so that they can be answered."""

    disclosure: Id
    version: int
    state: str
    doubts: list[DoubtAnswer]
    approvals: int
    channels: list[str]


def doubts_json(doubts: Iterable[Doubt]) -> list[DoubtAnswer]:
    return [{"kind": one.kind, "excerpt": one.excerpt, "answer": one.answer} for one in doubts]


def told(disclosure: Disclosure) -> ToldOfDisclosure:
    return {
        "disclosure": str(disclosure.id),
        "version": disclosure.version,
        "state": disclosure.state,
        "doubts": doubts_json(disclosure.doubts),
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
