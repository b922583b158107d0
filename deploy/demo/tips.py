"""The tips of the demo: invented, written by hand, one YAML file a campaign.

`load` reads strictly, as the campaign itself is read: scalars stay text until a key's own reader gives them meaning, an
unknown key or code is refused with what is allowed, and everything wrong is said at once, by line and tip.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from shared.kernel.campaign import Campaign
from shared.kernel.campaign import load as load_campaign
from shared.kernel.campaign.errors import hint

CAMPAIGNS = Path(__file__).resolve().parents[1] / "campaigns"
DEFAULT_TIPS = Path(__file__).resolve().parent / "tips" / "jincheng-2021.yaml"
SEED = "jincheng-2021"
PHONE = re.compile(r"1[3-9]\d0000\d{4}")
"""The form of every invented telephone number."""
OFFICIALS = "against_officials"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who gives the tip, invented. `mode`: confidential | open."""

    name: str
    phone: str
    mode: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What a diligent officer finds out. `unit` is None for what belongs elsewhere; `place` is a town at most.

    `duplicate_of` is the number of an earlier tip on the same affair. `major` and `mixed` are circumstances that
    change a window; `groundless`: nothing of it was so, or could be verified.
    """

    unit: str | None
    violation: str | None = None
    target: str | None = None
    matters: tuple[str, ...] = ()
    enterprise: str | None = None
    place: str | None = None
    duplicate_of: int | None = None
    against_officials: bool = False
    major: bool = False
    mixed: bool = False
    groundless: bool = False

    @property
    def is_concealed_fatality(self) -> bool:
        """The matter of the notice's own example (附件 5)."""
        return {"fatality", "concealed_accident"} <= set(self.matters)


@dataclass(frozen=True, slots=True)
class Tip:
    """One tip, as it is sent at the instant `at`, and the truth behind it. `n` counts from 1 in the order of time."""

    n: int
    at: datetime
    source: str
    kind: str
    text: str
    truth: Truth
    place: str | None = None
    enterprise: str | None = None
    danger: bool = False
    occurred_at: datetime | None = None
    external_no: str | None = None
    identity: Identity | None = None


