"""The HTML page every address of the app starts with.

It already shows header, navigation and heading in the user's language, so that the first paint waits for
no script; Solara then takes over.
"""

import json
import re
from pathlib import Path
from secrets import token_urlsafe
from uuid import uuid4

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboard.messages.catalogue import LANGUAGES, preferred_language
from dashboard.messages.words import Words
from dashboard.pages import all_pages, page_by_id
from dashboard.server.gate import COOKIE, session_cookie
from dashboard.server.headers import content_security_policy
from dashboard.server.settings import ServerSettings
from dashboard.server.static_files import ASSETS, PLOTLY, REQUIREJS, SOLARA_BUNDLE, fingerprint
from experiments.figures.typeface import FAMILY, FONTS, WEIGHTS

THEMES = ("auto", "light", "dark")
"""Themes a link may ask for; ``auto`` follows the device."""

_TEMPLATE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True
)


class StartPage:
    """Endpoint of all addresses of pages.

    Parameters
    ----------
    settings : ServerSettings
        For the path of the app, the cookie and the limit of open tabs.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings

    async def __call__(self, request: Request) -> Response:
        """Return the page; 404 with the same page shell for an unknown address."""
        page_id = request.path_params.get("page") or all_pages()[0].id
        known = page_by_id(page_id) is not None
        language = _language(request)
        theme = request.query_params.get("theme", "auto")
        full = self._is_full()
        nonce = token_urlsafe(18)
        html = _TEMPLATE.get_template("start.html.j2").render(
            words=Words(language),
            language=language,
            theme=theme if theme in THEMES else "auto",
            pages=all_pages(),
            page_id=page_id if known else None,
            full=full,
            root=self.settings.root_path,
            url=self._asset,
            fonts={self._font(name): weight for name, weight in WEIGHTS.items()},
            family=FAMILY,
            vendor=self._vendor,
            config=self._config(language),
            nonce=nonce,
        )
        status = 503 if full else 200 if known else 404
        response = HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})
        response.headers["Content-Security-Policy"] = content_security_policy(nonce)
        if full:
            response.headers["Retry-After"] = "60"
        given = session_cookie(request.headers)
        session = given if given and re.fullmatch(r"[0-9a-f-]{36}", given) else str(uuid4())
        response.set_cookie(
            COOKIE,
            session,
            path=self.settings.root_path or "/",
            httponly=True,
            samesite="lax",
            secure=self.settings.secure,
        )
        return response

    def _is_full(self) -> bool:
        """Return whether no further tab can be opened."""
        from solara.server import kernel_context

        return len(kernel_context.contexts) >= self.settings.users

    def _asset(self, name: str) -> str:
        """Return the address of a file of ``assets``, with its digest."""
        return f"{self.settings.root_path}/assets/{name}?d={fingerprint(ASSETS / name)}"

    def _font(self, name: str) -> str:
        """Return the address of a style of the typeface, with its digest."""
        return f"{self.settings.root_path}/assets/fonts/{name}.woff2?d={fingerprint(FONTS / f'{name}.woff2')}"

    def _vendor(self, name: str) -> str:
        """Return the address of a file of the front end: ``bundle`` or ``requirejs``."""
        return self._asset("vendor/" + {"bundle": SOLARA_BUNDLE, "requirejs": REQUIREJS}[name])

    def _config(self, language: str) -> str:
        """Return what the start-up script needs, as JSON."""
        from solara.server import app as solara_app
        from solara.server import server as solara_server

        root = self.settings.root_path
        words = Words(language)
        config = {
            "root": root,
            "language": language,
            "clientVersion": solara_app.client_version(),
            "extensions": solara_server.get_nbextensions()[1],
            "plotly": f"{root}/plotly/plotly.min.js?d={fingerprint(PLOTLY / 'plotly.min.js')}",
            "words": {
                key: words.t(f"shell.{key}")
                for key in ("connection_lost", "connection_back", "reload", "restoring", "cannot_connect")
            },
        }
        # '<' would end the script element it stands in.
        return json.dumps(config, ensure_ascii=False).replace("<", "\\u003c")


def _language(request: Request) -> str:
    """Return the language of the link, else the one the browser prefers among ours."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else preferred_language(request.headers.get("accept-language", ""))
