"""Errors of the app API, in the shape that OpenAI clients know."""

from collections.abc import Mapping

import orjson
from aiohttp import web

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    408: "timeout_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}


class ApiError(Exception):
    """A request that is answered with an error; ``status`` is the HTTP code."""

    def __init__(
        self, status: int, message: str, *, code: str | None = None, param: str | None = None, retry_after: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.retry_after = retry_after


def describe_error(error: ApiError) -> dict[str, object]:
    """The error object that goes to the client."""
    kind = _TYPES.get(error.status, "server_error" if error.status >= 500 else "invalid_request_error")
    return {"error": {"message": str(error), "type": kind, "param": error.param, "code": error.code}}


def render_error(error: ApiError, headers: Mapping[str, str] | None = None) -> web.Response:
    """The HTTP response of an error."""
    extra = dict(headers or {})
    if error.retry_after:
        extra["Retry-After"] = str(error.retry_after)
    body = orjson.dumps(describe_error(error))
    return web.Response(status=error.status, body=body, content_type="application/json", headers=extra)
