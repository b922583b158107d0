"""The public contracts as JSON Schema (2020-12): what the feeds serve and what lies in `schemas/` to be read.

A schema describes an event's `data`. Its `$id` is where an installation serves it, which is the event's `dataschema`;
the files in `schemas/` are of no installation, so theirs begin with the path. Objects are open: a subscriber ignores
what it does not know, which is what lets a contract grow. `python -m tests.contracts.make` writes the files.
"""

from __future__ import annotations

from typing import Any

import msgspec

from shared.kernel.contracts import public_contracts
from shared.platform.messaging import cloudevents

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def public_schemas(service: str, public_url: str = "") -> dict[str, Schema]:
    """The schema of each public event of `service`, by its CloudEvents type; `public_url` finds the installation."""
    return {
        cloudevents.type_of(service, name): _schema(contract, cloudevents.dataschema(service, name, public_url))
        for name, contract in public_contracts(service).items()
    }


def _schema(contract: type, id_: str) -> Schema:
    _, components = msgspec.json.schema_components([contract], ref_template="#/$defs/{name}")
    document = {"$schema": DIALECT, "$id": id_, **components.pop(contract.__name__)}
    return {**document, "$defs": components} if components else document
