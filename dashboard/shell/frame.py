"""The frame of every page: header, navigation, notices, the user's choices, the page, the footer.

Solara loads ``routes`` from here: one per page, all shown by the same component, so that moving between pages
never loads the app anew. The address is kept by our own component (``address.vue``), not by Solara's router:
the query holds the whole state, a change of it replaces the entry of the history, and focus goes to the
heading of a new page, as keyboard and screen reader expect.
"""

import logging
import secrets
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import solara
from solara.server import kernel_context

from dashboard.components.element import Child, bullets, el, vue
from dashboard.components.panels import Failed, NoticeBox
from dashboard.engine.changes import law_of, law_since
from dashboard.engine.choice import BASELINE
from dashboard.messages.catalogue import LANGUAGES, NAMES, preferred_language
from dashboard.pages import PageEntry, all_pages, page_by_id
from dashboard.pages.shared.wording import in_place, rule_words
from dashboard.shell.session import Session, provide_session, use_session, view_of_link
from dashboard.shell.view import THEMES

logger = logging.getLogger(__name__)

MOST_RULES = 12
"""Rules named in a notice."""

_VUE = Path(__file__).parent / "vue"

_Address = vue(_VUE / "address.vue", "url title language theme said event_moved event_undo event_redo")
_Header = vue(_VUE / "header.vue", "words home home_page pages languages themes theme event_theme")
_ChoiceBar = vue(
    _VUE / "choice_bar.vue",
    "label text words can_undo can_redo can_reset event_undo event_redo event_reset",
)


def open_session(path: str, query: str) -> Session:
    """Return the session of a new tab that was opened with a link."""
    from dashboard.engine.engine import the_engine

    engine = the_engine()
    context = kernel_context.get_current_context()
    headers = solara.lab.headers.value or {}
    language = preferred_language((headers.get("accept-language") or [""])[0])
    view, faults = view_of_link(engine, _page_of(path), query, language)
    today = law_of(engine.root, view.place)[0].day
    session = Session(context.id, engine, context, replace(view, law=today))
    session.explain(faults)
    if view.law > today:
        session.explain([session.words.t("shell.link_bad_law", found=view.law)])
    elif view.law and view.law != today:
        tell_law_since(session, view.law)
    context.on_close(session.close)
    return session


def tell_law_since(session: Session, day: str) -> None:
    """Say what changed in the law of the place since the day a link was made."""
    words, catalogue = session.words, session.engine.catalogue
    rows = law_since(catalogue.root, session.place, day)
    lines = [rule_words(words, catalogue, row) for row in rows[:MOST_RULES]]
    where = in_place(words, catalogue, session.place)
    said = words.t("shell.law_since_text" if rows else "shell.law_since_none", n=len(rows), where=where)
    session.notify("information", words.t("shell.law_since", date=words.date(day)), said, *lines)


def _page_of(path: str) -> str:
    """Return the page an address names; the first page for an unknown one."""
    asked = path.strip("/").split("/")[0]
    return asked if page_by_id(asked) else all_pages()[0].id


