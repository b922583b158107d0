"""The forms of commands on pages: drawn from the body's fields, read back into the body, shown again when refused.

A form is described by the marks on the body's fields and by their types; `command_form.html` draws any of them. It
carries the version of what was on the screen; one that makes something new carries a key of its own instead, so that
sending it twice is sending it once. Nothing typed is lost: a refused form comes back with it, with a sentence at each
field that is wrong, and with what has changed since the version that it showed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData

from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import new_id
from shared.platform.service.answers import PossibleCommand
from shared.platform.service.authority import why_not
from shared.platform.service.command import Address, Command, Resource, Told
from shared.platform.service.corrections import what_to_correct, wrong_by_pointer, wrong_fields
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.fields import LONG, Body, Choice, Each, Label, Money, Option, PerCode, Wording, marks
from shared.platform.service.refused import Failed
from shared.platform.web import problems
from shared.platform.web.commands import LONGEST_VERSION
from shared.platform.web.pages import locale_of
from shared.platform.web.problem_handlers import detail_in
from shared.platform.web.session import Viewer
from shared.platform.web.words import Locale, translate

VERSION = "version"
ONCE = "once"
NO_VERSION = -1
"""Of no aggregate: what a form shows that cannot be read as a version was not what is there now."""
OVERTAKEN = "您打开本页以后有了新的变化，尚未办理。请核对现在的内容后再确认；您填写的都在下面。"
NOTHING_SEEN = "还没有核对现在的内容，尚未办理。请看过本页后再确认；您填写的都在下面。"
TO_CHOOSE = "请选择"
"""What stands in a choice that has to be made: nothing is chosen beforehand."""
YES_NO: tuple[Option, ...] = (("true", "是"), ("false", "否"))


@dataclass(frozen=True, slots=True)
class FormField:
    """One field as it is drawn. `kind`: line, area, date, number, money, choice, ticks or tick (a single one); heading,
    of what follows; or group, of the fields `inside` it. `longest`: how many characters a text may have."""

    name: str
    label: str
    kind: str
    hint: str
    required: bool
    options: tuple[Option, ...] = ()
    empty: str | None = None
    longest: int | None = None
    rows: int = 3
    inside: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one command, for `command_form.html`. `given` stands in its fields before anybody typed; `unseen`
    goes along."""

    command: str
    title: str
    fields: tuple[FormField, ...]
    notice: str
    failed: Failed | None
    given: Mapping[str, str] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)

    @property
    def typed(self) -> Mapping[str, str]:
        """What stands in the fields: after a refusal, what was typed."""
        return self.failed.typed if self.failed else self.given

    @property
    def wrong(self) -> Mapping[str, str]:
        """What is to be corrected, field by field."""
        return self.failed.wrong if self.failed else {}


def allowed_commands(resource: Resource, actor: Actor, aggregate: Any, setting: Any) -> dict[str, PossibleCommand]:
    """Every command of the actor's role: whether it may be given now, and if not why."""
    found: dict[str, PossibleCommand] = {}
    for command in resource.commands:
        row = command.permission
        if actor.role in row.roles:
            why = why_not(lambda row=row: resource.check(row, actor, aggregate, setting))  # type: ignore[misc]
            found[command.name] = {"name": row.called(actor.role), "allowed": why is None, "why": why}
    return found


def form_of(
    command: Command, setting: Any, aggregate: Any, view: Any, locale: Locale, failed: Failed | None = None,
    given: Mapping[str, str] | None = None, *, called: str | None = None, unseen: Mapping[str, str] | None = None,
    title: str | None = None,
) -> Form:  # fmt: skip
    """The form of a command on an aggregate (None: it is yet to be made); `view` is what hints and notices are made
    of, `given` what stands in the fields at first. `called` is its name where a page has several of a command,
    `title` what the button says where that is not the command's name."""
    name = called or command.name
    fields = tuple(_fields(command.body, setting, aggregate, view, locale))
    mine = failed if failed is not None and failed.form == name else None
    notice = _said(command.notice or "", view)
    fresh = {ONCE: str(new_id())} if aggregate is None else {}
    if given is None and command.filled is not None:
        given = command.filled(view)
    return Form(name, title or command.permission.name, fields, notice, mine, given or {}, fresh | dict(unseen or {}))


