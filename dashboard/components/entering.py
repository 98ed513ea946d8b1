"""Fields for text and files; native elements with a visible label, hint and error."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import solara

from dashboard.components.upload import file_fault
from dashboard.messages import Words
from dashboard.shell.session import use_session


def _vue(name: str) -> str:
    """Return the path of a template, relative to this file."""
    return str(Path("vue") / f"{name}.vue")


@solara.component_vue(_vue("text_area"), vuetify=False)
def _TextArea(
    label: str, value: str, hint: str, error: str, rows: int, most: int, event_chosen: Any = None
) -> None:
    """Vue side of :func:`TextArea`."""


def TextArea(
    label: str,
    value: str,
    on_value: Callable[[str], None],
    hint: str = "",
    error: str = "",
    rows: int = 6,
    most: int = 20_000,
) -> solara.Element:
    """Return a field for several lines; ``on_value`` gets the text when the user leaves it."""

    def chosen(new: Any) -> None:
        if isinstance(new, str):
            on_value(new[:most])

    return _TextArea(  # type: ignore[return-value]
        label=label, value=value, hint=hint, error=error, rows=rows, most=most, event_chosen=chosen
    )


@solara.component_vue(_vue("upload"), vuetify=False)
def _Upload(
    label: str,
    button: str,
    hint: str,
    error: str,
    kinds: list[str],
    most: int,
    too_large: str,
    event_chosen: Any = None,
) -> None:
    """Vue side of :func:`FileUpload`."""


@solara.component
def FileUpload(
    label: str,
    on_file: Callable[[str, bytes], None],
    kinds: Sequence[str] = (".yaml", ".yml"),
    most_bytes: int = 200_000,
    hint: str = "",
    error: str = "",
) -> None:
    """Show a field for one file.

    Parameters
    ----------
    label : str
        What file is asked for.
    on_file : callable
        Gets the name (without folders) and the content, checked for size and ending.
    kinds : sequence of str
        Endings that are allowed.
    most_bytes : int
        Largest file; checked in the browser and again here.
    hint, error : str
        Shown below the label; ``error`` is what the caller found wrong.
    """
    words: Words = use_session().words
    own_error, set_own_error = solara.use_state("")

    def chosen(new: Any) -> None:
        name, content, fault = file_fault(new, tuple(kinds), most_bytes, words)
        set_own_error(fault)
        if not fault:
            on_file(name, content)

    limit = words.t("shell.file_limit", size=words.bytes(most_bytes))
    _Upload(
        label=label,
        button=words.t("shell.file_choose"),
        hint=f"{hint} {limit}".strip(),
        error=own_error or error,
        kinds=list(kinds),
        most=most_bytes,
        too_large=words.t("shell.file_too_large", found="{found}", most=words.bytes(most_bytes)),
        event_chosen=chosen,
    )
