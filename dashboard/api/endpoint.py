"""The addresses of the API: ``/api/v1/answer`` with the query of a link, its description, and faults."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from dashboard.api.document import document_of
from dashboard.api.faults import BUSY, RETRY_SECONDS, ApiFault, FaultDocument, fault_about, fault_of
from dashboard.api.openapi import API_VERSION, DRAWN, description_page, frame_page, openapi_document
from dashboard.engine.answer import Answer
from dashboard.engine.briefing import chart_svg
from dashboard.engine.choice import Choices
from dashboard.engine.engine import Engine
from dashboard.engine.jobs import Job
from dashboard.messages.catalogue import LANGUAGES, language_of
from dashboard.messages.words import Words, user_message
from dashboard.pages.shared.exports_bar import chart_words
from dashboard.shell.view import DEFAULT_PLACE, MOST_CHARACTERS, SETTINGS, SLOTS, THEMES, View, is_day

PATHS = ("answer", "chart.svg", "chart.html", "openapi.json")

FOR_OTHERS = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "no-cache"}
FRAMED = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; frame-ancestors *"
"""What a chart on a page of another site may load: nothing; it needs no script and no cookie."""

_numbers = itertools.count(1)


def api_routes(engine: Engine, public: str) -> list[Route]:
    """Return the routes; ``public`` is the address under which others reach the app, or only its path."""

    async def answer(request: Request) -> Response:
        return await _answer(request, engine, public)

    async def chart(request: Request) -> Response:
        return await _chart(request, engine, public)

    async def openapi(_: Request) -> Response:
        return JSONResponse(openapi_document(public))

    async def about(request: Request) -> Response:
        return HTMLResponse(description_page(_words(request), public))

    async def lost(request: Request) -> Response:
        found, words = request.path_params, _words(request)
        if found["version"] != API_VERSION:
            return _refusal(404, fault_about(words, "version", "version", found["version"], [API_VERSION]))
        return _refusal(404, fault_about(words, "path", "path", found["path"], list(PATHS)))

    return [
        Route(f"/api/{API_VERSION}/answer", answer, methods=["GET"]),
        Route(f"/api/{API_VERSION}/chart.svg", chart, methods=["GET"]),
        Route(f"/api/{API_VERSION}/chart.html", chart, methods=["GET"]),
        Route(f"/api/{API_VERSION}/openapi.json", openapi, methods=["GET"]),
        Route(f"/api/{API_VERSION}", about, methods=["GET"]),
        Route("/api/{version}/{path:path}", lost, methods=["GET"]),
    ]


def _words(request: Request) -> Words:
    asked = request.query_params.get("lang", "")
    return Words(language_of(asked, request.headers.get("accept-language", "")))


def _refusal(status: int, *faults: ApiFault) -> Response:
    headers = {"Retry-After": str(RETRY_SECONDS)} if status in (429, 503) else {}
    return JSONResponse(FaultDocument(errors=list(faults)).model_dump(), status, headers)


async def _answer(request: Request, engine: Engine, public: str) -> Response:
    """Return the document, or what is wrong with the query; nobody is answered in part."""
    words = _words(request)
    view, faults = _read(words, engine, request.url.query)
    if faults:
        return _refusal(400, *faults)
    answers = await _answers(request, engine, view)
    if isinstance(answers, Response):
        return answers
    page = _page_of(request, view, public)
    made = await run_in_threadpool(document_of, words, engine.catalogue, answers, view.place, page)
    return JSONResponse(made.model_dump(by_alias=True))


def _page_of(request: Request, view: View, public: str) -> str:
    """Return the address of the page with the same numbers."""
    origin = "" if "://" in public else f"{request.url.scheme}://{request.url.netloc}"
    return f"{origin}{public}/overview?{view.query()}"


async def _chart(request: Request, engine: Engine, public: str) -> Response:
    """Return one outcome over time for other pages: as a picture, or with its link as a page for a frame."""
    words, asked = _words(request), request.query_params.get("outcome", "stock")
    view, faults = _read(words, engine, request.url.query, {"outcome": DRAWN})
    if faults:
        return _refusal(400, *faults)
    answers = await _answers(request, engine, view)
    if isinstance(answers, Response):
        return answers
    title, notes = chart_words(words, engine.catalogue, answers, view.place, asked)
    made = await run_in_threadpool(chart_svg, words, answers, view.place, asked, title, notes)
    if request.url.path.endswith(".svg"):
        return Response(made, media_type="image/svg+xml", headers=FOR_OTHERS)
    framed = frame_page(words, title, made, _page_of(request, view, public))
    return HTMLResponse(framed, headers={**FOR_OTHERS, "Content-Security-Policy": FRAMED})


async def _answers(request: Request, engine: Engine, view: View) -> dict[str, Answer] | Response:
    """Return the answers of all slots, or why they are not there."""
    words = _words(request)
    session = f"api-{next(_numbers)}"
    engine.open_session(session, request.client.host if request.client else "")
    try:
        jobs = {slot: engine.ask(session, choice, slot) for slot, choice in view.choices.items()}
        await asyncio.gather(*(_over(job, engine.limits.api_seconds) for job in jobs.values()))
        late = [
            fault_of(words, engine.catalogue, slot.lower(), view.choices[slot].to_query(), said)
            for slot, job in jobs.items()
            if job.state != "done" and (said := job.message or user_message("api_slow"))
        ]
        if late:
            busy = all(fault.code in BUSY for fault in late)
            return _refusal(503 if busy else 400, *late)
        return {slot: job.answer for slot, job in jobs.items()}
    finally:
        engine.close_session(session)


async def _over(job: Job, seconds: float) -> None:
    """Wait until a job is over, without holding a thread."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    end = job.on_change(lambda one: loop.call_soon_threadsafe(over.set) if one.over else None)
    try:
        await asyncio.wait_for(over.wait(), seconds)
    except TimeoutError:
        return
    finally:
        end()


def _read(
    words: Words, engine: Engine, query: str, more: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> tuple[View, list[ApiFault]]:
    """Return what a query asks for; unlike a page, the API leaves nothing out without refusing the rest."""
    view = View("overview", language=words.language)
    if len(query) > MOST_CHARACTERS:
        return view, [fault_about(words, "query", "too_long", len(query), {"most": MOST_CHARACTERS})]
    known = {"lang": LANGUAGES, "place": engine.baseline.places, "theme": THEMES, **more}
    choices: dict[str, Choices] = {"A": Choices()}
    place, seen, faults = DEFAULT_PLACE, set(), []
    for name, text in parse_qsl(query, keep_blank_values=True, errors="replace"):
        if name in seen:
            faults.append(fault_about(words, name[:40], "twice", text, None))
        elif name == "law" and not is_day(text):
            faults.append(fault_about(words, name, "value", text, "YYYY-MM-DD"))
        elif name in known and text not in known[name]:
            faults.append(fault_about(words, name, "value", text, list(known[name])))
        elif len(name) == 1 and name.upper() in SLOTS:
            choices[name.upper()], said = engine.read_choice(text)
            faults += [fault_of(words, engine.catalogue, name, text, one) for one in said]
        elif name not in known and name not in (*SETTINGS, "law"):
            allowed = [*known, *(slot.lower() for slot in SLOTS)]
            faults.append(fault_about(words, "query", "parameter", name, allowed))
        elif name == "place":
            place = text
        seen.add(name)
    return View("overview", place, words.language, choices=dict(sorted(choices.items()))), faults
