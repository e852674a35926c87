"""The way to a service: to its address and nowhere else, and no more comes back than the limits allow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import httpx2

from reranklab.errors import EndpointError, InputError
from reranklab.services.faults import cut_short, not_the_protocol, redirected, silent, too_large
from reranklab.services.private import check_address, check_public, keeps_to_public

if TYPE_CHECKING:
    import ssl

    from reranklab.services.endpoint import Endpoint
    from reranklab.services.limits import CallLimits

_EVENT_ENDS = (b"\n\n", b"\r\r", b"\n\r")


def open_client(endpoint: Endpoint, limits: CallLimits) -> httpx2.AsyncClient:
    """A client for this endpoint alone. It follows no redirect, and of the environment it takes the proxy of https and
    certificates, nothing else. Raises InputError for a proxy that cannot be used."""
    return httpx2.AsyncClient(
        transport=GuardedTransport(endpoint, limits), follow_redirects=False, trust_env=False, timeout=limits.silence
    )


def proxy_for(endpoint: Endpoint) -> str | None:
    """The environment's proxy for an https address: through it runs a tunnel, and the proxy learns the host and reads nothing.

    A plain http address has none. Its proxy would read the documents, and they were promised to that address alone.
    """
    parts = urlsplit(endpoint.url)
    if parts.scheme != "https" or proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    return proxies.get("https") or proxies.get("all")


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Refuses redirects, and hands on bodies decompressed, counted and cut. What it raises is an EndpointError, which no client
    repeats or wraps."""

    def __init__(self, endpoint: Endpoint, limits: CallLimits) -> None:
        self._endpoint = endpoint
        self._limits = limits
        try:
            self._inner = httpx2.AsyncHTTPTransport(verify=_certificates(), proxy=proxy_for(endpoint))
        except (ValueError, ImportError, httpx2.InvalidURL) as error:
            raise InputError(
                f"The proxy of the environment (HTTPS_PROXY or ALL_PROXY) cannot be used for {endpoint.host}: an http address "
                "is needed. Correct it, or name the host in NO_PROXY."
            ) from error

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if keeps_to_public(self._endpoint):
            await check_public(self._endpoint)
            if proxy_for(self._endpoint) is None:
                request.extensions = {**request.extensions, "trace": self._look_where}
        response = await self._inner.handle_async_request(request)
        if 300 <= response.status_code < 400:
            await response.aclose()
            raise redirected(self._endpoint, status=response.status_code, location=response.headers.get("location", ""))
        described = (b"content-encoding", b"content-length")
        return httpx2.Response(
            response.status_code,
            headers=[(name, value) for name, value in response.headers.raw if name.lower() not in described],
            stream=_Body(response, self._endpoint, self._limits),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _look_where(self, event: str, info: Mapping[str, Any]) -> None:
        """Refuse a connection to an address that is not public before anything is sent: a name may stand for another address
        than a moment ago."""
        if event == "connection.connect_tcp.complete":
            stream = info["return_value"]
            try:
                check_address(self._endpoint, stream.get_extra_info("server_addr")[0])
            except EndpointError:
                await stream.aclose()
                raise


class _Body(httpx2.AsyncByteStream):
    """A response's content in pieces, up to the limits. That of an error ends where it breaks off or grows too long."""

    def __init__(self, response: httpx2.Response, endpoint: Endpoint, limits: CallLimits) -> None:
        self._response = response
        self._endpoint = endpoint
        self._limits = limits

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = self._error_pieces() if self._response.status_code >= 400 else self._counted_pieces()
        async for piece in pieces:
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()

    async def _error_pieces(self) -> AsyncIterator[bytes]:
        left = self._limits.error_bytes
        try:
            async for piece in self._response.aiter_bytes():
                yield piece[:left]
                left -= len(piece)
                if left <= 0:
                    return
        except (httpx2.RequestError, OSError, anyio.EndOfStream):
            return  # the status is what counts

    async def _counted_pieces(self) -> AsyncIterator[bytes]:
        meter = _Meter(self._limits, in_one_piece="json" in self._response.headers.get("content-type", ""))
        try:
            async for piece in self._response.aiter_bytes():
                if excess := meter.excess(piece):
                    raise too_large(self._endpoint, excess)
                yield piece
        except httpx2.DecodingError:
            raise not_the_protocol(self._endpoint, "its compression is damaged") from None
        except httpx2.TimeoutException:
            raise silent(self._endpoint) from None
        except (httpx2.RequestError, OSError, anyio.EndOfStream) as error:
            raise cut_short(self._endpoint, str(error)) from None


class _Meter:
    """Counts a reply. Events of a stream end with an empty line; an answer in one piece is one event."""

    def __init__(self, limits: CallLimits, *, in_one_piece: bool) -> None:
        self._limits = limits
        self._in_one_piece = in_one_piece
        self._size = self._event = self._lines = 0
        self._last = b""

    def excess(self, piece: bytes) -> str:
        """What passed its limit with this piece, in words; "" where nothing did."""
        joined = self._last + piece
        end = -1 if self._in_one_piece else max(joined.rfind(mark) for mark in _EVENT_ENDS)
        self._event = len(joined) - end - len(_EVENT_ENDS[0]) if end >= 0 else self._event + len(piece)
        self._size += len(piece)
        self._lines += max(piece.count(b"\n"), piece.count(b"\r"))
        self._last = piece[-1:]
        if self._event > self._limits.event_bytes:
            return f"one piece of more than {self._limits.event_bytes / 1e6:g} MB"
        if self._size > self._limits.reply_bytes:
            return f"a reply of more than {self._limits.reply_bytes / 1e6:g} MB"
        return f"a reply of more than {self._limits.lines:,} lines" if self._lines > self._limits.lines else ""


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes as long as a short call."""
    return httpx2.create_ssl_context()
