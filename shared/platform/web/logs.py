"""What the services write to their logs: one JSON object a line on standard output, without personal data.

Mechanism: structlog's chain serves our own loggers and, through a handler on the root logger, those of the libraries.
Fields that could carry a person are dropped by name, at any depth; digits that look like a mobile number, an identity
number or a receipt code are masked in what remains; exceptions are logged as type and frames, never with their
message, because a driver's or validator's message repeats the value that it choked on. Limit: a name inside a free
sentence is not recognised; so log identifiers, not sentences about people.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# fmt: off
PERSONAL_FIELDS = frozenset({
    "name", "names", "phone", "mobile", "telephone", "email", "address", "addr", "client", "ip", "remote_addr",
    "forwarded", "identity", "id_number", "text", "matter", "body", "query", "query_string", "place", "message",
    "messages", "evidence", "filename", "code", "receipt", "token", "password", "cookie", "authorization", "headers",
    "secret", "dsn",
})
# fmt: on
_PERSONAL_DIGITS = re.compile(
    r"(?<![0-9A-Za-z-])(?:1[3-9]\d{9}|\d{16}|\d{4} \d{4} \d{4} \d{4}|\d{17}[0-9Xx])(?![0-9A-Za-z-])"
)
_MASK = "•••"


def drop_personal_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Processor: removes the fields named in PERSONAL_FIELDS and masks digits that identify a person."""
    return {key: _clean(value) for key, value in event.items() if key.lower() not in PERSONAL_FIELDS}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _PERSONAL_DIGITS.sub(_MASK, value)
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items() if str(key).lower() not in PERSONAL_FIELDS}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value


def exception_without_message(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Processor: `exc_info` becomes `error` (types, outermost first) and `frames` (innermost last, at most 12)."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    elif isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if isinstance(info, tuple) and info[1] is not None:
        event.update(describe_exception(info[1]))
    return event


def describe_exception(error: BaseException) -> dict[str, Any]:
    """`{"error": "A < B", "frames": ["module.py:12 function", …]}` of an exception and its causes, without messages."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < 5:
        state = getattr(cause, "sqlstate", None)
        kinds.append(type(cause).__name__ + (f"[{state}]" if state else ""))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    frames = [
        f"{'/'.join(frame.filename.rsplit('/', 3)[-3:])}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]
    return {"error": " < ".join(kinds), "frames": frames}


def _render(_: WrappedLogger, __: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str).decode()


def configure_logs(service: str, level: int = logging.INFO) -> None:
    """Sets up logging for a process; call it once, in `__main__`, before anything logs."""

    def add_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        exception_without_message,
        drop_personal_fields,
    ]
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # it writes addresses and query strings,
    for name in ("httpx", "httpcore"):  # and so do these about every call
        logging.getLogger(name).setLevel(logging.WARNING)
