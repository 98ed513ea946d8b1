"""A tab drawn in the test's own process: the app with all it shows and hears, but no browser.

What the server would send to a browser are elements and the properties of templates; here they are read
directly, and what a user does is given to their handlers. News of the engine is drawn by another thread, so
what a press changes may be there a moment later. How it looks, what has the focus and what scripts do is for
the tests with a browser.
"""

import base64
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import ipyvue
import solara
from solara.server.kernel import Kernel
from solara.server.kernel_context import VirtualKernelContext

from dashboard.engine import engine as of_process
from dashboard.engine.choice import Choices
from dashboard.engine.engine import Engine
from dashboard.messages.words import Words
from dashboard.shell.frame import App, routes
from dashboard.shell.view import View, read_view

SECONDS = 300
"""Most seconds for an answer on a machine that does other things too and has compiled nothing yet."""


def wait_until(true: Callable[[], Any]) -> None:
    """Wait until something is so that another thread or process does."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < SECONDS, f"never so: {inspect.getsource(true).strip()}"
        time.sleep(0.02)


def walk(widget: Any) -> Iterator[Any]:
    """Yield a widget and everything in it, in the order of the page."""
    yield widget
    for child in getattr(widget, "children", ()) or ():
        if hasattr(child, "comm"):
            yield from walk(child)


def is_template(widget: Any) -> bool:
    return isinstance(widget, ipyvue.VueTemplate)


def properties(widget: Any) -> dict[str, Any]:
    """Return the properties of a template; of an element its attributes, tag and classes."""
    if is_template(widget):
        own = set(widget.trait_names()) - set(ipyvue.VueTemplate.class_trait_names())
        return {name: getattr(widget, name) for name in own}
    if isinstance(widget, ipyvue.Html):
        return {**(widget.attributes or {}), "tag": widget.tag, "classes": widget.class_ or ""}
    return {}


def strings(value: Any) -> list[str]:
    """Return every text inside a property."""
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, (list, tuple)):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


def text_of(widget: Any) -> str:
    if isinstance(widget, str):
        return widget
    if is_template(widget):
        return " ".join(strings(properties(widget)))
    return " ".join(text_of(child) for child in getattr(widget, "children", ()) or ())


class DrawnTab:
    """One open tab, opened with a link by a browser that prefers a language."""

    def __init__(self, engine: Engine, link: str, language: str = "nl") -> None:
        self.engine = of_process._the = engine
        self._closers: list[Callable[[], None]] = []
        self._context = VirtualKernelContext(f"tab-{id(self)}", Kernel(), "browser", event_loop=None)  # type: ignore[arg-type]
        self._context.on_close = self._closers.append  # type: ignore[method-assign,assignment]
        with self._context:
            solara.lab.headers.value = {"accept-language": [language]}
            app = solara.RoutingProvider(children=[App()], routes=routes, pathname=link)
            self.root, self._drawing = solara.render(app, handle_error=False)

    def close(self) -> None:
        with self._context:
            self._drawing.close()
        for close in self._closers:
            close()

    # What is to be seen --------------------------------------------------------------------------

    def parts(self, inside: Any = None, classes: str = "", **wanted: Any) -> list[Any]:
        """Return everything with a class and these attributes or properties (an underscore is a hyphen)."""
        found = []
        for widget in walk(inside or self.root):
            known = properties(widget)
            fits = not classes or classes in str(known.get("classes", "")).split()
            wrong = (name for name, value in wanted.items()
                     if known.get(name, known.get(name.replace("_", "-"))) != value)  # fmt: skip
            if known and fits and next(wrong, None) is None:
                found.append(widget)
        return found

    def part(self, inside: Any = None, **wanted: Any) -> Any:
        """Return the only thing that fits."""
        found = self.parts(inside, **wanted)
        assert len(found) == 1, (wanted, len(found))
        return found[0]

    def having(self, *names: str, inside: Any = None) -> list[Any]:
        """Return every template and element that has these properties."""
        return [one for one in walk(inside or self.root) if set(names) <= set(properties(one))]

    def text(self, inside: Any = None, **wanted: Any) -> str:
        return text_of(self.part(inside, **wanted)) if wanted else text_of(inside or self.part(tag="main"))

    def rows(self, inside: Any = None) -> dict[str, list[str]]:
        """Return the cells of the first table as they are shown, by the name of their row."""
        table = self.having("sort_words", inside=inside)[0]
        return {row[0][0]: [cell[0] for cell in row[1:]] for row in table.rows}

    @property
    def address(self) -> Any:
        """What keeps the address: it hears of links, of back and forward, of undo and redo by key."""
        return self.having("said")[0]

    @property
    def link(self) -> str:
        """The address that the browser is to show."""
        return str(self.address.url)

    @property
    def view(self) -> View:
        """What the address stands for."""
        link = urlsplit(self.link)
        view, faults = read_view(link.path.strip("/"), link.query, "nl", self.engine.baseline.places)
        assert faults == []
        return view

    @property
    def words(self) -> Words:
        return Words(self.view.language)

    def settled(self) -> bool:
        under_way = self.parts(classes="progress")
        return bool(under_way) and under_way == self.parts(classes="progress-done")

    def becomes(self, *choices: Choices) -> None:
        """Wait until the address holds these choices (A, B, C, D) and no other."""
        wanted = dict(zip("ABCD", choices, strict=False))
        wait_until(lambda: self.view.choices == wanted)

    # What a user does ----------------------------------------------------------------------------

    def do(self, what: Callable[[], None]) -> None:
        """Do something as the server does what a browser asks."""
        with self._context:
            what()

    def send(self, widget: Any, event: str, data: Any = None) -> None:
        """Give an event of the browser to a template's handler, as it is at this moment."""
        self.do(lambda: widget._event_callbacks[event](data))

    def follow(self, link: str) -> None:
        """Go to another address of the app, as back and forward do."""
        path, _, query = link.partition("?")
        self.send(self.address, "moved", {"path": path, "query": query})

    def go(self, **where: str) -> None:
        """Follow a link in the frame: ``page="map"`` or ``language="uk"``."""
        self.send(self.address, "moved", where)

    def _control(self, label: str, event: str, inside: Any) -> Any:
        """Return the only control of this name that hears of an event, once it is there."""
        found: list[Any] = []

        def there() -> bool:
            found[:] = [
                one
                for one in walk(inside or self.root)
                if label in [properties(one).get(name) for name in ("label", "legend", "described")]
                and event in (getattr(one, "_event_callbacks", None) or {})
            ]
            return len(found) == 1

        wait_until(there)
        return found[0]

    def press(self, label: str, inside: Any = None) -> None:
        self.send(self._control(label, "pressed", inside), "pressed")

    def choose(self, label: str, value: Any, inside: Any = None) -> None:
        self.send(self._control(label, "chosen", inside), "chosen", value)

    @property
    def upload_field(self) -> Any:
        return self.having("too_large")[0]

    def upload(self, name: str, content: bytes) -> None:
        text = base64.b64encode(content).decode()
        self.send(self.upload_field, "chosen", {"name": name, "size": len(content), "content": text})

    def download(self, label: str, inside: Any = None) -> bytes:
        """Return what the button of this name gives to the browser."""
        button = self._control(label, "asked", inside)
        before = button.number
        self.send(button, "asked", {})
        wait_until(lambda: button.number > before)
        return base64.b64decode(button.content)
