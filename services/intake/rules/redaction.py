"""What may leave intake: a text in which nothing identifies a tipster.

Two strengths. `findings` are what surely identifies: mobile and landline numbers, resident identity numbers (GB 11643:
eighteen digits by region, date and check digit, fifteen by region and date), plates, WeChat, QQ and mail names, and the
declared name and telephone of this tip's sender. With them nothing leaves. `may_be_a_contact` is wider (any short run
of digits, any word of letters and digits): it keeps a tip from leaving without a person, and nobody is refused for it.

Each is looked for in all readings of the text (`shared.platform.text`), so that width, script, separators and what does
not show make no difference. A finding says what to remove and never repeats it. Ordinary numbers are none: those of
work orders, letters, registers and equipment, whose dates are of the campaign's years and whose check digits are other.
Limits: a name that was not declared is not recognised, nor one spelt by sound (pinyin); so a matter composed by rule
uses the campaign's words only, and an officer's own sentence is an officer's responsibility.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from services.intake.rules.spellings import is_named_in
from shared.platform.text import BETWEEN, readings, squeezed

_S = BETWEEN
_FOREIGN = rf"(?:(?:0{_S}0{_S})?8{_S}6{_S})?"
_MOBILE = re.compile(
    rf"(?<![0-9a-z]){_FOREIGN}1{_S}(?:[35-9]{_S}\d|4{_S}[5-9])(?:{_S}\d){{8}}(?!\d)"
    r"|(?<!\d)(?:86)?1(?:[35-9]\d|4[5-9])([\W_]{0,8})\d{4}\1\d{4}(?!\d)"
)
"""Right behind letters only as it is usually grouped: TS1990233-2023 is a licence. 140–144 are no persons' numbers, and
many registers' begin with a region's 140…."""
_LANDLINE = re.compile(
    rf"(?<![0-9a-z]){_FOREIGN}0{_S}(?:1{_S}0|2{_S}\d|[3-9]{_S}\d{_S}\d){_S}[2-8](?:{_S}\d){{6,7}}(?!\d)"
    r"|(?<!\d)0(?:10|2\d|[3-9]\d\d)[\W_]{1,8}\d{7,8}(?!\d)"
)
_EIGHTEEN = re.compile(rf"(?<!\d)(?=([1-9](?:{_S}\d){{16}}{_S}[\dx])(?!\d))")
_FIFTEEN = re.compile(rf"(?<!\d)(?=([1-9](?:{_S}\d){{14}})(?!\d))")
_PROVINCES = frozenset(map(str, {*range(11, 16), 21, 22, 23, *range(31, 38), *range(41, 47), *range(50, 55)}))
_PROVINCES |= frozenset(map(str, {*range(61, 66), 71, 81, 82}))
"""GB/T 2260: the first two digits of a region."""
_BORN = range(1900, 2020)
"""A later date in a number is that of a work order."""
_BORN_IN_TWO_DIGITS = range(30, 100)
"""Numbers of fifteen digits were given until 1999; 00 to 29 is rather a year of this century."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10x98765432"
_SAID_TO_BE_ONE = re.compile(r"(?:身份证|身份|证件|公民|id)[^\d。；;]{0,8}$")
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"(?<![容梯起索锅管车瓶游场厂]\d\d)[{_PROVINCE}][\W_]{{0,3}}[a-z](?:[\W_]{{0,3}}[a-z0-9]){{4,5}}[\W_]{{0,3}}[a-z0-9挂学警](?![a-z0-9])"
)  # fmt: skip
"""GA 36. What registers say of equipment has two digits before the province: 容10晋E01234."""
_SO = r"[\W_]*(?:(?:帐|账)?号码?|名|id|加|搜|找|是|为|叫|同号)*[\W_]*"
_WECHAT = re.compile(
    rf"(?:[微威薇徽]\W{{0,3}}[信讯]|卫星|[vw]\W{{0,2}}信|(?<![a-z])(?:vx|wx|weixin|we\W?chat){_S}){_SO}"
    r"(?:[a-z](?:[\W_]?[a-z0-9]){4,19}|[1-9]\d{5,19})"
)
_QQ = re.compile(rf"(?:(?<![a-z])q{_S}q|扣{_S}扣|企鹅|球球){_SO}[1-9](?:{_S}\d){{4,10}}(?!\d)")
_MAIL = re.compile(
    r"\w[\W_]{0,3}(?:@|[(\[{<]\s*(?:at|艾特)\s*[)\]}>]|艾特|小老鼠)[\W_]{0,3}[a-z0-9-]{1,63}"
    r"[\W_]{0,2}(?:\.|点|dot|。)[\W_]{0,2}[a-z]{2,}"
)
_TAIL = re.compile(rf"尾{_S}号\D{{0,4}}(\d(?:{_S}\d){{2,7}})(?!\d)")

_RUN = re.compile(r"(?<![0-9a-z])\d(?:[\W_]{0,3}\d){6,12}(?![0-9a-z])")
_DAY = re.compile(r"(?:19|20)\d\d[\W_]?(?:0?[1-9]|1[0-2])[\W_]?(?:[0-2]?\d|3[01])")
_TOKEN = re.compile(r"(?<![a-z0-9])(?=[a-z_-]*\d)[a-z][a-z0-9_-]{5,19}(?![a-z0-9])")
_SAID_TO_BE_A_CONTACT = re.compile(
    r"(?:[微威薇][信讯]|[vw]信|vx|wx|wechat|weixin|qq|扣扣|抖音|快手|钉钉|邮箱|电话|手机|座机|热线|联系方式|尾号|telegram|whatsapp)"
    rf"{_SO}[a-z0-9][a-z0-9_.-]{{3,}}"
)

