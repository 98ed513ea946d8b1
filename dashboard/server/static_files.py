"""Files the browser loads: our own, the vendored front end, and plotly's from its Python package."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

import plotly
from solara.server.starlette import StaticFilesOptionalAuth
from starlette.responses import Response
from starlette.types import Scope

ASSETS = Path(__file__).resolve().parents[1] / "assets"
"""Style sheet, start-up scripts, icon; below ``vendor`` the front end Solara's template names."""

PLOTLY = Path(plotly.__file__).parent / "package_data"
"""Folder of ``plotly.min.js`` in the installed package."""

SOLARA_BUNDLE = "@widgetti/solara-vuetify3-app@5.2.0/dist/solara-vuetify-app8.min.js"
"""The front end of Solara 1.64, below ``assets/vendor``."""

REQUIREJS = "requirejs@2.3.6/require.js"
"""The module loader Solara's page starts with, below ``assets/vendor``."""


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
