"""Which enterprise a name means: repeat cases of one are one 家 (domain 7), and what a county has recorded of one is
not held against it (domain 5).

Two names mean the same enterprise of a county if they are equal once what says nothing is left out: how they are typed
(full width, spaces, punctuation, remarks in brackets), the province, city and county before them, the legal form behind
them. A line of the register that so agrees gives its own name. Who has no name is told by the place, if there is one.
Nothing is guessed beyond that: a slip of the pen makes two enterprises, and two of one name in one county are one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

from msgspec import Struct

from shared.kernel.campaign import Campaign

_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】")
_SAYS_NOTHING = re.compile(r"[\W_]+")
_PROVINCE, _CITY = re.compile(r"^\w{2,3}?省"), re.compile(r"\w+?市")
_LEGAL_FORM = re.compile(r"(?:股份有限|有限责任|有限)?公司$")
_NOBODY = re.compile(
    r"(?:企业|单位)?(?:名称?|名字)?(?:不|未|无|暂不|暂无|没有)(?:详|明|知|知道|清楚|具名|提供|名称|名字|名)?"
    r"|某(?:某|个|家|一)*(?:单位|企业|公司|厂|店|站|人|业主)?|个人|(?:非法|无证)?业主"
)
"""What stands in the field of a name and names nobody."""


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
        found = [(one.unit, _plain(one.name, before.get(one.unit, ())), one.name) for one in campaign.enterprises]
        return cls(before, tuple(found))

    @cached_property
    def _registered(self) -> dict[tuple[str, str], str]:
        return {(unit, plain): name for unit, plain, name in self.registered}

    def of_register(self, unit: str, enterprise: str) -> str:
        """The name as the register of the county has it; as it is where the register does not know it."""
        plain = _plain(enterprise, self.before.get(unit, ()))
        return self._registered.get((unit, plain), enterprise)

    def identity(self, unit: str, enterprise: str | None, place: str | None, case: str) -> str:
        """Equal exactly for what is one enterprise of `unit` (a code); of a case that names neither enterprise nor
        place, the case itself."""
        before = self.before.get(unit, ())
        name = _plain(enterprise, before)
        if name and not _NOBODY.fullmatch(name):
            return f"{unit}/enterprise/{self._registered.get((unit, name), name)}"
        where = _plain(place, before)
        return f"{unit}/place/{where}" if where else f"{unit}/case/{case}"


def _before(campaign: Campaign, unit: str) -> tuple[str, ...]:
    """The city, as its bureau is called, and the county."""
    cities = [found[0] for one in campaign.bodies if one.kind == "city" and (found := _CITY.match(one.zh))]
    counties = [word for one in campaign.units if one.code == unit for word in (one.zh, *one.aliases)]
    return (*cities, *(city.removesuffix("市") for city in cities), *sorted(counties, key=len, reverse=True))


def _plain(text: str | None, before: tuple[str, ...]) -> str:
    """What of a name tells it from others; all of it where nothing would be left."""
    typed = unicodedata.normalize("NFKC", text or "").casefold()
    whole = _SAYS_NOTHING.sub("", _REMARK.sub("", typed)) or _SAYS_NOTHING.sub("", typed)
    name = _LEGAL_FORM.sub("", whole) or whole
    name = _PROVINCE.sub("", name) or name
    for word in before:
        if name.startswith(word) and len(name) - len(word) >= 2:
            name = name.removeprefix(word)
    return name
