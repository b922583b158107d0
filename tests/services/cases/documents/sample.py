"""The facts of the letter that the tests of words and of print begin from."""

from __future__ import annotations

from datetime import date

from services.cases.documents.letter import LetterFacts, Officer

A_TIP = LetterFacts(
    kind="transfer",
    title=("安全生产领域风险隐患大排查大整治", "“百日攻坚”督查检查或群众举报", "事项交办（移送）书"),
    number="（特设）移〔2022〕17号",
    addressee="泽州县市场监督管理局",
    received_on=date(2022, 1, 20),
    source="tip",
    enterprise="泽州县某气体有限公司",
    matter="涉嫌充装超期未检气瓶",
    basis="《全市“百日攻坚”集中行动实施方案》（晋市市监〔2021〕210号）",
    basis_short="《通知》",
    measures_phrase="“七项措施”",
    feedback_by=date(2022, 2, 9),
    supervising_officer=Officer("沈一帆", "13800000101"),
    handling_officer=None,
    attachments=("举报登记表（已脱敏）", "现场照片4张"),
    authority="晋城市特种设备“百日攻坚”集中行动办公室",
    seal_authority="（晋城市市场监督管理局代章）",
    issued_on=date(2022, 1, 21),
    copies_note="本文书一式两份：一份由交办部门备案，一份交移送单位。",
)
