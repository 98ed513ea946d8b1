"""Who may talk to the server: same origin only, small bodies, a bounded number of open tabs.

Solara itself accepts a websocket from any page of the web and from clients without a cookie, which would
let a foreign page drive a user's session.
"""

import re
from collections import Counter
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.server.settings import ServerSettings

COOKIE = "solara-session-id"
"""Cookie that ties the tabs of one browser together; made by :mod:`dashboard.server.page`."""

SAFE_METHODS = ("GET", "HEAD")

_KERNEL = re.compile(r"/jupyter/api/kernels/([0-9a-f-]{36})/channels\Z")


def same_origin(headers: Headers) -> bool:
    """Return whether ``Origin``, which browsers always send with a websocket or POST, names our host."""
    origin = urlsplit(headers.get("origin", ""))
    return origin.scheme in ("http", "https") and origin.netloc.lower() == headers.get("host", "").lower()


def session_cookie(headers: Headers) -> str | None:
    """Return the session of the browser, or None without a (readable) cookie."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel and morsel.value else None


class OriginGuard:
    """ASGI middleware that refuses what the app never asks for itself."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self.app = app
        self.settings = settings
        # Connections that Solara may not have made a tab of yet: (kernel, session) of each.
        self._connected: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403, 405 or 413."""
        if scope["type"] == "websocket":
            tab = self._tab(scope)
            if tab is None:
                # A close before the handshake is answered with 403.
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            self._connected[tab] += 1
            try:
                await self.app(scope, receive, send)
            finally:
                self._connected -= Counter([tab])
            return
        if scope["type"] == "http":
            refusal = self._refusal(scope)
            if refusal:
                await refusal(scope, receive, send)
                return
            receive = self._bounded(receive)
        await self.app(scope, receive, send)

    def _tab(self, scope: Scope) -> tuple[str, str] | None:
        """Return (kernel, session) of a tab that may open its connection, else None."""
        from solara.server import kernel_context

        headers = Headers(scope=scope)
        session = session_cookie(headers)
        kernel = _KERNEL.search(scope["path"])
        if session is None or kernel is None or not same_origin(headers):
            return None
        known = {key: context.session_id for key, context in dict(kernel_context.contexts).items()}
        tabs = known | dict(iter(self._connected))
        own = sum(1 for owner in tabs.values() if owner == session)
        if kernel[1] in tabs:
            # A reconnect takes no further place; nobody else may use it.
            welcome = tabs[kernel[1]] == session
        else:
            welcome = own < self.settings.tabs and len(tabs) < self.settings.users
        return (kernel[1], session) if welcome else None

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        """Return the answer to a request that is not welcome, or None."""
        headers = Headers(scope=scope)
        if scope["method"] not in SAFE_METHODS:
            if scope["method"] != "POST":
                return PlainTextResponse(
                    "Method not allowed", status_code=405, headers={"Allow": "GET, HEAD, POST"}
                )
            if not same_origin(headers):
                return PlainTextResponse("Requests from another site are refused", status_code=403)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.settings.body_bytes:
            return PlainTextResponse("Request body too large", status_code=413)
        return None

    def _bounded(self, receive: Receive) -> Receive:
        """Cut a body that is longer than it said, by ending it."""
        left = self.settings.body_bytes

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            if message["type"] == "http.request":
                left -= len(message.get("body", b""))
                if left < 0:
                    return {"type": "http.disconnect"}
            return message

        return bounded


def content_security_policy(nonce: str = "") -> str:
    """Return what a page may load: nothing from outside this server.

    ``nonce`` lets the inline scripts of ipyvue's module loader run, which takes it from the page; without
    it (all answers but the page) no inline script runs at all. Inline styles are needed by charts.
    """
    inline = f" 'nonce-{nonce}'" if nonce else ""
    return "; ".join(
        (
            "default-src 'none'",
            # Solara compiles its templates in the browser (eval, blob).
            f"script-src 'self' 'unsafe-eval' blob:{inline}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' blob: data:",
            "worker-src blob:",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SafeHeaders:
    """ASGI middleware that adds :data:`HEADERS` to every HTTP answer; pages made for frames may be framed."""

    def __init__(self, app: ASGIApp, secure: bool = False) -> None:
        self.app = app
        self.extra = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the headers of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                framed = "frame-ancestors *" in headers.get("content-security-policy", "")
                for name, value in {**HEADERS, **self.extra}.items():
                    if not (framed and name == "X-Frame-Options"):
                        headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
