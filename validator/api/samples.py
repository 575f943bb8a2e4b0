"""Samples for other validators: ``GET /samples/<hash>``, once the weights that they led to are known to all."""

import re
from collections.abc import Awaitable, Callable

from aiohttp import web

_DIGEST = re.compile(r"[0-9a-f]{64}")

Find = Callable[[str], bytes | None]
"""A gzipped bundle by its hash."""


def serve_samples(find: Find) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler that gives bundles which ``find`` gives out."""

    async def handle(request: web.Request) -> web.Response:
        digest = request.match_info["digest"]
        data = find(digest) if _DIGEST.fullmatch(digest) else None
        if data is None:
            raise web.HTTPNotFound(reason="there are no such samples, or their weights are not known to all yet")
        return web.Response(body=data, content_type="application/gzip")

    return handle
