"""What the model runs on: ``ewea data``, ``population report``, ``levers`` and ``law``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abm.errors import EweaError
from experiments.options import (
    SCALE,
    AsJson,
    configs_of,
    console,
    month_option,
    number_option,
    print_json,
    terminal_table,
)

if TYPE_CHECKING:
    from abm.policy.law import LawRow


def data_check_command(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Check every data file; show period, places, status of the figures, and gaps.

    The exit code is 2 if a file is wrong.
    """
    from experiments.data.check import check_data

    report = check_data(configs_of(context))
    if as_json:
        print_json(report.to_dict())
    else:
        typer.echo(report.to_text())
    if not report.is_valid:
        raise typer.Exit(2)


def configs_copy_command(
    context: typer.Context,
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder for the copy.")],
) -> None:
    """Copy the configuration into a folder of your own, to edit and to use with --configs."""
    copy_configs(configs_of(context), folder)
    typer.echo(f"Copied to {folder}. Use it: ewea --configs {folder} run, or EWEA_CONFIGS={folder}.")


def copy_configs(root: Path, folder: Path) -> None:
    """Copy a configuration folder, whole or not at all; what is there is never overwritten."""
    from shutil import copytree

    from abm.files import plain_refusal, whole

    if folder.is_symlink() or folder.is_file():
        raise EweaError(f"{folder}: is a link or a file. Name a new folder.")
    if folder.is_dir() and any(folder.iterdir()):
        raise EweaError(f"{folder}: is not empty, and nothing is overwritten. Name a new folder.")
    if folder.resolve().is_relative_to(root.resolve()):
        raise EweaError(f"{folder}: lies in {root}, which would be copied into itself. Name another folder.")
    with plain_refusal(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with whole(folder) as part:
            copytree(root, part)


def data_update_command(
    context: typer.Context,
    *,
    stock: Annotated[
        Path | None, typer.Option(help="File of migr_asytpsm (SDMX-CSV or TSV, plain or gzip).")
    ] = None,
    decisions: Annotated[Path | None, typer.Option(help="File of migr_asytpfm, in the same formats.")] = None,
    vintage: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="Month of the figures, where the files do not say."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild the register series from Eurostat; show what changes, then write it.

    Without files the two datasets are fetched from Eurostat (needs the extra 'data' and a network).
    Nothing is written, and the exit code is 2, if a check refuses the new figures.
    """
    from experiments.data.update import apply_update, plan_update

    plan = plan_update(configs_of(context), stock, decisions, vintage)
    written = [] if dry_run or plan.faults or plan.is_empty else apply_update(plan)
    if as_json:
        print_json({**plan.to_dict(), "written": [path.name for path in written]})
    else:
        typer.echo(plan.to_text())
        if written:
            typer.echo("Written. Look at the difference with 'git diff', then run 'ewea validate'.")
        elif dry_run and not plan.faults and not plan.is_empty:
            typer.echo("Dry run: nothing was written.")
    if plan.faults:
        raise typer.Exit(2)


def population_report_command(
    context: typer.Context,
    *,
    month: Annotated[
        int | None, month_option("Month of the population. Default: last register month.")
    ] = None,
    scale: Annotated[int | None, number_option(f"{SCALE}; small hosts are sampled more finely.", 1)] = None,
    seed: Annotated[int, number_option("Seed of the draws.", 0)] = 1,
    as_json: AsJson = False,
) -> None:
    """Print who is abroad in a run beside every share we know: target, achieved and worst error."""
    from experiments.population_report import population_report, print_report, to_dict

    report = population_report(configs_of(context), month, scale, seed)
    if as_json:
        print_json(to_dict(report))
    else:
        print_report(report)


def levers_command(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List all levers with their range, what they act on and where they are in force, and all scenarios."""
    from experiments.catalogue import lever_catalogue, scenario_catalogue

    root = configs_of(context)
    levers, scenarios = lever_catalogue(root), scenario_catalogue(root)
    if as_json:
        print_json({"levers": levers, "scenarios": scenarios})
        return
    rows = []
    for lever in levers:
        in_force = sorted(
            {
                place
                for line in lever["lines"]
                if line["status"] in ("in_force", "assumed") and line["until"] is None
                for place in ([line["place"]] if isinstance(line["place"], str) else line["place"])
            }
        )
        bounds = f"{lever['range']['least']} to {lever['range']['most']}"
        rows.append(
            (lever["group"], lever["id"], lever["label"]["en"], lever["unit"], bounds, " ".join(in_force))
        )
    out = console()
    heads = ("group", "lever", "what it is", "unit", "range", "in force in")
    out.print(terminal_table("Levers: what a government can set", heads, rows, len(heads)))
    scenes = [(one["kind"], one["id"], one["explanation"]["en"]) for one in scenarios]
    title = "Scenarios: join them with +, for example rtb_end+winter_grid"
    out.print(terminal_table(title, ("kind", "scenario", "what happens"), scenes, 3))


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


COMMANDS = {
    "configs copy": configs_copy_command,
    "data check": data_check_command,
    "data update": data_update_command,
    "population report": population_report_command,
    "levers": levers_command,
    "law": law_command,
}
