"""The seven steps as they read: what stands under each, under the ring, and what a focused one says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from shared.kernel.contracts.steps import LoopStep, StageName, StepName, StepState
from shared.platform.web.words import Locale, day_in_words, translate, until_in_words, when_in_words

STEP_NAMES: tuple[StepName, ...] = get_args(StepName)

FULL: dict[StepName, str] = {
    "found": "发现问题",
    "processed": "信息处置",
    "transferred": "移交办理",
    "disclosed": "信息公开",
    "escalated": "提级核查",
    "key_supervision": "重点督导",
    "assessed": "考核通报",
}
SHORT: dict[StepName, str] = {
    "found": "发现",
    "processed": "处置",
    "transferred": "移交",
    "disclosed": "公开",
    "escalated": "提级",
    "key_supervision": "督导",
    "assessed": "通报",
}
_STATES: dict[StepState, str] = {
    "done": "已完成",
    "current": "进行中",
    "due": "未到",
    "not_needed": "不需要",
    "alarm": "告警",
}
STAGES: dict[StageName, str] = {
    "to_sign_for": "待签收",
    "handling": "办理中",
    "to_review": "待审核",
    "to_close": "待办结",
}
_OVER: frozenset[StepState] = frozenset({"done", "not_needed"})
_ROOM = 10.2
"""How wide a line under a step may be, in Chinese characters."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What is under way between two steps; `until` when (exclusive), and whether that is over (`late`)."""

    name: StageName
    until: datetime | date | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `when` it happened, or by when (exclusive) it is to be done; `who` acted, `note` says why in the
    reader's words; `late`: it should be done by now; `stage`: what is under way from here to the next."""

    name: StepName
    state: StepState
    when: datetime | date | None = None
    who: str | None = None
    note: str = ""
    late: bool = False
    stage: Stage | None = None

    @property
    def drawn(self) -> StepState:
        """As which state it is drawn: red where it is late, and as long as what was escalated is undecided."""
        escalated = self.name == "escalated" and self.state == "current"
        return "alarm" if self.late or escalated else self.state


def steps_in_words(steps: Iterable[LoopStep], locale: Locale, now: datetime) -> list[Step]:
    """The steps as *intake* and *cases* tell them, as they stand at `now`, the notes in the reader's language."""
    return [
        Step(
            step.name, step.state, step.when, None, translate(locale, step.note), is_late(step, now),
            stage_at(step, now),
        )
        for step in steps
    ]  # fmt: skip


def is_late(step: LoopStep, now: datetime) -> bool:
    """Whether a step should have been done by `now`."""
    return step.state in ("current", "due") and step.when is not None and step.when <= now


def stage_at(step: LoopStep, now: datetime) -> Stage | None:
    """What is under way from a step on, as it stands at `now`."""
    if step.stage is None:
        return None
    due = step.stage.due
    return Stage(step.stage.name, due, due is not None and due <= now)


def is_closed(steps: Sequence[Step]) -> bool:
    """Whether nothing is left to be done; of a case that was taken back nothing was."""
    return steps[-1].state == "done" and all(step.state in _OVER for step in steps)


def last_gone(steps: Sequence[Step]) -> int:
    """The index of the last step that is done with none undone before it."""
    gone = 0
    for index, step in enumerate(steps):
        if step.state == "done":
            gone = index
        if step.state not in _OVER or step.stage is not None:
            break
    return gone


def in_trouble(steps: Sequence[Step]) -> bool:
    """Whether anything is overdue or escalated."""
    return any(step.drawn == "alarm" or (step.stage is not None and step.stage.late) for step in steps)


def present(steps: Sequence[Step]) -> Step | None:
    """The step that says most about today: an alarm, else what is under way, else what has a date."""
    ranked = (
        [step for step in steps if step.drawn == "alarm"],
        [step for step in steps if step.stage is not None],
        [step for step in steps if step.state == "current"],
        [step for step in steps if step.state == "due" and step.when is not None],
    )
    return next((step for found in ranked for step in found), None)


