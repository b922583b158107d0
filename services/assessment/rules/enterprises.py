"""Which enterprise a name means: repeat cases of one are one 家 (domain 7), and what a county has recorded of one is
not held against it (domain 5).

Two names mean the same enterprise of a county if they are equal once what says nothing is left out: how they are typed
(full width, spaces, punctuation, remarks in brackets), the province, city and county before them, the legal form behind
them. A line of the register that so agrees gives its own name. Who has no name is told by the place. Nothing is guessed
beyond that: a slip of the pen makes two enterprises, and two of one name in one county are one.
"""

from __future__ import annotations

import re
import unicodedata

from shared.kernel.campaign import Campaign

_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】")
_SAYS_NOTHING = re.compile(r"[\W_]+")
_PROVINCE, _CITY = re.compile(r"^\w{2,3}?省"), re.compile(r"\w+?市")
_LEGAL_FORM = re.compile(r"(?:股份有限|有限责任|有限)?公司$")


def identity(campaign: Campaign, unit: str, enterprise: str | None, place: str | None, case: str) -> str:
    """Equal exactly for what is one enterprise of `unit` (a code); of a case that names neither enterprise nor place,
    the case itself."""
    before = _before(campaign, unit)
    if name := _plain(enterprise, before):
        known = {_plain(one.name, before): one.name for one in campaign.enterprises if one.unit == unit}
        return f"{unit}/enterprise/{known.get(name, name)}"
    where = _plain(place, before)
    return f"{unit}/place/{where}" if where else f"{unit}/case/{case}"


def _before(campaign: Campaign, unit: str) -> tuple[str, ...]:
    """What may stand before a name, from the outside in: the city, as its bureau is called, and the county."""
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
