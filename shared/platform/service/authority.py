"""Who may give a command, and when: rows of a table, read to decide and to show on pages what is possible and why not.

A row names the roles, the states of the lifecycle from which the command may be given (none named: from every one),
what must be so (`needs`: one of them) and what must not (`bars`); `whose` names, in a service's own words, on whose
matters a role may act. The sentences are made of a service's own names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import NotAllowed, Refusal


class WrongRole(NotAllowed):
    """The role may not give this command."""

    rule = "role_may_give_this_command"


class NotInThisState(Refusal):
    """The lifecycle has no such step from where the matter is."""

    rule = "lifecycle"


class NotInThisSituation(Refusal):
    """What the command answers has not happened, or what must be decided first is undecided."""

    rule = "situation"


@dataclass(frozen=True, slots=True)
class Permission:
    """One row: what the command is called on the screen, who may give it, from which states, in which situations.

    `drafts`: what it is called for a role that prepares with it what another one signs.
    """

    name: str
    roles: frozenset[str]
    states: frozenset[str]
    needs: tuple[str, ...]
    bars: tuple[str, ...]
    whose: str
    decides: bool = True
    drafts: Mapping[str, str] = field(default_factory=dict)

    def called(self, role: str) -> str:
        """What this role's giving it does."""
        return self.drafts.get(role, self.name)


def permission(
    name: str, roles: str, states: str = "", *, needs: str = "", bars: str = "", whose: str = "", decides: bool = True,
    drafts: Mapping[str, str] | None = None,
) -> Permission:  # fmt: skip
    """A row from words separated by spaces. `decides`: False for what somebody with an interest may give, too."""
    sets = frozenset(roles.split()), frozenset(states.split())
    return Permission(name, *sets, tuple(needs.split()), tuple(bars.split()), whose, decides, drafts or {})


@dataclass(frozen=True, slots=True)
class Authority:
    """The names of a service, by code, in the order in which sentences list them; `needed` and `barring` say what to do
    where a need is not met, or a bar holds. `thing` is what the matter is called, `clause` where the lifecycle stands.
    """

    roles: Mapping[str, str]
    states: Mapping[str, str] = field(default_factory=dict)
    needed: Mapping[str, str] = field(default_factory=dict)
    barring: Mapping[str, str] = field(default_factory=dict)
    thing: str = "此件"
    clause: str | None = None

    def check_role(self, row: Permission, actor: Actor) -> None:
        """Raise WrongRole, which names those who may."""
        if actor.role not in row.roles:
            who = "、".join(name for role, name in self.roles.items() if role in row.roles)
            raise WrongRole(f"“{row.name}”由{who}办理，请转有权人员。")

    def check_state(self, row: Permission, state: str) -> None:
        """Raise NotInThisState, which names the states that are right."""
        if row.states and state not in row.states:
            states = "、".join(name for code, name in self.states.items() if code in row.states)
            now = f"{self.thing}现为“{self.states[state]}”，“{row.name}”须在“{states}”时办理。请刷新后核对。"
            raise self._refusal(NotInThisState, now)

    def check_situation(self, row: Permission, situations: frozenset[str]) -> None:
        """Raise NotInThisSituation with what to do."""
        if row.needs and situations.isdisjoint(row.needs):
            raise self._refusal(NotInThisSituation, self.needed[row.needs[0]])
        for bar in row.bars:
            if bar in situations:
                raise self._refusal(NotInThisSituation, self.barring[bar])

    def _refusal(self, kind: type[Refusal], sentence: str) -> Refusal:
        refusal = kind(sentence)
        refusal.clause = self.clause
        return refusal


def why_not(check: Callable[[], None]) -> str | None:
    """None when `check` passes, else the sentence of its refusal: for buttons that say why they cannot be pressed."""
    try:
        check()
    except Refusal as refusal:
        return refusal.sentence
    return None
