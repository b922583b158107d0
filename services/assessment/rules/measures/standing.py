"""Where cases stand: what the dashboard shows, and what returns and bulletins list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from services.assessment.domain.facts import Fact
from services.assessment.rules.lives import FALSE_CLOSURE, Escalation, Life
from services.assessment.rules.measures.items import Counting, Item, Items, of

HANDLED = frozenset({"signed_for", "handling"})


def opened(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    if life.opened is not None:
        yield Item(life.unit, 1, life.opened)


def where(condition: Callable[[Life], Fact | None]) -> Items:
    """Cases for which there is such a fact, where they are now."""

    def items(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
        fact = condition(life) if life.opened is not None else None
        if fact is not None:
            yield Item(life.unit, 1, fact)

    return items


def sent(life: Life) -> Fact | None:
    """The letter that the unit has; a returned one is none."""
    return life.transfers[-1] if life.transfers and life.state != "opened" else None


def signed(life: Life) -> Fact | None:
    return life.signed if life.signed is not None and not life.signed.event.deemed else None


def deemed(life: Life) -> Fact | None:
    return life.signed if life.signed is not None and life.signed.event.deemed else None


def running(life: Life) -> Fact | None:
    return life.opened if life.standing is None else None


def handling(life: Life) -> Fact | None:
    return life.opened if life.state in HANDLED else None


def reported(life: Life) -> Fact | None:
    return life.reported


def closed(life: Life) -> Fact | None:
    return life.standing


def closed_for_good(life: Life) -> Fact | None:
    """What a bulletin contains: closed, with no escalation that waits for its verification."""
    return life.standing if not life.is_undecided else None


def closed_in_time(life: Life) -> Fact | None:
    """The closing that stands, if its unit has closed in time and nothing was proven against it."""
    standing = life.standing
    if standing is None:
        return None
    mine = next((one for one in life.outcomes if one.unit == standing.event.unit), None)
    return standing if mine is not None and mine.on_time else None


def late(trigger: str) -> Items:
    """Cases of which this trigger raised the present round, for the unit against which it did."""

    def items(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
        return _once(life, life.raised_now(trigger))

    return items


def false_closure(life: Life, _: Counting, __: datetime) -> Iterator[Item]:
    """Cases that were found falsely closed, for the unit that had closed them; their round is over by that."""
    return _once(life, [one for one in life.escalations if one.found and one.raised.event.trigger == FALSE_CLOSURE])


def _once(life: Life, escalations: list[Escalation]) -> Iterator[Item]:
    """The case once for each unit, by the first."""
    first = {one.raised.event.unit: one.raised for one in reversed(escalations)} if life.opened is not None else {}
    return map(of, first.values())
