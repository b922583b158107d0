"""A canary: who gives a tip, and what only the tipster would say, is in no table, file, log, metric or message.

A name and a telephone number are declared, and stand in the text, the place, the equipment, messages, keys and
addresses too; then every table of every database is copied out, and every file of the installation is searched as it
lies on the disk. A marker that may be there (a work-order number) shows that the search finds what is there.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path

import httpx
import psycopg

from deploy.postgres.roles import DATABASES
from services.intake.receipts import grouped
from tests.support.canary import found_in
from tests.support.servers import connect
from tests.system.intake.installation import Installation

NAME, PHONE, IDENTITY_NUMBER = "欧阳漫舟", "13900007654", "140502199003070058"
SAYING = "我孙子就在那个幼儿园"
NETWORK = "203.0.113."
MARKER = "12345-CANARY-0042"
TIPS, RECEIPTS = "/api/intake/v1/tips", "/api/intake/v1/receipts"
TEXTS = (
    "泽州县巴公镇的充装站充装超期未检的液化气瓶，我叫{name}，电话{phone}，身份证{number}，{saying}。",
    "有个充装站超装，找{name}核实，{phone}，{saying}。",
    "高平市寺庄镇气站正在漏气！{saying}，{name} {phone}",
    "请问煤气罐怎么检验？{name}{phone}，{saying}",
)


def live_through_everything(installation: Installation) -> list[str]:
    """A hundred tips with their whole lives; the receipt codes."""
    codes = []
    visitor, hotline = installation.client(), installation.client("hotline")
    for number in range(100):
        visitor.headers["X-Forwarded-For"] = f"{NETWORK}{number}"
        text = TEXTS[number % len(TEXTS)].format(name=NAME, phone=PHONE, number=IDENTITY_NUMBER, saying=SAYING)
        body = {
            "text": text, "place": f"泽州县，{NAME}家门口", "equipment": f"{NAME}的气瓶", "enterprise": f"{NAME}的气站",
            "identity": {"name": NAME, "phone": PHONE, "mode": "open" if number % 2 else "confidential"},
        }  # fmt: skip
        headers = {"Idempotency-Key": f"{PHONE}-{number}"}
        given = visitor.post(TIPS, json=body, headers=headers).json()
        assert visitor.post(TIPS, json=body, headers=headers).json() == given
        visitor.post(TIPS, json=body | {"kind": NAME}, headers=headers)
        visitor.post(TIPS, content=json.dumps(body)[:-3].encode(), headers={"Content-Type": "application/json"})
        codes.append(given["receipt"])
        receipt, tip = f"{RECEIPTS}/{given['receipt']}", f"{TIPS}/{given['tip']}"
        visitor.post(f"{receipt}/messages", json={"text": f"{NAME}补充：{SAYING}"}, headers={"Idempotency-Key": PHONE})
        visitor.get(receipt)
        visitor.get(f"{RECEIPTS}/{PHONE}")
        hotline.get(TIPS, params={"q": NAME})
        hotline.get(tip)
        hotline.post(f"{tip}/supplement", json={"text": f"回访{NAME}（{PHONE}）：{SAYING}", "place": f"{NAME}家"})
        hotline.post(f"{tip}/triage", json={"unit": "140525", "matter": f"据{NAME}反映", "enterprise": PHONE})
        hotline.post(TIPS, json={"text": "来信", "source": "letter", "external_no": IDENTITY_NUMBER})
        hotline.post(f"{tip}/message", json={"text": f"{NAME}您好"})
        last = ("triage", {"unit": "140525"}) if number % 3 else ("dismiss", {"reason": "unclear", "message": NAME})
        hotline.post(f"{tip}/{last[0]}", json=last[1])
    hotline.post(TIPS, json={"text": f"{NAME}来电", "source": "hotline", "external_no": MARKER})
    visitor.post("/", data={"text": f"{NAME}{SAYING}", "mode": "open", "name": NAME, "phone": PHONE, "once": PHONE})
    visitor.post("/", data={"text": " ", "mode": "open", "name": NAME, "phone": PHONE}, headers={"Accept": "text/html"})
    return codes


def tables(installation: Installation) -> bytes:
    """Every table of every database, copied out."""
    found = bytearray()
    for database in DATABASES:
        with psycopg.connect(installation.postgres.dsn(database), autocommit=True) as connection:
            names = connection.execute(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
                " WHERE schemaname <> 'information_schema'"
            ).fetchall()
            for (name,) in names:
                with connection.cursor().copy(f"COPY {name} TO STDOUT") as rows:
                    found += b"".join(bytes(row) for row in rows)
    return bytes(found)


def files(folder: Path) -> dict[str, bytes]:
    """Every file under a folder as it lies on the disk."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def bus(installation: Installation) -> bytes:
    """Every message of every stream, headers and subjects included."""
    found = bytearray()
    async with await connect(installation.nats.admin_url) as client:
        jetstream = client.jetstream()
        for stream in await jetstream.streams_info():
            for sequence in range(1, stream.state.last_seq + 1):
                message = await jetstream.get_msg(str(stream.config.name), seq=sequence)
                found += f"{message.subject} {message.headers}".encode() + (message.data or b"")
    return bytes(found)


