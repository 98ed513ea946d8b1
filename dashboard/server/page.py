"""The HTML page of every address: frame and heading are there before any script; then Solara takes over."""

import json
import re
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from uuid import uuid4

import jinja2
import plotly
from solara.server.starlette import StaticFilesOptionalAuth
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from dashboard.colours import style_sheet
from dashboard.messages.catalogue import language_of
from dashboard.messages.words import Words
from dashboard.pages import all_pages, page_by_id
from dashboard.server.guard import COOKIE, content_security_policy, session_cookie
from dashboard.server.settings import ServerSettings
from dashboard.shell.view import THEMES
from experiments.figures.style import FAMILY, FONTS, WEIGHTS

_TEMPLATE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True
)


class StartPage:
    """Endpoint of all addresses of pages."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings

    async def __call__(self, request: Request) -> Response:
        """Return the page; 404 with the same page shell for an unknown address."""
        from solara.server import kernel_context

        page_id = request.path_params.get("page") or all_pages()[0].id
        known = page_by_id(page_id) is not None
        asked = request.query_params.get("lang", "")
        words = Words(language_of(asked, request.headers.get("accept-language", "")))
        theme = request.query_params.get("theme", "auto")
        full = len(kernel_context.contexts) >= self.settings.users  # no further tab can be opened
        nonce = token_urlsafe(18)
        vendor = {"bundle": SOLARA_BUNDLE, "requirejs": REQUIREJS}
        html = _TEMPLATE.get_template("start.html.j2").render(
            words=words,
            language=words.language,
            theme=theme if theme in THEMES else "auto",
            pages=all_pages(),
            page_id=page_id if known else None,
            full=full,
            root=self.settings.root_path,
            url=partial(self._address, "assets", ASSETS),
            fonts={
                self._address("assets/fonts", FONTS, f"{name}.woff2"): weight
                for name, weight in WEIGHTS.items()
            },
            family=FAMILY,
            colours=style_sheet(),
            vendor=lambda name: self._address("assets", ASSETS, f"vendor/{vendor[name]}"),
            config=self._config(words),
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

    def _address(self, under: str, folder: Path, name: str) -> str:
        return f"{self.settings.root_path}/{under}/{name}?d={fingerprint(folder / name)}"

    def _config(self, words: Words) -> str:
        from solara.server import app as solara_app
        from solara.server import server as solara_server

        config = {
            "root": self.settings.root_path,
            "language": words.language,
            "clientVersion": solara_app.client_version(),
            "extensions": solara_server.get_nbextensions()[1],
            "plotly": self._address("plotly", PLOTLY, "plotly.min.js"),
            "words": {
                key: words.t(f"shell.{key}")
                for key in ("connection_lost", "connection_back", "reload", "restoring", "cannot_connect")
            },
        }
        # '<' would end the script element it stands in.
        return json.dumps(config, ensure_ascii=False).replace("<", "\\u003c")


ASSETS = Path(__file__).resolve().parents[1] / "assets"
"""Style sheet, start-up scripts, icon; below ``vendor`` the front end Solara's template names."""

PLOTLY = Path(plotly.__file__).parent / "package_data"
"""Folder of ``plotly.min.js`` in the installed package."""

SOLARA_BUNDLE = "@widgetti/solara-vuetify3-app@5.2.0/dist/solara-vuetify-app8.min.js"
REQUIREJS = "requirejs@2.3.6/require.js"
"""The front end of Solara 1.64 and the module loader its page starts with, below ``assets/vendor``."""


@cache
def fingerprint(path: Path) -> str:
    """Return a short digest of a file, for addresses that change with its content."""
    return sha256(path.read_bytes()).hexdigest()[:12]


class OwnFiles(StaticFilesOptionalAuth):
    """Static files, compressed once; a request that carries the digest may be kept for ever."""

    def file_response(self, full_path, stat_result, scope: Scope, status_code: int = 200) -> Response:  # type: ignore[no-untyped-def]
        """Return the file; only an address with the right digest is kept by the browser."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        asked = re.fullmatch(r"d=([0-9a-f]{12})", scope.get("query_string", b"").decode("latin-1"))
        known = asked is not None and asked[1] == fingerprint(Path(full_path))
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if known else "no-cache"
        return response
