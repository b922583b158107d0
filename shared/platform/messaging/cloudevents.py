"""Events as others see them: CloudEvents 1.0, structured JSON (https://cloudevents.io).

Composed from the feed's row whenever it is sent, always to the same bytes: the bus and the HTTP feed carry the same.
Extensions: `sequence` (contiguous per feed, from 1), `partitionkey`, `recordedtime` (wall clock; `time` is the domain
clock) and, on the public feed, `jurisdiction` and `jurisdictionsequence` (contiguous per jurisdiction). Sequences are
written with 20 digits, so that they sort as text; a bus may still hold older events without the zeros. Only public
contracts have a schema that is served, so only public events name one. Events of a database that was restored carry
`timeline` and `timelineafter` (see `timelines`); those of the first timeline do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shared.platform.event_store import typed
from shared.platform.event_store.ids import partition
from shared.platform.messaging import timelines

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
    id: str = ""
    recordedtime: str = ""
    timeline: int = timelines.FIRST
    timelineafter: str = "0"

    @property
    def name(self) -> str:
        """The event's name: `bihuan.cases.CaseOpened.v1` → `CaseOpened`."""
        return self.type.split(".")[2]

    @property
    def number(self) -> int:
        """The event's place in its producer's feed."""
        return int(self.sequence)

    @property
    def after(self) -> int:
        """The sequence after which its timeline began."""
        return int(self.timelineafter)


def source(installation: str, service: str) -> str:
    """The `source` attribute: `/bihuan/<installation>/<service>`."""
    return f"/bihuan/{installation}/{service}"


def type_of(service: str, name: str) -> str:
    """The `type` attribute of the events of this name."""
    return f"bihuan.{service}.{name}.v1"


def dataschema(service: str, name: str, public_url: str) -> str:
    """The `dataschema` attribute: where the installation at `public_url` serves the schema, and the schema's `$id`."""
    return f"{public_url}/api/{service}/v1/schemas/{type_of(service, name)}.json"


def compose(
    row: FeedRow, service: str, origin: str, public_url: str, timeline: tuple[int, int] = (timelines.FIRST, 0)
) -> dict[str, Any]:
    """The event as a JSON object; `origin` is its `source`, `public_url` where others find the installation,
    `timeline` to which one it belongs and after which sequence that began."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": id_of(row, timeline[0]),
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
    number, after = timeline
    if number != timelines.FIRST:
        event["timeline"] = number
        event["timelineafter"] = f"{after:020}"
    return event


def id_of(row: FeedRow, timeline: int = timelines.FIRST) -> str:
    """The `id` attribute, unique within the source: a version of a stream may come again in a later timeline."""
    id_ = f"{row.name}:{row.stream}:{row.version}"
    return id_ if timeline == timelines.FIRST else f"{id_}@{timeline}"


def encode(event: dict[str, Any]) -> bytes:
    """The event's bytes on the bus."""
    return msgspec.json.encode(event)


def decode(body: bytes) -> CloudEvent:
    """Raises msgspec.MsgspecError if `body` is not a CloudEvent of ours."""
    return typed.decode(body, CloudEvent)


def origin_of(body: bytes) -> str:
    """The `source` of an event. Raises msgspec.MsgspecError."""
    return msgspec.json.decode(body, type=_Origin).source


class _Origin(msgspec.Struct):
    source: str


def subject(row: FeedRow, service: str) -> str:
    """The NATS subject: bounded tokens only, never an identifier of a case."""
    if row.jurisdiction is None:
        return f"bihuan.int.v1.{service}.{partition(row.partitionkey)}.{row.name}"
    return f"bihuan.pub.v1.{service}.{row.jurisdiction}.{row.name}"
