"""What has changed between the figures that somebody saw and those of now: a refused signature shows both side by side.

A bulletin keeps each state in which it was drawn. A return is computed anew whenever it is looked at, and the server
keeps no page that it has sent; so the form carries along what it showed, in few characters (`shown`). That is only read
back for the eyes of whoever sent it: what is signed is decided by the digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import asdict

from services.assessment.domain.values import ActLine, Content, Ranked, Return
from services.assessment.rules.measures import office
from services.assessment.web.words import measure_name, owner_name, points
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.names import place_name
from shared.platform.event_store import canonical
from shared.platform.web.words import Locale, translate

SHOWN = "shown"
NOTHING = "–"
_FIGURE = re.compile(r"\b([a-z_0-9]+):(-?\d{1,9}):(-?\d{1,9})\b")
_ACT = re.compile(r"\b([0-9a-f-]{36})#([0-9a-f]{16})\b")


@dataclass(frozen=True, slots=True)
class Moved:
    """One line that differs: what it is, as it was seen, as it is now; the case that it is about."""

    name: str
    before: str
    after: str
    case: str | None = None


def shown(signed: Return) -> str:
    """What of a return a form carries along: `measure:week:total` of each figure, `case#digest` of each act."""
    figures = [f"{one.measure}:{one.week}:{one.total}" for one in signed.figures]
    return " ".join(figures + [f"{one.case}#{_short(one)}" for one in signed.acts])


def return_moved(seen: str, now: Return, campaign: Campaign, locale: Locale) -> list[Moved]:
    """The figures and acts that differ from those of a form (`shown`)."""
    figures = {measure: f"{int(week)} / {int(total)}" for measure, week, total in _FIGURE.findall(seen)}
    acts = dict(_ACT.findall(seen))
    found = []
    for one in now.figures:
        before, after = figures.get(one.measure, NOTHING), f"{one.week} / {one.total}"
        if before != after:
            found.append(Moved(measure_name(campaign, one.measure, locale), before, after))
    listed, changed = translate(locale, "列入附件2"), translate(locale, "列入附件2，内容有变化")
    for act in now.acts:
        was = acts.pop(act.case, None)
        if was != _short(act):
            before, after = (NOTHING, listed) if was is None else (listed, changed)
            found.append(Moved(act.enterprise or act.matter, before, after, act.case))
    found += [Moved(translate(locale, "交办件"), listed, NOTHING, case) for case in acts]
    return found


def _short(act: ActLine) -> str:
    return hashlib.sha256(canonical.encode(act)).hexdigest()[:16]


def bulletin_moved(seen: Content | None, now: Content | None, campaign: Campaign, locale: Locale) -> list[Moved]:
    """What of a bulletin was drawn otherwise since it was seen."""
    if seen is None or now is None:
        return []
    before, after = dict(_lines(seen, campaign, locale)), dict(_lines(now, campaign, locale))
    names = [*after, *(name for name in before if name not in after)]
    found = [
        Moved(" · ".join(name), before.get(name, NOTHING), after.get(name, NOTHING))
        for name in names
        if before.get(name) != after.get(name)
    ]
    listed = translate(locale, "列入")
    was, now_in = ({(one.case, one.closed_at): one.unit for one in content.cases} for content in (seen, now))
    for key in sorted(was.keys() ^ now_in.keys()):
        unit = was.get(key) or now_in[key]
        ends = (listed, NOTHING) if key in was else (NOTHING, listed)
        found.append(Moved(f"{translate(locale, '交办件')} · {place_name(campaign, unit, locale)}", *ends, key[0]))
    return found


def _lines(content: Content, campaign: Campaign, locale: Locale) -> Iterator[tuple[tuple[str, ...], str]]:
    for ranked in content.rankings:
        yield from _placings(ranked, campaign, locale)
    for one in content.batches:
        unit, measure = place_name(campaign, one.unit, locale), measure_name(campaign, one.measure, locale)
        yield (unit, measure), f"{one.month} / {one.total}"
    for clock in content.office:
        for kind, n in asdict(clock.total).items():
            name = measure_name(campaign, office.code(kind, clock.clock), locale)
            yield (owner_name(campaign, CITY, locale), name), f"{getattr(clock.month, kind)} / {n}"


def _placings(ranked: Ranked, campaign: Campaign, locale: Locale) -> Iterator[tuple[tuple[str, ...], str]]:
    components = {one.code: one.name(locale) for one in campaign.assessment.components}
    for placed in ranked.placings:
        unit = place_name(campaign, placed.unit, locale)
        yield (unit, translate(locale, "名次")), str(placed.rank)
        yield (unit, translate(locale, "得分")), points(placed.score)
        for share in placed.shares:
            name = components.get(share.component, share.component)
            yield (unit, name), f"{share.numerator} / {share.denominator} · {points(share.score)}"
