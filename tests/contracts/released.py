"""What has been released of the public contracts.

The schemas of today lie beside the contracts, for subscribers to read. `released/<service>.json` holds every edition
that there ever was, by CloudEvents type, without the texts that only people read: each has optional properties more
than the one before. An edition is never changed or removed: somebody may read with it.
"""

from __future__ import annotations

import json
from pathlib import Path

from shared.kernel import contracts
from shared.kernel.contracts.json_schema import public_schemas
from tests.support.json_schema import Schema, differences, inlined

SCHEMAS = Path(contracts.__file__).with_name("schemas")
RELEASED = Path(__file__).with_name("released")
Editions = dict[str, list[Schema]]


class NotReleasable(Exception):
    """A contract that not everybody could read any more."""


def as_file(schema: Schema) -> str:
    """A schema as it is committed."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def of_today(service: str) -> dict[str, str]:
    """File name → content of the schemas that the contracts make now."""
    return {f"{type_}.json": as_file(schema) for type_, schema in public_schemas(service).items()}


def read_editions(service: str) -> Editions:
    """CloudEvents type → its editions, first to last."""
    path = RELEASED / f"{service}.json"
    editions: Editions = json.loads(path.read_text()) if path.exists() else {}
    return editions


def with_editions(released: Editions, schemas: dict[str, Schema]) -> Editions:
    """The editions with those of today. Raises NotReleasable where a reader or writer of an earlier one would be lost,
    or a type has gone."""
    gone = released.keys() - schemas.keys()
    wrong = [f"{type_} is gone: keep its contract, even if nothing sends it any more" for type_ in sorted(gone)]
    made = {type_: list(editions) for type_, editions in released.items()}
    for type_, schema in schemas.items():
        now = inlined(schema)
        editions = made.setdefault(type_, [])
        wrong += [f"{type_}: {line}" for earlier in editions for line in differences(earlier, now)]
        if not editions or editions[-1] != now:
            editions.append(now)
    if wrong:
        raise NotReleasable("only optional fields may be added, anything else is another type: " + "; ".join(wrong))
    return made
