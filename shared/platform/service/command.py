"""Commands as a table: name → body, permission, function. The API's route and its description, the form and the page's
button follow from a row, so that a new command is one function in one file.

A function gets a `Context`, the aggregate and the body; it refuses, or lets events happen. Loading, the check of the
permission and of the version that the sender saw, the check of codes and dates, and saving are the same for all:
`Resource.run`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar, get_args
from uuid import UUID

from msgspec import Struct

from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.ids import parse_id
from shared.platform.event_store.refusal import Invalid, NotNamed, StaleVersion
from shared.platform.event_store.session import Session
from shared.platform.service.authority import Permission
from shared.platform.service.fields import Body, Choice, Happened, Wording, marks

S = TypeVar("S")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
SLACK = timedelta(minutes=5)
"""By how much another machine's clock may be ahead of ours."""
NOBODY = UUID(int=0)
"""The identifier of no stream."""
Told = Mapping[str, Any]
"""What the giver of a command is told, as JSON: a TypedDict of the function that tells it."""
Address = Mapping[str, str]
"""The parts of a path that say what a command is given to, by name."""


class Context(Struct, Generic[S], frozen=True):
    """One command on its way. `setting` is what the service decides with (campaign, schedule, …), `address` what was
    asked for, `prepared` what was read or computed for it before the lane."""

    setting: S
    session: Session
    envelope: Envelope
    address: Address
    prepared: Any = None

    @property
    def at(self) -> datetime:
        return self.envelope.at

    @property
    def actor(self) -> Actor:
        return self.envelope.actor

    def get(self, kind: type[T], part: str) -> T:
        """The aggregate whose identifier is this part of the address. Raises NotFound."""
        return self.session.get(kind, parse_id(self.address[part]) or NOBODY)

    def happens(self, aggregate: Any, event: type[Any], **fields: Any) -> None:
        """Let an event happen to an aggregate."""
        aggregate.trigger_event(event, envelope=self.envelope, **fields)


Prepare = Callable[[Any, Address, Any, Actor], Awaitable[Any]]
"""Setting, address, body, actor → what the function finds as `prepared`. Runs before the lane; raises problems."""
Unseen = Callable[[Actor, Any, Any], bool]
"""Actor, aggregate, body → whether what is signed stands in the aggregate alone, so that its version must be named."""
Filled = Callable[[Any], Mapping[str, str]]
"""The view in which a form stands → what is in its fields before anybody typed."""


@dataclass(frozen=True, slots=True)
class Command:
    """One row. `notice` is shown above the form, made of the view in which it stands.

    `signs`: somebody answers for what is on the screen, so a form of it without a version is refused; a program may
    leave the version out where it means whatever stands, but never where the body is `unseen`. A form that is `filled`
    holds everything: an emptied field of it is empty, and not what was drafted.
    """

    name: str
    body: type[Body]
    permission: Permission
    function: Callable[..., Any]
    prepare: Prepare | None = None
    notice: Wording | None = None
    signs: bool = False
    unseen: Unseen | None = None
    filled: Filled | None = None


