"""Who is independent in a matter: conflict of interest is by person, not by unit (domain section 2).

Somebody is interested in a case who has a post or a seat in the unit that handles it or against whose officials it is:
he acts on it from that seat alone, and one against his own officials does not exist for him. Whoever decided a step in
one seat decides no later one in another; who suspects does not verify; who reviewed a result does not close on it. All
of it is asked of the campaign's people and of what stands in the case, so it holds for whoever is appointed, by default
or by choice, and in every seat.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.cases.domain.case import FALSE_CLOSURE, Case
from services.cases.domain.errors import NotIndependent
from shared.kernel.campaign import Campaign
from shared.kernel.roles import ROLE_NAMES
from shared.platform.event_store.envelope import Actor
from shared.platform.service.authority import Permission

CLOSING = "办结"
"""The command that whoever reviewed the result leaves to another."""
VERIFIER = "verifier"
"""Whose command a conclusion is: see `authority`."""


def check_independent(campaign: Campaign, row: Permission, actor: Actor, case: Case) -> None:
    """Raise NotIndependent, with the reason and who can act instead."""
    conflict = partial(
        _conflict, campaign, seat=(actor.role, actor.unit), case=case, verifies=row.whose == VERIFIER,
        closes=row.name == CLOSING,
    )  # fmt: skip
    if (reason := conflict(actor.id)) is None:
        return
    body = actor.unit if actor.role == "group" else None
    others = [person.name for person in campaign.people_with(actor.role, body) if conflict(person.id) is None]
    instead = f"请由{'、'.join(others)}办理" if others else "请市局办公室另行指定办理单位"
    raise NotIndependent(f"{reason}，应当回避，不能{row.name}。{instead}。")


def independent_verifiers(campaign: Campaign, case: Case, trigger: str | None) -> tuple[str, ...]:
    """通知六（二）: who may verify an escalation of this case, the first by default: the group that answers for its
    unit, then who stands in. A body drops out in which somebody is interested, whose leader has acted on the closure
    that is to be verified, or in which nobody is left to act. Where officials are accused, the group that answers for
    their unit is the last choice."""
    concerned, responsible = case.matter.concerned, case.group
    if concerned is not None:
        responsible = next((group.code for group in campaign.groups if concerned in group.units), None)
    stand_ins = [code for code in campaign.verification.on_conflict if code != responsible]
    own = [responsible] if responsible is not None else []
    ranked = [*stand_ins, *own] if case.matter.against_officials else [*own, *stand_ins]
    return tuple(body for body in ranked if _can_verify(campaign, body, case, trigger))


def _can_verify(campaign: Campaign, body: str, case: Case, trigger: str | None) -> bool:
    members = [person.id for person in campaign.members_of(body)]
    if any(_is_interested(campaign, person, case) for person in members):
        return False
    if trigger == FALSE_CLOSURE and campaign.leader_of(body) in case.acted:
        return False
    seat = ("group", body)
    return any(_conflict(campaign, person, seat, case, verifies=True) is None for person in members)


def _is_interested(campaign: Campaign, person: str, case: Case) -> bool:
    return bool(campaign.bodies_of(person) & {case.unit, case.matter.concerned})


def _conflict(
    campaign: Campaign, person: str, seat: tuple[str, str], case: Case, *, verifies: bool = False, closes: bool = False
) -> str | None:
    """Why this person may not decide on the case from this seat (role, unit); None where nothing is in the way."""
    _, unit = seat
    if unit != case.unit and _is_interested(campaign, person, case):
        return "您在此件的承办单位（或被反映单位）任职"
    elsewhere = next(_other_seats(case, person, seat), None)
    if elsewhere is not None:
        return f"您已以“{ROLE_NAMES[elsewhere]}”身份办理过此件"
    if verifies and person in case.suspected_by:
        return "您提出过此件虚假办结的疑点"
    if closes and person == case.reviewed_by:
        return "您审核了此件的办理结果"
    return None


def _other_seats(case: Case, person: str, seat: tuple[str, str]) -> Iterator[str]:
    """The roles of the other seats in which this person acted on the case."""
    return (role for role, unit in case.acted.get(person, ()) if (role, unit) != seat)
