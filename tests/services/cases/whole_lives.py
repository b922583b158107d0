"""Whole lives of a case, at random: people act in their seats, time passes over weekends and the New Year week, timers
strike when due or late, the service starts again. After each step the `Ledger` says whether all of it was fair.

`python -m tests.services.cases.whole_lives --steps 200000` plays long ones; the tests play some thousand steps. One
case is played at a time, in memory; what several cases do to each other is not looked at here.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.cases.handlers import CASE
from shared.kernel.commands import Setting
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Refusal
from shared.platform.event_store.session import NotFound
from shared.platform.service.forms import allowed_commands
from tests.services.cases.desk import CAMPAIGN, CHECKED, GAOPING, MAPPER, STEP, ZEZHOU, Desk
from tests.services.cases.ledger import Ledger, day_of, end_of
from tests.services.cases.office_ledger import OfficeLedger
from tests.services.cases.seats import (
    BEGINNINGS,
    DIRECTORS,
    MEMBERS,
    NOT_BORNE_OUT,
    OFFICE,
    ORDERED,
    PENALISED,
    SAID,
    TAKEN,
    TASKFORCE,
    UNIT,
    USUAL,
    Said,
)
from tests.support.in_memory import SHANGHAI

F = TypeVar("F", bound=Callable[..., Any])
STEPS = 25
"""Of one life; then another begins."""
MOMENT = timedelta(seconds=1)
RUNNING = ("signed_for", "handling")
FACTS_LEFT_OUT = st.sampled_from(
    [None, None, None, None, "number", "on", "amount", "articles", "licence", "reinspection"]
)
person = st.integers(0, 11)
PLAYED: Counter[str] = Counter()


def in_state(*states: str) -> Callable[[F], F]:
    return precondition(lambda self: self.state in states)


class Life(RuleBasedStateMachine):
    """One case from its opening on."""

    @initialize(
        begins=st.sampled_from(BEGINNINGS), danger=st.integers(0, 3), own=st.integers(0, 5), far=st.integers(0, 8),
        who=person, alleged=st.sampled_from([(), (), (), (), ("fatality",), ("concealed_accident",)]),
    )  # fmt: skip
    def begin(self, begins: datetime, danger: int, own: int, far: int, who: int, alleged: tuple[str, ...]) -> None:
        self.desk, self.ledger, self.read, self.away = Desk(begins), Ledger(), 0, False
        self.office = OfficeLedger(self.ledger)
        if own == 0:
            self.case = self.desk.open(UNIT[ZEZHOU][0], danger=danger == 0, matters=alleged)
        else:
            said: dict[str, Any] = {"received_at": begins, "triaged_at": begins, "matters": alleged}
            self.case = self.desk.tipped(danger=danger == 0, **said)
        self._catch_up()
        for n in range(far):
            self.life_goes_on(who + n)

    @rule(who=person)
    def life_goes_on(self, who: int) -> None:
        """What is to be done next is done, by one of those whose it is."""
        if self.open and all(one["verifier"] for one in self.open):
            self.verify(who, who % 2 == 0)
        elif self.open:
            self.appoint(who, None)
        elif self.state == "opened":
            self.transfer(None, 0, elsewhere=False)
        elif self.state == "transferred":
            self.sign_for(who)
        elif self.state in RUNNING and not self.ledger.steps:
            self.take_a_step(who, 0)
        elif self.state in RUNNING and self.ledger.waits_for_the_city:
            self.open_accident(who, county=False)
        elif self.state in RUNNING:
            self.report(-1 - who % 2, ORDERED, 0, None)
        elif self.state == "reported":
            self.review(who, accepts=1, days=0)
        elif self.state == "reviewed":
            self.close(who)
        elif self.ledger.suspicion is None:
            self.suspect(who, "g1" if who % 3 else None)
        else:
            self.reply(who)

    # --- the office ---

    @in_state("opened")
    @rule(
        circumstance=st.sampled_from([None, None, "major", "mixed"]), days=st.integers(-8, 8), elsewhere=st.booleans()
    )
    def transfer(self, circumstance: str | None, days: int, elsewhere: bool) -> None:
        fields: dict[str, Any] = {"circumstance": circumstance, "unit": GAOPING if elsewhere else ZEZHOU}
        self._give("transfer", DIRECTORS[1], days=days, field="feedback_by", **fields)

    @precondition(lambda self: self.ledger.return_asked is not None)
    @rule(who=person, grants=st.booleans())
    def answer_return(self, who: int, grants: bool) -> None:
        by = OFFICE[who % len(OFFICE)]
        refused: dict[str, Any] = {} if grants else {"text": "属实。"}
        refusal = self._give("accept-return" if grants else "refuse-return", by, **refused)
        recused = refusal is not None and "应当回避" in refusal.sentence
        assert refusal is None or recused, f"a return that was asked for is answered: {refusal}"

    @precondition(lambda self: self.ledger.extension is not None)
    @rule(who=person, grants=st.booleans())
    def answer_extension(self, who: int, grants: bool) -> None:
        if grants:
            self._give("grant-extension", DIRECTORS[who % 2])
        else:
            self._give("refuse-extension", OFFICE[who % len(OFFICE)], text="时间足够。")

    @precondition(lambda self: self.ledger.plan is not None)
    @rule(who=person, grants=st.booleans())
    def answer_plan(self, who: int, grants: bool) -> None:
        if grants:
            self._give("approve-plan", DIRECTORS[who % 2])
        else:
            self._give("refuse-plan", OFFICE[who % len(OFFICE)], text="可以按期完成。")

    @in_state("reported")
    @rule(who=person, accepts=st.integers(0, 2), days=st.integers(-8, 8))
    def review(self, who: int, accepts: int, days: int) -> None:
        by = OFFICE[who % len(OFFICE)]
        if accepts:
            self._give("review-result", by)
        else:
            self._give("reject-result", by, days=days, field="feedback_by", reason="没有附件。")

    @in_state("reviewed")
    @rule(who=person)
    def close(self, who: int) -> None:
        self._give("close", DIRECTORS[who % 2])

    @in_state("closed")
    @rule(days=st.integers(-8, 8))
    def reopen(self, days: int) -> None:
        self._give("reopen", DIRECTORS[1], days=days, field="feedback_by", reason="回访不属实。")

    @precondition(lambda self: any(one["verifier"] is None for one in self.open) or self.ledger.heard)
    @rule(who=person, chosen=st.sampled_from([None, None, *MEMBERS]))
    def appoint(self, who: int, chosen: str | None) -> None:
        self._give("appoint-verification", OFFICE[who % len(OFFICE)], verifier=chosen)

    # --- the unit ---

    @in_state("transferred")
    @rule(who=person)
    def sign_for(self, who: int) -> None:
        self._give("sign-for", self._unit(who))

    @in_state(*RUNNING)
    @rule(who=person, days=st.sampled_from([0, 0, 0, -1, -3, -900]))
    def take_a_step(self, who: int, days: int) -> None:
        taken = (self.now + timedelta(days=days)).isoformat() if days else None
        self._give("record-step", self._unit(who), **STEP, taken_at=taken)

    @in_state("transferred", "signed_for")
    @rule(who=person)
    def ask_return(self, who: int) -> None:
        self._give("request-return", self._unit(who), reason="unclear", text="地址不清。")

    @in_state(*RUNNING)
    @rule(who=person, days=st.integers(1, 7))
    def ask_extension(self, who: int, days: int) -> None:
        if self.ledger.date is not None:
            until = (day_of(self.ledger.date - MOMENT) + timedelta(days=days)).isoformat()
            self._give("request-extension", self._unit(who), until=until, reason="等待检验报告。")

    @in_state(*RUNNING)
    @rule(who=person, days=st.integers(0, 40), told=st.integers(0, 3))
    def tell_progress(self, who: int, days: int, told: int) -> None:
        fields: dict[str, Any] = {"text": "正在整改。"}
        if days:
            fields |= {"plan": "更换阀门。", "planned_for": (day_of(self.now) + timedelta(days=days)).isoformat()}
        if told:
            fields |= {"reason": "等待配件。", "guard": "专人值守。"}
        self._give("report-interim", self._unit(who), **fields)

    @in_state(*RUNNING)
    @rule(who=person, said=st.sampled_from(SAID), days=st.sampled_from([0, 0, 0, 0, 3, -900]), without=FACTS_LEFT_OUT)
    def report(self, who: int, said: Said, days: int, without: str | None) -> None:
        conclusion, text, measures = said
        taken = [self._measure(code, days, without) for code in measures]
        self._give("report-result", self._unit(who), conclusion=conclusion, text=text, taken=taken)

    @in_state("handling", "reported", "reviewed")
    @rule(opens=st.booleans())
    def decide_proceeding(self, opens: bool) -> None:
        reason: dict[str, Any] = {} if opens else {"reason": "情节轻微。"}
        self._give("decide-penalty-proceeding", UNIT[self.row["unit"]][-1], proceeding=opens, **reason)

    @in_state("closed")
    @rule(
        code=st.sampled_from(["penalty", "penalty", "licence_withheld", "closure", "suspension", "admonition"]),
        outcome=st.sampled_from([None, None, "passed", "closure_proposed"]),
        days=st.sampled_from([0, 0, 0, 3]), without=FACTS_LEFT_OUT, n=st.integers(1, 3),
    )  # fmt: skip
    def record_decision(self, code: str, outcome: str | None, days: int, without: str | None, n: int) -> None:
        fields = self._measure(code, days, without)
        fields |= {"number": f"{fields.get('number', '复')}{n}"}
        if code == "suspension":
            fields.pop("reinspection", None)
        usual = code in ("penalty", "licence_withheld") and outcome is None and not days and without is None
        may = usual and self.ledger.may_record(fields)
        refusal = self._give("record-decision", UNIT[self.row["unit"]][-1], outcome=outcome, **fields)
        assert not may or refusal is None, f"what was decided after the closing is recorded: {refusal}"

    @rule(who=person, county=st.booleans())
    def open_accident(self, who: int, county: bool) -> None:
        missing = self.ledger.waits_for_the_city and not county
        by = (*OFFICE, TASKFORCE)[who % (len(OFFICE) + 1)]
        refusal = self._give("open-accident", by, level="county" if county else "city")
        recused = refusal is not None and "应当回避" in refusal.sentence
        assert not missing or refusal is None or recused, f"a missing investigation can be opened: {refusal}"

    @precondition(lambda self: self.ledger.suspicion is not None)
    @rule(who=person)
    def reply(self, who: int) -> None:
        self._give("reply", self._unit(who), text="已整改。")

    # --- scenes ---

    @in_state("opened")
    @rule(days=st.integers(1, 4))
    def a_letter_with_a_short_date_lies_unsigned(self, days: int) -> None:
        self.transfer(None, days, elsewhere=False)
        self._catch_up(end_of(day_of(self.now)) + timedelta(days=days, hours=-1))

    @in_state("transferred", "signed_for")
    @rule(who=person, days=st.integers(0, 6), grants=st.booleans(), after=st.integers(0, 4), steps=st.booleans())
    def a_return_is_answered_late(self, who: int, days: int, after: int, *, grants: bool, steps: bool) -> None:
        self.ask_return(who)
        if steps and self.state in RUNNING:
            self.take_a_step(who, 0)
        self._catch_up(self.now + timedelta(days=days))
        if self.ledger.return_asked is not None:
            self.answer_return(who, grants)
            self._catch_up(self.now + timedelta(days=after))
        if self.state == "opened" and not steps:  # the next unit tells a result at once
            self.transfer(None, 0, elsewhere=False)
            self.sign_for(who)
            self.report(-1, ORDERED, 0, None)

    @in_state(*RUNNING)
    @rule(who=person, days=st.integers(0, 6), grants=st.booleans(), plan=st.booleans())
    def a_later_date_is_asked_for_at_the_last_moment(self, who: int, days: int, *, grants: bool, plan: bool) -> None:
        if self.ledger.date is not None and self.now < self.ledger.date:
            self._catch_up(self.ledger.date - MOMENT)
        if self.state in RUNNING:
            self.tell_progress(who, 20, 1) if plan else self.ask_extension(who, 2)
        self._catch_up(self.now + timedelta(days=days))
        if self.ledger.plan is not None:
            self.answer_plan(who, grants)
        if self.ledger.extension is not None:
            self.answer_extension(who, grants)

    @in_state(*RUNNING)
    @rule(who=person, days=st.integers(0, 6), late=st.booleans())
    def a_result_is_sent_back(self, who: int, days: int, *, late: bool) -> None:
        if self.ledger.date is not None and self.now < self.ledger.date:
            self._catch_up(self.ledger.date + (MOMENT if late else -MOMENT))
        for _ in range(2):  # a step, where none was taken, and the result
            if self.state in RUNNING:
                self.take_a_step(who, 0) if not self.ledger.steps else self.report(who, ORDERED, 0, None)
        self._catch_up(self.now + timedelta(days=days))
        if self.state == "reported":
            self.review(who, 0, 0)
            self._catch_up(self.now + timedelta(days=days))

    @in_state(*RUNNING)
    @rule(who=person)
    def a_late_result_is_quicker_than_its_timer(self, who: int) -> None:
        """The service was away over the feedback date, and is used before it has answered its timers."""
        if self.ledger.date is not None and self.now < self.ledger.date and not self.ledger.owed:
            if not self.ledger.steps:
                self.take_a_step(who, 0)
            self.desk.clock.set(self.ledger.date + MOMENT)
            self.away = True
            self.report(-1, NOT_BORNE_OUT, 0, None)
            self._catch_up()

    @in_state(*RUNNING)
    @rule(who=person, said=st.sampled_from([PENALISED, NOT_BORNE_OUT]), refuses=st.booleans())
    def a_closed_case_is_decided_on_again(self, who: int, said: Said, *, refuses: bool) -> None:
        """What was penalised is told again after a reopening, and then the proceeding is refused; or something is
        decided on what was not borne out."""
        self._closes(who, said)
        if self.state == "closed":
            self.record_decision("licence_withheld", None, 0, None, 1)
            self.reopen(0)
        if self.state in RUNNING:
            self.take_a_step(who, 0)
            self.report(-1, said, 0, None)
        if self.state == "reported" and refuses:
            self.decide_proceeding(opens=False)

    def _closes(self, who: int, said: Said) -> None:
        if self.ledger.waits_for_the_city:
            self.open_accident(who, county=False)
        if not self.ledger.steps:
            self.take_a_step(who, 0)
        if self.state in RUNNING and self.ledger.proceeding is None:
            self.decide_proceeding(opens=True)
        if self.state in RUNNING:
            self.report(-1, said, 0, None)
        if self.state == "reported":
            self.review(0, 1, 0)
        if self.state == "reviewed":
            self.close(1)

    @in_state("closed")
    @rule(who=person, other=person)
    def a_closure_is_doubted_twice(self, who: int, other: int) -> None:
        """By one member of the group and then by another, while either verifies what the other one doubts."""
        for first, second, found in ((who, other, False), (other, who, True)):
            if self.state == "closed" and self.ledger.suspicion is None and not self.open:
                self.suspect(first, "g1")
            if self.ledger.suspicion is not None:
                self.reply(who)
            if self.ledger.heard:
                self.appoint(1, None)
            if any(one["verifier"] for one in self.open):
                self.verify(second, found)

    # --- groups and the task force ---

    @in_state("closed")
    @rule(who=person, group=st.sampled_from(["g1", "g1", "g3", None]))
    def suspect(self, who: int, group: str | None) -> None:
        people = MEMBERS[group] if group else OFFICE
        self._give("suspect-false-closure", people[who % len(people)], source="return_visit", **CHECKED)

    @precondition(lambda self: any(one["verifier"] for one in self.open))
    @rule(who=person, found=st.booleans())
    def verify(self, who: int, found: bool) -> None:
        body = next(one["verifier"] for one in self.open if one["verifier"])
        people = [Actor(one.id, "group", body) for one in CAMPAIGN.members_of(body)]
        self._give("verify-escalation", people[who % len(people)], found=found, **CHECKED)

    @precondition(lambda self: self.read % 4 == 0)
    @rule(which=st.integers(0, 3), who=person)
    def supervise_or_remark(self, which: int, who: int) -> None:
        commands = ("start-key-supervision", "end-key-supervision", "impose-accountability", "remark")
        seats = (OFFICE, self._groups, (TASKFORCE, *DIRECTORS), OFFICE)[which]
        self._give(commands[which], seats[who % len(seats)], **USUAL[commands[which]])

    @rule(who=person, which=st.integers(0, 30))
    def whatever_is_offered_can_be_done_or_says_why(self, who: int, which: int) -> None:
        seats = (*UNIT[self.row["unit"]], *OFFICE, *self._groups)
        actor = seats[(who * 7 + which) % len(seats)]
        offered = allowed_commands(CASE, actor, self.desk.case(self.case), Setting(CAMPAIGN))
        assert all(one["allowed"] or one["why"] for one in offered.values())
        allowed = sorted(name for name, one in offered.items() if one["allowed"])
        if allowed:
            command = allowed[which % len(allowed)]
            refusal = self.desk.rehearse(command, self.case, actor, **USUAL.get(command, {}))
            assert refusal is None or (isinstance(refusal, Refusal) and refusal.sentence.endswith("。")), refusal

    # --- time ---

    @rule(hours=st.integers(1, 30))
    def hours_pass(self, hours: int) -> None:
        self._catch_up(self.now + timedelta(hours=hours))

    @rule(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        self._catch_up(self.now + timedelta(days=days))

    @precondition(lambda self: bool(self.desk.timers))
    @rule(shift=st.sampled_from([-MOMENT, timedelta(), timedelta(hours=9)]), last=st.booleans())
    def a_date_comes(self, shift: timedelta, last: bool) -> None:
        dues = sorted(timer.due for timer in self.desk.timers.values())
        self._catch_up(max(self.now, dues[-1 if last else 0] + shift))

    @rule(hours=st.integers(1, 200))
    def the_service_is_away(self, hours: int) -> None:
        """Its timers wait; people may be quicker than they when it is back."""
        self.desk.clock.set(self.now + timedelta(hours=hours))
        self.away = True

    @rule()
    def the_service_is_back(self) -> None:
        before, self.desk = self.desk, Desk(self.now)
        self.desk.memory.streams, self.desk.timers, self.desk.tables = (
            before.memory.streams,
            before.timers,
            before.tables,
        )
        self._catch_up()

    # --- how ---

    @invariant()
    def is_counted(self) -> None:
        PLAYED["steps"] += 1

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    @property
    def row(self) -> Any:
        return self.desk.tables["cases"][self.case]

    @property
    def state(self) -> str:
        return str(self.row["state"])

    @property
    def open(self) -> list[dict[str, Any]]:
        return [one for one in self.ledger.escalations if one["outcome"] is None]

    @property
    def _groups(self) -> tuple[Actor, ...]:
        """Who answers for the unit."""
        return MEMBERS[next(group.code for group in CAMPAIGN.groups if self.row["unit"] in group.units)]

    def _unit(self, who: int) -> Actor:
        people = UNIT[self.row["unit"]]
        return people[who % len(people)]

    def _measure(self, code: str, days: int, without: str | None) -> dict[str, Any]:
        """A measure that was taken so many days from now, without one of its facts."""
        day = day_of(self.now) + timedelta(days=days)
        again = {"reinspection": (day + timedelta(days=9)).isoformat()} if code == "suspension" else {}
        found = TAKEN[code] | again | {"measure": code, "on": day.isoformat()}
        return {name: value for name, value in found.items() if name != without}

    def _give(
        self, command: str, by: Actor, days: int = 0, field: str = "", **fields: Any
    ) -> Refusal | None:  # fmt: skip
        """Somebody gives a command, with a day of his own where `days` is positive; it is read whether it was fair."""
        self.ledger.by_hand = None
        if days > 0:
            self.ledger.by_hand = day_of(self.now) + timedelta(days=days)
            fields[field] = self.ledger.by_hand.isoformat()
        refusal: Refusal | NotFound | None = None
        try:
            self.desk.sign(command, self.case, by, **fields)
            PLAYED[command] += 1
        except (Refusal, NotFound) as refused:
            refusal = refused
        self._read()
        self.ledger.by_hand = None
        if isinstance(refusal, NotFound):
            assert by.role == "group", f"{by.id} has no such case"
            return None
        assert refusal is None or refusal.sentence.endswith("。")
        if not self.away:
            self._catch_up()
        return refusal

    def _catch_up(self, until: datetime | None = None) -> None:
        """Time passes, and every timer on the way strikes, late where the service was away."""
        end = until or self.now
        self.desk.wait_until(end.astimezone(SHANGHAI).replace(tzinfo=None).isoformat(), away=self.away)
        self.away = False
        self._read()
        self.ledger.check_nothing_missed(self.now)
        self.office.check_nothing_missed(self.now)

    def _read(self) -> None:
        for stored in self.desk.memory.streams[self.case][self.read :]:
            event = MAPPER.to_domain_event(stored)
            self.read += 1
            PLAYED[type(event).__name__] += 1
            self.ledger.note(event)
            self.office.note(event)


def play(steps: int, *, derandomize: bool = False, shrink: bool = True) -> None:
    """So many steps. Raises what was unfair, with the life that led to it."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=-(-steps // STEPS), stateful_step_count=STEPS, deadline=None, derandomize=derandomize,
            database=None, phases=phases, report_multiple_bugs=False, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def main() -> None:
    """Play and say what happened how often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000)
    asked = parser.parse_args()
    began = time.monotonic()
    play(asked.steps)
    print(f"{asked.steps} steps, {time.monotonic() - began:.0f} s")
    for name, n in sorted(PLAYED.items()):
        print(f"  {n:7} {name}")


if __name__ == "__main__":
    main()
