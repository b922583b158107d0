"""The loop bar: the seven steps of the closed loop (一闭环, notice section 三) in one picture.

Drawn as SVG on the server, twice: for wide and for narrow places, of which the style sheet shows one. The track is a
ring that stays open, its end an arrow short of the start, until nothing is left to be done; it is solid over what is
done without a gap before it, and nowhere else. Where a case is between the letter and its disclosure is a mark of its
own on the way. State is told by shape and words as well as by colour; red is for overdue and escalated alone. No word
is cut: what has no room under a step stands whole under the ring, as HTML that wraps; so does a focused or pointed-at
step's date, person and reason. No inline style: the pages' policy forbids it, so colours and sizes come from classes in
`bihuan.css` and positions from attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shared.kernel.contracts.steps import StepState
from shared.kernel.loopbar import words
from shared.kernel.loopbar.words import FULL, SHORT, STAGES, STEP_NAMES, Step
from shared.platform.web.words import Locale, translate

_MARKS: dict[StepState, Markup] = {
    "done": Markup('<circle class="disc" r="10"/><path class="glyph" d="M-4.5 .5L-1.5 3.5L4.5 -3"/>'),
    "current": Markup('<circle class="halo" r="16"/><circle class="disc" r="9"/><circle class="core" r="4"/>'),
    "due": Markup('<circle class="disc" r="8"/>'),
    "not_needed": Markup('<circle class="disc" r="8"/><path class="glyph" d="M-3.5 0H3.5"/>'),
    "alarm": Markup(
        '<circle class="halo" r="16"/><circle class="disc" r="10"/><path class="glyph" d="M0 -5V1M0 4.6V5"/>'
    ),
}
_SENT = STEP_NAMES.index("transferred")


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where things are in one of the two drawings, in its own units.

    The ring's straight sides run from `end` to `width - end`; the steps stand on the upper one, further in by the half
    of a label, so that no label touches the round ends. The way from the letter to its disclosure is longer by `more`:
    there stands what is under way. `rows`: where names stand; with two of them, every other name is on the second.
    """

    css: str
    width: int
    height: int
    end: float
    left: float
    gap: float
    more: float
    top: float
    radius: float
    scale: float
    rows: tuple[float, ...]
    below: float

    def x(self, index: int) -> float:
        return round(self.left + index * self.gap + (self.more if index > _SENT else 0), 1)

    @property
    def halfway(self) -> float:
        """Where the stage stands."""
        return (self.x(_SENT) + self.x(_SENT + 1)) / 2


_WIDE = _Shape(
    "wide", width=1080, height=64, end=40, left=90, gap=138, more=72, top=14, radius=23, scale=0.8, rows=(37,), below=52
)  # fmt: skip
_NARROW = _Shape(
    "narrow", width=360, height=47, end=22, left=30, gap=46, more=24, top=11, radius=17, scale=0.62, rows=(28,),
    below=39,
)  # fmt: skip
_NARROW_LATIN = _Shape(
    "narrow", width=360, height=49, end=22, left=32, gap=49, more=2, top=11, radius=18, scale=0.62, rows=(27, 39),
    below=39,
)  # fmt: skip


def loop_svg(steps: Sequence[Step], locale: Locale = "zh") -> Markup:
    """The bar as a `<figure>`; needs all seven steps in the notice's order, else ValueError."""
    _check(steps)
    shapes = (_WIDE, _NARROW_LATIN if locale == "en" else _NARROW)
    told = Markup("").join(
        Markup('<li class="s{}">{}</li>').format(index, words.detail(step, locale)) for index, step in enumerate(steps)
    )
    return Markup(
        '<figure class="loop">{}<figcaption aria-hidden="true">{}<span>{}</span><ul>{}</ul></figcaption></figure>'
    ).format(
        Markup("").join(_drawing(shape, steps, locale) for shape in shapes),
        _now(steps, locale),
        words.closing(steps, locale),
        told,
    )


def _check(steps: Sequence[Step]) -> None:
    names = tuple(step.name for step in steps)
    if names != STEP_NAMES:
        raise ValueError(f"the loop has the steps {', '.join(STEP_NAMES)} in this order, not {', '.join(names)}")


def _now(steps: Sequence[Step], locale: Locale) -> Markup:
    """Where the case is, whole."""
    step = words.present(steps)
    if step is None:
        return Markup("")
    css = "alarm" if words.in_trouble(steps) else "ahead" if step.state == "due" else "current"
    return Markup('<b class="{}">{}</b> ').format(css, words.headline(step, locale))


