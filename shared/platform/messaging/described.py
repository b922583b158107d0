"""The public events as FastStream publishers, so that AsyncAPI describes them. The relay does the publishing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from faststream.nats import JStream, NatsBroker
from pydantic import BaseModel, create_model

from shared.platform.messaging.streams import PUBLIC_STREAM


def describe_public_events(broker: NatsBroker, service: str, contracts: Mapping[str, type]) -> None:
    """Declare one publisher per public event of `service`, by name; nothing is sent through them."""
    for name, contract in contracts.items():
        broker.publisher(
            f"bihuan.pub.v1.{service}.*.{name}",
            stream=JStream(PUBLIC_STREAM, declare=False),
            title=name,
            description=contract.__doc__ or name,
            schema=_model(name, contract),
        )


def _model(name: str, contract: type) -> type[BaseModel]:
    """The contract as FastStream's schema generator reads it, with the structs inside it."""
    hints = get_type_hints(contract)
    fields: dict[str, Any] = {
        field.name: (_described(hints[field.name]), ... if field.default is msgspec.NODEFAULT else field.default)
        for field in msgspec.structs.fields(contract)
    }
    return create_model(name, __doc__=contract.__doc__, **fields)


def _described(hint: Any) -> Any:
    """A field's type with models in place of structs: alone, or as the items of a tuple."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _model(hint.__name__, hint)
    if get_origin(hint) is tuple and len(items := get_args(hint)) == 2 and items[1] is ...:
        return tuple[_described(items[0]), ...]  # type: ignore[misc]
    return hint
