"""Files that are taken away and brought; nothing of them is written to the server's disk."""

import base64
import binascii
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

import solara

from abm.errors import EweaError
from dashboard.components.controls import VUE
from dashboard.components.element import vue
from dashboard.messages.words import Words
from dashboard.shell.session import use_session

MOST_NAME = 80
"""Characters of a file name that are kept."""

logger = logging.getLogger(__name__)

_Download = vue(
    VUE / "download.vue",
    "label kind file_name mime content number preparing error disabled event_asked event_taken",
)
_Upload = vue(VUE / "upload.vue", "label hint error kinds most too_large event_chosen")


@solara.component
def Download(
    label: str,
    file_name: str,
    make: Callable[[], bytes | str],
    mime: str = "text/csv",
    kind: str = "secondary",
    disabled: bool = False,
) -> None:
    """Show a button that makes a file when it is pressed and gives it to the browser.

    An EweaError of ``make`` is shown to the user. Of two makers given one after the other the newer is
    called, even if the page still shows the older state.
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
        label=label, kind=kind, file_name=file_name, mime=mime, content=content[1], number=content[0],
        preparing=words.t("shell.download_preparing"), error=error, disabled=disabled, event_asked=asked,
        # The browser has it: the copy here goes, it may be large.
        event_taken=lambda _: set_content(lambda now: (now[0], "")),
    )  # fmt: skip


@solara.component
def FileUpload(
    label: str,
    on_file: Callable[[str, bytes], None],
    most_bytes: int,
    kinds: Sequence[str] = (".yaml", ".yml"),
    hint: str = "",
    error: str = "",
) -> None:
    """Show a field for one file, checked in the browser and here; ``error`` is what the caller found."""
    words = use_session().words
    own_error, set_own_error = solara.use_state("")

    def chosen(new: Any) -> None:
        name, content, fault = file_fault(new, tuple(kinds), most_bytes, words)
        set_own_error(fault)
        if not fault:
            on_file(name, content)

    most = words.bytes(most_bytes)
    _Upload(
        label=label, hint=f"{hint} {words.t('shell.file_limit', size=most)}".strip(),
        error=own_error or error, kinds=list(kinds), most=most_bytes,
        too_large=words.t("shell.file_too_large", found="{found}", most=most), event_chosen=chosen,
    )  # fmt: skip


def file_fault(sent: Any, kinds: tuple[str, ...], most_bytes: int, words: Words) -> tuple[str, bytes, str]:
    """Return name, content and what is wrong ("" if nothing) of a message of the upload field.

    ``sent`` should be ``{"name": str, "size": int, "content": base64 text}``; a hostile client sends
    anything.
    """
    sent = sent if isinstance(sent, dict) else {}
    name = re.split(r"[/\\]", str(sent.get("name", "")))[-1][-MOST_NAME:]
    size, text = sent.get("size", 0), sent.get("content", "")
    if not name.lower().endswith(kinds):
        return name, b"", words.t("shell.file_wrong_kind", kinds=", ".join(kinds))
    if not isinstance(size, int) or not isinstance(text, str):
        return name, b"", words.t("shell.file_unreadable")
    # Four characters of base64 stand for three bytes.
    size = max(size, len(text) * 3 // 4 - 2)
    if size > most_bytes:
        too_large = words.t("shell.file_too_large", found=words.bytes(size), most=words.bytes(most_bytes))
        return name, b"", too_large
    try:
        return name, base64.b64decode(text, validate=True), ""
    except (binascii.Error, ValueError):
        return name, b"", words.t("shell.file_unreadable")