def on_the_bus(installation: Installation) -> bytes:
    """The same once the marker, the last thing that happened, has arrived there; after a minute whatever is there."""
    deadline = time.monotonic() + 60
    while MARKER.encode() not in (found := asyncio.run(bus(installation))) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def test_who_gave_a_tip_is_found_nowhere(installation: Installation) -> None:
    codes = live_through_everything(installation)
    with installation.client("hotline") as hotline:
        tip = next(t for t in hotline.get(TIPS, params={"q": MARKER}).json()["items"])["tip"]
        hotline.post(f"{TIPS}/{tip}/triage", json={"unit": "140581"})
    messages = on_the_bus(installation)
    with psycopg.connect(installation.postgres.dsn(), autocommit=True) as administrator:
        administrator.execute("CHECKPOINT")
    places = files(installation.data) | {
        "tables": tables(installation),
        "bus": messages,
        "metrics": httpx.get(f"{installation.url}/metrics").content,
        "feed": installation.client("auditor").get("/api/intake/v1/events", params={"limit": 1000}).content,
    }
    some = [spelt for code in codes[:2] for spelt in (code, grouped(code))]
    assert found_in(places, [NAME, PHONE, IDENTITY_NUMBER, SAYING, NETWORK, *some]) == set()
    known = {code.encode() for code in codes}
    sixteen = re.compile(rb"(?<!\d)\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?!\d)")
    numbers = {re.sub(rb"\D", b"", one.group()) for content in places.values() for one in sixteen.finditer(content)}
    assert numbers & known == set()
    marked = {place for place, content in places.items() if MARKER.encode() in content}
    assert {"tables", "bus"} <= marked
    assert any("/postgres/" in place and "pg_wal" in place for place in marked)
    assert any("/postgres/" in place and "/base/" in place for place in marked)
    assert any("/nats/" in place for place in marked)
    assert any("/logs/intake" in place for place in places)


def test_the_key_that_opens_the_vault_is_in_no_database(installation: Installation) -> None:
    with installation.client() as visitor:
        body = {"text": f"{NAME}说", "identity": {"name": NAME, "phone": PHONE, "mode": "open"}}
        tip = visitor.post(TIPS, json=body).json()["tip"]
    ((wrapped,),) = installation.rows("bihuan_vault", "SELECT wrapped_key FROM subject_keys WHERE tip = %s", (tip,))
    kek = (installation.postgres.layout.secrets / "intake" / "vault_kek").read_bytes()
    assert len(bytes(wrapped)) == 12 + 32 + 16
    assert all(kek not in content for place, content in files(installation.data / "postgres").items())
    assert kek not in tables(installation)
