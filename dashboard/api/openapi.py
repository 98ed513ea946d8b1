"""The API described: OpenAPI 3.1 for programs, and one plain page for people, both from the same parts."""

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from pydantic.json_schema import models_json_schema

from dashboard.api.document import AnswerDocument
from dashboard.api.faults import FaultDocument
from dashboard.engine.answer import NEEDED
from dashboard.engine.shipped import whatif_questions
from dashboard.messages.catalogue import LANGUAGES
from dashboard.messages.words import Words
from dashboard.shell.view import DEFAULT_PLACE, MOST_CHARACTERS, SLOTS
from experiments.ensemble.outcomes import FLOWS, STOCKS
from experiments.figures.style import FAMILY, embedded_faces

API_VERSION = "v1"

DRAWN = (*STOCKS, *FLOWS, NEEDED)
"""Outcomes of a picture."""

_SCHEMAS = "#/components/schemas/"
_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
)


def _parameters() -> dict[str, dict[str, Any]]:
    """Return the parameters of a question; their words are ``api.parameter_<name>``."""
    text = {"type": "string", "maxLength": MOST_CHARACTERS}
    return {
        "lang": {"type": "string", "enum": list(LANGUAGES)},
        "place": {"type": "string", "default": DEFAULT_PLACE},
        **{slot.lower(): {**text, "default": ""} for slot in SLOTS},
    }


def _words_of(words: Words, name: str) -> str:
    return words.t(f"api.parameter_{'choice' if len(name) == 1 else name}", slot=name.upper())


def openapi_document(public: str) -> dict[str, Any]:
    """Return the description for programs."""
    words = Words("en")
    models = [(AnswerDocument, "serialization"), (FaultDocument, "serialization")]
    _, schemas = models_json_schema(models, by_alias=True, ref_template=f"{_SCHEMAS}{{model}}")  # type: ignore[arg-type]

    def reply(text: str, model: type) -> dict[str, Any]:
        schema = {"$ref": f"{_SCHEMAS}{model.__name__}"}
        return {"description": text, "content": {"application/json": {"schema": schema}}}

    question = {
        "summary": words.t("api.title"),
        "description": words.t("api.lead"),
        "parameters": [
            {"name": name, "in": "query", "description": _words_of(words, name), "schema": schema}
            for name, schema in _parameters().items()
        ],
        "responses": {
            "200": reply(words.t("api.reply_200"), AnswerDocument),
            "400": reply(words.t("api.reply_400"), FaultDocument),
            "503": reply(words.t("api.reply_503"), FaultDocument),
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": words.t("shell.service"), "version": API_VERSION},
        "servers": [{"url": f"{public}/api/{API_VERSION}"}],
        "paths": {
            "/answer": {"get": question},
            "/chart.svg": {"get": _drawn(question, "chart", "image/svg+xml")},
            "/chart.html": {"get": _drawn(question, "frame", "text/html")},
        },
        "components": {"schemas": schemas["$defs"]},
    }


def _drawn(question: dict[str, Any], name: str, mime: str) -> dict[str, Any]:
    """Return the description of a chart: the same question with one more parameter."""
    words = Words("en")
    outcome = {"type": "string", "enum": list(DRAWN), "default": "stock"}
    about = {"name": "outcome", "in": "query", "description": words.t("api.outcome"), "schema": outcome}
    drawn = {"description": words.t("api.reply_chart"), "content": {mime: {}}}
    return {
        **question,
        "summary": words.t(f"api.{name}"),
        "description": words.t(f"api.{name}"),
        "parameters": [*question["parameters"], about],
        "responses": {**question["responses"], "200": drawn},
    }


def frame_page(words: Words, title: str, picture: str, page: str) -> str:
    """Return a chart with the link to its page, whole in one file."""
    made = {"picture": Markup(picture), "typeface": Markup(embedded_faces())}  # noqa: S704 - both are ours
    return _PAGES.get_template("chart.html.j2").render(
        words=words, title=title, page=page, family=FAMILY, **made
    )


def description_page(words: Words, public: str) -> str:
    """Return the description for people: what to ask, an example each, and every field of the answer."""
    schemas = openapi_document(public)["components"]["schemas"]
    fields = [
        (model, name, about.get("description", "")) for model, schema in schemas.items()
        for name, about in schema.get("properties", {}).items()
    ]  # fmt: skip
    address = f"{public}/api/{API_VERSION}"
    return _PAGES.get_template("api.html.j2").render(
        words=words,
        address=address,
        parameters=[(name, _words_of(words, name)) for name in _parameters()],
        examples=[
            (
                words.t(f"overview.whatif_{one.id}"),
                f"{address}/answer?lang={words.language}&place=NL&a={one.choice}",
            )
            for one in whatif_questions()
        ],
        fields=fields,
    )
