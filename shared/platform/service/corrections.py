"""What is to be corrected in a form: the sentence above it, and one at each field that is wrong."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.platform.service.fields import Body, Each, Label, marks
from shared.platform.web import problems
from shared.platform.web.problem_handlers import UNWRITABLE
from shared.platform.web.words import Locale, translate

TO_CORRECT = "请填写或改正此项。"


def wrong_by_pointer(error: problems.Problem, locale: Locale) -> dict[str, str]:
    """The sentences of a refusal that names fields, by the form's names of these."""
    found = {}
    for one in error.extras.get("errors", ()):
        names = [part for part in str(one.get("pointer", "")).split("/") if part and not part.isdecimal()]
        if names:
            found[names[-1]] = translate(locale, str(one["detail"]))
    return found


def wrong_fields(body: type[Body], error: ValidationError, locale: Locale) -> dict[str, str]:
    """What is wrong with each field of a form, by the form's names."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        names = [part for part in one["loc"] if isinstance(part, str)]
        if names:
            keyed = names[0] in body.model_fields and marks(body, names[0], Each) is not None
            reason = _reason(one, locale)
            found.setdefault("-".join(names[:2]) if keyed else names[-1], reason or translate(locale, TO_CORRECT))
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
