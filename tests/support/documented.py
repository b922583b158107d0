"""Whether what the services answer and tell is what their committed documents (`docs/api`) say, to the letter.

An answer's status must be one of its operation's, its media type one of the status', and a JSON body must fit the
schema and hold nothing that the schema does not name. The same goes for a message and its channel. Schemas are open, so
that they can grow; only here they are closed, so that nothing goes out undescribed. Formats are checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator, Registry
from nats.js.api import RawStreamMsg

from shared.kernel.contracts import SERVICES
from shared.kernel.contracts.json_schema import public_schemas
from tests.contracts.documents import FOLDER

NOWHERE = "http://nowhere.example"
_EXTENDS = ("allOf", "oneOf")
_STAND_INS = "/bihuan/test/"
_SCHEMAS = re.compile(r"^/api/[a-z]+/v1/schemas/[^{]*$")


class Undescribed(AssertionError):
    """Something went out that the documents do not describe."""


def as_documented(public_url: str) -> dict[str, list[Any]]:
    """The event hooks of a client (httpx.AsyncClient) that looks at every answer that it gets."""

    async def look(answer: httpx.Response) -> None:
        if _operation(answer.request.url.path, answer.request.method) is not None:
            await answer.aread()
            check_answer(answer, public_url)

    return {"response": [look]}


def check_answer(answer: httpx.Response, public_url: str) -> None:
    """Raise Undescribed for an answer of an API of the services that is not as described. Pages are not looked at."""
    path = answer.request.url.path
    found = _operation(path, answer.request.method)
    if found is None or "text/html" in answer.request.headers.get("accept", ""):
        return
    service, operation = found
    where = f"{answer.request.method} {path} → {answer.status_code}"
    described = operation["responses"].get(str(answer.status_code))
    if described is None:
        raise Undescribed(f"{where}: only {', '.join(operation['responses'])} are described; {answer.text[:300]}")
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    content = described.get("content", {})
    if media_type not in content:
        raise Undescribed(f"{where}: {media_type}, described are {', '.join(content)}")
    if media_type.endswith("json"):
        schema = json.dumps(content[media_type]["schema"])
        _check(_validator("openapi", service, schema, public_url), answer.json(), where)


def check_messages(messages: Iterable[RawStreamMsg], public_url: str) -> int:
    """Raise Undescribed for a message of a service that is not as described; how many were looked at. Those of the
    tests' own stand-ins are not."""
    looked_at = 0
    for message in messages:
        event = json.loads(message.data or b"")
        if event["source"].startswith(_STAND_INS):
            continue
        service = event["source"].rpartition("/")[2]
        name, address = event["type"].split(".")[2], str(message.subject)
        feed = "public" if address.startswith("bihuan.pub.") else "internal"
        document = _document("asyncapi", service, public_url)
        channel = document["channels"].get(f"{service}.{feed}.{name}")
        if channel is None or not re.fullmatch(re.sub(r"{\w+}", "[^.]+", channel["address"]), address):
            raise Undescribed(f"{event['type']} on {address} is on no channel")
        described = document["components"]["messages"][f"{service}.{feed}.{name}"]
        for part, value in (("payload", event), ("headers", dict(message.headers or {}))):
            schema = json.dumps(described[part])
            _check(_validator("asyncapi", service, schema, public_url), value, f"{address}: {part}")
        looked_at += 1
    return looked_at


def _check(validator: Draft202012Validator, value: Any, where: str) -> None:
    for error in validator.iter_errors(value):
        place = "/".join(map(str, error.instance_path))
        raise Undescribed(f"{where}: /{place}: {error.message[:600]}")


def _operation(path: str, method: str) -> tuple[str, dict[str, Any]] | None:
    for service in SERVICES:
        if path.startswith(f"/api/{service}/"):
            for template, operations in _document("openapi", service, "")["paths"].items():
                if method.lower() in operations and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
                    return service, operations[method.lower()]
    return None


@cache
def _document(kind: str, service: str, public_url: str) -> Any:
    text = (FOLDER / f"{service}.{kind}.json").read_text()
    return _at(json.loads(text), public_url)


def _at(value: Any, public_url: str) -> Any:
    """The document of an installation: what is a path in one of none is an address there."""
    if isinstance(value, dict):
        return {key: _at(one, public_url) for key, one in value.items()}
    if isinstance(value, list):
        return [_at(one, public_url) for one in value]
    return public_url + value if isinstance(value, str) and _SCHEMAS.match(value) else value


@cache
def _validator(kind: str, service: str, schema: str, public_url: str) -> Draft202012Validator:
    base = public_url or NOWHERE
    known = {type_: one for each in SERVICES for type_, one in public_schemas(each, public_url).items()}
    registry = Registry([(one["$id"], _closed(one)) for one in known.values()])
    whole = {"$id": f"{base}/{kind}.json", "components": _document(kind, service, public_url)["components"]}
    whole |= _at(json.loads(schema), public_url)
    return Draft202012Validator(_closed(whole), registry=registry, validate_formats=True, base_uri=whole["$id"])


def _closed(schema: Any, *, part: bool = False) -> Any:
    """The schema with every object closed that does not say itself what more it may hold. What only extends another
    (`part`) is left to that."""
    if isinstance(schema, list):
        return [_closed(one, part=part) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(one, part=key in _EXTENDS) for key, one in schema.items()}
    is_whole = "properties" in schema or "allOf" in schema
    if is_whole and not part and "additionalProperties" not in schema:
        found["unevaluatedProperties"] = False
    return found
