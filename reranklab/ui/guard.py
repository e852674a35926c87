"""The server answers only to its own names. A page of another site whose name is pointed at this machine (DNS rebinding) sends
that name as the Host, and a page that calls from elsewhere sends its own Origin: both are refused, on every path and for
WebSockets too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from reranklab.hosts import Host, is_allowed, loopback, parse_host

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY_VIOLATION = 1008
_NO_HOST = (400, "This request does not say which host it asks. Send one Host of the form NAME or NAME:PORT.")
_OTHER_HOST = (
    403,
    "This server does not answer to that name. Its operator can add it: --allow-host NAME, or RERANKLAB_ALLOW_HOST.",
)
_OTHER_ORIGIN = (403, "This request comes from a page of another host. Behind a proxy, let the proxy pass the Host on.")


class HostGuard:
    """ASGI middleware. Answers only requests whose Host is one of `allowed`, or this machine's own with the server's port, and
    whose Origin, where they have one, is that host."""

    def __init__(self, app: App, *, allowed: Iterable[Host]) -> None:
        self._app = app
        self._allowed = tuple(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await _answer(send, *refusal)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        hosts, origins = _values(scope, b"host"), _values(scope, b"origin")
        host = parse_host(hosts[0]) if len(hosts) == 1 else None
        if host is None:
            return _NO_HOST
        if not is_allowed(host, (*loopback(scope["server"][1]), *self._allowed)):
            return _OTHER_HOST
        if any(origin not in (f"http://{hosts[0]}", f"https://{hosts[0]}") for origin in origins):
            return _OTHER_ORIGIN
        return None


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


async def _answer(send: Send, status: int, words: str) -> None:
    body = f"{words}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
