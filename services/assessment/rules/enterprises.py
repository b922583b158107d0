"""Which enterprise a name means: repeat cases of one are one 家 (domain 7), and what a county has recorded of one is
not held against it (domain 5).

Two names mean the same enterprise of a county if they are equal once what says nothing is left out: how they are typed
(full width, spaces, punctuation, 一号 for 1号), known remarks in brackets, the campaign's province, city and county
before them, the legal form behind them. Where many are called what is left (液化气, 人民医院), the innermost place
stays before it.
A line of the register that alone agrees so gives its own name. Who has no name is told by the place, if there is one.
Nothing is guessed beyond that: a slip of the pen makes two enterprises, and two of one name in one county are one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from shared.kernel.campaign import Campaign

_BRACKET = re.compile(r"[(\[【〔{]([^()\[\]【】〔〕{}]*)(?:[)\]】〕}]|$)")
"""Also one that is never closed."""
_REMARK = re.compile(
    r"老厂|原(?!料|油|煤)\w+|曾用名\w+|个体(?:户|工商户)?|集团"
    r"|(?:已|现已?|长期)?(?:停产|停业|关停|关闭|拆除|取缔|搬迁)"
)
"""In brackets it says nothing of who is meant. Anything else there does: （一厂） is not （二厂）."""
_SAYS_NOTHING = re.compile(r"[\W_]+")
_CITY = re.compile(r"\w+?市")
_LEGAL_FORM = re.compile(r"(?:股份有限|有限责任|有限)?公司$")
_LEFT_OUT = re.compile(r"[*×✕○□]+|(?<![a-z])x{2,}(?![a-z])")
"""What is typed instead of a name: ×××公司, 张×."""
_NUMERAL = re.compile(r"(?<=第)[一二三四五六七八九十]+|[一二三四五六七八九十]+(?=号|厂|站|分厂|分站|车间)")
_DIGITS = "一二三四五六七八九"
_GENERIC = re.compile(
    r"(?:第?\d+号?|[东西南北]|总|分|有限|责任|股份|公司|集团|站点?|厂|店|点|部|所|中心|经营|销售|供应|服务|管理"
    r"|液化(?:石油)?气|石油|天然气|煤气|燃气|沼气|气体|气瓶|氧气|乙炔|气|加油|加气|充装|充气|储配|灌装|换瓶|供气|供热|供暖|热力|供水"
    r"|自来水|特种设备|设备|安装|锅炉|电梯|压力容器|检验|检测|维修|人民|中医|妇幼保健|医院|卫生院|学校|中学|小学|幼儿园|宾馆|酒店|饭店"
    r"|超市|商场|市场|浴池|物业|化工|机械)++"
)
"""What many are called: without the place before it, it is nobody's own name."""
_NOBODY = re.compile(
    "|".join(
        (
            r"\w*某\w*",  # 某化工厂, 张某
            r"\w*(?:不详|不明|不清楚?|未知)",  # 业主不详, 身份不明
            # 名称未提供, 无名, 不知道叫什么
            r"(?:企业|单位)?(?:名称?|名字)?(?:不知名?|不知道\w*|未具名|未提供|暂?无|没有)?(?:名称?|名字)?",
            r"(?:不知名|未知|不明|无名)\w?(?:企业|单位|公司|厂|店|站|氏)",  # 无名小厂, 无名氏
            r"匿名|不愿\w+|待(?:核实|查|定|补)|未登记|未注册|空|同上|如题|(?:详?见|同|如)附件|none|null|na?",  # N/A
            r"(?:无|没有|未办理?)(?:营业执照|执照|证照|证|照|牌照?|字号|招牌|牌子|店名|厂名|站名)(?:经营)?(?:个体户)?",
            r"(?:该|本|此|有关|相关|涉事|被举报|一个?)?(?:企业|单位|公司|厂|店|站|商户|业主|户主|房主|经营者|个人|私人)",
            r"个体(?:户|工商户)?|私人\w{0,2}|村民|居民|群众",
            r"黑(?:窝点|气站|加气站|加油站|充装点|作坊|站点|店)",
            r"(?:非法|无证|无照|地下)\w{0,6}(?:站|点|窝点|作坊|厂|店|经营者|户|业主)",  # 无证充装点, 地下黑作坊
            r"一家\w+",
        )
    )
)
"""What stands in the field of a name, or of a place, and names nobody."""


class _Told(NamedTuple):
    """A name in parts: the innermost place before it, if any, and what comes after all of them."""

    place: str
    name: str

    @property
    def nobody(self) -> bool:
        return not self.name or _NOBODY.fullmatch(self.name) is not None

    @property
    def plain(self) -> str:
        """What tells it from others."""
        return self.place + self.name if _GENERIC.fullmatch(self.name) else self.name


