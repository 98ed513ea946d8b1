"""A button that makes a file when it is pressed and gives it to the browser."""

import base64
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

from abm.errors import EweaError
from dashboard.shell.session import use_session

logger = logging.getLogger(__name__)


@solara.component_vue(str(Path("vue") / "download.vue"), vuetify=False)
def _Download(
    label: str,
    kind: str,
    file_name: str,
    mime: str,
    content: str,
    number: int,
    preparing: str,
    error: str,
    disabled: bool,
    event_asked: Any = None,
    event_taken: Any = None,
) -> None:
    """Vue side of :func:`Download`."""


@solara.component
def Download(
    label: str,
    file_name: str,
    make: Callable[[], bytes | str],
    mime: str = "text/csv",
    kind: str = "secondary",
    disabled: bool = False,
) -> None:
    """Show a button that downloads a file.

    Parameters
    ----------
    label : str
        What is downloaded, with its kind: "Table (CSV)".
    file_name : str
        Name the file gets.
    make : callable
        Returns the content when the button is pressed; an EweaError is shown to the user. Of two given one
        after the other the newer is called, even if the page still shows the older state.
    mime : str
        Media type.
    kind : str
        Look of the button, see :func:`Button`.
    disabled : bool
        Cannot be used now.
    """
    words = use_session().words
    content, set_content = solara.use_state((0, ""))
    error, set_error = solara.use_state("")
    # The parts of a page change one after the other. Whoever presses as soon as the page says "done" may meet
    # the handler of before, and must not get the figures of before with it.
    newest = solara.use_ref(make)
    newest.current = make

    def asked(_: Any) -> None:
        try:
            made = newest.current()
        except EweaError as fault:
            set_error(str(fault))
            return
        except Exception:
            logger.exception("the file %s could not be made", file_name)
            set_error(words.t("shell.download_failed"))
            return
        raw = made.encode() if isinstance(made, str) else made
        set_error("")
        written = base64.b64encode(raw).decode("ascii")
        set_content(lambda now: (now[0] + 1, written))

    _Download(
        label=label,
        kind=kind,
        file_name=file_name,
        mime=mime,
        content=content[1],
        number=content[0],
        preparing=words.t("shell.download_preparing"),
        error=error,
        disabled=disabled,
        event_asked=asked,
        # The browser has it: the copy here goes, it may be large.
        event_taken=lambda _: set_content(lambda now: (now[0], "")),
    )
