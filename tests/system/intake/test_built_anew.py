"""The read tables of *intake* follow from stored events and the installation's peppers alone."""

from __future__ import annotations

import asyncio

import httpx

from services.intake.projections import projector_of
from services.intake.receipts import ReceiptCodes
from shared.platform.service.rebuild import rebuild
from tests.system.intake.installation import Installation

TIPS, RECEIPTS = "/api/intake/v1/tips", "/api/intake/v1/receipts"


def test_what_is_built_anew_is_equal_to_what_grew(
    installation: Installation, visitor: httpx.Client, hotline: httpx.Client
) -> None:
    clear = visitor.post(TIPS, json={"text": "泽州县巴公镇的充装站充装超期未检的液化气瓶"}).json()
    visitor.post(f"{RECEIPTS}/{clear['receipt']}/messages", json={"text": "在村口"})
    unclear = visitor.post(TIPS, json={"text": "有个充装站超装"}).json()["tip"]
    hotline.post(f"{TIPS}/{unclear}/supplement", json={"place": "高平市寺庄镇"})
    hotline.post(f"{TIPS}/{unclear}/dismiss", json={"reason": "duplicate", "message": "已在办理。"})
    secrets = installation.postgres.layout.secrets / "intake"
    peppers = ((secrets / name).read_bytes() for name in ("receipt_pepper", "receipt_lookup_pepper"))
    own = installation.postgres.dsn("bihuan_intake", "bihuan_intake_owner")
    built = asyncio.run(rebuild(own, projector_of(ReceiptCodes(*peppers)), {})).tables
    assert {name: built[name].differing for name in ("tips", "tip_texts", "receipts")} == {
        "tips": 0, "tip_texts": 0, "receipts": 0
    }  # fmt: skip
    assert built["receipts"].rows == built["tips"].rows >= 2
    assert built["tip_texts"].rows >= 3
