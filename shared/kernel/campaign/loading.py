"""Reads a campaign file and either returns a `Campaign` or says everything that is wrong with it, line by line.

Mechanism: libyaml composes a tree of nodes with line numbers. Scalars stay text, so that a field's type alone gives
them meaning and YAML's own guesses (`15:00` = 900, `no` = false, `0123` = 83) never happen. Pydantic checks the shape,
`checks` the references between the parts; each complaint is traced back to its node. Aliases (`*name`) and several
documents in one file are refused: what is written once should be read where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from shared.kernel.campaign.checks import reference_faults
from shared.kernel.campaign.definition import Campaign
from shared.kernel.campaign.errors import CampaignError, Fault, hint

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Location = Sequence[str | int]
_MESSAGES = {
    "bool_parsing": "须写 true 或 false",
    "int_parsing": "须写整数",
    "date_from_datetime_parsing": "须写日期，如 2021-12-28",
    "date_parsing": "须写日期，如 2021-12-28",
    "tuple_type": "须写成列表（每项一行，以“- ”开头）",
    "dict_type": "须写成“键: 值”",
    "model_type": "须写成“键: 值”",
    "model_attributes_type": "须写成“键: 值”",
    "string_type": "须写文字",
    "string_too_short": "不得为空",
}


def load(path: str | Path) -> Campaign:
    """The campaign in this file. Raises `CampaignError` with every fault found; shape first, then references."""
    file = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "不是 UTF-8 编码"
        raise CampaignError([Fault(file, 1, "（文件）", f"无法读取（{reason}）；请检查路径和编码")]) from error
    root = _compose(file, text)
    faults: list[Fault] = []
    data = _plain(file, root, (), faults, set())
    if faults:
        raise CampaignError(faults)
    try:
        campaign = Campaign.model_validate(data)
    except ValidationError as error:
        raise CampaignError([_shape_fault(file, root, data, detail) for detail in error.errors()]) from None
    faults = [Fault(file, _line(root, where), _path(where), said) for where, said in reference_faults(campaign)]
    if faults:
        raise CampaignError(faults)
    return campaign


def _compose(file: str, text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CampaignError([Fault(file, line, "（格式）", f"不是有效的 YAML：{error.problem}")]) from None
    except yaml.YAMLError as error:
        raise CampaignError([Fault(file, 1, "（格式）", f"不是有效的 YAML：{error}")]) from None
    if not isinstance(root, yaml.MappingNode):
        said = "应当是“键: 值”的集中行动定义，可参照 deploy/campaigns 下的样例"
        raise CampaignError([Fault(file, 1, "（文件）", said)])
    return root


def _plain(file: str, node: yaml.Node, where: Location, faults: list[Fault], seen: set[int]) -> Any:
    """The node as dict, list, text or None. A key written twice is a fault, because YAML would drop the first, and so
    is a node met twice, which is an alias and might hold itself."""
    if id(node) in seen:
        faults.append(Fault(file, node.start_mark.line + 1, _path(where), "请勿使用 YAML 引用（& 和 *），直接写出内容"))
        return None
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                line = key.start_mark.line + 1
                faults.append(Fault(file, line, _path((*where, name)), "同一个键写了两次；请只留一个"))
            found[name] = _plain(file, value, (*where, name), faults, seen)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(file, item, (*where, index), faults, seen) for index, item in enumerate(node.value)]
    quoted = isinstance(node, yaml.ScalarNode) and bool(node.style)
    return None if not quoted and node.value in ("", "~", "null") else node.value


def _walk(root: yaml.Node, where: Location) -> tuple[yaml.Node, int]:
    """The deepest node on the way to a location, and the line of its key."""
    node, line = root, root.start_mark.line + 1
    for step in where:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == step), None)
            if entry is None:
                break
            node, line = entry[1], entry[0].start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return node, line


def _line(root: yaml.Node, where: Location) -> int:
    return _walk(root, where)[1]


def _path(where: Location) -> str:
    text = ""
    for step in where:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "（文件）"


def _shape_fault(file: str, root: yaml.Node, data: Any, detail: ErrorDetails) -> Fault:
    """One of pydantic's complaints in our words: what was found there, what may stand there."""
    where = [step for step in detail["loc"] if step != "[key]"]
    found = _at(data, where)
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        message = f"没有“{where[-1]}”这一项。{hint(str(where[-1]), _fields_at(where[:-1]))}"
    elif kind == "missing":
        message = "缺少此项，必须填写"
    elif kind == "literal_error":
        message = f"写的是“{found}”。{_allowed(str(found), str(context['expected']))}"
    elif kind == "value_error":
        message = str(context["error"])
    elif kind == "string_pattern_mismatch":
        message = f"写的是“{found}”，须符合格式 {context['pattern']}"
    elif kind in ("greater_than_equal", "less_than_equal"):
        limit = f"不小于 {context['ge']}" if "ge" in context else f"不大于 {context['le']}"
        message = f"写的是“{found}”，须{limit}"
    elif kind in _MESSAGES:
        message = f"写的是“{_short(found)}”，{_MESSAGES[kind]}"
    else:
        message = f"写的是“{_short(found)}”：{detail['msg']}"
    return Fault(file, _line(root, where), _path(where), message)


def _allowed(found: str, expected: str) -> str:
    return hint(found, [option.strip("' ") for option in expected.replace(" or ", ",").split(",")])


def _at(data: Any, where: Location) -> Any:
    for step in where:
        if isinstance(data, dict) and step in data:
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _short(found: Any) -> str:
    text = "（空）" if found is None else str(found)
    return text if len(text) <= 60 else text[:57] + "…"


def _fields_at(where: Location) -> list[str]:
    """The keys that the model at a location knows."""
    model: Any = Campaign
    for step in where:
        if isinstance(step, str) and isinstance(model, type) and issubclass(model, BaseModel):
            model = _model_in(model.model_fields[step].annotation)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _model_in(annotation: Any) -> Any:
    """The model inside `X`, `X | None`, `tuple[X, ...]` or `dict[str, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner)) is not None), None)
