"""The errors that a person or a program may be told about, as RFC 9457 problem documents.

A problem names what happened and what to do next, in Chinese; `detail` (with `values` put into its `{places}`) and
`title` are gettext msgids, so that the English page says the same. Extras become members of the document beside the
standard five. `problem_handlers` turns a raised problem into JSON or a page. Details never repeat what the client
sent: it may be personal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self


class Problem(Exception):
    """A refusal with a status, a stable type and a sentence that says what to do.

    Subclasses fix `status`, `type` (kebab-case; the document says `/problems/<type>`) and `title`.
    """

    status: int = 400
    type: str = "bad-request"
    title: str = "请求无法处理"

    def __init__(
        self,
        detail: str,
        *,
        values: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **extras: Any,
    ) -> None:
        """`detail`: a Chinese sentence, its `{places}` filled from `values`; `extras`: members of the document."""
        self.detail = detail
        self.values = dict(values or {})
        self.headers = dict(headers or {})
        self.extras = extras
        super().__init__(detail)

    def __str__(self) -> str:
        return self.detail.format(**self.values) if self.values else self.detail


class BadRequest(Problem):
    """The request cannot be understood at all."""


class MalformedJson(Problem):
    """The body is not JSON (RFC 8259)."""

    type = "malformed-json"
    title = "请求体不是合法的 JSON"


class NotSignedIn(Problem):
    """No session, or one that is expired or not ours (RFC 9110 section 11.6.1 asks for the challenge)."""

    status = 401
    type = "not-signed-in"
    title = "尚未登录"

    def __init__(self, detail: str = "请先登录，或在请求头 Authorization 中提供有效令牌。", **extras: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="bihuan"'}, **extras)


class Forbidden(Problem):
    """Signed in, but this role or unit may not do it."""

    status = 403
    type = "forbidden"
    title = "无权办理"


class NotFound(Problem):
    """There is no such thing, or none that this person may know of."""

    status = 404
    type = "not-found"
    title = "没有找到"

    def __init__(self, detail: str = "没有找到这一页或这条记录。请核对地址，或从首页重新进入。", **kwargs: Any) -> None:
        super().__init__(detail, **kwargs)


class Gone(Problem):
    """There was such a thing, and there will not be again (RFC 9110 section 15.5.11); `detail` says what to do."""

    status = 410
    type = "gone"
    title = "已不存在"


class MethodNotAllowed(Problem):
    """The address exists but not with this method; `allowed` are those that it has."""

    status = 405
    type = "method-not-allowed"
    title = "此地址不支持这种请求方法"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(
            "此地址只支持：{methods}。",
            values={"methods": "、".join(allowed)},
            headers={"Allow": ", ".join(allowed)},
            allow=list(allowed),
        )


class VersionConflict(Problem):
    """Somebody else was faster: the record is at another version than the `If-Match` said."""

    status = 409
    type = "version-conflict"
    title = "记录已被他人更新"

    def __init__(self, version: int, detail: str = "记录现为第 {version} 版。请刷新后核对，再重新提交。") -> None:
        super().__init__(detail, values={"version": version}, version=version)


class Refused(Problem):
    """A rule of the notice or of the law refused the command; `rule` names it, `clause` says where it stands."""

    status = 409
    type = "refused"
    title = "按规则不能办理"

    def __init__(self, detail: str, *, rule: str, clause: str | None = None, **kwargs: Any) -> None:
        super().__init__(detail, rule=rule, clause=clause, **kwargs)


class PreconditionRequired(Problem):
    """What is signed was drafted elsewhere, and the request does not name the state that was seen (RFC 6585 section 3:
    a request without it might sign what nobody looked at)."""

    status = 428
    type = "precondition-required"
    title = "须写明所签的是哪一版"


class PayloadTooLarge(Problem):
    """The body is longer than this address accepts; `limit` is in bytes."""

    status = 413
    type = "payload-too-large"
    title = "内容过大"

    def __init__(self, limit: int) -> None:
        super().__init__(
            "此处最多接受 {size}（{limit} 字节）。请压缩或分次提交。",
            values={"size": _size_in_words(limit), "limit": limit},
            headers={"Connection": "close"},
            limit=limit,
        )


class Invalid(Problem):
    """Well-formed, but fields are missing or wrong; `errors` lists each with where it is and what is allowed."""

    status = 422
    type = "invalid"
    title = "填写有误"

    def __init__(self, errors: list[dict[str, Any]], detail: str = "有 {count} 处需要改正，逐项列出。") -> None:
        super().__init__(detail, values={"count": len(errors)}, errors=errors)

    @classmethod
    def parameter(cls, name: str, sentence: str, allowed: Collection[str] = ()) -> Self:
        """A query parameter is wrong; `allowed` are the values that it may have, where they can be listed."""
        error: dict[str, Any] = {"parameter": name, "detail": sentence}
        if allowed:
            error["allowed"] = list(allowed)
        return cls([error], sentence)


class KeyReused(Problem):
    """The same Idempotency-Key came with another request (draft-ietf-httpapi-idempotency-key-header)."""

    status = 422
    type = "idempotency-key-reused"
    title = "幂等键已用于另一请求"

    def __init__(self, detail: str = "此 Idempotency-Key 已用于内容不同的请求。请为新请求换一个新的键。") -> None:
        super().__init__(detail)


class TooManyRequests(Problem):
    """A rate limit was reached; come back after `retry_after` seconds."""

    status = 429
    type = "too-many-requests"
    title = "请求过于频繁"

    def __init__(self, retry_after: int, detail: str = "请求过于频繁，请在 {seconds} 秒后重试。") -> None:
        values = {"seconds": retry_after, "minutes": -(-retry_after // 60)}
        super().__init__(detail, values=values, headers={"Retry-After": str(retry_after)})


class ServiceUnavailable(Problem):
    """Nothing was done because something that is needed is away; come back after `retry_after` seconds."""

    status = 503
    type = "service-unavailable"
    title = "服务暂不可用"

    def __init__(
        self,
        detail: str = "服务暂不可用，本次操作未生效。请在 {seconds} 秒后重试。",
        *,
        retry_after: int = 5,
        **extras: Any,
    ) -> None:
        super().__init__(detail, values={"seconds": retry_after}, headers={"Retry-After": str(retry_after)}, **extras)


class Unexpected(Problem):
    """A defect of ours; the log has it under `reference`."""

    status = 500
    type = "unexpected"
    title = "系统出现意外错误"

    def __init__(self, reference: str) -> None:
        super().__init__(
            "操作可能未完成。请稍后重试；如仍出现，请把编号 {reference} 告诉系统管理员。",
            values={"reference": reference},
            reference=reference,
        )


class OfStatus(Problem):
    """A problem whose status came from the framework; the sentence is chosen by the status."""

    def __init__(self, status: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        kind, title, sentence = _BY_STATUS.get(status, _CLIENT_FAULT if status < 500 else _SERVER_FAULT)
        self.status = status
        self.type = kind
        self.title = title
        super().__init__(detail or sentence, headers=headers)


_CLIENT_FAULT = ("bad-request", "请求无法处理", "请求不合要求，请核对接口说明后重试。")
_SERVER_FAULT = ("service-failure", "服务出错", "服务未能完成请求，请稍后重试。")
_BY_STATUS = {
    400: ("bad-request", "请求无法处理", "请求体无法读取，请核对编码与格式后重试。"),
    401: (NotSignedIn.type, NotSignedIn.title, "请先登录，或在请求头 Authorization 中提供有效令牌。"),
    403: (Forbidden.type, Forbidden.title, "当前身份无权办理此事项。"),
    404: (NotFound.type, NotFound.title, "没有找到这一页或这条记录。请核对地址，或从首页重新进入。"),
    406: ("not-acceptable", "没有所要的格式", "此处没有所要的格式，请核对请求头 Accept。"),
    415: ("unsupported-media-type", "不支持的内容类型", "请核对请求头 Content-Type。"),
    503: (ServiceUnavailable.type, ServiceUnavailable.title, "服务暂不可用，请稍后重试。"),
}


def _size_in_words(limit: int) -> str:
    for unit, size in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if limit >= size and limit % size == 0:
            return f"{limit // size} {unit}"
    return f"{limit} B"
