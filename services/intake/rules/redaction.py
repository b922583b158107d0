"""What may leave intake: a text in which nothing identifies a tipster.

Looked for: mobile and landline numbers, resident identity numbers (GB 11643), and the declared name and telephone of
this tip's sender, all also when written with spaces, dashes or full-width digits. A finding says what to remove and
where, and never repeats it. Limit: a name that was not declared is not recognised; so a matter composed by rule uses
the campaign's words only, and an officer's own sentence is an officer's responsibility.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_MOBILE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}\d{7,8}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-–—.·_]+(?=[\dXx])")
_BUSINESS = re.compile(
    r"(?:公司|厂|站|店|院|中心|合作社|集团|矿|供应部|经营部|气库|加工部|酒店|宾馆|商场|超市|学校|医院|窑|场)(?:（[^（）]{1,12}）)?$"
)
_SOMEBODY = re.compile(r"[我你他她咱]|邻居|亲戚|老板|家里|隔壁")
LONGEST_BUSINESS = 40


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to remove: what it is, in words for the officer."""

    what: str


def findings(text: str, name: str | None = None, phone: str | None = None) -> tuple[Finding, ...]:
    """What in `text` could identify a tipster; `name` and `phone` are those declared with this tip."""
    plain = _plain(text)
    digits = _BETWEEN_DIGITS.sub("", plain)
    found = []
    identity = _IDENTITY.search(digits) is not None
    if identity:
        found.append(Finding("身份证号码"))
    if _MOBILE.search(digits) or (_LANDLINE.search(digits) and not identity):
        found.append(Finding("电话号码"))
    elif phone is not None and (number := re.sub(r"\D", "", _plain(phone))) and number in digits:
        found.append(Finding("举报人的电话"))
    if name is not None and (who := re.sub(r"\s", "", _plain(name))) and who in re.sub(r"\s", "", plain):
        found.append(Finding("举报人的姓名"))
    return tuple(found)


def is_name_of_a_business(text: str) -> bool:
    """Whether what was typed as the enterprise is a public name, such as a sign would bear, and not a description."""
    return len(text) <= LONGEST_BUSINESS and _BUSINESS.search(text) is not None and not _SOMEBODY.search(text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
