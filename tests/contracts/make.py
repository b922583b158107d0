"""Write the schemas of the public contracts, release their editions, and write how the services describe themselves:
`python -m tests.contracts.make`."""

from __future__ import annotations

import json

from shared.kernel.contracts import SERVICES
from shared.kernel.contracts.json_schema import public_schemas
from tests.contracts import documents, released


def main() -> None:
    """Bring both folders up to date, or say what cannot be released."""
    for service in SERVICES:
        editions = released.with_editions(released.read_editions(service), public_schemas(service))
        released.RELEASED.mkdir(exist_ok=True)
        (released.RELEASED / f"{service}.json").write_text(json.dumps(editions, indent=1, sort_keys=True) + "\n")
        released.SCHEMAS.mkdir(exist_ok=True)
        for name, content in released.of_today(service).items():
            (released.SCHEMAS / name).write_text(content)
    documents.FOLDER.mkdir(parents=True, exist_ok=True)
    for name, document in documents.of_today().items():
        (documents.FOLDER / name).write_text(documents.as_file(document))


if __name__ == "__main__":
    main()
