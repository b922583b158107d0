"""Who plays in whole lives, when they begin, and what is said where nothing depends on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shared.platform.event_store.envelope import Actor
from tests.services.cases.desk import CAMPAIGN, CHECKED, FINED, GAOPING, RESULT, STEP, ZEZHOU
from tests.support.in_memory import SHANGHAI

BEGINNINGS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    for text in ("2022-01-21 17:31", "2022-01-27 09:00", "2022-01-30 23:50", "2022-03-01 08:00")
)
"""A Friday, the days before the New Year week of 2022 with its make-up weekend, and an ordinary Tuesday."""
DIRECTORS = tuple(Actor(one.id, "director", "city", one.id) for one in CAMPAIGN.people_with("director"))
OFFICERS = tuple(Actor(one.id, "office", "city") for one in CAMPAIGN.people_with("office"))
OFFICE = (*OFFICERS, *DIRECTORS)
MEMBERS = {
    group.code: tuple(Actor(one.id, "group", group.code) for one in CAMPAIGN.people_with("group", group.code))
    for group in CAMPAIGN.groups
}
UNIT = {
    unit: tuple(
        Actor(one.id, role, unit) for role in ("county", "principal") for one in CAMPAIGN.people_with(role, unit)
    )
    for unit in (ZEZHOU, GAOPING)
}
TASKFORCE = Actor("p-vice-mayor", "taskforce", "city")
Said = tuple[str | None, str, tuple[str, ...]]
"""Conclusion, text and the codes of the measures of a result."""
ORDERED: Said = ("borne_out", "已责令停用。", ("rectification_order",))
PENALISED: Said = ("borne_out", "已处罚。", ("rectification_order", "penalty"))
NOT_BORNE_OUT: Said = ("not_borne_out", "查无此事。", ())
SAID: tuple[Said, ...] = (
    ORDERED, ORDERED, PENALISED, PENALISED,
    NOT_BORNE_OUT, ("partly_borne_out", "已责令停产整顿。", ("suspension",)),
    ("borne_out", "已关闭取缔，不得恢复使用。", ("closure",)),
    ("borne_out", "已吊销证照并约谈。", ("licence_withheld", "admonition")),
    ("not_borne_out", "查无此事，已责令整改。", ("rectification_order",)), ("borne_out", "已处理。", ()),
    ("borne_out", "已关闭取缔，复查合格后恢复使用。", ("closure",)), (None, "已处理。", ("rectification_order",)),
)  # fmt: skip
"""What units report: what fits, and from the ninth on what does not; a penalty fits where a proceeding was opened."""
TAKEN: dict[str, dict[str, Any]] = {
    "rectification_order": {"number": "泽市监特令〔2022〕1号"},
    "suspension": {"number": "泽市监停〔2022〕1号"},
    "closure": {"number": "泽政闭〔2022〕1号"},
    "penalty": {
        "number": "泽市监罚〔2022〕1号", "amount": 3_000_000, "articles": "第八十五条", "below_maximum": "初次违法。",
    },
    "licence_withheld": {"number": "泽市监吊〔2022〕1号", "licence": "revoked"},
    "admonition": {},
}  # fmt: skip
"""The facts of each measure, but for its days."""
USUAL: dict[str, dict[str, Any]] = {
    "request-return": {"reason": "unclear", "text": "地址不清。"},
    "refuse-return": {"text": "要素齐全。"},
    "assign-handler": {"officer": "p-zezhou-2"},
    "record-step": STEP,
    "remark": {"text": "已联系。"},
    "request-extension": {"until": "2022-02-11", "reason": "等待检验报告。"},
    "refuse-extension": {"text": "时间足够。"},
    "refuse-plan": {"text": "可以按期完成。"},
    "report-interim": {"text": "正在整改。"},
    "report-result": RESULT,
    "decide-penalty-proceeding": {"proceeding": True},
    "record-decision": FINED,
    "open-accident": {"number": "晋市安事〔2022〕1号"},
    "reject-result": {"reason": "没有附处罚决定书。"},
    "reopen": {"reason": "回访不属实。"},
    "suspect-false-closure": {"source": "return_visit", **CHECKED},
    "reply": {"text": "已整改。"},
    "verify-escalation": {"found": True, **CHECKED},
    "impose-accountability": {"ground": "overdue"},
    "start-key-supervision": {"reason": "属实。", "measures": "驻点督导。", "recheck_by": "2022-09-01"},
    "end-key-supervision": {"conclusion": "已整改到位。"},
}
