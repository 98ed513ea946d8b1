"""Form controls: native elements with a visible label and hint.

Whatever a browser sends is checked here: a tampered message is ignored.
"""

import base64
import binascii
import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import solara

from abm.errors import EweaError
from abm.months import month_index, month_label
from dashboard.components.element import vue
from dashboard.messages.words import Words
from dashboard.shell.session import Session, use_session

VUE = Path(__file__).parent / "vue"

_Button = vue(VUE / "button.vue", "label kind disabled pressed described event_pressed")
_Slider = vue(VUE / "slider.vue", "label value least most step hint neutral neutral_label names event_chosen")
_Month = vue(VUE / "month.vue", "label value first last months month_label year_label hint event_chosen")
_Select = vue(VUE / "select.vue", "label value groups hint compact event_chosen")
_Search = vue(VUE / "search.vue", "label value event_chosen")
_Choices = vue(VUE / "radios.vue", "legend value options many most inline event_chosen")

type Option = Sequence[str]
"""A value and its label; for radios and checkboxes a hint may follow."""


def Button(
    label: str,
    on_click: Callable[[], None],
    kind: str = "primary",
    disabled: bool = False,
    pressed: bool | None = None,
    described: str = "",
) -> solara.Element:
    """Return a button: ``primary`` (one per page), ``secondary`` or ``quiet``.

    ``pressed`` is for one that stays in; ``described`` says more to screen readers ("Remove: benefit level
    in the Netherlands").
    """

    def press(*_: Any) -> None:
        on_click()

    return _Button(
        label=label, kind=kind, disabled=disabled, pressed=pressed, described=described, event_pressed=press
    )


def Slider(
    label: str,
    value: float,
    on_value: Callable[[float], None],
    span: dict[str, float],
    hint: str = "",
    neutral: float | None = None,
    neutral_label: str = "",
    names: Sequence[str] = (),
) -> solara.Element:
    """Return a slider with a number box; ``on_value`` is called when the user pauses.

    ``span`` gives ``least``, ``most`` and ``step``; at ``neutral`` nothing changes, so the scale marks it.
    With ``names`` of the values, from ``least`` on, the name stands in the place of the box.
    """
    least, most, step = span["least"], span["most"], span["step"]

    def chosen(new: Any) -> None:
        if isinstance(new, (int, float)) and not isinstance(new, bool) and least <= new <= most:
            on_value(round(least + round((new - least) / step) * step, 9))

    return _Slider(
        label=label, value=value, least=least, most=most, step=step, hint=hint,
        neutral=neutral, neutral_label=neutral_label, names=list(names), event_chosen=chosen,
    )  # fmt: skip


@solara.component
def MonthSelect(
    label: str, value: str, on_value: Callable[[str], None], first: str, last: str, hint: str = ""
) -> None:
    """Show a choice of a month (``YYYY-MM``) between two months, as month and year."""
    words = use_session().words

    def chosen(new: Any) -> None:
        allowed = range(month_index(first), month_index(last) + 1)
        if isinstance(new, str) and new in {month_label(index) for index in allowed}:
            on_value(new)

    _Month(
        label=label, value=value, first=first, last=last, months=words.month_names(), hint=hint,
        month_label=words.t("shell.month"), year_label=words.t("shell.year"), event_chosen=chosen,
    )  # fmt: skip


def Select(
    label: str,
    value: str,
    options: Sequence[Option],
    on_value: Callable[[str], None],
    hint: str = "",
    groups: Sequence[tuple[str, Sequence[Option]]] = (),
    compact: bool = False,
) -> solara.Element:
    """Return a choice of one from a list; ``groups`` are further options under titles."""
    listed = [(title, [list(option) for option in some]) for title, some in (("", options), *groups) if some]
    allowed = {option[0] for _, some in listed for option in some}

    def chosen(new: Any) -> None:
        if isinstance(new, str) and new in allowed:
            on_value(new)

    return _Select(label=label, value=value, groups=listed, hint=hint, compact=compact, event_chosen=chosen)


MOST_SEARCHED = 60
"""Characters of a search that are read."""


def SearchField(label: str, value: str, on_text: Callable[[str], None]) -> solara.Element:
    """Return a field to search with; ``on_text`` is called when the user pauses."""

    def chosen(new: Any) -> None:
        if isinstance(new, str):
            on_text(new[:MOST_SEARCHED])

    return _Search(label=label, value=value, event_chosen=chosen)


def Radios(
    legend: str, value: str, options: Sequence[Option], on_value: Callable[[str], None], inline: bool = False
) -> solara.Element:
    """Return a choice of one where all options can be seen."""
    listed = [[*option, ""][:3] for option in options]

    def chosen(new: Any) -> None:
        if isinstance(new, str) and new in {option[0] for option in listed}:
            on_value(new)

    return _Choices(
        legend=legend, value=value, options=listed, many=False, most=None, inline=inline, event_chosen=chosen
    )


def Checkboxes(
    legend: str,
    values: Sequence[str],
    options: Sequence[Option],
    on_switch: Callable[[str, bool], None],
    most: int,
) -> solara.Element:
    """Return a choice of any number; ``on_switch`` gets which one was switched, and whether on.

    It gets no list of all that are on: with two quick presses the second one's list would lack the first.
    It is for ``on_switch`` to refuse more than ``most``; the box then loses its tick again.
    """
    listed = [[*option, ""][:3] for option in options]

    def chosen(new: Any) -> None:
        match new:
            case [str(key), bool(on)] if key in {option[0] for option in listed}:
                on_switch(key, on)

    return _Choices(
        legend=legend, value=list(values), options=listed, many=True, most=most, inline=False,
        event_chosen=chosen,
    )  # fmt: skip


def setting_select(
    session: Session, name: str, label: str, value: str, options: Sequence[Option], **more: Any
) -> solara.Element:
    """Return a :func:`Select` of a setting that the link keeps."""
    return Select(label, value, options, lambda new: session.set_setting(name, new), **more)


def setting_radios(
    session: Session, name: str, legend: str, options: Sequence[Option], inline: bool = False
) -> str:
    """Show :func:`Radios` of a setting that the link keeps; return what is set, at first the first option."""
    value = session.setting(name, options[0][0], tuple(option[0] for option in options))
    Radios(legend, value, options, lambda new: session.set_setting(name, new), inline)
    return value


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