def _fields(body: type[Body], setting: Any, aggregate: Any, view: Any, locale: Locale) -> Iterator[FormField]:
    for name, declared in body.model_fields.items():
        label: Label | None = marks(body, name, Label)
        each: Each | None = marks(body, name, Each)
        if each is not None:
            lines = each.keys(view)
            if lines and label is not None:
                yield FormField(name, label.name, "heading", _said(label.hint, view), required=False)
            for key, said, hint in lines:
                yield FormField(f"{name}-{key}", said, "line", hint, required=False, longest=LONG)
        elif label is None:
            continue
        elif (inner := _inner(declared)) is not None:
            yield FormField(name, label.name, "heading", _said(label.hint, view), required=False)
            per_code: PerCode | None = marks(body, name, PerCode)
            if per_code is not None:
                known = {one.name: one for one in _fields(inner, setting, aggregate, view, locale)}
                for code, said, names in per_code.groups(setting, locale):
                    inside = tuple(
                        replace(one, name=_in_group(name, code, key), required=False)
                        for key, one in known.items()
                        if key in names
                    )
                    yield FormField(_in_group(name, code), said, "group", "", required=False, inside=inside)
                continue
            for one in _fields(inner, setting, aggregate, view, locale):
                yield replace(one, required=False)  # it is left empty where there is none
        else:
            yield _field(body, name, declared, label, setting, aggregate, view, locale)


def _in_group(*parts: str) -> str:
    """What a field of a group is called on a form: field, code and part; none but a code holds a hyphen."""
    return "-".join(parts)


def _inner(declared: FieldInfo) -> type[Body] | None:
    """The body of which a field holds several; a form offers one, by its own names."""
    parts = get_args(declared.annotation) if get_origin(declared.annotation) is tuple else ()
    return next((part for part in parts if isinstance(part, type) and issubclass(part, Body)), None)


def _field(
    body: type[Body], name: str, declared: FieldInfo, label: Label, setting: Any, aggregate: Any, view: Any,
    locale: Locale,
) -> FormField:  # fmt: skip
    choice: Choice | None = marks(body, name, Choice)
    kinds = _kinds(declared.annotation)
    required = declared.is_required() if label.required is None else label.required
    options: tuple[Option, ...] = ()
    if choice is not None:
        kind, options = "ticks" if choice.ticks else "choice", tuple(choice.options(setting, aggregate, locale))
    elif bool in kinds:
        kind, options = ("tick", ()) if declared.default is False else ("choice", YES_NO)
    elif date in kinds:
        kind = "date"
    elif int in kinds:
        kind = "money" if marks(body, name, Money) is not None else "number"
    else:
        kind = "area" if tuple in kinds or _longest(declared) > LONG else "line"
    empty = label.empty if label.empty is not None else TO_CHOOSE if required and kind == "choice" else None
    return FormField(
        name, label.name, kind, _said(label.hint, view), required and kind != "ticks", options,
        empty=_said(empty, view) if empty is not None else None,
        longest=(_longest(declared) or None) if kind in ("line", "area") and tuple not in kinds else None,
        rows=label.rows,
    )  # fmt: skip


def _said(words: Wording, view: Any) -> str:
    return words(view) if callable(words) else words


def _kinds(annotation: Any) -> set[Any]:
    """The types that a field may hold: `tuple[str, ...] | None` → tuple, NoneType."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return {kind for one in get_args(annotation) for kind in _kinds(one)}
    return {get_origin(annotation) or annotation}


def _longest(declared: FieldInfo) -> int:
    """How long a text may be; through the optional's own marks."""
    for part in (declared, *get_args(declared.annotation)):
        for mark in getattr(part, "metadata", ()) or getattr(part, "__metadata__", ()):
            if (longest := getattr(mark, "max_length", None)) is not None:
                return int(longest)
    return 0


def read_form(body: type[Body], form: FormData) -> dict[str, Any]:
    """A form's strings as a body: empty fields are left out, but those that the form requires; a tuple is one item a
    line, or one for each box ticked, or the one body that a form offers; a dictionary has a field for each key."""
    values: dict[str, Any] = {}
    for name, declared in body.model_fields.items():
        if marks(body, name, Each) is not None:
            typed = ((key.removeprefix(f"{name}-"), form[key]) for key in form if key.startswith(f"{name}-"))
            if lines := {key: line.strip() for key, line in typed if isinstance(line, str) and line.strip()}:
                values[name] = lines
            continue
        if (inner := _inner(declared)) is not None and (per_code := marks(body, name, PerCode)) is not None:
            if several := _read_groups(name, inner, per_code.code, form):
                values[name] = several
            continue
        if inner is not None:
            if one := read_form(inner, form):
                values[name] = [one]
            continue
        given = [value for value in form.getlist(name) if isinstance(value, str) and value.strip()]
        if given and marks(body, name, Money) is not None:
            values[name] = Money.read(given[-1].strip())
        elif given:
            many = tuple in _kinds(declared.annotation)
            values[name] = (
                [line.strip() for value in given for line in value.splitlines() if line.strip()]
                if many
                else given[-1].replace("\r\n", "\n").strip()  # as it was before a form showed it (HTML, 4.10.21.8)
            )
        elif name in form and (label := marks(body, name, Label)) is not None and label.required:
            values[name] = ""  # which is refused, where a program may leave it out
    return values


