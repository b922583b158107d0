"""The ways in which a declared name stands in a text: whole, without the surname, or as one is addressed.

Both sides are squeezed first (`shared.platform.text`): dots, spaces, traditional characters and what does not show make
no difference. A given name of one character is no name by itself, and 老王庄 is a village.
"""

from __future__ import annotations

import re
from functools import lru_cache

from shared.platform.text import skeleton, squeezed

_WRITTEN = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔"
    " 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 颛孙 令狐 单于 拓跋 呼延 轩辕 东郭"
    " 南门 西门 百里 淳于 左丘 梁丘"
)
_COMPOUND = frozenset(_WRITTEN.split())
"""Surnames of two characters."""
_ADDRESSED = (
    "师傅|师父|先生|女士|小姐|老师|大爷|大娘|大妈|大叔|大伯|大哥|大姐|大嫂|阿姨|叔叔|婶|同志|老板|经理|厂长|站长|医生|大夫|老汉|工程师"
    "|某某|某|xx|家属|同学"
)
_VILLAGE = "庄村沟屯镇乡寨庙坡河湾岭洼坪峪凹掌店铺街营"
_DOTS = re.compile(r"[·•・‧∙⋅.．。\-—–]+")


def is_named_in(text: str, name: str) -> bool:
    """Whether `text` names the person who is called `name`."""
    pattern = _pattern(name)
    return pattern is not None and pattern.search(squeezed(text)) is not None


@lru_cache(maxsize=256)
def _pattern(name: str) -> re.Pattern[str] | None:
    """What to look for in a squeezed text; None for a name of nothing."""
    whole = squeezed(name)
    if not whole:
        return None
    if not _is_chinese(whole):
        return re.compile(rf"(?<![a-z]){re.escape(whole)}(?![a-z])")
    if len(whole) == 1:
        return re.compile(rf"{re.escape(whole)}(?:{_ADDRESSED})")
    surname = whole[:2] if whole[:2] in _COMPOUND and len(whole) > 2 else whole[:1]
    given = whole[len(surname) :]
    ways = [whole, rf"{surname}(?:{_ADDRESSED})", rf"[老小阿]{surname}(?![{_VILLAGE}])"]
    if len(given) > 1:
        ways.append(given)
    parts = map(squeezed, _DOTS.split(skeleton(name)))
    ways += [part for part in parts if len(part) > 1 and part not in _COMPOUND and _is_chinese(part)]
    return re.compile("|".join(ways))


def _is_chinese(squeezed_name: str) -> bool:
    return all("\u3400" <= character <= "\U0003ffff" for character in squeezed_name)
