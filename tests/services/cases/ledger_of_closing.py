"""The part of the `Ledger` that knows what a case may be closed with: it shares no rule with the code, and no data with
the campaign; what each measure needs is written here again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.support.in_memory import SHANGHAI

FACTS = {
    "rectification_order": {"number", "on"}, "suspension": {"number", "on", "reinspection"},
    "closure": {"number", "on"}, "penalty": {"number", "on", "amount", "articles"}, "admonition": {"on"},
    "licence_withheld": {"number", "on", "licence"},
}  # fmt: skip


class Closing:
    """Conclusion, measures, proceeding, later decisions, the investigation of an accident."""

    alleged = investigated = False
    proceeding: bool | None = None
    had_proceeding = over = False
    said: Any = None
    began_at: datetime
    """When the matter was heard of."""

    def __init__(self) -> None:
        self.decided: list[Any] = []

    @property
    def waits_for_the_city(self) -> bool:
        return self.alleged and not self.investigated

    def fits(self, said: Any, at: datetime) -> None:
        """Raise AssertionError where somebody would be told of what contradicts itself or was never decided."""
        assert not self.waits_for_the_city, "no accident is resolved before it is investigated"
        assert said.conclusion in ("borne_out", "partly_borne_out", "not_borne_out"), "a result has a conclusion"
        if said.conclusion == "not_borne_out":
            assert not said.taken, "nobody is ordered anything for what is not borne out"
        else:
            assert said.taken, "something follows from what is borne out"
        for one in said.taken:
            self._is_whole(one, at)
        closed_down = any(one.measure == "closure" for one in said.taken)
        if closed_down:
            assert "恢复使用" not in said.text.replace("不得恢复使用", ""), "what is closed down does not resume"
            assert "passed" not in [one.outcome for one in self.decided], "what is closed down does not resume"

    def may_record(self, fields: dict[str, Any]) -> bool:
        """Whether a whole decision is to be taken, that of a penalty or a revocation, now that the case is closed."""
        new = fields["number"] not in [one.number for one in self._told]
        borne_out = self.said.conclusion != "not_borne_out"
        decided = fields["measure"] != "penalty" or (self.had_proceeding and self.proceeding is not False)
        return self.over and new and borne_out and decided

    @property
    def _told(self) -> list[Any]:
        return [*self.said.taken, *(one.decision for one in self.decided)]

    def _is_whole(self, one: Any, at: datetime) -> None:
        missing = [fact for fact in FACTS[one.measure] if getattr(one, fact) is None]
        assert not missing, "a measure has its facts"
        first, last = self.began_at.astimezone(SHANGHAI).date(), at.astimezone(SHANGHAI).date()
        assert first <= one.on <= last, "a measure lies between the matter and now"
        if one.measure == "penalty":
            assert self.had_proceeding, "nobody is penalised without a proceeding"
            assert self.proceeding is not False, "nobody is penalised where a proceeding was refused"

    # --- events ---

    def _PenaltyProceedingDecided(self, event: Any, _: datetime) -> None:
        self.proceeding = event.proceeding
        self.had_proceeding = self.had_proceeding or event.proceeding
        if self.said is not None and not event.proceeding:
            penalised = any(one.measure == "penalty" for one in self.said.taken)
            assert not penalised, "nobody is penalised where a proceeding was refused"

    def _AccidentInvestigationOpened(self, event: Any, at: datetime) -> None:
        assert not self.investigated, "an accident is investigated once"
        assert event.level == "city" or not self.alleged, "nobody investigates what he is accused of"
        self.investigated = True

    def _DecisionRecorded(self, event: Any, at: datetime) -> None:
        assert self.over, "what is decided before the closing belongs into the result"
        assert self.said.conclusion != "not_borne_out", "nobody is ordered anything for what is not borne out"
        one = event.decision
        assert one.number not in [known.number for known in self._told], "a decision counts once"
        if event.outcome is None:
            self._is_whole(one, at)
            if one.measure == "closure":
                assert "passed" not in [known.outcome for known in self.decided], "what is closed down does not resume"
        else:
            assert any(known.measure == "suspension" for known in self._told), "only a suspension is inspected again"
            closed_down = any(known.measure == "closure" for known in self._told)
            assert event.outcome != "passed" or not closed_down, "what is closed down does not resume"
        self.decided.append(event)
