"""What a case knows: its attributes, and what follows from them. Its commands are mixed in by subject (`case`)."""

from __future__ import annotations

from datetime import date, datetime

from eventsourcing.domain import Aggregate
from msgspec.structs import replace

from services.cases.domain import authority
from services.cases.domain.authority import Parties
from services.cases.domain.errors import StaleVersion
from services.cases.domain.values import (
    Deadline,
    Escalation,
    Extension,
    KeySupervision,
    Letter,
    Matter,
    Result,
    Suspicion,
)
from shared.platform.event_store.envelope import Actor, Envelope

OVERDUE = "overdue"
IDLE = "idle_after_acceptance"
FALSE_CLOSURE = "false_closure"
REPLY = "reply"
"""The timer of the right of reply; the others are named after what they raise."""


class CaseState(Aggregate):
    """The attributes of a case. Annotated, all of them: snapshots depend on that."""

    state: str
    origin: str
    unit: str
    group: str | None
    matter: Matter
    tip: str | None
    in_period: bool
    opened_at: datetime
    transferred_at: datetime | None
    signed_for_at: datetime | None
    reported_at: datetime | None
    closed_at: datetime | None
    restarted_at: datetime | None
    disclosed_at: datetime | None
    assessed_at: datetime | None
    assessed_in: str | None
    transfer_deadline: Deadline | None
    returnable: Deadline | None
    signing: Deadline | None
    first_step: Deadline | None
    feedback: Deadline | None
    review: Deadline | None
    disclosure: Deadline | None
    draft_letter: Letter | None
    draft_circumstance: str | None
    draft_feedback_by: date | None
    letter: Letter | None
    letters: list[str]
    return_requested_at: datetime | None
    returns: int
    extension_request: Extension | None
    extensions: int
    handler: str | None
    station: str | None
    planned_for: date | None
    penalty_proceeding: bool | None
    drafted_result: Result | None
    result: Result | None
    in_time: bool
    steps: int
    reminded: bool
    raised: list[str]
    escalations: list[Escalation]
    suspicion: Suspicion | None
    key_supervision: KeySupervision | None

    def __init__(self) -> None:
        self.transferred_at = self.signed_for_at = self.reported_at = self.closed_at = self.restarted_at = None
        self.disclosed_at = self.assessed_at = self.assessed_in = None
        self.returnable = self.signing = self.first_step = self.feedback = self.review = self.disclosure = None
        self.draft_letter = self.draft_circumstance = self.draft_feedback_by = None
        self.letter = self.handler = self.station = self.drafted_result = self.result = None
        self.letters = []
        self.return_requested_at = self.extension_request = self.planned_for = self.penalty_proceeding = None
        self.returns = self.extensions = self.steps = 0
        self.in_time = True
        self.reminded = False
        self.raised = []
        self.escalations = []
        self.suspicion = self.key_supervision = None

    # --- what is known ---

    @property
    def is_on_time(self) -> bool:
        """Whether the result was signed before the feedback date, and that date had not been missed before: the new
        window after a finding does not make up for the first. A reopened or returned case starts afresh."""
        return self.in_time and not any(
            one.trigger == OVERDUE
            and one.outcome != "cleared"
            and one.raised_at >= (self.restarted_at or one.raised_at)
            for one in self.escalations
        )

    @property
    def undecided(self) -> list[Escalation]:
        """The escalations that no verifier has found or cleared yet, the oldest first."""
        return [one for one in self.escalations if one.outcome is None]

    @property
    def unappointed(self) -> list[Escalation]:
        """Those that wait for the office to appoint who verifies."""
        return [one for one in self.undecided if one.verifier is None]

    @property
    def is_supervised(self) -> bool:
        """Whether a group supervises the case closely now."""
        return self.key_supervision is not None and self.key_supervision.ended_at is None

    @property
    def parties(self) -> Parties:
        """The units that the case concerns: whose it is, who verifies, who supervises."""
        key = self.key_supervision
        return Parties(
            unit=self.unit,
            group=self.group,
            verifiers=tuple(one.verifier for one in self.escalations if one.verifier),
            verifying=tuple(one.verifier for one in self.undecided if one.verifier),
            supervisor=key.group if key else None,
        )

    @property
    def situations(self) -> frozenset[str]:
        """What is now the case, in the words of `authority.NEEDED` and `authority.BARRING`."""
        suspicion, undecided, unappointed = self.suspicion, self.undecided, self.unappointed
        holds = {
            "return_requested": self.return_requested_at is not None,
            "extension_requested": self.extension_request is not None,
            "penalty_decided": self.penalty_proceeding is not None,
            "suspected": suspicion is not None,
            "replied": suspicion is not None and suspicion.replied_at is not None,
            "unappointed": bool(unappointed),
            "verifying": len(undecided) > len(unappointed),
            "found": any(one.outcome == "found" for one in self.escalations),
            "key_supervision": self.is_supervised,
            "was_supervised": self.key_supervision is not None,
            "loop_over": self.state == "closed" and self.assessed_in is not None,
        }
        return frozenset(name for name, is_so in holds.items() if is_so)

    def timers(self) -> dict[str, datetime]:
        """The calls that this case now wants, by kind. A deadline in the past is called at once."""
        wanted: dict[str, datetime] = {}
        if self.state == "transferred" and self.signing is not None:
            wanted["signing"] = self.signing.due
        if self.first_step is not None and IDLE not in self.raised and self.state != "opened":
            wanted[IDLE] = self.first_step.due
        waiting = self.state in ("transferred", "signed_for", "handling")
        if self.feedback is not None and waiting and OVERDUE not in self.raised:
            wanted[OVERDUE] = self.feedback.due
        if self.suspicion is not None:
            wanted[REPLY] = self.suspicion.reply.due
        return wanted

    # --- who may, and when ---

    def check_command(self, command: str, actor: Actor, seen: int | None) -> None:
        """Everything that is asked before the command's own rules: who, then the version that the sender saw, then the
        state; so that nobody learns of another unit's case, and who was overtaken is told so. Raises as `check_may`,
        and StaleVersion."""
        authority.check_actor(command, actor, self.parties)
        if seen is not None and seen != self.version:
            raise StaleVersion(self.version)
        authority.check_may(command, actor, self.state, self.parties, self.situations)

    def check(self, command: str, envelope: Envelope) -> None:
        """As `authority.check_may`, for the actor of this command."""
        authority.check_may(command, envelope.actor, self.state, self.parties, self.situations)

    # --- what several events do ---

    def begin_window(self, feedback: Deadline, first_step: Deadline | None) -> None:
        """A new feedback date: what was missed before does not count for it, a result is to be signed anew, and an
        extension that was asked for the old one has lapsed."""
        self.feedback = feedback
        self.first_step = first_step
        self.raised = []
        self.result = self.reported_at = self.review = None
        self.extension_request = None

    def conclude(self, n: int, outcome: str, at: datetime) -> None:
        """The `n`-th escalation is decided."""
        self.escalations[n - 1] = replace(self.escalations[n - 1], outcome=outcome, decided_at=at)
