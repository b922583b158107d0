"""Asks a local server how it is, from outside and with a time-out: a spinning event loop cannot answer for itself."""

import http.client
import json
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 2.0
# a proxy from the environment has no business between us and 127.0.0.1
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def checks(url: str, timeout: float = TIMEOUT_SECONDS) -> dict[str, str]:
    """What a service's /ready at `url` says of each of its checks; empty if it does not say."""
    try:
        try:
            with _direct.open(url, timeout=timeout) as answer:
                said = json.load(answer)
        except urllib.error.HTTPError as refusal:
            said = json.load(refusal)
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    found: dict[str, str] = said.get("checks", {})
    return found


def answer(url: str, timeout: float = TIMEOUT_SECONDS) -> tuple[int | None, bytes]:
    """The HTTP status of GET `url` and the body; (None, b"") if nothing answered in time."""
    try:
        try:
            with _direct.open(url, timeout=timeout) as said:
                return int(said.status), said.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()
    except (OSError, http.client.HTTPException):
        return None, b""


def status(url: str, timeout: float = TIMEOUT_SECONDS) -> int | None:
    """The HTTP status of GET `url`, or None if nothing answered in time."""
    try:
        with _direct.open(url, timeout=timeout) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except (OSError, http.client.HTTPException):  # no answer in time, or none that is HTTP
        return None
