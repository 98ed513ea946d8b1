"""The law of a day: ``ewea law``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.options import AsJson, configs_of, console, print_json, terminal_table

if TYPE_CHECKING:
    from abm.policy.law import LawRow


def day_option(text: str) -> Any:
    """Return an option that takes a day, ``YYYY-MM-DD``."""

    def day(typed: str) -> str:
        from abm.policy.law import to_date

        try:
            return to_date(typed).isoformat()
        except ValueError as error:
            raise typer.BadParameter(
                f"found {typed!r}; write a day as YYYY-MM-DD, for example 2026-11-29."
            ) from error

    return typer.Option(parser=day, metavar="YYYY-MM-DD", help=text)


def law_command(
    context: typer.Context,
    *,
    on: Annotated[str | None, day_option("Day whose law is shown. Default: as_of in settings.yaml.")] = None,
    place: Annotated[
        str | None, typer.Option(help="Host, EU, ALL or UA; rules of the Union count for its members.")
    ] = None,
    lapsed: Annotated[bool, typer.Option("--lapsed", help="Show rules that are over, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what is in force, since when, what is coming, its source, and when that was last checked."""
    from abm.policy.law import STALE_AFTER, law_on, law_state

    root = configs_of(context)
    rows, state = law_on(root, on, place, lapsed=lapsed), law_state(root, on)
    if as_json:
        print_json([row.to_dict(state.day) for row in rows])
        return
    out = console()
    heads = ("rule", "place", "value", "from", "until", "source", "checked")
    for status, title in TITLES.items():
        chosen = [row for row in rows if row.status == status]
        if chosen:
            lines = [_line(row, state.day) for row in chosen]
            out.print(terminal_table(title, heads, lines, len(heads)))
    typer.echo(state.sentence)
    if any(row.stale(state.day) for row in rows):
        typer.echo(f"! = last checked more than {STALE_AFTER} days before {state.day}.")


TITLES = {
    "in_force": "In force",
    "assumed": "Said by no act, taken by the model",
    "announced": "Coming: decided or announced",
    "proposed": "Proposed: not part of the baseline",
    "lapsed": "Over",
}
"""Headings of the table by status."""


def _line(row: "LawRow", day: str) -> tuple[str, ...]:
    who = "" if row.who == "everybody" else f" ({row.who})"
    checked = row.checked_on + (" !" if row.stale(day) else "")
    return (
        f"{row.label['en']}{who}", row.place, _value(row), row.since, row.until or "", row.source, checked
    )  # fmt: skip


def _value(row: "LawRow") -> str:
    if row.unit.startswith(("0 ", "1 ")) and row.value in (0, 1):
        return "yes" if row.value == 1 else "no"
    value = f"{row.value:g}" if isinstance(row.value, float | int) else str(row.value)
    margin = "" if row.low is None or row.high is None else f" ({row.low:g} to {row.high:g})"
    return f"{value}{margin} {row.unit}"


COMMANDS = {"law": law_command}
