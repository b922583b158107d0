"""Decides the words of a transfer letter: Annex 5 of the notice (晋市市监〔2021〕210号) with its blanks filled.

The annex offers two variants in one sentence, “接到群众（在督查中发现）关于……的举报”. A tip reads as printed; a problem
found by an inspection is not a 举报, so there the sentence reads “在督查中发现……的问题”. All else is verbatim.
The annex addresses a government (你政府); the body of the notice sends the letter to a bureau (你局).

Pure: facts in, words out, no typography (see templates/letter.typ) and no clock. Facts that cannot be printed
truthfully (an empty blank, an invisible or reordering character, a title line wider than the page) are refused
when they are made, so that a caller can find out before a number has been given to the letter.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal

from shared.platform.text import code_points

TITLE_LINE_WIDTH = 20
"""Full-width characters of 2号 (22 pt) that fit between the margins (156 mm)."""

_INVISIBLE = {"Cc": "控制字符或换行", "Cf": "不可见的格式字符", "Cs": "残缺的字符", "Zl": "换行", "Zp": "换行"}

_ADDRESSED_AS = {"transfer": "你局", "government": "你政府"}


PLACEHOLDER = "□"
"""Stands for a character that cannot be printed, on a letter that has its number already."""


class LetterFactsError(ValueError):
    """The facts cannot be printed as they are; the message says which `blank` and what to enter there."""

    def __init__(self, sentence: str, blank: str) -> None:
        super().__init__(sentence)
        self.blank = blank


@dataclass(frozen=True)
class Officer:
    """A 督办人 or 承办人: `post` is the unit or post that Annex 5 prints before the name (may be empty)."""

    name: str
    phone: str
    post: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.post} {self.name}".strip()


@dataclass(frozen=True)
class LetterFacts:
    """Everything that is printed on one letter. Raises `LetterFactsError` when it cannot be printed.

    kind            "transfer": to a county bureau; "government": a 函 to a county government
    title           lines of the title, broken where the sense allows, each at most `TITLE_LINE_WIDTH` wide
    number          as registered, e.g. （特设）移〔2022〕17号
    found_by        body that heard the tip or made the inspection; None: the authority itself
    enterprise      None when the matter names none
    matter          a phrase without a full stop, which follows the enterprise unless it names it: 涉嫌充装超期未检气瓶
    basis           the document relied on, in full, e.g. 《……实施方案》（晋市市监〔2021〕210号）
    basis_short     what the letter calls it afterwards, e.g. 《通知》
    handling_officer  None until the letter is signed for: a line to fill in by hand is printed
    replaced        characters for which PLACEHOLDER stands
    informed        bodies to which the letter is made known (抄告)
    seal_authority  e.g. （晋城市市场监督管理局代章）
    copies_note     the note at the foot of Annex 5, 本文书一式两份……
    """

    kind: Literal["transfer", "government"]
    title: tuple[str, ...]
    number: str
    addressee: str
    received_on: date
    source: Literal["tip", "inspection"]
    enterprise: str | None
    matter: str
    basis: str
    basis_short: str
    measures_phrase: str
    feedback_by: date
    supervising_officer: Officer
    handling_officer: Officer | None
    attachments: tuple[str, ...]
    authority: str
    seal_authority: str
    issued_on: date
    copies_note: str
    informed: tuple[str, ...] = ()
    found_by: str | None = None
    replaced: str = ""

    def __post_init__(self) -> None:
        if not self.title:
            raise LetterFactsError("文书标题为空：请至少填写一行标题。", "标题")
        for blank, text in self.blanks():
            _refuse_unprintable(blank, text)
        for line in self.title:
            if (width := _width(line)) > TITLE_LINE_WIDTH:
                raise LetterFactsError(
                    f"标题行“{line}”有{width:g}字宽，一行最多{TITLE_LINE_WIDTH}字：请在词语之间另起一行。",
                    "标题",
                )

    def blanks(self) -> list[tuple[str, str]]:
        """Each text with the name that a clerk knows it by; a blank that may stay empty is left out when it is."""
        blanks = [
            ("文号", self.number),
            ("主送单位", self.addressee),
            ("事由", self.matter),
            ("依据文件", self.basis),
            ("依据文件简称", self.basis_short),
            ("办理措施", self.measures_phrase),
            ("落款单位", self.authority),
            ("代章单位", self.seal_authority),
            ("份数说明", self.copies_note),
            ("督办人", self.supervising_officer.full_name),
            ("督办人联系方式", self.supervising_officer.phone),
        ]
        blanks += [("标题", line) for line in self.title]
        blanks += [("附件名称", name) for name in self.attachments]
        blanks += [("抄告单位", body) for body in self.informed]
        if self.enterprise is not None:
            blanks.append(("单位名称", self.enterprise))
        if self.found_by is not None:
            blanks.append(("受理或督查单位", self.found_by))
        if self.handling_officer is not None:
            blanks.append(("承办人", self.handling_officer.full_name))
            blanks.append(("承办人联系方式", self.handling_officer.phone))
        return blanks


@dataclass(frozen=True)
class LetterText:
    """The words of a letter in reading order. The sentence is cut in three so that the enterprise can be kept whole."""

    title: tuple[str, ...]
    number: str
    salutation: str
    opening: str
    enterprise: str
    remainder: str
    supervising_officer: tuple[str, str]
    handling_officer: tuple[str, str] | None
    attachments_label: str
    attachments: tuple[str, ...]
    authority: str
    seal_authority: str
    issued_on: str
    informed: str
    copies_note: str
    replaced_note: str

    @property
    def sentence(self) -> str:
        return self.opening + self.enterprise + self.remainder


def letter_text(facts: LetterFacts) -> LetterText:
    """Annex 5 with its blanks filled from `facts`."""
    you = _ADDRESSED_AS[facts.kind]
    short = facts.basis_short
    heard, what = ("接到群众关于", "举报") if facts.source == "tip" else ("在督查中发现", "问题")
    where, enterprise, matter = _matter(facts)
    return LetterText(
        title=facts.title,
        number=facts.number,
        salutation=f"{facts.addressee}：",
        opening=f"{chinese_date(facts.received_on)}，{facts.found_by or facts.authority}{heard}{where}",
        enterprise=enterprise,
        remainder=(
            f"{matter}的{what}，根据{_introduced(facts.basis, short)}要求，现将该事项移交{you}，"
            f"按照{short}中明确的{facts.measures_phrase}，认真核查办理，"
            f"并将办理情况于{chinese_date(facts.feedback_by)}前反馈我办。"
            "如存在未如期办结的、“接而不办”或虚假办结的，我办将提级核查，从严追责问责。"
        ),
        supervising_officer=_name_and_phone(facts.supervising_officer),
        handling_officer=_name_and_phone(facts.handling_officer) if facts.handling_officer else None,
        attachments_label="附该事项有关材料：",
        attachments=_enumerated(facts.attachments),
        authority=facts.authority,
        seal_authority=facts.seal_authority,
        issued_on=chinese_date(facts.issued_on),
        informed=f"抄告：{'，'.join(facts.informed)}。" if facts.informed else "",
        copies_note=facts.copies_note,
        replaced_note=_replaced_note(facts.replaced),
    )


def _replaced_note(characters: str) -> str:
    return (
        f"文中“{PLACEHOLDER}”处的字符不能印出，原为 {code_points(characters)}，以登记内容为准。" if characters else ""
    )


def _matter(facts: LetterFacts) -> tuple[str, str, str]:
    """What stands before the enterprise, its name, and what stands after it: it is named once."""
    name = facts.enterprise or ""
    if name and name in facts.matter:
        return facts.matter.partition(name)
    return "", name, facts.matter


def chinese_date(day: date) -> str:
    """2022年1月21日: Arabic figures without leading zeros, as GB/T 9704—2012 7.3.5.4 prescribes for 成文日期."""
    return f"{day.year}年{day.month}月{day.day}日"


def _name_and_phone(officer: Officer) -> tuple[str, str]:
    return officer.full_name, officer.phone


def _enumerated(names: tuple[str, ...]) -> tuple[str, ...]:
    """Annex 5 ends each attachment with “；” and the last with “。”."""
    return tuple(f"{name}{'。' if place == len(names) else '；'}" for place, name in enumerate(names, start=1))


def _introduced(basis: str, short: str) -> str:
    """The document and what it is called from here on, in one pair of brackets when it ends with its number."""
    if basis.endswith("）"):
        return f"{basis.removesuffix('）')}，以下简称{short}）"
    return f"{basis}（以下简称{short}）"


def _refuse_unprintable(blank: str, text: str) -> None:
    if not text.strip():
        raise LetterFactsError(f"“{blank}”为空：请填写后再制作文书。", blank)
    for place, character in enumerate(text, start=1):
        if reason := _why_unprintable(character):
            raise LetterFactsError(
                f"“{blank}”第{place}个字符（{code_points(character)}）是{reason}，不能印在文书上：请删除后重试。", blank
            )


def _why_unprintable(character: str) -> str | None:
    """A reordering or zero-width character would make the sheet read otherwise than the record says."""
    return _INVISIBLE.get(unicodedata.category(character))


def stored(**blanks: Any) -> LetterFacts:
    """The facts of a letter that has its number already, by name: what no face can print is replaced."""
    found = _characters(blanks.values())
    hidden = "".join(dict.fromkeys(character for character in found if _why_unprintable(character)))
    table = dict.fromkeys(map(ord, hidden), PLACEHOLDER)
    return LetterFacts(**{name: _translated(value, table) for name, value in blanks.items()}, replaced=hidden)


def with_placeholders(facts: LetterFacts, characters: str) -> LetterFacts:
    """The letter with PLACEHOLDER for each of `characters`, and a note that names them."""
    table = dict.fromkeys(map(ord, characters), PLACEHOLDER)
    changed = {field.name: _translated(getattr(facts, field.name), table) for field in fields(facts)}
    return replace(facts, **(changed | {"replaced": facts.replaced + characters}))


def _characters(value: Any) -> str:
    if isinstance(value, Officer):
        return value.full_name + value.phone
    if isinstance(value, str):
        return value
    return "".join(map(_characters, value)) if isinstance(value, Iterable) else ""


def _translated(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, tuple):
        return tuple(_translated(one, table) for one in value)
    if isinstance(value, Officer):
        return Officer(*(_translated(getattr(value, field.name), table) for field in fields(value)))
    return value


def _width(line: str) -> float:
    return sum(1 if unicodedata.east_asian_width(character) in "WFA" else 0.5 for character in line)