class TipsError(Exception):
    """A file of tips that cannot be used; every fault is a line `file:line: tip, key: what is allowed`."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(["演示举报文件有误，请逐条改正后重试：", *self.faults]))


class _Wrong(Exception):
    """What stands at a node cannot stand there; the message says what may."""

    def __init__(self, message: str, node: yaml.Node | None = None, key: str = "") -> None:
        super().__init__(message)
        self.node, self.key = node, key


_Read = Callable[[yaml.Node], Any]


def load(path: str | Path, campaign: Campaign | None = None) -> tuple[Tip, ...]:
    """The tips in this file, in order. Codes are those of `campaign`, by default the one whose file has the same name.

    Raises TipsError with every fault that was found; shape first, then the references between tips.
    """
    path = Path(path)
    read = _tip_reader(campaign or load_campaign(CAMPAIGNS / path.name))
    faults: list[str] = []
    found: list[tuple[int, Tip]] = []
    for index, node in enumerate(_nodes(path), 1):
        try:
            found.append((node.start_mark.line + 1, read(node)))
        except _Wrong as wrong:
            line = (wrong.node or node).start_mark.line + 1
            faults.append(f"{path}:{line}: 第 {index} 件 {wrong.key}：{wrong}")
    if not faults:
        tips = [tip for _, tip in found]
        faults = [f"{path}:{line}: 第 {i} 件 {key}：{said}" for i, (line, tip) in enumerate(found, 1)
                  for key, said in _references(i, tip, tips)]  # fmt: skip
    if faults:
        raise TipsError(faults)
    return tuple(tip for _, tip in found)


def _nodes(path: Path) -> list[yaml.Node]:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise TipsError([f"{path}:1: 无法读取（{error.strerror}）；请检查路径"]) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        raise TipsError([f"{path}:{mark.line + 1 if mark else 1}: 不是有效的 YAML：{error}"]) from None
    if isinstance(root, yaml.MappingNode) and [key.value for key, _ in root.value] == ["tips"]:
        listed = root.value[0][1]
        if isinstance(listed, yaml.SequenceNode):
            return list(listed.value)
    raise TipsError([f"{path}:1: 须只有一个键 tips，其下是举报的列表"])


def _references(position: int, tip: Tip, tips: list[Tip]) -> Iterable[tuple[str, str]]:
    """What is wrong between this tip and the others."""
    if tip.n != position:
        yield "n", f"写的是 {tip.n}，须从 1 起连续编号，此处应为 {position}"
    if position > 1 and tip.at <= tips[position - 2].at:
        yield "at", f"写的是 {tip.at.isoformat()}，须晚于前一件（{tips[position - 2].at.isoformat()}）"
    if tip.truth.duplicate_of is not None and not 1 <= tip.truth.duplicate_of < position:
        yield "truth.duplicate_of", f"写的是 {tip.truth.duplicate_of}，须是更早一件的编号（1 至 {position - 1}）"
    if tip.truth.against_officials != (OFFICIALS in tip.truth.matters):
        yield "truth.against_officials", f"须与 matters 中的 {OFFICIALS} 同时出现"


# --- one tip ---


def _tip_reader(campaign: Campaign) -> _Read:
    def term(taxonomy: str) -> _Read:
        return _one_of([term.code for term in campaign.taxonomy(taxonomy).terms if not term.work_check])

    modes = [code for code in campaign.taxonomy("identity_modes").codes if code != "anonymous"]
    unit = _one_of(campaign.county_codes)
    truth = {
        "unit": lambda node: None if _is_null(node) else unit(node),
        "violation": term("violations"), "target": term("targets"), "matters": _several(term("matters")),
        "enterprise": _words, "place": _words, "duplicate_of": _whole, "against_officials": _true, "major": _true,
        "mixed": _true, "groundless": _true,
    }  # fmt: skip
    tip = {
        "n": _whole, "at": _instant, "source": term("tip_sources"), "kind": term("tip_kinds"), "text": _words,
        "place": _words, "enterprise": _words, "danger": _true, "occurred_at": _instant, "external_no": _words,
        "identity": _mapping(Identity, {"name": _words, "phone": _phone, "mode": _one_of(modes)}),
        "truth": _mapping(Truth, truth),
    }  # fmt: skip
    return _mapping(Tip, tip)


def _mapping(type_: type[Any], readers: dict[str, _Read]) -> _Read:
    """Reads a mapping as `type_`: no unknown key, none twice, none missing that has no default."""
    required = [field.name for field in fields(type_) if field.default is MISSING]

    def read(node: yaml.Node) -> Any:
        if not isinstance(node, yaml.MappingNode):
            raise _Wrong("须写成“键: 值”", node)
        values: dict[str, Any] = {}
        for key, value in node.value:
            if key.value not in readers:
                raise _Wrong(f"没有这一项。{hint(str(key.value), readers)}", key, str(key.value))
            if key.value in values:
                raise _Wrong("同一个键写了两次；请只留一个", key, key.value)
            try:
                values[key.value] = readers[key.value](value)
            except _Wrong as wrong:
                inner = f".{wrong.key}" if wrong.key else ""
                raise _Wrong(str(wrong), wrong.node or value, key.value + inner) from None
        for name in required:
            if name not in values:
                raise _Wrong(f"缺少此项，必须填写。必填：{'、'.join(required)}", node, name)
        return type_(**values)

    return read


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value == "null"


def _words(node: yaml.Node) -> str:
    text = node.value.strip() if isinstance(node, yaml.ScalarNode) and not _is_null(node) else ""
    if not text:
        raise _Wrong("须写文字，不得为空")
    return text


def _read_as(pattern: str, allowed: str, made: Callable[[str], Any]) -> _Read:
    def read(node: yaml.Node) -> Any:
        text = _words(node)
        if not re.fullmatch(pattern, text):
            raise _Wrong(f"写的是“{text}”，{allowed}")
        try:
            return made(text)
        except ValueError:
            raise _Wrong(f"写的是“{text}”，{allowed}") from None

    return read


_whole = _read_as(r"[1-9]\d{0,5}", "须写正整数", int)
_true = _read_as("true", "只能写 true；为否时不写此项", bool)
_phone = _read_as(PHONE.pattern, "须是虚构号码的格式 1[3-9]x0000NNNN", str)
_instant = _read_as(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", "须写带时区的时刻，如 2021-12-28T09:14:00+08:00", datetime.fromisoformat
)


def _one_of(codes: Sequence[str]) -> _Read:
    def read(node: yaml.Node) -> str:
        text = _words(node)
        if text not in codes:
            raise _Wrong(f"写的是“{text}”。{hint(text, codes)}")
        return text

    return read


def _several(read: _Read) -> _Read:
    def read_all(node: yaml.Node) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise _Wrong("须写成列表，如 [fatality]")
        return tuple(read(item) for item in node.value)

    return read_all
