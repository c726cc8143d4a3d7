"""Fetching a picture from the web: bounded in time, bytes, redirects and places."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from datetime import timedelta
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Protocol

import httpcore
import httpx

from bot.errors import PictureError, PictureUnreachable
from bot.pictures.connect import CheckedTransport
from bot.pictures.guard import Allow, may_connect
from bot.pictures.judge import MAX_BYTES, PictureFile, judged

TIME_LIMIT = timedelta(seconds=10)
"""For all of it, redirects included: somebody may be waiting for the answer."""
MAX_REDIRECTS = 3
MAX_URL = 2000
HEADERS = {
    "User-Agent": "Gazette (picture preview)",
    "Accept": "image/jpeg,image/png,image/webp,image/*;q=0.8",
    "Accept-Encoding": "identity",
}
_REDIRECTS = (301, 302, 303, 307, 308)


class Fetcher:
    """Fetches pictures; one for the whole process, used in one event loop."""

    def __init__(self, *, allow: Allow = may_connect, time_limit: timedelta = TIME_LIMIT) -> None:
        """Connect only where `allow` says; no setting replaces it, only tests do."""
        self._allow = allow
        self._time_limit = time_limit
        self._made: httpx.AsyncClient | None = None
        self._decoding = asyncio.Semaphore(1)  # a large picture takes much memory

    async def aclose(self) -> None:
        """Close every connection."""
        if self._made is not None:
            await self._made.aclose()
            self._made = None

    async def fetch(self, url: str) -> PictureFile:
        """Fetch a picture. Raises PictureError, whatever the other side does.

        It is a PictureUnreachable as long as no whole answer was had.
        """
        try:
            async with asyncio.timeout(self._time_limit.total_seconds()):
                data = await self._bytes(_checked(url))
        except TimeoutError as error:
            raise PictureUnreachable("its host takes too long") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise PictureUnreachable(f"not fetched: {type(error).__name__}") from error
        except httpcore.TimeoutException as error:
            raise PictureUnreachable("its host takes too long") from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            httpcore.ConnectionNotAvailable,
            OSError,
        ) as error:
            raise PictureUnreachable(f"not fetched: {type(error).__name__}") from error
        async with self._decoding:
            return await asyncio.to_thread(judged, data)

    async def _bytes(self, url: httpx.URL) -> bytes:
        for _ in range(MAX_REDIRECTS + 1):
            request = self._client.build_request("GET", url)
            response = await self._client.send(request, stream=True)
            try:
                if response.status_code not in _REDIRECTS:
                    return await _content(response)
                url = _checked(str(url.join(response.headers.get("location", ""))))
            finally:
                await response.aclose()
        raise PictureError(f"more than {MAX_REDIRECTS} redirects")

    @property
    def _client(self) -> httpx.AsyncClient:
        if self._made is None:
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
            self._made = httpx.AsyncClient(
                transport=CheckedTransport(self._allow, _certificates()),
                trust_env=False,
                headers=HEADERS,
                cookies=no_cookies,
                timeout=self._time_limit.total_seconds(),
            )
        return self._made


@cache
def _certificates() -> ssl.SSLContext:
    """Read the certificates we trust, once: it takes long."""
    return httpx.create_ssl_context(trust_env=False)


def _checked(address: str) -> httpx.URL:
    """Read an address; where it leads is checked when it is connected to."""
    if len(address) > MAX_URL:
        raise PictureError("its address is too long")
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise PictureError("its address cannot be read") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise PictureError("its address is not of the web")
    if url.userinfo:
        raise PictureError("its address holds a password")
    return url


async def _content(response: httpx.Response) -> bytes:
    if response.status_code != 200:
        raise PictureUnreachable(f"its host answers {response.status_code}")
    unpacked = _unpacker(response.headers.get("content-encoding", ""))
    data = bytearray()
    async for part in response.aiter_raw():
        try:
            data += unpacked.decompress(part, MAX_BYTES + 1 - len(data))
        except zlib.error as error:
            raise PictureError("its packing is broken") from error
        if len(data) > MAX_BYTES:
            raise PictureError(f"more than {MAX_BYTES} bytes")
    return bytes(data)


class _Unpacker(Protocol):
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _AsItIs:
    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return data[:max_length]


def _unpacker(encoding: str) -> _Unpacker:
    """Choose how to unpack; httpx's own decoders unpack a bomb before we could count."""
    match encoding.strip().lower():
        case "" | "identity":
            return _AsItIs()
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(wbits=47)  # either wrapping, by its header
        case _:
            raise PictureError("packed in a way that nobody asked for")
