"""The Starlette application: our page, our files, Solara's connections, and nothing else of Solara's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from solara.server import app as solara_app
from solara.server import starlette as solara_starlette
from solara.server.server import solara_static
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from dashboard.server.doors import close_doors
from dashboard.server.gate import Gate
from dashboard.server.headers import SafeHeaders
from dashboard.server.page import StartPage
from dashboard.server.readiness import Readiness
from dashboard.server.settings import ServerSettings
from dashboard.server.static_files import ASSETS, PLOTLY, OwnFiles
from experiments.figures.typeface import FONTS


def build_application(settings: ServerSettings) -> Starlette:
    """Return the app, ready for uvicorn.

    ``/resourcez``, the eviction route and the proxy for front-end files of Solara are left out.
    """
    readiness = Readiness()
    page = StartPage(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with solara_starlette.lifespan(_):
            readiness.begin()
            yield
            readiness.end()

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        return JSONResponse(readiness.health(), status_code=200 if readiness.ready else 503)

    async def kernel_info(_: Request) -> Response:
        return JSONResponse({"name": "ewea", "id": "ewea"})

    async def icon(_: Request) -> Response:
        return Response((ASSETS / "icon.svg").read_bytes(), media_type="image/svg+xml")

    async def robots(_: Request) -> Response:
        return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")

    async def app_page(request: Request) -> Response:
        return await page(request)

    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/favicon.ico", icon),
        Route("/robots.txt", robots),
        Route("/jupyter/api/kernels/{id}", kernel_info),
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
        Middleware(Gate, settings=settings),
        *solara_starlette.middleware,
    ]
    close_doors()
    solara_app.ensure_apps_initialized()
    return Starlette(routes=routes, middleware=middleware, lifespan=lifespan)


def _close(request: Request) -> Response:
    """Forget a tab that says goodbye; only the browser that opened it may close it."""
    from solara.server import kernel_context

    from dashboard.server.gate import session_cookie

    context = kernel_context.contexts.get(request.path_params["kernel_id"])
    if context is not None and context.session_id == session_cookie(request.headers):
        context.page_close(request.query_params.get("session_id", ""))
    return Response(status_code=204)
