"""What goes over the bus, as AsyncAPI 3 says it, and one event of the HTTP feed, as OpenAPI says it.

A message is a whole CloudEvent (structured JSON), of which a contract is the `data`. That of a public event refers to
the schema that the installation serves, which is the event's `dataschema`; that of an internal event is in the
document. A channel is a subject. The stream that holds it stands beside it as `x-stream`: AsyncAPI's binding for NATS
knows none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import CONTENT_TYPE, Feed
from shared.platform.messaging.streams import PUBLIC_STREAM, internal_stream

Schema = dict[str, Any]
Contracts = Mapping[str, type]
"""Event name → contract."""
_SEQUENCE = {"type": "string", "pattern": "^[0-9]{20}$"}
_INSTANT = {"type": "string", "format": "date-time"}
_INTERNAL: Schema = {
    "specversion": {"type": "string", "const": "1.0"},
    "id": {"type": "string", "description": "Unique within the source."},
    "source": {"type": "string", "format": "uri-reference", "description": "`/bihuan/<installation>/<service>`."},
    "type": {"type": "string"},
    "subject": {"type": "string", "description": "The case, or what the event is about."},
    "time": _INSTANT | {"description": "The domain clock."},
    "datacontenttype": {"type": "string", "const": "application/json"},
    "sequence": _SEQUENCE | {"description": "The place in the feed, contiguous from 1."},
    "partitionkey": {"type": "string", "description": "Events with the same key keep their order."},
    "recordedtime": _INSTANT | {"description": "The wall clock."},
    "data": {"type": "object"},
}
_LATER: Schema = {
    "timeline": {
        "type": "integer", "minimum": 2,
        "description": "Which beginning of the feed this is, where its database was put back to an earlier state.",
    },
    "timelineafter": _SEQUENCE | {"description": "What a reader has of earlier timelines beyond this is void."},
}  # fmt: skip
"""Not of the events of the first timeline."""
_PUBLIC: Schema = _INTERNAL | {
    "dataschema": {"type": "string", "format": "uri-reference", "description": "Where the schema of `data` is."},
    "jurisdiction": {"type": "string", "description": "A county's code (GB/T 2260), `g1`… for a group, or `city`."},
    "jurisdictionsequence": _SEQUENCE | {"description": "The place among those of the jurisdiction, from 1."},
}
_HEADERS: Schema = {
    "type": "object",
    "properties": {
        "Nats-Msg-Id": {"type": "string", "description": "The place in the feed: the same when it is sent again."},
        "Content-Type": {"type": "string", "const": CONTENT_TYPE},
    },
    "required": ["Nats-Msg-Id", "Content-Type"],
    "additionalProperties": True,
}
_PARAMETERS: dict[Feed, Schema] = {
    "public": {"jurisdiction": {"description": _PUBLIC["jurisdiction"]["description"]}},
    "internal": {"partition": {"description": "Of the partition key; it does not tell which case it is."}},
}


def feed_event(service: str, public: Contracts, public_url: str = "") -> tuple[Schema, Schema]:
    """The schema of an event of the public feed of `service`, and the components of an OpenAPI document to which it
    refers: such a document is read by programs that fetch nothing."""
    references, components = msgspec.json.schema_components(
        list(public.values()), ref_template="#/components/schemas/data.{name}"
    )
    kinds = [
        {"properties": _public_kind(service, name, public_url) | {"data": reference}}
        for name, reference in zip(public, references, strict=True)
    ]
    found: Schema = {"type": "object", "properties": _PUBLIC | _LATER, "required": list(_PUBLIC)}
    return found | ({"oneOf": kinds} if kinds else {}), {f"data.{name}": one for name, one in components.items()}


def asyncapi(
    service: str, version: str, public: Contracts, internal: Contracts, heard: Mapping[str, Contracts],
    public_url: str = "",
) -> Schema:  # fmt: skip
    """The AsyncAPI 3 document of a service. `public` and `internal`: what it tells; `heard`: producer → what it hears
    of another's internal feed; `public_url`: where the installation is found, empty for a document of none."""
    document = _Document(public_url)
    for name, contract in public.items():
        document.add("send", "public", service, name, contract)
    for name, contract in internal.items():
        document.add("send", "internal", service, name, contract)
    for producer, contracts in heard.items():
        for name, contract in contracts.items():
            document.add("receive", "internal", producer, name, contract)
    said = "CloudEvents 1.0 (structured JSON) over NATS JetStream. The stream of a channel is its `x-stream`."
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Bihuan {service}", "version": version, "description": said},
        "defaultContentType": CONTENT_TYPE,
        "channels": document.channels,
        "operations": document.operations,
        "components": {"messages": document.messages, "schemas": document.schemas},
    }


class _Document:
    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self.channels: Schema = {}
        self.operations: Schema = {}
        self.messages: Schema = {}
        self.schemas: Schema = {
            "PublicCloudEvent": {"type": "object", "properties": _PUBLIC | _LATER, "required": list(_PUBLIC)},
            "InternalCloudEvent": {"type": "object", "properties": _INTERNAL | _LATER, "required": list(_INTERNAL)},
        }

    def add(self, action: str, feed: Feed, producer: str, name: str, contract: type) -> None:
        """One event: its message, its channel, and what the service does with it."""
        key = f"{producer}.{feed}.{name}"
        if feed == "public":
            kind = _public_kind(producer, name, self._public_url)
            address, stream = f"bihuan.pub.v1.{producer}.{{jurisdiction}}.{name}", PUBLIC_STREAM
        else:
            kind = {"type": {"const": cloudevents.type_of(producer, name)}, "data": self._data(producer, contract)}
            address, stream = f"bihuan.int.v1.{producer}.{{partition}}.{name}", internal_stream(producer)
        common = {"$ref": f"#/components/schemas/{feed.title()}CloudEvent"}
        self.messages[key] = {
            "name": cloudevents.type_of(producer, name),
            "title": name,
            "summary": contract.__doc__ or name,
            "contentType": CONTENT_TYPE,
            "headers": _HEADERS,
            "payload": {"allOf": [common, {"properties": kind}]},
        }
        self.channels[key] = {
            "address": address,
            "messages": {name: {"$ref": f"#/components/messages/{key}"}},
            "parameters": _PARAMETERS[feed],
            "x-stream": stream,
        }
        self.operations[f"{action}.{key}"] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{key}"},
            "messages": [{"$ref": f"#/channels/{key}/messages/{name}"}],
        }

    def _data(self, producer: str, contract: type) -> Schema:
        """A reference to the contract's schema, which is put into the document with those inside it."""
        template = f"#/components/schemas/{producer}.{{name}}"
        (reference,), found = msgspec.json.schema_components([contract], ref_template=template)
        self.schemas |= {f"{producer}.{name}": schema for name, schema in found.items()}
        return reference


def _public_kind(service: str, name: str, public_url: str) -> Schema:
    where = cloudevents.dataschema(service, name, public_url)
    return {
        "type": {"const": cloudevents.type_of(service, name)},
        "dataschema": {"const": where},
        "data": {"$ref": where},
    }
