"""The loop bar: the seven steps of the closed loop (一闭环, notice section 三) in one picture.

Drawn as SVG on the server, twice: for wide and for narrow screens, of which the style sheet shows one. The track is a
ring that stays open, its end an arrow short of the start, until the bulletin is published (step `assessed` done). State
is told by shape and words as well as by colour; red is for overdue and escalated alone. Every step can be focused, and
then says its date, person and reason under the ring. No inline style: the pages' policy forbids it, so colours and
sizes come from classes in `bihuan.css` and positions from attributes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from markupsafe import Markup

from shared.kernel.contracts.steps import LoopStep, StepName, StepState
from shared.platform.web.words import Locale, day_in_words, translate, until_in_words, when_in_words

STEP_NAMES: tuple[StepName, ...] = get_args(StepName)

_FULL: dict[StepName, str] = {
    "found": "发现问题",
    "processed": "信息处置",
    "transferred": "移交办理",
    "disclosed": "信息公开",
    "escalated": "提级核查",
    "key_supervision": "重点督导",
    "assessed": "考核通报",
}
_SHORT: dict[StepName, str] = {
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
_MARKS: dict[StepState, Markup] = {
    "done": Markup('<circle class="disc" r="10"/><path class="glyph" d="M-4.5 .5L-1.5 3.5L4.5 -3"/>'),
    "current": Markup('<circle class="halo" r="17"/><circle class="disc" r="9"/><circle class="core" r="4"/>'),
    "due": Markup('<circle class="disc" r="8"/>'),
    "not_needed": Markup('<circle class="disc" r="8"/><path class="glyph" d="M-3.5 0H3.5"/>'),
    "alarm": Markup(
        '<circle class="halo" r="17"/><circle class="disc" r="10"/><path class="glyph" d="M0 -5V1M0 4.6V5"/>'
    ),
}
_REACHED: frozenset[StepState] = frozenset({"done", "current", "alarm"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `when` it happened, or by when (exclusive) it is to be done; `who` acted, `note` says why in the
    reader's words."""

    name: StepName
    state: StepState
    when: datetime | date | None = None
    who: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where things are in one of the two drawings, in its own units.

    The ring's straight sides run from `end` to `width - end`; the steps stand on the upper one, further in by the half
    of a label, so that no label touches the round ends.
    """

    css: str
    width: int
    height: int
    end: float
    left: float
    gap: float
    top: float
    radius: float
    label: float
    foot: float

    def x(self, index: int) -> float:
        return round(self.left + index * self.gap, 1)

    @property
    def bottom(self) -> float:
        return self.top + 2 * self.radius


_WIDE = _Shape("wide", width=1080, height=150, end=48, left=96, gap=148, top=32, radius=42, label=68, foot=140)
_NARROW = _Shape("narrow", width=360, height=112, end=26, left=42, gap=46, top=20, radius=21, label=46, foot=84)


def steps_in_words(steps: Iterable[LoopStep], locale: Locale) -> list[Step]:
    """The steps as *intake* and *cases* tell them, with their notes in the reader's language."""
    return [Step(step.name, step.state, step.when, None, translate(locale, step.note)) for step in steps]


def loop_svg(steps: Sequence[Step], locale: Locale = "zh") -> Markup:
    """The bar as a `<figure>`; needs all seven steps in the notice's order, else ValueError."""
    _check(steps)
    drawings = Markup("").join(_drawing(shape, steps, locale) for shape in (_WIDE, _NARROW))
    return Markup('<figure class="loop">{}</figure>').format(drawings)


def _check(steps: Sequence[Step]) -> None:
    names = tuple(step.name for step in steps)
    if names != STEP_NAMES:
        raise ValueError(f"the loop has the steps {', '.join(STEP_NAMES)} in this order, not {', '.join(names)}")