def headline(step: Step, locale: Locale) -> str:
    """“办理中 · 2月9日 24:00 前” on the way, else the step, why, and until when."""
    if step.stage is not None and step.drawn != "alarm":
        return _stage_in_words(step.stage, locale)
    parts = [translate(locale, FULL[step.name]), step.note]
    if step.late:
        parts.append(translate(locale, "已超期"))
    elif step.state == "due" and step.when is not None:
        parts.append(_until(step.when, locale))
    return " · ".join(part for part in parts if part)


def brief(step: Step, locale: Locale) -> str:
    """The line under a step's name: what has room there as a whole."""
    note = step.note if _width(step.note) <= _ROOM else ""
    word = translate(locale, _STATES[step.state])
    if step.late:
        return translate(locale, "已超期")
    if step.state == "done":
        return day_in_words(step.when, locale, now=step.when) if step.when else note or word
    if step.state in ("current", "due") and step.when:
        day = day_in_words(_last(step.when), locale, now=step.when)
        by = translate(locale, "{day}前").format(day=day)
        return by if step.state == "due" else note or by
    if step.state == "due" and not step.note:
        return ""
    return note or word


def detail(step: Step, locale: Locale) -> str:
    """“移交办理：已完成 · 2022年1月21日 17:31 · 程立 · … · 办理中 · 2022年2月9日 24:00前”."""
    parts = [translate(locale, "已超期" if step.late else _STATES[step.state])]
    if step.when is not None:
        parts.append(_moment(step.when, step.state, locale))
    parts.extend(part for part in (step.who, step.note) if part)
    if step.stage is not None:
        parts.append(_stage_in_words(step.stage, locale))
    return translate(locale, FULL[step.name]) + (": " if locale == "en" else "：") + " · ".join(parts)


def closing(steps: Sequence[Step], locale: Locale) -> str:
    """When the ring closes, or that it has."""
    last = steps[-1]
    if last.state == "not_needed":
        return translate(locale, "已撤销，不再办理")
    if last.state != "done":
        return translate(locale, "通报发布后闭合")
    if not is_closed(steps):
        return translate(locale, "尚未闭合")
    if last.when is None:
        return translate(locale, "已闭合")
    return translate(locale, "已闭合") + " · " + day_in_words(last.when, locale)


def summary(steps: Sequence[Step], locale: Locale) -> str:
    """The whole, for those who do not see it."""
    done = sum(step.state == "done" for step in steps)
    text = translate(locale, "闭环进度：七个环节已完成 {done} 个").format(done=done)
    now = present(steps)
    return text + (("; " if locale == "en" else "；") + headline(now, locale) if now else "")


def _stage_in_words(stage: Stage, locale: Locale) -> str:
    parts = [STAGES[stage.name], "已超期"] if stage.late else [STAGES[stage.name]]
    said = [translate(locale, part) for part in parts]
    if stage.until is not None and not stage.late:
        said.append(_until(stage.until, locale))
    return " · ".join(said)


def _width(text: str) -> float:
    """In Chinese characters."""
    return sum(1.0 if ord(character) > 0x2E7F else 0.55 for character in text)


def _moment(when: datetime | date, state: StepState, locale: Locale) -> str:
    if state in ("current", "due"):
        return _until(when, locale)
    return when_in_words(when, locale) if isinstance(when, datetime) else day_in_words(when, locale)


def _until(when: datetime | date, locale: Locale) -> str:
    """By when: “2022年2月9日 24:00前”."""
    said = until_in_words(when, locale) if isinstance(when, datetime) else day_in_words(when, locale)
    return translate(locale, "{day}前").format(day=said)


def _last(when: datetime | date) -> datetime | date:
    """What still counts before the end of something."""
    return when - timedelta.resolution if isinstance(when, datetime) else when
