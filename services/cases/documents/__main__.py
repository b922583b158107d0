"""The child process that typesets one letter: `python -m services.cases.documents`, a job as JSON in, a PDF out.

On failure nothing is on stdout, one JSON object `{"error", "detail"}` is the last line of stderr, and the exit code
is 1. It limits its own memory and processor time before it loads anything large, so that a damaged font or an endless
template ends this process and no other. `render` is its only caller; the job's shape is a private matter of the two.
"""

import json
import os
import resource
import sys


def main() -> int:
    """Typeset the job on standard input. Returns the exit code."""
    job = json.load(sys.stdin.buffer)
    for limit, amount in (
        (resource.RLIMIT_AS, job["memory_bytes"]),
        (resource.RLIMIT_CPU, job["cpu_seconds"]),
        (resource.RLIMIT_CORE, 0),
    ):
        allowed = resource.getrlimit(limit)[1]
        lowest = amount if allowed == resource.RLIM_INFINITY else min(amount, allowed)
        resource.setrlimit(limit, (lowest, lowest))
    # Imported under the limits, and not at all by a process that only looks at this module.
    from services.cases.documents.faces import FontsMissingError
    from services.cases.documents.fonts import type_faces
    from services.cases.documents.typeset import MissingGlyphs, TypesettingFailed, typeset_letter

    try:
        sheet = typeset_letter(job["letter"], type_faces(os.environ))
    except MissingGlyphs as error:
        return _fail("missing-glyphs", error.characters)
    except FontsMissingError as error:
        return _fail("fonts-missing", str(error))
    except TypesettingFailed as error:
        return _fail("typesetting-failed", str(error))
    sys.stdout.buffer.write(sheet)
    return 0


def _fail(error: str, detail: str) -> int:
    print(json.dumps({"error": error, "detail": detail}), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
