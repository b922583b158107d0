"""The official CloudEvents packages, of Python and of JavaScript, as strict readers of what goes out.

That of JavaScript is fetched by npm when a test asks for it, so only commands of their own do.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

JAVASCRIPT = """
const { HTTP, CloudEvent } = require("cloudevents");
const events = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const headers = { "content-type": "application/cloudevents+json" };
const refused = [];
for (const event of events) {
  try {
    const read = HTTP.toEvent({ headers, body: JSON.stringify(event) });
    read.validate();
    new CloudEvent(event, true);
  } catch (error) {
    refused.push(`${event.type} ${event.sequence}: ${error.message} ${JSON.stringify(error.errors ?? "")}`);
  }
}
console.log(JSON.stringify({ read: events.length, refused }));
"""


def read_by_python(event: dict[str, Any]) -> CloudEvent:
    """Raises CloudEventValidationError for an event that is none."""
    read = JSONFormat().read(CloudEvent, json.dumps(event))
    assert isinstance(read, CloudEvent)
    return read


def npm() -> str | None:
    """Where npm is, if there are npm and node."""
    return shutil.which("npm") if shutil.which("node") else None


def refused_by_javascript(events: Sequence[dict[str, Any]], folder: Path) -> list[str]:
    """What the JavaScript package, fetched into `folder`, has against these events."""
    install = [str(npm()), "install", "--no-audit", "--no-fund", "--ignore-scripts", "cloudevents"]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=300)
    (folder / "read.js").write_text(JAVASCRIPT)
    said = subprocess.run(
        ["node", "read.js"],
        cwd=folder,
        input=json.dumps(events),
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = json.loads(said.stdout)
    assert found["read"] == len(events)
    refused: list[str] = found["refused"]
    return refused
