"""Buttons, switches, sliders and months; native elements with a visible label and hint."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

from abm.months import month_index, month_label
from dashboard.shell.session import use_session


def _vue(name: str) -> str:
    """Return the path of a template, relative to this file."""
    return str(Path("vue") / f"{name}.vue")


@solara.component_vue(_vue("button"), vuetify=False)
def _Button(
    label: str, kind: str, disabled: bool, pressed: bool | None, described: str, event_pressed: Any = None
) -> None:
    """Vue side of :func:`Button`."""


def Button(
    label: str,
    on_click: Callable[[], None],
    kind: str = "primary",
    disabled: bool = False,
    pressed: bool | None = None,
    described: str = "",
) -> solara.Element:
    """Return a button.

    Parameters
    ----------
    label : str
        What it does.
    on_click : callable
        Called without arguments.
    kind : str
        ``primary`` (one per page), ``secondary`` or ``quiet``.
    disabled : bool
        Whether it can be used now; it stays readable.
    pressed : bool, optional
        For a button that stays in: whether it is.
    described : str
        More for screen readers ("Remove: benefit level in the Netherlands").
    """
    return _Button(  # type: ignore[return-value]
        label=label,
        kind=kind,
        disabled=disabled,
        pressed=pressed,
        described=described,
        event_pressed=lambda *_: on_click(),
    )


@solara.component_vue(_vue("slider"), vuetify=False)
def _Slider(
    label: str,
    value: float,
    least: float,
    most: float,
    step: float,
    unit: str,
    hint: str,
    error: str,
    neutral: float | None,
    neutral_label: str,
    spoken: str,
    disabled: bool,
    event_chosen: Any = None,
) -> None:
    """Vue side of :func:`Slider`."""


def Slider(
    label: str,
    value: float,
    on_value: Callable[[float], None],
    least: float,
    most: float,
    step: float,
    unit: str = "",
    hint: str = "",
    error: str = "",
    neutral: float | None = None,
    neutral_label: str = "",
    disabled: bool = False,
) -> solara.Element:
    """Return a slider with a number box; both show the same value.

    Parameters
    ----------
    label : str
        What is set.
    value : float
        Present value.
    on_value : callable
        Gets the new value, within the range and on a step; called when the user pauses.
    least, most, step : float
        Range and grid.
    unit : str
        Written after the number box.
    hint, error : str
        Shown below the label.
    neutral : float, optional
        Value at which nothing changes; marked on the scale with ``neutral_label``.
    neutral_label : str
        Name of that mark, such as "now".
    disabled : bool
        Cannot be used now.
    """

    def chosen(new: Any) -> None:
        if isinstance(new, (int, float)) and not isinstance(new, bool) and least <= new <= most:
            on_value(round(least + round((new - least) / step) * step, 9))

    return _Slider(  # type: ignore[return-value]
        label=label,
        value=value,
        least=least,
        most=most,
        step=step,
        unit=unit,
        hint=hint,
        error=error,
        neutral=neutral,
        neutral_label=neutral_label,
        spoken=f"{label}, {unit}" if unit else label,
        disabled=disabled,
        event_chosen=chosen,
    )


@solara.component_vue(_vue("switch"), vuetify=False)
def _Switch(
    label: str, value: bool, on_text: str, off_text: str, hint: str, disabled: bool, event_chosen: Any = None
) -> None:
    """Vue side of :func:`Switch`."""


@solara.component
def Switch(
    label: str, value: bool, on_value: Callable[[bool], None], hint: str = "", disabled: bool = False
) -> None:
    """Show a switch; its state is also written in words."""
    words = use_session().words

    def chosen(new: Any) -> None:
        on_value(new is True)

    _Switch(
        label=label,
        value=value,
        on_text=words.t("shell.on"),
        off_text=words.t("shell.off"),
        hint=hint,
        disabled=disabled,
        event_chosen=chosen,
    )


@solara.component_vue(_vue("month"), vuetify=False)
def _Month(
    label: str,
    value: str,
    first: str,
    last: str,
    months: list[str],
    month_label: str,
    year_label: str,
    hint: str,
    disabled: bool,
    event_chosen: Any = None,
) -> None:
    """Vue side of :func:`MonthSelect`."""


@solara.component
def MonthSelect(
    label: str,
    value: str,
    on_value: Callable[[str], None],
    first: str,
    last: str,
    hint: str = "",
    disabled: bool = False,
) -> None:
    """Show a choice of a month (``YYYY-MM``) between two months, as month and year."""
    words = use_session().words

    def chosen(new: Any) -> None:
        allowed = range(month_index(first), month_index(last) + 1)
        if isinstance(new, str) and new in {month_label(index) for index in allowed}:
            on_value(new)

    _Month(
        label=label,
        value=value,
        first=first,
        last=last,
        months=[words.t(f"formats.month_{number:02d}") for number in range(1, 13)],
        month_label=words.t("shell.month"),
        year_label=words.t("shell.year"),
        hint=hint,
        disabled=disabled,
        event_chosen=chosen,
    )
