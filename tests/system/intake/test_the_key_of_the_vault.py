"""A vault opens with its own key-encryption key alone, and says so before somebody has to read an old tip."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from services.intake.cipher import Keyring
from services.intake.vault import WRONG_KEY, Vault
from tests.system.intake.installation import Installation


@asynccontextmanager
async def vault(installation: Installation, kek: bytes) -> AsyncIterator[Vault]:
    made = Vault(installation.postgres.dsn("bihuan_vault", "bihuan_vault_writer"), Keyring(kek))
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def told(installation: Installation, kek: bytes) -> list[str | None]:
    """What readiness says twice: the second time it need not ask."""
    async with vault(installation, kek) as opened:
        return [await opened.ready(), await opened.ready()]


def test_a_key_that_is_not_that_of_the_oldest_tip_is_told_at_once(
    installation: Installation, visitor: httpx.Client
) -> None:
    answer = visitor.post("/api/intake/v1/tips", json={"text": "巴公镇一家气站充装超期未检气瓶。"})
    assert answer.status_code == 201
    kek = (installation.postgres.layout.secrets / "intake" / "vault_kek").read_bytes()
    assert asyncio.run(told(installation, kek)) == [None, None]
    assert asyncio.run(told(installation, os.urandom(32))) == [WRONG_KEY, WRONG_KEY]
