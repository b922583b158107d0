"""What becomes of each case: the office transfers, the county handles, the groups verify, the director closes.

Every half working day each running case is looked at once, in the order of its subject, and at most one thing is done
with it by whoever is to act. Nothing is decided here but by the affair's plan and the case's own state.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from deploy.demo.affair import Affair, supervision_in
from deploy.demo.cast import Cast
from deploy.demo.draw import Draw
from deploy.demo.results import Results
from deploy.demo.words import INTERIM, REASONS, STEPS
from shared.kernel.campaign import Campaign

CASES = "/api/cases/v1/cases"


class Handling:
    """Acts on cases."""

    def __init__(self, cast: Cast, campaign: Campaign, draw: Draw) -> None:
        self._cast = cast
        self._campaign = campaign
        self._draw = draw
        self._results = Results(campaign, draw)

    def half_day(self, affair: Affair, row: dict[str, Any], now: datetime) -> None:
        """One look at one case; `row` is its line in the list."""
        affair.unit = row["unit"]
        if row["state"] != "closed":
            affair.see(row["state"])
        if row["escalated"] and self._escalation(affair, now):
            return
        act = getattr(self, f"_{row['state']}")
        act(affair, row, now)

    # --- the lifecycle, by state ---

    def _opened(self, affair: Affair, _: dict[str, Any], now: datetime) -> None:
        self._look_into_accident(affair, now)
        circumstance = "major" if affair.truth.major else "mixed" if affair.truth.mixed else None
        body: dict[str, Any] = {"circumstance": circumstance} if circumstance else {}
        if affair.truth.unit and not affair.truth.against_officials and "returned" in affair.done:
            body["unit"] = affair.truth.unit
        round_ = f"transfer {affair.round}"
        if affair.once(f"draft {affair.round}"):
            self._give(affair, self._cast.office(affair.round), "transfer", body, f"draft {round_}")
        else:
            drafted = self._cast.get(f"{CASES}/{affair.case}")["version"]
            self._give(affair, self._cast.one("director"), "transfer", {}, round_, drafted)
            affair.round += 1

    def _transferred(self, affair: Affair, row: dict[str, Any], _: datetime) -> None:
        if self._return(affair, row):
            return
        if row["danger"] or affair.waited >= affair.plan.sign:
            self._give(affair, self._county(row), "sign-for", {}, f"sign {affair.round}")

    def _signed_for(self, affair: Affair, row: dict[str, Any], _: datetime) -> None:
        if self._return(affair, row):
            return
        if row["danger"]:
            self._step(affair, row, "site_inspection")
        elif affair.once(f"handler {affair.round}"):
            officer = self._county(row)[0]
            self._give(affair, self._county(row), "assign-handler", {"officer": officer}, f"handler {affair.round}")
        elif affair.waited >= self._patience(affair, row, affair.plan.first_step):
            self._step(affair, row, "site_inspection")

    def _handling(self, affair: Affair, row: dict[str, Any], now: datetime) -> None:
        if "verified" in affair.done and affair.steps == 0:
            self._step(affair, row, "reinspection")
        elif affair.plan.reports_interim and affair.waited == 2 and affair.once("interim"):
            day = (now + timedelta(days=20)).date().isoformat()
            body = {
                "text": self._one(affair, INTERIM, "interim"),
                "plan": "方案、责任、时限、措施、资金均已落实",
                "planned_for": day,
                "reason": "整改涉及停产检修，配件到货后方能完成。",
                "guard": "停用挂牌，专人严盯死守",
            }
            self._give(affair, self._county(row), "report-interim", body, "interim")
        elif "interim" in affair.done and affair.once("plan answered"):
            self._answer_plan(affair)
        elif affair.waited == 3 and not affair.truth.groundless:
            affair.ordered_on = affair.ordered_on or now.date()
            self._step(affair, row, "supervision_order")
        elif (
            affair.plan.asks_extension
            and not affair.plan.reports_interim
            and affair.waited == 4
            and affair.once("extension asked")
        ):
            self._ask_extension(affair, row)
        elif "extension asked" in affair.done and affair.once("extension answered"):
            granted = affair.plan.extension_granted
            body = {} if granted else {"text": "理由不充分，请按原期限办理。"}
            command = "grant-extension" if granted else "refuse-extension"
            self._give(affair, self._cast.one("director"), command, body, "extension answered")
        elif affair.plan.penalty and affair.waited == 5 and affair.once("penalty"):
            number = self._results.number(row["unit"], "proceeding", now.date())
            decided: dict[str, Any] = {"proceeding": True, "number": number}
            self._give(affair, self._principal(row), "decide-penalty-proceeding", decided, "penalty")
            affair.proceeding_for = 0
        elif affair.waited >= self._patience(affair, row, affair.plan.report):
            self._look_into_accident(affair, now)
            self._report(affair, row, now)

    def _reported(self, affair: Affair, _: dict[str, Any], __: datetime) -> None:
        if affair.waited < affair.plan.reviewed:
            return
        if affair.plan.rejected_once and affair.once("rejected"):
            body = {"reason": "复查记录未附，请补充后再报。"}
            self._give(affair, self._cast.office(1), "reject-result", body, "reject")
        else:
            self._give(affair, self._cast.office(1), "review-result", {}, f"review {affair.round} {affair.steps}")

    def _reviewed(self, affair: Affair, row: dict[str, Any], _: datetime) -> None:
        if not row["escalated"]:
            self._give(affair, self._cast.one("director"), "close", {}, f"close {affair.round} {affair.steps}")

    def _closed(self, affair: Affair, _: dict[str, Any], now: datetime) -> None:
        self.after_closing(affair, now)

    def after_closing(self, affair: Affair, now: datetime) -> None:
        """What was still to be decided is recorded; a closure that was false comes to light, and the unit may reply."""
        affair.see("closed")
        decision = self._results.decided(affair, now.date())
        if decision is not None:
            step = f"decided {decision['measure']} {affair.round}"
            self._give(affair, self._cast.of("principal", affair.unit), "record-decision", decision, step)
            return
        if not affair.plan.closes_falsely:
            return
        if affair.waited == 6 and affair.once("suspected"):
            body = {
                "text": "回访发现所述问题仍在，与办结所述不符。",
                "source": "return_visit",
                "evidence": ["回访记录及照片"],
            }
            self._give(affair, self._cast.office(0), "suspect-false-closure", body, "suspect")
        elif affair.waited == 8 and "suspected" in affair.done and affair.plan.replies and affair.once("replied"):
            body = {"text": "已整改到位，回访当日系另一批气瓶。", "evidence": ["情况说明"]}
            self._give(affair, self._cast.of("principal", affair.unit), "reply", body, "reply")

    # --- beside it ---

    def _return(self, affair: Affair, row: dict[str, Any]) -> bool:
        """A unit asks the office to take the letter back; whether that took this half-day."""
        if not affair.plan.asks_return or row["letter"] is None:
            return False
        if affair.once("return asked"):
            body = {"reason": "not_our_duty", "text": "经核实，所述单位不在本辖区。"}
            self._give(affair, self._principal(row), "request-return", body, "return")
            return True
        if affair.once("return answered"):
            right = affair.plan.return_is_right
            body = {} if right else {"text": "所述地点属你辖区，请按期办理。"}
            self._give(affair, self._cast.office(0), "accept-return" if right else "refuse-return", body, "returned")
            affair.done |= {"returned"} if right else set()
            return True
        return False

    def _look_into_accident(self, affair: Affair, now: datetime) -> None:
        """The city investigates an accident as soon as it hears of one."""
        if (
            not affair.once("accident looked for")
            or not self._cast.get(f"{CASES}/{affair.case}")["awaits_investigation"]
        ):
            return
        body = {"level": "city", "number": self._results.number("city", "accident", now.date())}
        self._give(affair, self._cast.one("director"), "open-accident", body, "accident")

    def _answer_plan(self, affair: Affair) -> None:
        """The director approves the plan, where its day is later than the feedback date."""
        found = self._cast.get(f"{CASES}/{affair.case}")
        if found["commands"]["refuse-plan"]["allowed"]:
            self._give(affair, self._cast.one("director"), "approve-plan", {}, "plan answered")

    def _ask_extension(self, affair: Affair, row: dict[str, Any]) -> None:
        due = date.fromisoformat(row["due"][:10])
        until = self._working_days_after(due, 2)
        body = {"until": until.isoformat(), "reason": "配件在途，整改尚需数日。"}
        self._give(affair, self._county(row), "request-extension", body, "extension")

    def _step(self, affair: Affair, row: dict[str, Any], step: str) -> None:
        affair.steps += 1
        body = {"step": step, "text": self._one(affair, STEPS[step], f"step {affair.steps}"),
                "evidence": [f"{row['letter'] or '自查'} 附件 {affair.steps}"]}  # fmt: skip
        self._give(affair, self._county(row), "record-step", body, f"step {affair.round} {affair.steps}")

    def _report(self, affair: Affair, row: dict[str, Any], now: datetime) -> None:
        affair.steps += 1
        body = self._results.result(affair, now.date())
        self._give(affair, self._principal(row), "report-result", body, f"report {affair.round} {affair.steps}")

    # --- escalation ---

    def _escalation(self, affair: Affair, now: datetime) -> bool:
        """What an open escalation asks for; whether that took this half-day."""
        if affair.verifying > 1:
            affair.verifying -= 1
            return False
        found = self._cast.get(f"{CASES}/{affair.case}")
        one = next((one for one in found["verifications"] if one["outcome"] is None), None)
        if one is None:
            return False
        key = f"verification {one['n']}"
        if one["verifier"] is None and affair.unappointed < affair.plan.appointed:
            affair.unappointed += 1
            return False
        if one["verifier"] is None:
            affair.unappointed = 0
            body: dict[str, Any] = {"trigger": one["trigger"]}
            self._give(affair, self._cast.office(2), "appoint-verification", body, f"appoint {key}")
            affair.verifying = affair.plan.verify
            return True
        affair.done.add("verified")
        bears_out = affair.plan.found
        text = "现场核查属实，责成限期整改。" if bears_out else "经现场核查，情况不属实。"
        body = {"found": bears_out, "text": text, "evidence": ["核查记录"], "trigger": one["trigger"]}
        told = self._give(affair, self._cast.of("group", one["verifier"]), "verify-escalation", body, f"verify {key}")
        if told is not None:
            affair.round += 1
            affair.steps = 0
            if bears_out:
                self._consequences(affair, one["verifier"], one["trigger"], now)
        return True

    def _consequences(self, affair: Affair, verifier: str, trigger: str, now: datetime) -> None:
        if affair.plan.held_to_account and affair.once("accountability"):
            body = {"ground": trigger, "people": 1, "posts": "分管负责人", "publish": True}
            self._give(affair, self._cast.one("director"), "impose-accountability", body, "accountability")
        if affair.plan.supervised and affair.once("supervised"):
            group = (
                verifier if verifier in {one.code for one in self._campaign.groups} else self._campaign.groups[0].code
            )
            day = self._working_days_after(now.date(), 5).isoformat()
            body = {
                "reason": self._one(affair, REASONS, "supervised"),
                "group": group,
                "measures": "驻点督导，逐项销号",
                "recheck_by": day,
            }
            self._give(affair, self._cast.office(2), "start-key-supervision", body, "supervise")
            affair.done.add(supervision_in(now.date()))  # looked at for the first time a week later

    def conclude_supervision(self, affair: Affair) -> None:
        """The group ends its key supervision, if there is one."""
        found = self._cast.get(f"{CASES}/{affair.case}")
        group = found["key_supervision"]
        if group is not None:
            body = {"conclusion": "复查合格，问题已整改到位。"}
            self._give(affair, self._cast.of("group", group), "end-key-supervision", body, "supervision ended")

    # --- helpers ---

    def _patience(self, affair: Affair, row: dict[str, Any], planned: int) -> int:
        """Whoever was verified once makes haste in the next window, and everybody where a life is in danger."""
        return min(planned, 3) if affair.round > 1 or row["danger"] else planned

    def _working_days_after(self, day: date, count: int) -> date:
        for _ in range(count):
            day = self._campaign.calendar.next_working(day)
        return day

    def _county(self, row: dict[str, Any]) -> tuple[str, str, str]:
        return self._cast.of("county", row["unit"])

    def _principal(self, row: dict[str, Any]) -> tuple[str, str, str]:
        return self._cast.of("principal", row["unit"])

    def _one(self, affair: Affair, texts: tuple[str, ...], step: str) -> str:
        return self._draw.one_of(texts, affair.subject, step)

    def _give(
        self, affair: Affair, who: tuple[str, str, str], command: str, body: Any, step: str, version: int | None = None
    ) -> Any | None:
        key = f"{self._draw.seed}/{affair.subject}/{step}"
        return self._cast.give(who, f"{CASES}/{affair.case}/{command}", body, key, version)
