"""Requests that ask for another host than this server's are refused, whatever they ask for.

A page of a stranger can have its own name point at 127.0.0.1 and read what a local server answers (DNS
rebinding). Streamlit compares the host with ``server.allowedHosts`` where the app's own connection is
made; the page shell, its metrics and its files it gives to anybody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from streamlit.web.server.starlette import starlette_server
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

_SAID = (
    b"This address is not one that the PASER workbench answers to. Open it as it was printed, e.g. "
    b"http://127.0.0.1:8501, or start it with: paser serve --address ADDRESS\n"
)


def guard() -> None:
    """Have the server that starts next refuse foreign hosts."""
    create = starlette_server.create_starlette_app  # type: ignore[attr-defined]

    def guarded(runtime: Any) -> Any:
        app = create(runtime)
        app.add_middleware(HostGuard)  # the last one added is asked first
        return app

    starlette_server.create_starlette_app = guarded  # type: ignore[attr-defined]


class HostGuard:
    """Answers 400 unless the request has one host and it is allowed."""

    def __init__(self, app: _App) -> None:
        self._app = app

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        # What opens a connection of the app's own is refused further in, in the protocol's words.
        if scope["type"] != "http" or _is_for_us(scope):
            await self._app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(_SAID))]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        await send({"type": "http.response.body", "body": _SAID})


def _is_for_us(scope: _Scope) -> bool:
    hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
    return len(hosts) <= 1 and is_host_allowed(hosts[0].decode("latin-1") if hosts else None)