class Names(Struct, frozen=True, dict=True):
    """How one campaign tells enterprises apart. `before`: what may stand before a name in a county (code), from the
    outside in; `registered`: of each enterprise of its register the county, what tells its name from others, its name.
    """

    before: dict[str, tuple[str, ...]]
    registered: tuple[tuple[str, str, str], ...]

    @classmethod
    def of(cls, campaign: Campaign) -> Names:
        """Of this version of a campaign."""
        before = {unit: _before(campaign, unit) for unit in campaign.county_codes}
        found = [(one.unit, _told(one.name, before.get(one.unit, ())).plain, one.name) for one in campaign.enterprises]
        return cls(before, tuple(found))

    @cached_property
    def _exactly(self) -> frozenset[tuple[str, str]]:
        return frozenset((unit, name) for unit, _, name in self.registered)

    @cached_property
    def _lines(self) -> Counter[tuple[str, str]]:
        """How many lines of the register a plain name may mean."""
        return Counter((unit, plain) for unit, plain, _ in self.registered)

    @cached_property
    def _registered(self) -> dict[tuple[str, str], str]:
        """The name of the only line that a plain name may mean."""
        return {(unit, plain): name for unit, plain, name in self.registered if self._lines[unit, plain] == 1}

    def of_register(self, unit: str, enterprise: str) -> str:
        """The name as the register of the county has it; as it is where the register does not know it, or knows several
        that it may mean."""
        if (unit, enterprise) in self._exactly:
            return enterprise
        return self._registered.get((unit, _told(enterprise, self.before.get(unit, ())).plain), enterprise)

    def identity(self, unit: str, enterprise: str | None, place: str | None, case: str) -> str:
        """Equal exactly for what is one enterprise of `unit` (a code); of a case that names neither enterprise nor
        place, the case itself."""
        before, name = self.before.get(unit, ()), enterprise or ""
        told, where = _told(name, before), _told(place or "", before)
        if (unit, name) in self._exactly:
            return f"{unit}/enterprise/{name}"
        if not told.nobody:
            several = self._lines[unit, told.plain] > 1
            return f"{unit}/enterprise/{name if several else self._registered.get((unit, told.plain), told.plain)}"
        return f"{unit}/case/{case}" if where.nobody else f"{unit}/place/{where.plain}"


def _before(campaign: Campaign, unit: str) -> tuple[str, ...]:
    """The province; the city, as its bureau is called; the county."""
    province = campaign.province or ""
    cities = [found[0] for one in campaign.bodies if one.kind == "city" and (found := _CITY.match(one.zh))]
    counties = [word for one in campaign.units if one.code == unit for word in (one.zh, *one.aliases)]
    around = (province, province.removesuffix("省"), *cities, *(city.removesuffix("市") for city in cities))
    return (*filter(None, around), *sorted(counties, key=len, reverse=True))


def _told(text: str, before: tuple[str, ...]) -> _Told:
    """What is typed, in parts."""
    typed = _LEFT_OUT.sub("某", unicodedata.normalize("NFKC", text).casefold())
    said = _said(typed, before)
    whole = _NUMERAL.sub(_in_digits, _SAYS_NOTHING.sub("", said) or _SAYS_NOTHING.sub("", typed))
    name, place = _LEGAL_FORM.sub("", whole) or whole, ""
    for word in before:
        if name.startswith(word) and len(name) - len(word) >= 2:
            name, place = name.removeprefix(word), _short(word)
    return _Told(place, name)


def _said(typed: str, before: tuple[str, ...]) -> str:
    """Without brackets: what is in them says nothing, or belongs to the name. A place in them that comes after places
    is one of these: 山西（晋城）气体."""
    places = re.compile("|".join(map(re.escape, before)) or "(?!)")

    def of(bracket: re.Match[str]) -> str:
        inside = _SAYS_NOTHING.sub("", bracket[1])
        if places.fullmatch(inside):
            return inside if not places.sub("", _SAYS_NOTHING.sub("", bracket.string[: bracket.start()])) else ""
        return "" if _REMARK.fullmatch(inside) else inside

    while _BRACKET.search(typed):
        typed = _BRACKET.sub(of, typed)
    return typed


def _short(place: str) -> str:
    """泽州县 and 泽州 are one place; 城区 has no shorter name."""
    return place[:-1] if len(place) > 2 and place[-1] in "省市县区" else place


def _in_digits(numeral: re.Match[str]) -> str:
    """二十一 → 21; as it is where it is no number below a hundred."""
    tens, ten, ones = numeral[0].rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return numeral[0]
    units = _DIGITS.find(ones) + 1 if ones else 0
    return str((_DIGITS.find(tens) + 1 if tens else 1) * 10 + units if ten else units)
