"""Following a tip by its receipt code: where it is, loop, unit and date, dialogue; redacted, the same for page and
interface.

An unknown code is answered like a malformed one and costs the same questions to both databases, so that neither words
nor time tell them from each other. The code of a tip that a restore took away is answered by what is known of it. Only
a miss costs a token, so that a village behind one address can follow its tips while nobody can go on guessing; with no
token left, every look-up of that address is refused before any work. Look-ups that are under way together may each take
the last token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec.structs import replace

from services.intake.domain import loop
from services.intake.limits import MISSES
from services.intake.queries import LoopRow, Queries, TipRow
from services.intake.receipts import ReceiptCodes
from services.intake.reception import Reception, Written
from services.intake.web.lost import gone
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.taxonomy import Term
from shared.kernel.contracts.steps import LoopStep
from shared.platform.service.command import NOBODY
from shared.platform.web import problems
from shared.platform.web.commands import told_as_problems
from shared.platform.web.rate_limits import RateLimiter

Phase = Literal[
    "received", "letter", "another_letter", "to_sign_for", "handling", "to_review", "to_close", "closed", "disclosed",
    "not_disclosed", "dismissed", "referred_elsewhere",
]  # fmt: skip
"""Where a tip is: with our triage, waiting for its letter or for another one, with the unit, back with us, closed."""

_ENDED: dict[str, Phase] = {"dismissed": "dismissed", "referred_elsewhere": "referred_elsewhere"}
_AFTER_CLOSING: dict[str, Phase] = {"done": "disclosed", "not_needed": "not_disclosed"}
UNKNOWN = "没有查到这个回执码。请核对 16 位数字后再试。"


@dataclass(frozen=True, slots=True)
class Tracked:
    """What the holder of a receipt may know. `phase` is where it is; `unit` is a code; `due` is exclusive: by when it,
    or we, have to act. `reason` says why the tip ended, or to which channel it went."""

    tip: UUID
    state: str
    phase: Phase
    kind: str
    received_at: datetime
    steps: tuple[LoopStep, ...]
    unit: str | None
    due: datetime | None
    reason: Term | None
    messages: list[Written]


class Tracking:
    """Looks receipts up."""

    def __init__(
        self, campaign: Campaign, queries: Queries, reception: Reception, receipts: ReceiptCodes, limiter: RateLimiter
    ) -> None:
        self._campaign = campaign
        self._queries = queries
        self._reception = reception
        self._receipts = receipts
        self._limiter = limiter

    async def find(self, code: str, address: str) -> Tracked:
        """What belongs to a code. Raises problems: NotFound, Gone for a tip that a restore took away, TooManyRequests
        for an address that only guesses, ServiceUnavailable."""
        async with told_as_problems():
            await self._limiter.check(MISSES, address)
            lookup = self._receipts.lookup(code)
            tip = await self._queries.tip_of_receipt(lookup) or NOBODY
            row, case = await self._queries.tip(tip), await self._queries.loop(tip)
            messages = [text for text in await self._reception.texts(tip) if text.kind == "message"]
            if row is None and (forgotten := await self._queries.forgotten(lookup)) is not None:
                raise gone(self._campaign, forgotten)
            if row is None:
                await self._limiter.charge(MISSES, address)
                raise problems.NotFound(UNKNOWN)
        return self._tracked(row, case, messages)

    def _tracked(self, row: TipRow, case: LoopRow | None, messages: list[Written]) -> Tracked:
        unit = case.unit if case is not None else row.unit
        steps = (
            case.steps
            if case is not None and case.steps
            else loop.steps(row.state, row.received_at, row.triage_due, row.triaged_at)
        )
        phase, due = phase_of(row, case, steps)
        return Tracked(
            tip=row.id, state=row.state, phase=phase, kind=row.kind, received_at=row.received_at,
            steps=tuple(self._redacted(step) for step in steps), unit=unit, due=due,
            reason=self._reason(row), messages=messages,
        )  # fmt: skip

    def _reason(self, row: TipRow) -> Term | None:
        if row.reason is not None:
            return self._campaign.taxonomy("return_reasons").term(row.reason)
        return self._campaign.taxonomy("tip_kinds").term(row.channel) if row.channel else None

    @staticmethod
    def _redacted(step: LoopStep) -> LoopStep:
        """Letter numbers are between offices; everything else in the picture is the sender's to see."""
        sent = step.name == "transferred" and step.state == "done"
        return replace(step, note="") if sent else step


def phase_of(row: TipRow, case: LoopRow | None, steps: tuple[LoopStep, ...]) -> tuple[Phase, datetime | None]:
    """Where a tip is, and by when (exclusive) that is over: our triage, the letter, the unit's answer, its review, the
    closing, the disclosure. None where no date runs."""
    if row.state == "received":
        return "received", row.triage_due
    if row.state in _ENDED:
        return _ENDED[row.state], None
    named = {step.name: step for step in steps}
    sent, disclosed = named["transferred"], named["disclosed"]
    if case is None:
        return "letter", sent.when
    if case.state == "closed":
        return _AFTER_CLOSING.get(disclosed.state, "closed"), disclosed.when if disclosed.state == "due" else None
    if case.state == "opened":
        return "letter" if case.feedback_due is None else "another_letter", sent.when
    if sent.stage is None:  # told before there were stages
        return "handling", case.feedback_due
    return sent.stage.name, case.feedback_due if sent.stage.name == "to_sign_for" else sent.stage.due
