"""Prints requirements.txt without what the image has no use for: the servers, which have images of their own.

A stand-alone script for the Dockerfile. requirements.in says what belongs to which part, under a heading for each; what
those packages need in their turn stays in, it is small.
"""

import re
import sys
from pathlib import Path

LEFT_OUT = ("servers, as wheels",)


def names_under(wanted: str, headings: tuple[str, ...]) -> set[str]:
    """The packages that requirements.in (`wanted`) has under these headings. Raises KeyError if a heading has gone."""
    found: dict[str, set[str]] = {}
    heading = ""
    for line in wanted.splitlines():
        if line.startswith("#"):
            heading = line.removeprefix("#").strip()
        elif name := re.match(r"[\w.-]+", line):
            found.setdefault(heading, set()).add(name[0].lower())
    return {name for heading in headings for name in found[heading]}


def without(lock: str, names: set[str]) -> str:
    """The lock without the entries of these packages: an entry is a line at the margin and the indented ones below."""
    entries = re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE)
    return "".join(entry for entry in entries if entry.partition("==")[0] not in names)


if __name__ == "__main__":
    lock, wanted = (Path(name).read_text() for name in ("requirements.txt", "requirements.in"))
    sys.stdout.write(without(lock, names_under(wanted, LEFT_OUT)))
