"""What is to be corrected in a form: the sentence above it, and one at each field that is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.platform.service.fields import Body, Each, Label, marks
from shared.platform.web import problems
from shared.platform.web.problem_handlers import UNWRITABLE
from shared.platform.web.words import Locale, translate

TO_CORRECT = "请填写或改正此项。"
Groups = Mapping[str, Sequence[str]]
"""Field → the codes of the bodies that it holds, in their order: a form has a group for each (`fields.PerCode`)."""


def wrong_by_pointer(error: problems.Problem, locale: Locale, groups: Groups) -> dict[str, str]:
    """The sentences of a refusal that names fields, by the form's names of these."""
    found = {}
    for one in error.extras.get("errors", ()):
        parts = [part for part in str(one.get("pointer", "")).split("/") if part]
        names = [part for part in parts if not part.isdecimal()]
        if names:
            found[_in_group(parts, groups) or names[-1]] = translate(locale, str(one["detail"]))
    return found


def _in_group(place: Sequence[str], groups: Groups) -> str | None:
    """`taken`, `0`, `number` → taken-penalty-number."""
    if len(place) < 3 or place[0] not in groups or not place[1].isdecimal():
        return None
    codes = groups[place[0]]
    return f"{place[0]}-{codes[int(place[1])]}-{place[2]}" if int(place[1]) < len(codes) else None


def wrong_fields(body: type[Body], error: ValidationError, locale: Locale, groups: Groups) -> dict[str, str]:
    """What is wrong with each field of a form, by the form's names."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        names = [part for part in one["loc"] if isinstance(part, str)]
        if names:
            keyed = names[0] in body.model_fields and marks(body, names[0], Each) is not None
            reason = _reason(one, locale)
            grouped = _in_group([str(part) for part in one["loc"]], groups)
            name = "-".join(names[:2]) if keyed else grouped or names[-1]
            found.setdefault(name, reason or translate(locale, TO_CORRECT))
    return found


def what_to_correct(body: type[Body], error: ValidationError, locale: Locale) -> str:
    """The fields that a form has wrong, by their labels, and what is wrong with each as far as it is not plain."""
    said: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        name = str(one["loc"][0]) if one["loc"] else ""
        label = marks(body, name, Label) if name in body.model_fields else None
        reason = _reason(one, locale)
        written = translate(locale, label.name) if label is not None else name
        said.setdefault(
            name, translate(locale, "{field}（{reason}）").format(field=written, reason=reason) if reason else written
        )
    return translate(locale, "请填写或改正：{fields}。").format(fields=translate(locale, "、").join(said.values()))


def _reason(error: ErrorDetails, locale: Locale) -> str:
    context = error.get("ctx", {})
    if error["type"] == "string_too_long":
        return translate(locale, "至多 {n} 字").format(n=context["max_length"])
    if error["type"] == "unwritable":
        return translate(locale, UNWRITABLE).format(**context).rstrip("。.")
    if error["type"] == "value_error":
        return translate(locale, str(context["error"])).rstrip("。.")
    return ""