class Table:
    """The commands of one subject, or of several, in the order of the buttons."""

    def __init__(self, *parts: Table) -> None:
        self._rows: dict[str, Command] = {}
        for command in (command for part in parts for command in part):
            self._add(command)

    def add(
        self, name: str, body: type[Body], permission: Permission, *, prepare: Prepare | None = None,
        notice: Wording | None = None, signs: bool = False, unseen: Unseen | None = None, filled: Filled | None = None,
    ) -> Callable[[F], F]:  # fmt: skip
        """Declare the function of a command."""

        def declare(function: F) -> F:
            self._add(Command(name, body, permission, function, prepare, notice, signs, unseen, filled))
            return function

        return declare

    def _add(self, command: Command) -> None:
        if command.name in self._rows:
            raise ValueError(f"two commands are called {command.name}")
        self._rows[command.name] = command

    def __getitem__(self, name: str) -> Command:
        return self._rows[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[Command]:
        return iter(self._rows.values())


Check = Callable[[Permission, Actor, Any, Any], None]
"""A permission, who acts, on which aggregate (None where it is yet to be made, or the role alone is asked), and the
service's setting. Raises a refusal; NotFound where the aggregate is not for this actor to know of."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What commands are given to: `path` is where it lies in the API, `find` loads it in the lane (raising NotFound),
    `told` is what the giver is told of it.

    The role is asked first: who may not at all is told so whether or not there is such a thing. Whether it is the
    actor's (`check_actor`) is asked before the version that he saw, whether it may be done now (`check_now`) after it:
    so nobody learns of what is not his, and who was overtaken is told so.
    A resource without `find` is made by its commands, whose functions return it; what is yet to be made stands in no
    state, so it has no `check_now` either.
    """

    path: str
    commands: Table
    told: Callable[[Any], Told]
    check_actor: Check
    check_now: Check = lambda _, __, ___, ____: None
    find: Callable[[Context[Any]], Any] | None = None

    def check_role(self, row: Permission, actor: Actor, setting: Any) -> None:
        """Raise the refusal for a role that never has this command."""
        if actor.role not in row.roles:
            self.check_actor(row, actor, None, setting)

    def check(self, row: Permission, actor: Actor, aggregate: Any, setting: Any) -> None:
        """Raise the refusal with which a command of this row would be met now."""
        self.check_actor(row, actor, aggregate, setting)
        self.check_now(row, actor, aggregate, setting)

    def run(self, name: str, context: Context[Any], body: Any, version: int | None = None) -> Told:
        """Give a command. Raises its refusal, NotFound, StaleVersion, NotNamed."""
        command, setting = self.commands[name], context.setting
        self.check_role(command.permission, context.actor, setting)
        aggregate = self.find(context) if self.find is not None else None
        self.check_actor(command.permission, context.actor, aggregate, setting)
        if version is not None and aggregate is not None and version != aggregate.version:
            raise StaleVersion(aggregate.version)
        self.check_now(command.permission, context.actor, aggregate, setting)
        if version is None and command.unseen is not None and command.unseen(context.actor, aggregate, body):
            raise NotNamed("所签的内容不在本次提交中。请先读取这条记录，再在 If-Match 中写明所看到的版本。")
        check_choices(body, setting, aggregate)
        what_is_reported_has_happened(body, context.at)
        aggregate = command.function(context, aggregate, body) or aggregate
        context.session.save(aggregate)
        return self.told(aggregate)


def what_is_reported_has_happened(body: Body, now: datetime) -> None:
    """Nobody reports what is still to come. Raises Invalid."""
    for name in _happened(type(body)):
        moment = getattr(body, name)
        if moment is not None and moment > now + SLACK:
            raise Invalid(name, "时间晚于现在，请核对。")


@cache
def _happened(body: type[Body]) -> tuple[str, ...]:
    """The fields of a body that say when something happened."""
    return tuple(
        name
        for name, declared in body.model_fields.items()
        if any(isinstance(one, Happened) for one in declared.metadata) or _holds_happened(declared.annotation)
    )


def _holds_happened(annotation: Any) -> bool:
    return any(isinstance(part, Happened) or _holds_happened(part) for part in get_args(annotation))


def check_choices(body: Any, setting: Any, aggregate: Any, inside: str = "") -> None:
    """Raise Invalid for a field that must hold one of the options and does not, naming it and what is allowed."""
    kind: type[Body] = type(body)
    for name, choice in _looked_at(kind):
        value = getattr(body, name)
        if not value or (choice is not None and choice.holds is not None and choice.holds(setting, value)):
            continue
        given = value if isinstance(value, tuple) else (value,)
        if choice is None:
            for part in given:
                if isinstance(part, Body):
                    check_choices(part, setting, aggregate, f"{inside}{name}/")
        elif any(isinstance(one, str) for one in given):
            if choice.holds is not None and all(one is None or choice.holds(setting, one) for one in given):
                continue
            codes = tuple(code for code, _ in choice.options(setting, aggregate, "zh"))
            if any(one is not None and one not in codes for one in given):
                wrong = choice.wrong if isinstance(choice.wrong, str) else choice.wrong(setting)
                raise Invalid(inside + name, wrong, codes)


@cache
def _looked_at(body: type[Body]) -> tuple[tuple[str, Choice | None], ...]:
    """The fields of a body that must hold an option, and those that hold bodies (None)."""
    found = []
    for name, declared in body.model_fields.items():
        choice: Choice | None = marks(body, name, Choice)
        if choice is not None or _holds_bodies(declared.annotation):
            found.append((name, choice))
    return tuple(found)


def _holds_bodies(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Body):
        return True
    return any(_holds_bodies(part) for part in get_args(annotation))