def _read_groups(name: str, inner: type[Body], code: str, form: FormData) -> list[dict[str, Any]]:
    """The bodies of the groups in which something is filled in, in the order of the form."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    for key, value in form.multi_items():
        if key.startswith(f"{name}-"):
            of, part = key.removeprefix(f"{name}-").rpartition("-")[::2]
            groups.setdefault(of, []).append((part, value))
    read = ((of, read_form(inner, FormData(items))) for of, items in groups.items())
    return [{code: of} | values for of, values in read if values]


def _groups(body: type[Body], values: Mapping[str, Any]) -> dict[str, list[str]]:
    """The codes of the groups that were read, by the field that holds them."""
    marked = ((name, marks(body, name, PerCode)) for name in body.model_fields)
    return {name: [one[mark.code] for one in values.get(name) or ()] for name, mark in marked if mark is not None}


def read_posted(
    command: Command, form: FormData, read: Callable[[type[Body], FormData], dict[str, Any]] = read_form
) -> dict[str, Any]:
    """What a posted form says of the command's body. Of a form that held everything, an emptied field says: nothing,
    and not what was drafted."""
    values = read(command.body, form)
    fields = command.body.model_fields
    if command.filled is None or not any(name in form for name in fields):  # a button that signs what stands
        return values
    labels = {name: marks(command.body, name, Label) for name in fields if not fields[name].is_required()}
    emptied = {name: fields[name].default for name, label in labels.items() if label and not label.required}
    return emptied | values


async def take(
    request: Request,
    viewer: Viewer,
    dispatch: Dispatch[Any],
    resource: Resource,
    name: str,
    address: Address,
    *,
    back: Callable[[Told], str],
    page: str,
    read: Callable[[type[Body], FormData], dict[str, Any]] = read_form,
    form: Callable[[Mapping[str, str]], str] | None = None,
) -> Response:
    """Give the command that a posted form asks for and go `back`, or to the `page` on which the form stands, which says
    why it was refused.

    `form` tells from what was typed what the form is called, where a page has several of a command.
    """
    if name not in resource.commands:
        raise problems.NotFound()
    await request.body()  # keeps the bytes: the command's fingerprint is made of them
    posted = await request.form()
    typed = {key: "\n".join(one for one in posted.getlist(key) if isinstance(one, str)) for key in posted}
    once = typed.get(ONCE) if resource.find is None else None
    called, command = form(typed) if form else name, resource.commands[name]
    body, locale, seen = command.body, locale_of(request), _seen(typed)
    if seen is None and command.signs:
        seen = NO_VERSION
    values = read_posted(command, posted, read)
    groups = _groups(body, values)
    try:
        given = body.model_validate(values)
        told = await dispatch.give(request, viewer, resource, name, address, given, seen, once)
    except problems.ServiceUnavailable:
        raise
    except problems.VersionConflict:
        overtaken = seen if seen != NO_VERSION else None
        said = OVERTAKEN if overtaken is not None else NOTHING_SEEN
        failed = Failed(called, translate(locale, said), typed, seen=overtaken)
    except problems.Problem as error:
        if isinstance(error, problems.NotFound) and resource.find is not None:
            raise  # else what was not found was named in a field
        wrong = wrong_by_pointer(error, locale, groups)
        failed = Failed(called, detail_in(error, locale), typed, wrong)
    except ValidationError as error:
        wrong = wrong_fields(body, error, locale, groups)
        failed = Failed(called, what_to_correct(body, error, locale), typed, wrong)
    else:
        return RedirectResponse(back(told), 303)
    return await dispatch.refused.back(viewer, failed, page)


def _seen(typed: Mapping[str, str]) -> int | None:
    """The version that the form showed."""
    given = typed.get(VERSION, "")
    if not given:
        return None
    return int(given) if given.isdecimal() and len(given) <= LONGEST_VERSION else NO_VERSION
