"""given … when … then: the language in which tests of aggregates are written.

    given(opened(), transferred()).when(signed_for(by=ZEZHOU)).then(event(CaseSignedFor, deemed=False))
    given(opened(), transferred()).when(signed_for(by=COUNTY)).refused(NotInThisState, "已移交待签收")

A step is a function: the first makes an aggregate, the others are given it and call one method. What was given is
written to bytes and read back before the step in question, so it is decided on what the database would hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.refusal import Refusal
from shared.platform.event_store.session import NotFound

Step = Callable[[Any], Any]
_mapper = EventMapper(CanonicalTranscoder())


class event:
    """An event of this class that has at least these fields."""

    def __init__(self, kind: type, **fields: Any) -> None:
        self.kind, self.fields = kind, fields


def given(*steps: Step) -> Given:
    """What has happened before."""
    aggregate = None
    for step in steps:
        aggregate = step(aggregate) or aggregate
    stored = [_mapper.to_stored_event(one) for one in aggregate.collect_events()] if aggregate else []
    aggregate = None
    for one in stored:
        aggregate = _mapper.to_domain_event(one).mutate(aggregate)
    return Given(aggregate)


@dataclass(frozen=True)
class Given:
    """Where the aggregate stands; None before its first event."""

    aggregate: Any

    def when(self, step: Step) -> Outcome:
        refusal, aggregate = None, self.aggregate
        try:
            aggregate = step(aggregate) or aggregate
        except (Refusal, NotFound) as error:
            refusal = error
        return Outcome(aggregate, aggregate.collect_events() if aggregate else [], refusal)


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    aggregate: Any
    events: list[Any]
    refusal: Refusal | NotFound | None

    def then(self, *expected: event) -> Any:
        """Exactly these events, in this order; the aggregate after them."""
        assert self.refusal is None, self.refusal
        assert [type(one) for one in self.events] == [wanted.kind for wanted in expected]
        for one, wanted in zip(self.events, expected, strict=True):
            assert {name: getattr(one, name) for name in wanted.fields} == wanted.fields
        return self.aggregate

    def refused(self, kind: type[Refusal | NotFound], *words: str) -> None:
        """No event, and a sentence with these words that says what to do; of what is not theirs to know of, none."""
        assert self.events == []
        assert type(self.refusal) is kind, self.refusal
        assert all(word in getattr(self.refusal, "sentence", "") for word in words), self.refusal
