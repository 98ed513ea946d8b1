"""The Starlette application: our page, our files, Solara's connections, and nothing else of Solara's.

``solara run`` would serve a page that waits for its scripts, fetch front-end files from a content network,
and answer addresses that tell about other users: first paint, offline use and safety ask for our own.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

from ipyvue.VueTemplateWidget import Events
from solara.server import app as solara_app
from solara.server import starlette as solara_starlette
from solara.server.server import solara_static
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from dashboard.server.guard import OriginGuard, SafeHeaders
from dashboard.server.page import ASSETS, PLOTLY, OwnFiles, StartPage
from dashboard.server.settings import ServerSettings
from experiments.figures.style import FONTS


def build_application(settings: ServerSettings) -> Starlette:
    """Return the app, ready for uvicorn, without Solara's ``/resourcez``, eviction and proxy routes."""
    from dashboard.api.endpoint import api_routes
    from dashboard.engine.engine import the_engine

    engine = the_engine()
    readiness = Readiness(engine)
    page = StartPage(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with solara_starlette.lifespan(_):
            Thread(target=readiness.warm_up, name="ewea-warm-up", daemon=True).start()
            yield
            readiness.state = "stopping"  # so that a balancer sends nobody any more
            engine.stop()

    async def readyz(_: Request) -> Response:
        return JSONResponse(readiness.health(), 200 if readiness.state == "ok" else 503)

    async def app_page(request: Request) -> Response:
        return await page(request)

    icon = Response((ASSETS / "icon.svg").read_bytes(), media_type="image/svg+xml")
    robots = Response("User-agent: *\nDisallow: /\n", media_type="text/plain")
    routes = [
        *api_routes(engine, settings.public_url.rstrip("/") + settings.root_path),
        Route("/healthz", JSONResponse({"status": "ok"}), methods=["GET"]),
        Route("/readyz", readyz),
        Route("/favicon.ico", icon, methods=["GET"]),
        Route("/robots.txt", robots, methods=["GET"]),
        Route("/jupyter/api/kernels/{id}", JSONResponse({"name": "ewea", "id": "ewea"}), methods=["GET"]),
        WebSocketRoute("/jupyter/api/kernels/{kernel_id}/{name}", solara_starlette.kernel_connection),
        Route("/_solara/api/close/{kernel_id}", _close, methods=["POST"]),
        Mount("/assets/fonts", app=OwnFiles(directory=FONTS)),
        Mount("/assets", app=OwnFiles(directory=ASSETS)),
        Mount("/plotly", app=OwnFiles(directory=PLOTLY)),
        Mount("/jupyter/nbextensions", app=solara_starlette.StaticNbFiles()),
        Mount("/static", app=solara_starlette.StaticFilesOptionalAuth(directory=solara_static)),
        Route("/", app_page),
        Route("/{page:path}", app_page),
    ]
    middleware = [
        Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts), www_redirect=False),
        Middleware(SafeHeaders, secure=settings.secure),
        Middleware(OriginGuard, settings=settings),
        *solara_starlette.middleware,
    ]
    harden_ipyvue()
    solara_app.ensure_apps_initialized()
    return Starlette(routes=routes, middleware=middleware, lifespan=lifespan)


def _close(request: Request) -> Response:
    """Forget a tab that says goodbye; only the browser that opened it may close it."""
    from solara.server import kernel_context

    from dashboard.server.guard import session_cookie

    context = kernel_context.contexts.get(request.path_params["kernel_id"])
    if context is not None and context.session_id == session_cookie(request.headers):
        context.page_close(request.query_params.get("session_id", ""))
    return Response(status_code=204)


logger = logging.getLogger(__name__)


class Readiness:
    """Whether users can be served."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.state = "starting"  # then ``ok``, ``stopping``, or a sentence about what failed

    def warm_up(self) -> None:
        """Ask the first question, which reads the catalogue and digests the configuration: seconds."""
        from dashboard.engine.bundle import choice_key
        from dashboard.engine.choice import Choices

        try:
            self.engine.catalogue.check(Choices(war="frozen_front"))
            choice_key(Choices())
        except Exception as error:
            logger.exception("the engine cannot answer")
            self.state = f"engine: {error}"
        else:
            self.state = "ok"

    def health(self) -> dict[str, Any]:
        """Return the state and plain figures of the engine."""
        return {"status": self.state, **(self.engine.health() if self.state == "ok" else {})}


EVENT = {"event", "data"}
"""What a message of a template holds."""


def harden_ipyvue() -> None:
    """Let templates take events only. Must run before the first widget is made."""
    handle = Events._handle_event

    def events_only(self: Any, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and set(content) <= EVENT and f"{content.get('event')}" in self.events:
            handle(self, widget, content, buffers)

    Events._handle_event = events_only
