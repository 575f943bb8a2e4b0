"""Samples of other validators, read from the addresses that they published, as one reads from strangers."""

import ipaddress
import zlib
from urllib.parse import urlsplit

import aiohttp

from validator.errors import UnreachablePeer
from validator.samples import MOST_BYTES

SECONDS = 15.0
_CHUNK = 1 << 16
_SCHEMES = ("http", "https")


async def fetch_samples(http: aiohttp.ClientSession, url: str, digest: str) -> bytes | None:
    """The bundle of a hash; None while its owner keeps it back.

    Raises: UnreachablePeer.
    """
    try:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        where = f"{url}/samples/{digest}"
        async with http.get(where, timeout=timeout, allow_redirects=False) as reply:
            if reply.status == 404:
                return None
            if reply.status != 200:
                raise UnreachablePeer(f"{where} answered {reply.status}")
            return await _read(reply)
    except (aiohttp.ClientError, TimeoutError, zlib.error, ValueError) as error:
        raise UnreachablePeer(f"{url}: {type(error).__name__}: {error}") from error


def is_reachable_from(own: str, url: str) -> bool:
    """Whether we may ask an address that a stranger chose: nothing of our own machine or network, unless we live there.

    Only addresses that are numbers can be told; names are for whoever runs the resolver.
    """
    try:
        theirs, ours = urlsplit(url), urlsplit(own)
    except ValueError:
        return False
    if theirs.scheme not in _SCHEMES or not theirs.hostname or theirs.query or theirs.fragment or theirs.username:
        return False
    return not _is_inner(theirs.hostname) or _is_inner(ours.hostname or "")


def _is_inner(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"


async def _read(reply: aiohttp.ClientResponse) -> bytes:
    """The unpacked body, as long as it is not larger than a bundle may be."""
    inflate = zlib.decompressobj(wbits=31)
    data = bytearray()
    async for chunk in reply.content.iter_chunked(_CHUNK):
        data += inflate.decompress(chunk, MOST_BYTES + 1 - len(data))
        if len(data) > MOST_BYTES:
            raise UnreachablePeer(f"its samples are larger than {MOST_BYTES} bytes")
    return bytes(data)
