"""Whether two editions of a JSON Schema describe data that a reader of either can read.

The rule is FULL compatibility, as schema registries call it, in its strictest form: between two editions nothing may
differ but optional properties that the later one has more, at any depth. A value more in an enumeration breaks the
readers of the earlier edition, a value less those of the later. Schemas are compared as msgspec writes them, without
the texts that only people read; one that says the same in other words counts as different.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

Schema = dict[str, Any]
FOR_PEOPLE = frozenset({"$schema", "$id", "$comment", "title", "description", "examples"})
_OF_OBJECTS = frozenset({"properties", "required"})


def inlined(schema: Schema) -> Schema:
    """The schema with every reference replaced by what it refers to, without names and texts. For schemas that do not
    contain themselves."""
    plain = msgspec.json.decode(msgspec.json.encode(schema))
    definitions = plain.get("$defs", {})

    def inline(value: Any, *, names: bool = False) -> Any:
        if isinstance(value, list):
            return [inline(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value and not names:
            return inline(definitions[value["$ref"].rpartition("/")[2]])
        kept = value.items() if names else [(k, v) for k, v in value.items() if k not in FOR_PEOPLE | {"$defs"}]
        return {key: inline(one, names=key == "properties") for key, one in kept}

    found: Schema = inline(plain)
    return found


def differences(old: Schema, new: Schema, *, values_may_be_added: bool = False, at: str = "") -> Iterator[str]:
    """What a reader of one edition (inlined) could not read, or would read otherwise, in data of the other.

    `values_may_be_added`: only the later reader matters, who knows all values of an enumeration that the earlier knew.
    """
    before, after = old.get("properties", {}), new.get("properties", {})
    was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() | after.keys()):
        place = f"{at}/{name}"
        if name not in after:
            yield f"{place} is gone"
        elif name not in before:
            if name in is_required:
                yield f"{place} is new and required: give it a default"
        else:
            if (name in was_required) != (name in is_required):
                yield f"{place} is required in one edition and not in the other"
            yield from differences(before[name], after[name], values_may_be_added=values_may_be_added, at=place)
    for key in sorted((old.keys() | new.keys()) - FOR_PEOPLE - _OF_OBJECTS):
        was, now = old.get(key), new.get(key)
        if key == "enum" and values_may_be_added and was and now and all(value in now for value in was):
            continue
        if key != "default" and (pairs := _alike(was, now)) is not None:
            for a, b in pairs:
                yield from differences(a, b, values_may_be_added=values_may_be_added, at=f"{at}/{key}")
        elif was != now:
            yield f"{at or '/'}: {key} was {was!r}, is {now!r}"


def _alike(was: Any, now: Any) -> list[tuple[Schema, Schema]] | None:
    """The schemas inside both, in pairs; None where they are values to be compared."""
    if isinstance(was, dict) and isinstance(now, dict):
        return [(was, now)]
    both = isinstance(was, list) and isinstance(now, list) and len(was) == len(now)
    if both and all(isinstance(one, dict) for one in [*was, *now]):
        return list(zip(was, now, strict=True))
    return None
