"""One tab of one user: what it shows, what runs for it, and how to change either.

Everything a page reads from here inside its component makes the component draw itself anew when it changes:
the state stands in Solara's reactive variables. The lock keeps the views of undo in order when a press and
news from the engine come at the same time in two threads.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import solara
from solara.server import settings

from dashboard.engine.choice import Choices
from dashboard.engine.engine import Engine
from dashboard.messages.words import Words
from dashboard.shell.jobs import Jobs, JobState, UpdatePump
from dashboard.shell.view import SETTINGS, View, ViewHistory, read_view

LOOKS = 5
"""How often states are read again after they were set; each time they may have changed meanwhile."""

MOST_NOTICES = 5
MOST_FAULTS = 12


@dataclass(frozen=True)
class Notice:
    """Something the user should read: ``kind`` is information, warning, success or error."""

    kind: str
    title: str
    lines: tuple[str, ...] = ()


class Session:
    """State of one tab. Methods may be called from event handlers; reading is safe from any thread."""

    def __init__(self, session_id: str, engine: Engine, context: Any, view: View) -> None:
        self.id = session_id
        self.engine = engine
        self._lock = threading.RLock()
        self._view = solara.reactive(view)
        self._states: solara.Reactive[dict[str, JobState]] = solara.reactive({}, equals=lambda a, b: a is b)
        self._notices: solara.Reactive[tuple[Notice, ...]] = solara.reactive(())
        self._said: solara.Reactive[tuple[int, str]] = solara.reactive((0, ""))
        self._history = ViewHistory()
        self._pump = UpdatePump(context, self._show_states)
        engine.open_session(session_id, str(context.session_id))
        self._jobs = Jobs(engine, session_id, self._pump.notify)
        self._jobs.follow(view.choices)
        self._states.set(self._jobs.states())

    # -- reading ----------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """Everything the link holds."""
        return self._view.value

    @property
    def words(self) -> Words:
        """Texts and formats of the user's language."""
        return Words(self.view.language)

    @property
    def place(self) -> str:
        """Place looked at: ``NL``, ``EU``, ``ALL`` or a host."""
        return self.view.place

    @property
    def choice(self) -> Choices:
        """The choice shown (slot A)."""
        return self.view.choices["A"]

    @property
    def choices(self) -> dict[str, Choices]:
        """The compared choices by slot (A, B, C, D)."""
        return self.view.choices

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        _ = self._view.value
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back."""
        _ = self._view.value
        return self._history.can_redo

    @property
    def before(self) -> Choices | None:
        """What the shown choice was before the last change; None if nothing was changed."""
        _ = self._view.value
        return self._history.last_choice

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Notices above the page."""
        return self._notices.value

    @property
    def said(self) -> tuple[int, str]:
        """The last sentence for screen readers, with its number."""
        return self._said.value

    def job(self, slot: str = "A") -> JobState:
        """Return the state of the calculation of a slot that holds a choice."""
        states = self._states.value
        return states[slot] if slot in states else self._jobs.states()[slot]

    def setting(self, name: str, default: str, allowed: tuple[str, ...] | None = None) -> str:
        """Return what the link says about a setting of a page; the default for an unknown value."""
        assert name in SETTINGS, f"a link does not know the setting {name!r}: add it to SETTINGS"
        value = self.view.settings.get(name, default)
        return default if allowed is not None and value not in allowed else value

    def href(self, page: str | None = None, **changes: Any) -> str:
        """Return the address of a page with the present state (and fields of the view changed)."""
        view = replace(self.view, **{**changes, **({"page": page} if page else {})})
        return f"{settings.main.root_path or ''}/{view.page}?{view.query()}"

    # -- changing ---------------------------------------------------------------------------------

    def choose(self, choice: Choices | None, slot: str = "A") -> None:
        """Put a choice into a slot; calculation starts at once. None takes the slot away."""
        self._change(lambda view: view.with_choice(slot, choice))

    def choose_all(self, choices: dict[str, Choices]) -> None:
        """Replace all compared choices in one step (one undo)."""
        self._change(lambda view: replace(view, choices=dict(sorted(choices.items()))))

    def set_place(self, place: str) -> None:
        """Look at another place."""
        self._change(lambda view: replace(view, place=place))

    def set_setting(self, name: str, value: str) -> None:
        """Keep a setting of a page in the link (lower-case name; letters, digits, ``_ . , : -``)."""
        self._change(lambda view: replace(view, settings={**view.settings, name: value}))

    def show(self, **fields: str) -> None:
        """Change ``language`` or ``theme`` (``auto``, ``light`` or ``dark``)."""
        self._change(lambda view: replace(view, **fields))

    def go(self, page: str) -> None:
        """Show another page."""
        self._notices.set(())
        self._change(lambda view: replace(view, page=page))

    def reset(self) -> None:
        """Take all choices away (undo brings them back)."""
        self._change(lambda view: replace(view, choices=View(view.page).choices))

    def undo(self) -> None:
        """Take the last change of the choices back."""
        if self._history.can_undo:
            self._change(self._history.undo, note=False)
            self.say(self.words.t("shell.undone"))

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self._history.can_redo:
            self._change(self._history.redo, note=False)
            self.say(self.words.t("shell.redone"))

    def cancel(self, slot: str = "A") -> None:
        """Stop the calculation of a slot."""
        self._jobs.cancel(slot)

    def ask_again(self, slot: str = "A") -> None:
        """Calculate once more what failed or was stopped."""
        self._jobs.ask_again(slot)

    def open_link(self, page: str, query: str) -> None:
        """Show what a link says (the browser went back or forward)."""
        view, faults = view_of_link(self.engine, page, query, self.view.language)
        self._change(lambda old: replace(view, law=old.law))
        self.explain(faults)

    def notify(self, kind: str, title: str, *lines: str) -> None:
        """Show a notice above the page until it is dismissed or the page changes."""
        self._notices.set((*self._notices.value, Notice(kind, title, lines))[-MOST_NOTICES:])

    def explain(self, faults: list[str]) -> None:
        """Show what of a link could not be used."""
        if faults:
            said = [self.words.t(f"shell.link_problem_{part}") for part in ("title", "text")]
            self.notify("warning", *said, *faults[:MOST_FAULTS])

    def dismiss(self, notice: Notice) -> None:
        """Take a notice away."""
        self._notices.set(tuple(kept for kept in self._notices.value if kept is not notice))

    def say(self, sentence: str) -> None:
        """Have screen readers speak a sentence, politely."""
        self._said.set((self._said.peek()[0] + 1, sentence))

    def close(self) -> None:
        """Stop everything; the tab is gone."""
        self._pump.close()
        self._jobs.close()

    # -- inside -----------------------------------------------------------------------------------

    def _change(self, change: Callable[[View], View], note: bool = True) -> None:
        """Replace the view, remember the step, and ask the engine for what is new."""
        with self._lock:
            old = self._view.peek()
            new = change(old)
            if new == old:
                return
            if note:
                self._history.note(old, new)
        if new.choices != old.choices:
            self._jobs.follow(new.choices)
            self._states.set(self._jobs.states())
            self._show_states()
        self._view.set(new)

    def _show_states(self) -> None:
        """Show how things stand, and look again afterwards.

        A click and news from the engine may come at the same time in two threads. Each reads the states and
        then sets them, so the slower one could set old states over new ones for good; whoever sets last looks
        again and puts it right.
        """
        for _ in range(LOOKS):
            states, shown = self._jobs.states(), self._states.peek()
            if states.keys() == shown.keys() and all(states[one].looks_like(shown[one]) for one in states):
                return
            self._states.set(states)


def view_of_link(engine: Engine, page: str, query: str, language: str) -> tuple[View, list[str]]:
    """Return what a link asks for, as far as it exists, and faults about the rest."""
    return read_view(page, query, language, engine.baseline.places, engine.read_choice)


_context: Any = solara.create_context(None)


def provide_session(session: Session) -> None:
    """Make a session known to all components inside the calling one."""
    _context.provide(session)


def use_session() -> Session:
    """Return the session of the tab (inside a component only)."""
    session = solara.use_context(_context)
    assert session is not None, "use_session works inside the app only"
    return session