@solara.component
def App() -> None:
    """Show the app in one tab."""
    router = solara.use_router()
    # Once per tab: later moves come from our own address component, the router never hears of them.
    session = solara.use_memo(lambda: open_session(router.path, router.search or ""), [])
    provide_session(session)
    view = session.view
    words = session.words
    page = page_by_id(view.page) or all_pages()[0]
    title = words.t(page.heading)

    def moved(place: Any) -> None:
        """Follow a link or the browser's back and forward buttons."""
        if not isinstance(place, dict):
            return
        if isinstance(place.get("page"), str) and page_by_id(place["page"]):
            session.go(place["page"])
        elif place.get("language") in LANGUAGES:
            session.show(language=place["language"])
        elif isinstance(place.get("path"), str) and isinstance(place.get("query"), str):
            session.open_link(_page_of(place["path"]), place["query"])

    _Address(
        url=session.href(),
        title=words.t("shell.title", page=title),
        language=view.language,
        theme=view.theme,
        said=list(session.said),
        event_moved=moved,
        event_undo=lambda _: session.undo(),
        event_redo=lambda _: session.redo(),
    )
    _Header(
        words={
            key: words.t(f"shell.{key}")
            for key in ("skip", "service", "service_short", "menu", "navigation", "language", "theme")
        },
        home=session.href(all_pages()[0].id),
        home_page=all_pages()[0].id,
        pages=[
            [entry.id, words.t(entry.title), session.href(entry.id), entry.id == page.id]
            for entry in all_pages()
        ],
        languages=[
            [code, NAMES[code], session.href(language=code), code == view.language] for code in LANGUAGES
        ],
        themes=[[theme, words.t(f"shell.theme_{theme}")] for theme in THEMES],
        theme=view.theme,
        event_theme=lambda theme: session.show(theme=theme) if theme in THEMES else None,
    )
    with el("main", id="main", tabindex="-1", classes="main"):
        _Notices()
        el("h1", title, classes="heading-1", id="title")
        Guarded(page).key(page.id)
    _Footer()


@solara.component
def _Notices() -> None:
    session = use_session()
    words = session.words
    view = session.view
    for notice in session.notices:
        body: list[Child] = list(notice.lines[:1])  # it introduces a list of the others
        if len(notice.lines) > 1:
            body.append(bullets(notice.lines[1:]))
        NoticeBox(notice.kind, notice.title, *body, words=words, on_dismiss=partial(session.dismiss, notice))
    choice = view.choices["A"]
    changes = (choice.war != BASELINE) + len(choice.presets) + len(choice.levers) + len(choice.scorecard)
    _ChoiceBar(
        label=words.t("shell.choices"),
        text=words.t("shell.choices_some", n=changes) if changes else words.t("shell.choices_none"),
        words={key: words.t(f"shell.{key}") for key in ("undo", "redo", "reset", "copy_link", "link_copied")},
        can_undo=session.can_undo,
        can_redo=session.can_redo,
        can_reset=changes > 0 or len(view.choices) > 1,
        event_undo=lambda _: session.undo(),
        event_redo=lambda _: session.redo(),
        event_reset=lambda _: session.reset(),
    )


@solara.component
def Guarded(page: PageEntry) -> None:
    """Show a page; what fails inside it is logged with a code and said in plain words."""
    session = use_session()
    fault, clear = solara.use_exception()
    # Logged once per fault, not once per drawing; another choice is another try.
    code = solara.use_memo(lambda: _log_fault(page.id, fault), [fault])
    failed_view = solara.use_ref(session.view)

    def try_another_view() -> None:
        if fault is not None and session.view != failed_view.current:
            clear()
        failed_view.current = session.view

    solara.use_effect(try_another_view, [session.view, fault])
    if fault is None:
        page.component(session)
        return
    words = session.words
    Failed(words.t("shell.page_failed_title"), words.t("shell.page_failed_text", code=code), words, clear)


def _log_fault(page_id: str, fault: BaseException | None) -> str:
    if fault is None:
        return ""
    code = secrets.token_hex(3)
    logger.error("page %s failed, code %s", page_id, code, exc_info=fault)
    return code


@solara.component
def _Footer() -> None:
    session = use_session()
    words = session.words
    baseline = session.engine.baseline
    with el("footer", classes="footer"), el("div", classes="footer-inner"):
        el("p", words.t("shell.footer_data", month=words.date(baseline.data_date)))
        el("p", words.t("shell.footer_note"))
        el("p", words.t("shell.footer_licence") + f" {baseline.version}")


@solara.component
def _Bare(children: list[solara.Element] | None = None) -> solara.Element:
    """Put nothing around a page: the frame is our own."""
    return solara.Div(children=children or [], classes=["ewea"])


routes = [
    solara.Route(path="/", component=App, layout=_Bare, label="EWEA"),
    *[solara.Route(path=page.id, component=App, label="EWEA") for page in all_pages()],
]
