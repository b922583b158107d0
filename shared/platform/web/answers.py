"""What OpenAPI says of refusals: an operation names every status with which it may answer, each a problem document.

Which statuses those are follows from what the operation takes: a body may be no JSON, too long or of another kind, a
name in the path may be nobody's, who must be signed in may not be, or may not do it, and a command may be refused by a
rule. Anything that an operation says itself (`problem_answers`) stays.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

Schema = dict[str, Any]
MEDIA_TYPE = "application/problem+json"
_ALWAYS = (500, 503)
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem document; further members by type.",
    "properties": {
        "type": {"type": "string", "examples": ["/problems/version-conflict"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do next."},
        "errors": {
            "type": "array",
            "description": "What is wrong, one by one.",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Which parameter."},
                    "detail": {"type": "string"},
                    "allowed": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": True,
}


def problem_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these statuses beside those of `declare_refusals`."""
    return {status: _refusal(status) for status in statuses}


def declare_refusals(document: Schema) -> None:
    """Complete every operation of an OpenAPI document; the framework's own error bodies go."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            responses.pop("422", None)
            for status in _statuses(path, method, operation):
                responses.setdefault(str(status), _refusal(status))
            operation["responses"] = dict(sorted(responses.items()))


def _statuses(path: str, method: str, operation: Schema) -> set[int]:
    found = {*_ALWAYS}
    if path.startswith("/api/"):
        found |= {400, 401, 403}
    if "{" in path:
        found.add(404)
    if operation.get("parameters") or "requestBody" in operation:
        found.add(422)
    if method != "get":
        found |= {404, 409, 413, 415, 422, 428}
    return found


def _refusal(status: int) -> Schema:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
