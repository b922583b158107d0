"""Release the events that are not released yet: `python -m tests.golden.make`.

For each event class that has no line of its version, the stream of the service's walk (`walks`) in which it happens is
added whole; for one whose data have got optional fields more, an edition of its shape. What is there stays as it is.
An aggregate that now knows more or other things of the same events needs new expectations:
`python -m tests.golden.make expectations` writes them all, and the difference wants reading.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from shared.kernel.contracts import SERVICES
from shared.platform.event_store.events import EnvelopedEvent
from tests.golden import released, walks
from tests.golden.released import HERE, Shapes, Stream
from tests.support.json_schema import differences


class NotReleasable(Exception):
    """What has to be done before the events can be released."""


def wanting(events: tuple[type[EnvelopedEvent], ...], streams: list[Stream]) -> set[tuple[str, int]]:
    """The names and versions of the classes of today that no stream has."""
    there = {one for stream in streams for one in released.written_in(stream)}
    return {(cls.TOPIC, cls.class_version) for cls in events} - there


def chosen(missing: set[tuple[str, int]], happened: list[Stream]) -> list[Stream]:
    """The first streams in which all that is missing happens. Raises NotReleasable naming what happens in none."""
    found = []
    left = set(missing)
    for stream in happened:
        if left & released.written_in(stream):
            found.append(stream)
            left -= released.written_in(stream)
    if left:
        raise NotReleasable(f"let these happen in the service's walk: {sorted(left)}")
    return found


def with_editions(shapes: Shapes, events: tuple[type[EnvelopedEvent], ...]) -> Shapes:
    """The shapes with those of today. Raises NotReleasable for one that cannot be of the version that it claims."""
    made: Shapes = {topic: {version: list(all_) for version, all_ in by.items()} for topic, by in shapes.items()}
    for cls in events:
        topic, now = cls.TOPIC, released.shape(cls)
        editions = made.setdefault(topic, {}).setdefault(str(cls.class_version), [])
        wrong = [line for old in editions for line in differences(old, now, values_may_be_added=True)]
        if wrong:
            raise NotReleasable(f"{topic} needs version {cls.class_version + 1} and an upcaster: {'; '.join(wrong)}")
        if not editions or editions[-1] != now:
            editions.append(now)
    return made


def _append(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        file.writelines(lines)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> None:
    """Bring this folder up to date."""
    for service in SERVICES:
        events = released.events_of(service)
        shapes = with_editions(released.read_shapes(service), events)
        (HERE / "shapes").mkdir(exist_ok=True)
        (HERE / "shapes" / f"{service}.json").write_text(
            json.dumps(shapes, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        )
        missing = wanting(events, released.read_streams(service))
        added = chosen(missing, walks.WALKS[service]()) if missing else []
        _append(HERE / "streams" / f"{service}.jsonl", [line for stream in added for line in released.as_lines(stream)])
        expected = HERE / "expected" / f"{service}.jsonl"
        if arguments == ["expectations"]:
            expected.write_text("".join(_line(released.what_it_made(one)) for one in released.read_streams(service)))
        else:
            _append(expected, [_line(released.what_it_made(stream)) for stream in added])
        print(f"{service}: {len(added)} streams added for {sorted(missing) or 'nothing new'}")


if __name__ == "__main__":
    main(sys.argv[1:])
