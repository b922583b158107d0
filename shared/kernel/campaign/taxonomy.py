"""Code lists of a campaign and the words by which triage recognises place, violation, target and danger.

A list is data; the product asks for it by name. `REQUIRED` names the lists that its services cannot do without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from shared.kernel.campaign.base import Code, Named, NonEmpty, Piece
from shared.kernel.campaign.errors import UnknownCode
from shared.kernel.measures import CONCLUSIONS, Licence

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "accountability_actions": (),
    "accountability_grounds": (),
    "circumstances": ("major", "mixed", "danger", "overdue", "idle_after_acceptance", "false_closure"),
    "commitment_statements": (),
    "conclusions": CONCLUSIONS,
    "disclosure_kinds": ("result", "progress", "exposure"),
    "enterprise_categories": (),
    "enterprise_grades": (),
    "escalation_triggers": ("overdue", "idle_after_acceptance", "false_closure"),
    "four_musts": (),
    "handling_steps": (),
    "hazard_plan": (),
    "identity_modes": ("anonymous", "confidential", "open"),
    "loop_steps": ("found", "processed", "transferred", "disclosed", "escalated", "key_supervision", "assessed"),
    "matters": ("against_officials",),
    "measures": (),
    "natures": (),
    "outcomes": (),
    "return_reasons": (),
    "selection_flags": (),
    "start_events": (),
    "targets": (),
    "tip_kinds": ("tip", "complaint", "enquiry"),
    "tip_sources": ("web", "hotline", "letter", "visit", "superior", "import"),
    "traceability": (),
    "violations": (),
}
"""The lists that the services ask for, and the codes in them that the product itself gives a meaning to."""


Fact = Literal["number", "on", "amount", "articles", "reinspection", "below_maximum", "licence"]
"""A fact of a measure, as `shared.kernel.measures.MeasureTaken` has it."""


class Saying(Piece):
    """Words that say something, but not in a part of a sentence with one of the words of `unless` (不得恢复使用)."""

    words: tuple[NonEmpty, ...]
    unless: tuple[NonEmpty, ...] = ()


class Term(Named):
    """One code of a list. `kind` groups terms inside a list; `clause` is where the notice says it; `work_check` marks
    what is looked at in an inspection but is no violation; `unit` is the counting word; `measures` are the handling
    measures from which an outcome item follows, `licence` what one of them must have done to a licence for that.

    Of a measure: `facts` are those without which it is not recorded (`below_maximum`: why, unless it is the maximum);
    `proceeding`: it follows a penalty proceeding that was opened; `afterwards`: it may be decided after the closing;
    `resumption`: it is an end for good, and a result that says so of resuming contradicts it. Of a matter or violation:
    `investigation` is who investigates the accident that it is about, before the case can be resolved.
    """

    short: NonEmpty | None = None
    kind: Code | None = None
    clause: NonEmpty | None = None
    unit: NonEmpty | None = None
    note: NonEmpty | None = None
    work_check: bool = False
    measures: tuple[Code, ...] = ()
    facts: tuple[Fact, ...] = ()
    proceeding: bool = False
    afterwards: bool = False
    resumption: Saying | None = None
    investigation: Literal["city", "county"] | None = None
    licence: Licence | None = None


class Taxonomy(Piece):
    """A named list of terms in the order of the notice."""

    code: Code
    zh: NonEmpty
    en: NonEmpty
    terms: tuple[Term, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(term.code for term in self.terms)

    def term(self, code: str) -> Term:
        """The term with this code; raises `UnknownCode` naming the list and its codes."""
        for term in self.terms:
            if term.code == code:
                return term
        raise UnknownCode(self.zh, code, self.codes)

    def __len__(self) -> int:
        return len(self.terms)

    def __contains__(self, code: object) -> bool:
        return any(term.code == code for term in self.terms)


class Keyword(Piece):
    """Words that speak for a code when they stand in a tip. A word may speak for several things at once."""

    words: tuple[NonEmpty, ...]
    violation: Code | None = None
    target: Code | None = None
    matter: Code | None = None
    kind: Code | None = None
    danger: bool = False
    authority: bool = False
    """They name a public authority or its people: whether it is accused, a person must judge."""
    others_duty: bool = False
    """They name what another authority answers for; a shorter word inside one of them says nothing."""


class Triage(Piece):
    """How a tip is read before a person reads it.

    `automatic: confident` lets triage act alone when exactly one unit is named and a violation or a matter is
    recognised; `never` leaves every tip to the hotline. Danger to life always goes to a person (notice 六(二);
    `danger_first` is what the hotline asks first).

    `elsewhere` are places outside the campaign: a tip that names one waits for a person. `landmarks` follow the name of
    a unit in the name of something that need not lie there (泽州公园). In `longer_words` a place word or a keyword
    stands by chance and says nothing (太阳城, 没有证据).
    """

    automatic: Literal["confident", "never"]
    danger_first: NonEmpty
    danger_first_en: NonEmpty
    emergency_numbers: tuple[NonEmpty, ...]
    keywords: tuple[Keyword, ...]
    elsewhere: tuple[NonEmpty, ...] = ()
    landmarks: tuple[NonEmpty, ...] = ()
    longer_words: tuple[NonEmpty, ...] = ()