def _drawing(shape: _Shape, steps: Sequence[Step], locale: Locale) -> Markup:
    return Markup(
        '<svg class="{css} {lang}" viewBox="0 0 {width} {height}" role="list" aria-label="{summary}">'
        "{track}{steps}{foot}</svg>"
    ).format(
        css=shape.css,
        lang="latin" if locale == "en" else "han",
        width=shape.width,
        height=shape.height,
        summary=_summary(steps, locale),
        track=_track(shape, steps),
        steps=Markup("").join(_step(shape, index, step, locale) for index, step in enumerate(steps)),
        foot=_foot(shape, steps, locale),
    )


def _track(shape: _Shape, steps: Sequence[Step]) -> Markup:
    """The ring: what has been gone through is solid, the way into an alarm red, what is to come dotted."""
    first, last, r = shape.end, shape.width - shape.end, shape.radius
    if steps[-1].state == "done":
        ring = f"M{first} {shape.top}H{last}a{r} {r} 0 0 1 0 {2 * r}H{first}a{r} {r} 0 0 1 0 {-2 * r}Z"
        return Markup('<g class="track" aria-hidden="true"><path class="gone closed" d="{}"/></g>').format(ring)
    reached = [index for index, step in enumerate(steps) if step.state in _REACHED]
    pieces = [
        Markup('<path class="{}" d="M{} {}H{}"/>').format(
            "alarm" if steps[end].state == "alarm" else "gone", shape.x(start), shape.top, shape.x(end)
        )
        for start, end in itertools.pairwise(reached)
    ]
    # The return way ends 30 degrees above the leftmost point of the ring: a gap that only the bulletin closes.
    tip_x, tip_y = round(first - 0.866 * r, 1), round(shape.top + r / 2, 1)
    ahead = (
        f"M{shape.x(reached[-1] if reached else 0)} {shape.top}H{last}a{r} {r} 0 0 1 0 {2 * r}"
        f"H{first}A{r} {r} 0 0 1 {tip_x} {tip_y}"
    )
    wing = r / 4.5
    head = (
        f"M{tip_x - 0.91 * wing:.1f} {tip_y + 0.42 * wing:.1f}L{tip_x} {tip_y}"
        f"L{tip_x + 0.09 * wing:.1f} {tip_y + wing:.1f}"
    )
    return Markup(
        '<g class="track" aria-hidden="true"><path class="ahead" d="{}"/><path class="arrow" d="{}"/>{}</g>'
    ).format(ahead, head, Markup("").join(pieces))


def _step(shape: _Shape, index: int, step: Step, locale: Locale) -> Markup:
    x = shape.x(index)
    wide = shape is _WIDE
    detail = _detail(step, locale)
    half = shape.gap / 2 - 2
    return Markup(
        '<g class="step {state}" role="listitem" tabindex="0" aria-label="{detail}"><title>{detail}</title>'
        '<rect class="hit" x="{hit_x:.1f}" y="2" width="{hit_width:.1f}" height="{hit_height}" rx="4"/>'
        '{mark}<text class="name" x="{x}" y="{label}" aria-hidden="true">{name}</text>{below}{unfolded}</g>'
    ).format(
        state=step.state,
        detail=detail,
        hit_x=x - half,
        hit_width=2 * half,
        hit_height=shape.bottom - 6,
        mark=_mark(x, shape.top, step.state, 1.0 if wide else 0.72),
        x=x,
        label=shape.label,
        name=translate(locale, (_FULL if wide else _SHORT)[step.name]),
        below=Markup('<text class="sub" x="{}" y="{}" aria-hidden="true">{}</text>').format(
            x, shape.label + 22, _brief(step, locale)
        )
        if wide
        else "",
        unfolded=Markup("").join(
            Markup('<text class="detail" x="{}" y="{}" visibility="hidden" aria-hidden="true">{}</text>').format(
                shape.width / 2, shape.foot + row * 20, line
            )
            for row, line in enumerate([detail] if wide else _detail_folded(step, locale))
        ),
    )


def _mark(x: float, y: float, state: StepState, scale: float) -> Markup:
    """A disc with a tick, a ring with a core, an empty ring, a dash, or a disc with an exclamation mark."""
    return Markup('<g transform="translate({} {}) scale({})" aria-hidden="true">{}</g>').format(
        x, y, scale, _MARKS[state]
    )