_MAY_TELL = re.compile(
    r"[a-z@]|艾特|小老鼠|[尾微威薇徽扣]|卫星|企鹅|球球|抖音|快手|钉钉|邮箱|电话|手机|座机|热线|联系|\d(?:[\W_]*\d){4}"
)
"""Without any of these there is neither number nor account in a reading, and no other pattern needs to be tried. Five
digits are the shortest telephone (SHORTEST_TELEPHONE); a year, a house number or a weight tells nothing."""

_IDENTITY, _TELEPHONE, _DECLARED = _NUMBERS = ("身份证号码", "电话号码", "举报人的电话")
_BUSINESS = re.compile(
    r"(?:公司|厂|站|店|院|中心|合作社|集团|矿|供应部|经营部|气库|加工部|酒店|宾馆|商场|超市|学校|医院|窑|场)(?:（[^（）]{1,12}）)?$"
)
_SOMEBODY = re.compile(r"[我你他她咱]|邻居|亲戚|老板|家里|隔壁")
LONGEST_BUSINESS = 40
SHORTEST_TELEPHONE = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to remove: what it is, in words for the officer."""

    what: str


def findings(text: str, name: str | None = None, phone: str | None = None) -> tuple[Finding, ...]:
    """What in `text` identifies somebody; `name` and `phone` are those declared with this tip."""
    return _found(text, _telling(text), name, phone)


def _found(text: str, read: tuple[str, ...], name: str | None = None, phone: str | None = None) -> tuple[Finding, ...]:
    found = []
    identity = any(map(_has_identity_number, read))
    if identity:
        found.append(_IDENTITY)
    if any(_MOBILE.search(one) or (_LANDLINE.search(one) and not identity) for one in read):
        found.append(_TELEPHONE)
    elif phone is not None and any(_is_called_in(one, phone) for one in read):
        found.append(_DECLARED)
    if any(map(_PLATE.search, read)):
        found.append("车牌号码")
    if any(_WECHAT.search(one) or _QQ.search(one) for one in read):
        found.append("微信号或QQ号")
    if any(map(_MAIL.search, read)):
        found.append("电子邮箱")
    if name is not None and is_named_in(text, name):
        found.append("举报人的姓名或称呼")
    return tuple(map(Finding, found))


def is_a_persons_number(number: str, phone: str | None = None) -> bool:
    """Whether what was given as another system's number is that of somebody's telephone or identity card."""
    return any(finding.what in _NUMBERS for finding in findings(number, phone=phone))


def may_be_a_contact(text: str) -> bool:
    """Whether anything in `text` could be a number or name under which somebody is reached."""
    ways = _telling(text)
    for read in ways:
        if any(not _DAY.match(run.group()) for run in _RUN.finditer(read)):
            return True
        if _TOKEN.search(read) or _SAID_TO_BE_A_CONTACT.search(read):
            return True
    return bool(_found(text, ways))


def _telling(text: str) -> tuple[str, ...]:
    """The readings of a text in which there may be a number or an account."""
    return tuple(filter(_MAY_TELL.search, readings(text)))


def is_name_of_a_business(text: str) -> bool:
    """Whether what was typed as the enterprise is a public name, such as a sign would bear, and not a description."""
    return len(text) <= LONGEST_BUSINESS and _BUSINESS.search(text) is not None and not _SOMEBODY.search(text)


def _has_identity_number(read: str) -> bool:
    for match in _EIGHTEEN.finditer(read):
        number = squeezed(match[1])
        if _is_born(number[:2], number[6:14]) and (
            number[-1] == _check_digit(number) or _SAID_TO_BE_ONE.search(read[: match.start()])
        ):
            return True
    for match in _FIFTEEN.finditer(read):
        number = squeezed(match[1])
        if int(number[6:8]) in _BORN_IN_TWO_DIGITS and _is_born(number[:2], f"19{number[6:12]}"):
            return True
    return False


def _is_born(province: str, day: str) -> bool:
    """A region of GB/T 2260 and a date YYYYMMDD on which people who could give a tip were born."""
    try:
        return province in _PROVINCES and date(int(day[:4]), int(day[4:6]), int(day[6:])).year in _BORN
    except ValueError:
        return False


def _check_digit(number: str) -> str:
    """GB 11643 (ISO 7064, MOD 11-2) of the first seventeen digits."""
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True)) % 11]


def _is_called_in(read: str, phone: str) -> bool:
    """The declared telephone: its last seven digits (all of a shorter one), or fewer that are said to be its last."""
    number = re.sub(r"\D", "", readings(phone)[-1])
    digits = re.sub(r"(?<=\d)[\W_]+(?=\d)", "", read)
    if len(number) >= SHORTEST_TELEPHONE and number[-7:] in digits:
        return True
    return any(number.endswith(squeezed(tail[1])) for tail in _TAIL.finditer(read))
