"""Events as others see them: CloudEvents 1.0, structured JSON (https://cloudevents.io).

Composed from the feed's row whenever it is sent, always to the same bytes: the bus and the HTTP feed carry the same.
Extensions: `sequence` (contiguous per feed, from 1), `partitionkey`, `recordedtime` (wall clock; `time` is the domain
clock) and, on the public feed, `jurisdiction` and `jurisdictionsequence` (contiguous per jurisdiction). Sequences are
written with 20 digits, so that they sort as text; a bus may still hold older events without the zeros. Only public
contracts have a schema that is served, so only public events name one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shared.platform.event_store import typed
from shared.platform.event_store.ids import partition

CONTENT_TYPE = "application/cloudevents+json"
Feed = Literal["public", "internal"]


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row of a feed table. `jurisdiction` and its sequence are None on the internal feed."""

    sequence: int
    name: str
    stream: str
    version: int
    partitionkey: str
    at: str
    recorded: str
    data: str
    jurisdiction: str | None = None
    jurisdictionsequence: int | None = None


class CloudEvent(msgspec.Struct, frozen=True):
    """The attributes of a received event that a consumer needs; unknown ones are ignored."""

    type: Annotated[str, Meta(pattern=r"^bihuan\.[a-z]+\.[A-Za-z]+\.v[0-9]+$")]
    subject: str
    sequence: Annotated[str, Meta(pattern=r"^0*[1-9][0-9]{0,17}$", max_length=20)]
    partitionkey: str
    time: str
    data: msgspec.Raw

    @property
    def name(self) -> str:
        """The event's name: `bihuan.cases.CaseOpened.v1` → `CaseOpened`."""
        return self.type.split(".")[2]

    @property
    def number(self) -> int:
        """The event's place in its producer's feed."""
        return int(self.sequence)


def source(installation: str, service: str) -> str:
    """The `source` attribute: `/bihuan/<installation>/<service>`."""
    return f"/bihuan/{installation}/{service}"


def type_of(service: str, name: str) -> str:
    """The `type` attribute of the events of this name."""
    return f"bihuan.{service}.{name}.v1"


def dataschema(service: str, name: str, public_url: str) -> str:
    """The `dataschema` attribute: where the installation at `public_url` serves the schema, and the schema's `$id`."""
    return f"{public_url}/api/{service}/v1/schemas/{type_of(service, name)}.json"


def compose(row: FeedRow, service: str, origin: str, public_url: str) -> dict[str, Any]:
    """The event as a JSON object; `origin` is its `source`, `public_url` where others find the installation."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"{row.name}:{row.stream}:{row.version}",
        "source": origin,
        "type": type_of(service, row.name),
        "subject": row.partitionkey,
        "time": row.at,
        "datacontenttype": "application/json",
        "sequence": f"{row.sequence:020}",
        "partitionkey": row.partitionkey,
        "recordedtime": row.recorded,
        "data": msgspec.Raw(row.data.encode()),
    }
    if row.jurisdiction is not None:
        event["dataschema"] = dataschema(service, row.name, public_url)
        event["jurisdiction"] = row.jurisdiction
        event["jurisdictionsequence"] = f"{row.jurisdictionsequence:020}"
    return event


def encode(event: dict[str, Any]) -> bytes:
    """The event's bytes on the bus."""
    return msgspec.json.encode(event)


def decode(body: bytes) -> CloudEvent:
    """Raises msgspec.MsgspecError if `body` is not a CloudEvent of ours."""
    return typed.decode(body, CloudEvent)


def subject(row: FeedRow, service: str) -> str:
    """The NATS subject: bounded tokens only, never an identifier of a case."""
    if row.jurisdiction is None:
        return f"bihuan.int.v1.{service}.{partition(row.partitionkey)}.{row.name}"
    return f"bihuan.pub.v1.{service}.{row.jurisdiction}.{row.name}"