def _foot(shape: _Shape, steps: Sequence[Step], locale: Locale) -> Markup:
    """Under the ring: when it closes; when narrow also where the case is now. A focused step's detail replaces it."""
    lines = [("caption", _closing(steps, locale))]
    if shape is _NARROW:
        now = _present(steps)
        first = (f"caption now {now.state}", _headline(now, locale)) if now else ("caption", _summary(steps, locale))
        lines.insert(0, first)
    return Markup("").join(
        Markup('<text class="{}" x="{}" y="{}" aria-hidden="true">{}</text>').format(
            css, shape.width / 2, shape.foot + row * 20, text
        )
        for row, (css, text) in enumerate(lines)
    )


def _present(steps: Sequence[Step]) -> Step | None:
    """The step that says most about today: an alarm, else the current one."""
    for state in ("alarm", "current"):
        for step in steps:
            if step.state == state:
                return step
    return None


def _headline(step: Step, locale: Locale) -> str:
    return " · ".join(part for part in (translate(locale, _FULL[step.name]), _brief(step, locale)) if part)


def _brief(step: Step, locale: Locale) -> str:
    """The line under a step's name, cut to fit; the whole is in the detail."""
    if step.state == "done" and step.when:
        return day_in_words(step.when, locale, now=step.when)
    if step.state == "due" and step.when:
        return translate(locale, "{day}前").format(day=day_in_words(_last(step.when), locale, now=step.when))
    if step.state == "due" and not step.note:
        return ""
    text = step.note or translate(locale, _STATES[step.state])
    brief = _cut(text, 9.5)
    return translate(locale, _STATES[step.state]) if brief != text and step.state == "not_needed" else brief


def _cut(text: str, room: float) -> str:
    """The text, ended with “…” where it is wider than `room` Chinese characters."""
    kept = ""
    for character in text:
        room -= 1.0 if ord(character) > 0x2E7F else 0.55
        if room < 0:
            return kept.rstrip() + "…"
        kept += character
    return kept


def _detail(step: Step, locale: Locale) -> str:
    """“移交办理：已完成 · 2022年1月21日 17:31 · 程立 · …”."""
    what, why = _detail_parts(step, locale)
    return " · ".join(part for part in (what, why) if part)


def _detail_folded(step: Step, locale: Locale) -> tuple[str, str]:
    """The detail in two lines that fit the narrow drawing."""
    what, why = _detail_parts(step, locale)
    return _cut(what, 27), _cut(why, 27)


def _detail_parts(step: Step, locale: Locale) -> tuple[str, str]:
    """Step, state and date; then person and reason."""
    parts = [translate(locale, _STATES[step.state])]
    if step.when is not None:
        day = _moment(step.when, step.state, locale)
        parts.append(translate(locale, "{day}前").format(day=day) if step.state == "due" else day)
    what = translate(locale, _FULL[step.name]) + (": " if locale == "en" else "：") + " · ".join(parts)
    return what, " · ".join(part for part in (step.who, step.note) if part)


def _moment(when: datetime | date, state: StepState, locale: Locale) -> str:
    if not isinstance(when, datetime):
        return day_in_words(when, locale)
    return (until_in_words if state in ("due", "current") else when_in_words)(when, locale)


def _last(when: datetime | date) -> datetime | date:
    """What still counts before the end of something."""
    return when - timedelta.resolution if isinstance(when, datetime) else when


def _closing(steps: Sequence[Step], locale: Locale) -> str:
    last = steps[-1]
    if last.state == "not_needed":
        return translate(locale, "已撤销，不再办理")
    if last.state != "done":
        return translate(locale, "通报发布后闭合")
    if last.when is None:
        return translate(locale, "已闭合")
    return translate(locale, "已闭合") + " · " + day_in_words(last.when, locale)


def _summary(steps: Sequence[Step], locale: Locale) -> str:
    done = sum(step.state == "done" for step in steps)
    text = translate(locale, "闭环进度：七个环节已完成 {done} 个").format(done=done)
    now = _present(steps)
    return text + (("; " if locale == "en" else "；") + _headline(now, locale) if now else "")
