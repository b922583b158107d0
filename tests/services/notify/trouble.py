"""What *cases* tells of a case in trouble: suspicion, verification, extension, key supervision."""

from __future__ import annotations

from shared.kernel.contracts.internal import cases
from tests.services.notify.postroom import at
from tests.support.life import ZEZHOU

VERIFY_DUE = at("2022-02-24 00:00")
NEW_DUE = at("2022-03-05 00:00")
REPLY_DUE = at("2022-02-18 00:00")
RECHECK_DUE = at("2022-03-12 00:00")


def suspected(case: str) -> cases.FalseClosureSuspected:
    return cases.FalseClosureSuspected(case=case, unit=ZEZHOU, state="closed", reply_due=REPLY_DUE)


def assigned(case: str, trigger: str = "overdue", verifier: str = "g1") -> cases.VerificationAssigned:
    return cases.VerificationAssigned(
        case=case, unit=ZEZHOU, state="handling", trigger=trigger, verifier=verifier, verify_due=VERIFY_DUE
    )


def found(case: str, trigger: str = "overdue") -> cases.EscalationFound:
    return cases.EscalationFound(
        case=case, unit=ZEZHOU, state="handling", trigger=trigger, verifier="g1", found_at=at("2022-02-21 10:00"),
        in_time=True, feedback_due=NEW_DUE,
    )  # fmt: skip


def cleared(case: str, trigger: str = "overdue", *, runs: bool = True) -> cases.EscalationCleared:
    return cases.EscalationCleared(
        case=case, unit=ZEZHOU, state="handling" if runs else "closed", trigger=trigger, verifier="g1",
        cleared_at=at("2022-02-21 10:00"), in_time=True, feedback_due=NEW_DUE if runs else None,
    )  # fmt: skip


def returned(case: str) -> cases.CaseReturned:
    return cases.CaseReturned(case=case, unit=ZEZHOU, state="opened")


def extended(case: str) -> cases.ExtensionGranted:
    return cases.ExtensionGranted(case=case, unit=ZEZHOU, state="handling", feedback_due=at("2022-02-19 00:00"))


def supervised(case: str) -> cases.KeySupervisionStarted:
    return cases.KeySupervisionStarted(
        case=case, unit=ZEZHOU, state="handling", group="g1", recheck_due=RECHECK_DUE
    )  # fmt: skip


def concluded(case: str) -> cases.KeySupervisionEnded:
    return cases.KeySupervisionEnded(case=case, unit=ZEZHOU, state="handling", group="g1")


def taken_back(case: str) -> cases.CaseTakenBack:
    return cases.CaseTakenBack(case=case, unit=ZEZHOU, state="taken_back")
