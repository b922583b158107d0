"""Who tells a timeline: the campaign's words, the reader's language, and who acted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.cases.domain.values import Deadline
from shared.kernel.campaign import Campaign
from shared.kernel.names import person_with_unit, term_name, unit_name
from shared.platform import dates
from shared.platform.web.words import Locale, translate

Sentence = tuple[str, str, str]
"""Title, text, kind (remark, alarm or empty)."""
REMARK, ALARM = "remark", "alarm"
Sentences = dict[type, Callable[[Any, "Teller"], Sentence]]
"""From an event's class, how such an event reads."""
_ENDS = ("。", "！", "？", ".", "!", "?")


@dataclass(frozen=True, slots=True)
class Teller:
    """`by` is who acted, by name. What people wrote is told as they wrote it, in whichever language."""

    campaign: Campaign
    locale: Locale
    by: str

    def say(self, msgid: str, **parts: object) -> str:
        """A msgid in the reader's language, its {places} filled; `by` is known."""
        return translate(self.locale, msgid).format(by=self.by, **parts)

    def said(self, text: str) -> str:
        """What the system wrote for all time (a reason, an addressee), or somebody did, in the reader's language."""
        return translate(self.locale, text)

    def tell(self, title: str, *sentences: str, kind: str = "") -> Sentence:
        """An entry: its title, a msgid or what one was made into, and its sentences, one after the other."""
        return translate(self.locale, title), self.together(*sentences), kind

    def together(self, *sentences: str) -> str:
        return ("" if self.locale == "zh" else " ").join(filter(None, sentences))

    def listed(self, items: Iterable[str]) -> str:
        return translate(self.locale, "、").join(items)

    def ended(self, text: str) -> str:
        """As `said`, with its full stop."""
        said = self.said(text)
        return said if said.endswith(_ENDS) else f"{said}{'。' if self.locale == 'zh' else '.'}"

    def term(self, taxonomy: str, code: str) -> str:
        return term_name(self.campaign, taxonomy, code, self.locale)

    def unit(self, code: str) -> str:
        return unit_name(self.campaign, code, self.locale)

    def person(self, code: str) -> str:
        return person_with_unit(self.campaign, code, self.locale)

    def day(self, day: date) -> str:
        """“2月9日”."""
        return dates.day_in_words(day, self.locale, year=False)

    def until(self, deadline: Deadline) -> str:
        """The last day, with its end: “2月9日 24:00”; or the instant."""
        return self.end(deadline.due)

    def end(self, due: datetime) -> str:
        """An exclusive instant, as `until`."""
        day = (due - timedelta.resolution).date()
        return f"{self.day(day)} {f'{due:%H:%M}' if day == due.date() else '24:00'}"

    def evidence(self, named: tuple[str, ...]) -> str:
        return self.say("证据：{evidence}。", evidence=self.listed(named)) if named else ""

    def stands(self, feedback: Deadline | None) -> str:
        """The feedback date after an answer."""
        return (
            self.say("反馈期限为 {until}。", until=self.until(feedback)) if feedback else self.say("原反馈期限不变。")
        )

    def anew(self, feedback: Deadline | None) -> str:
        """A feedback date that begins again."""
        return self.say("反馈期限重新计算，至 {until}。", until=self.until(feedback)) if feedback else ""