def _drawing(shape: _Shape, steps: Sequence[Step], locale: Locale) -> Markup:
    return Markup(
        '<svg class="{css} {lang}" viewBox="0 0 {width} {height}" role="list" aria-label="{summary}">'
        "{track}{steps}</svg>"
    ).format(
        css=shape.css,
        lang="latin" if locale == "en" else "han",
        width=shape.width,
        height=shape.height,
        summary=words.summary(steps, locale),
        track=_track(shape, steps),
        steps=Markup("").join(
            _step(shape, index, step, locale, words.in_trouble(steps)) for index, step in enumerate(steps)
        ),
    )


def _track(shape: _Shape, steps: Sequence[Step]) -> Markup:
    """The ring: solid up to the last step that is done with none undone before it, dotted from there on."""
    first, last, r = shape.end, shape.width - shape.end, shape.radius
    if words.is_closed(steps):
        ring = f"M{first} {shape.top}H{last}a{r} {r} 0 0 1 0 {2 * r}H{first}a{r} {r} 0 0 1 0 {-2 * r}Z"
        return Markup('<g class="track" aria-hidden="true"><path class="gone closed" d="{}"/></g>').format(ring)
    gone = shape.x(words.last_gone(steps))
    # The return way ends 30 degrees above the leftmost point of the ring: a gap that only the bulletin closes.
    tip_x, tip_y = round(first - 0.866 * r, 1), round(shape.top + r / 2, 1)
    ahead = f"M{gone} {shape.top}H{last}a{r} {r} 0 0 1 0 {2 * r}H{first}A{r} {r} 0 0 1 {tip_x} {tip_y}"
    wing = r / 3.5
    head = (
        f"M{tip_x - 0.91 * wing:.1f} {tip_y + 0.42 * wing:.1f}L{tip_x} {tip_y}"
        f"L{tip_x + 0.09 * wing:.1f} {tip_y + wing:.1f}"
    )
    return Markup(
        '<g class="track" aria-hidden="true"><path class="ahead" d="{}"/><path class="arrow" d="{}"/>'
        '<path class="gone" d="M{} {}H{}"/></g>'
    ).format(ahead, head, shape.x(0), shape.top, gone)


def _step(shape: _Shape, index: int, step: Step, locale: Locale, trouble: bool) -> Markup:
    x, half = shape.x(index), shape.gap / 2 - 2
    wide = shape is _WIDE
    right = half if step.stage is None else shape.x(index + 1) - x - half - 4
    return Markup(
        '<g class="step s{index} {state}" role="listitem" tabindex="0" aria-label="{detail}"><title>{detail}</title>'
        '<rect class="hit" x="{hit_x:.1f}" y="1" width="{hit_width:.1f}" height="{hit_height}" rx="4"/>'
        '{mark}<text class="name" x="{x}" y="{row}" aria-hidden="true">{name}</text>{below}{stage}</g>'
    ).format(
        index=index,
        state=step.drawn,
        detail=words.detail(step, locale),
        hit_x=x - half,
        hit_width=half + right,
        hit_height=shape.height - 8,
        mark=_mark(x, shape.top, step.drawn, shape.scale),
        x=x,
        row=shape.rows[index % len(shape.rows)],
        name=translate(locale, (FULL if wide else SHORT)[step.name]),
        below=_text(x, shape.below, words.brief(step, locale)) if wide else "",
        stage=_stage(shape, translate(locale, STAGES[step.stage.name]), trouble) if step.stage else "",
    )


def _stage(shape: _Shape, name: str, trouble: bool) -> Markup:
    """The mark on the way, and what it is; not where names stand in two rows, which leave no room."""
    state: StepState = "alarm" if trouble else "current"
    said = _text(shape.halfway, shape.below, name) if len(shape.rows) == 1 else ""
    return Markup('<g class="stage {}">{}{}</g>').format(
        state, _mark(shape.halfway, shape.top, state, shape.scale * 0.9), said
    )


def _text(x: float, y: float, text: str) -> Markup:
    return Markup('<text class="sub" x="{}" y="{}" aria-hidden="true">{}</text>').format(x, y, text)


def _mark(x: float, y: float, state: StepState, scale: float) -> Markup:
    """A disc with a tick, a ring with a core, an empty ring, a dash, or a disc with an exclamation mark."""
    return Markup('<g class="mark" transform="translate({} {}) scale({:.2f})" aria-hidden="true">{}</g>').format(
        x, y, scale, _MARKS[state]
    )
