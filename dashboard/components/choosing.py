"""Choices from a list: one or any number; native elements with a visible label and hint."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import solara

type Option = tuple[str, str]
"""A value and its label."""


def _vue(name: str) -> str:
    """Return the path of a template, relative to this file."""
    return str(Path("vue") / f"{name}.vue")


@solara.component_vue(_vue("select"), vuetify=False)
def _Select(
    label: str,
    value: str,
    groups: list[Any],
    hint: str,
    error: str,
    disabled: bool,
    compact: bool,
    event_chosen: Any = None,
) -> None:
    """Vue side of :func:`Select`."""


def Select(
    label: str,
    value: str,
    options: Sequence[Option],
    on_value: Callable[[str], None],
    hint: str = "",
    error: str = "",
    groups: Sequence[tuple[str, Sequence[Option]]] = (),
    disabled: bool = False,
    compact: bool = False,
) -> solara.Element:
    """Return a choice of one from a list.

    Parameters
    ----------
    label : str
        What is chosen.
    value : str
        Value of the chosen option.
    options : sequence of (value, label)
        What can be chosen.
    on_value : callable
        Gets the new value (always one of the options).
    hint, error : str
        Shown between label and list.
    groups : sequence of (title, options)
        Further options under titles.
    disabled, compact : bool
        Cannot be used now; label beside the list.
    """
    allowed = {key for key, _ in options} | {key for _, some in groups for key, _ in some}
    listed = [["", [list(option) for option in options]]] if options else []
    listed += [[title, [list(option) for option in some]] for title, some in groups]

    def chosen(new: Any) -> None:
        if isinstance(new, str) and new in allowed:  # a tampered message is ignored
            on_value(new)

    return _Select(  # type: ignore[return-value]
        label=label,
        value=value,
        groups=listed,
        hint=hint,
        error=error,
        disabled=disabled,
        compact=compact,
        event_chosen=chosen,
    )


@solara.component_vue(_vue("radios"), vuetify=False)
def _Radios(
    legend: str,
    value: Any,
    options: list[Any],
    hint: str,
    many: bool,
    most: int | None,
    inline: bool,
    event_chosen: Any = None,
) -> None:
    """Vue side of :func:`Radios` and :func:`Checkboxes`."""


def Radios(
    legend: str,
    value: str,
    options: Sequence[Sequence[str]],
    on_value: Callable[[str], None],
    hint: str = "",
    inline: bool = False,
) -> solara.Element:
    """Return a choice of one where all options can be seen; an option is (value, label[, hint])."""
    allowed = {option[0] for option in options}

    def chosen(new: Any) -> None:
        if isinstance(new, str) and new in allowed:
            on_value(new)

    listed = [[*option, ""][:3] for option in options]
    return _Radios(  # type: ignore[return-value]
        legend=legend,
        value=value,
        options=listed,
        hint=hint,
        many=False,
        most=None,
        inline=inline,
        event_chosen=chosen,
    )


def Checkboxes(
    legend: str,
    values: Sequence[str],
    options: Sequence[Sequence[str]],
    on_switch: Callable[[str, bool], None],
    hint: str = "",
    inline: bool = False,
    most: int | None = None,
) -> solara.Element:
    """Return a choice of any number; ``on_switch`` gets which one was switched, and whether on.

    It is for ``on_switch`` to refuse more than ``most``; the box then loses its tick again.

    It gets no list of all that are on: with two quick presses the second one's list would lack the first.
    """
    allowed = {option[0] for option in options}

    def chosen(new: Any) -> None:
        match new:
            case [str(key), bool(on)] if key in allowed:
                on_switch(key, on)

    listed = [[*option, ""][:3] for option in options]
    return _Radios(  # type: ignore[return-value]
        legend=legend,
        value=list(values),
        options=listed,
        hint=hint,
        many=True,
        most=most,
        inline=inline,
        event_chosen=chosen,
    )
