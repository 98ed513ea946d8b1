"""``ewea run``, ``compare`` and ``why``: simulate scenarios, and tell what they change and for whom."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from abm.errors import EweaError
from experiments.options import (
    AsJson,
    FirstSeed,
    Scale,
    Seeds,
    Threads,
    Until,
    UsualScale,
    configs_of,
    console,
    number_option,
    out_option,
    print_json,
    terminal_table,
)


def run_command(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Argument(help="Scenario; join several with +.")] = "baseline",
    scale: UsualScale = None,
    seeds: Annotated[int | None, number_option("Number of runs that differ by chance alone.", 1)] = None,
    seed: FirstSeed = 1,
    until: Until = None,
    arrivals: Annotated[
        Literal["recorded", "modelled"],
        typer.Option(help="Arrivals while data exist: as the registers recorded them, or as predicted."),
    ] = "recorded",
    parameters: Annotated[
        Literal["central", "posterior"] | None,
        typer.Option(
            help="Coefficients: the central ones, or a draw of the posterior per seed (default).",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path | None, out_option("results/<scenario>-<hash>")] = None,
    threads: Threads = 0,
    from_manifest: Annotated[
        Path | None,
        typer.Option(
            help="Repeat the run of this manifest or run folder, byte for byte.", show_default=False
        ),
    ] = None,
    checkpoint: Annotated[
        int | None, number_option("Keep the state of every seed after every N months, for --resume.", 1)
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Continue an interrupted run with checkpoints: its folder.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate every displaced household month by month and report stocks, moves and places.

    Scale, seeds and horizon default to those of configs/settings.yaml.
    """
    from experiments.options import progress
    from experiments.run_scenario import RunRequest, repeat_run, resume_run, run_scenario

    root = configs_of(context)
    if resume is not None:
        refuse_beside(context, "resume", "out", "from_manifest", "checkpoint", *DECIDED)
        asked_for, out = resume_run(resume, root, threads)
    elif from_manifest is not None:
        refuse_beside(context, "from_manifest", *DECIDED)
        asked_for = replace(repeat_run(from_manifest, root, threads), checkpoint=checkpoint)
    else:
        asked_for = RunRequest(
            root, scenario, scale, seeds, seed, until, arrivals, parameters, threads, checkpoint
        )
    with progress(0, asked_for.scenario) as meter:
        done = run_scenario(asked_for, out=out, watch=meter.show)
    if as_json:
        print_json({**done.figures, "run_folder": str(done.folder)})
    else:
        from experiments.summary import print_summary

        print_summary(done.figures)
        typer.echo(f"\nTables, figures and manifest: {done.folder}")


DECIDED = ("scenario", "scale", "seeds", "seed", "until", "arrivals", "parameters")
"""What a manifest says of a run."""


def refuse_beside(context: typer.Context, option: str, *others: str) -> None:
    """Refuse what was typed beside an option that says it all."""
    typed = [
        name for name in others if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    ]
    if typed:
        names = ", ".join(name if name == "scenario" else f"--{name.replace('_', '-')}" for name in typed)
        raise EweaError(f"--{option.replace('_', '-')}: says {names} already. Leave it out.")


def compare_command(
    context: typer.Context,
    *,
    base: Annotated[str, typer.Argument(help="Scenario to measure against.")],
    others: Annotated[list[str], typer.Argument(help="Scenarios to compare; join several with +.")],
    scale: UsualScale = None,
    seeds: Seeds = 20,
    seed: FirstSeed = 1,
    until: Until = None,
    months: Annotated[int | None, number_option("Instead of --until: months from the first on.", 1)] = None,
    place: Annotated[
        list[str] | None, typer.Option(help="Place to report: NL, EU, ALL or a host. May be repeated.")
    ] = None,
    threads: Threads = 0,
    sensitivity: Annotated[
        bool,
        typer.Option(
            "--sensitivity",
            help="Also tell how much of the bands is judgement and what each judged prior moves "
            "(configs/coefficients/judged.csv); more runs.",
        ),
    ] = False,
    out: Annotated[Path | None, out_option("results/compare-<scenarios>-<hash>")] = None,
    as_json: AsJson = False,
) -> None:
    """Run scenarios on the same seeds and report their differences with bands, by lever and by channel.

    Runs start in March 2022; what differs only after the last register month shares its past.
    """
    from experiments.comparison import print_comparisons, print_judgement, run_comparison
    from experiments.options import progress
    from experiments.summary import host_spoken_of

    with progress(0, f"{base} against {', '.join(others)}", unit="paired runs") as meter:
        result = run_comparison(
            configs_of(context), base, others, scale=scale, n_seeds=seeds, first_seed=seed, until=until,
            months=months, places=place, threads=threads, sensitivity=sensitivity, out=out, watch=meter.show,
        )  # fmt: skip
    if as_json:
        print_json(result.json)
        return
    shown = place or [host_spoken_of(result.world), "EU"]
    print_comparisons(result.comparisons, result.world, shown, result.settings)
    if result.judgement is not None:
        print_judgement(result.judgement, [base, *others], result.world, shown)
    typer.echo(f"\nTables, figure and manifest: {result.folder}")


def why_command(
    context: typer.Context,
    *,
    household: Annotated[
        str, typer.Argument(help="Household id, or 'any' for one whose path differs.")
    ] = "any",
    base: Annotated[str, typer.Option(help="First scenario.")] = "baseline",
    against: Annotated[str, typer.Option(help="Second scenario.")] = "rtb_end",
    seed: Annotated[int, number_option("Seed of both runs.", 0)] = 1,
    scale: Scale = 1000,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Tell one simulated household's history under two scenarios, with its factor sums where they part.

    No real household is described: the population is synthetic.
    """
    from abm.data.folder import load_settings
    from abm.data.settings import RunSettings
    from experiments.ensemble.households import SHOWN_FACTORS
    from experiments.ensemble.paired import history

    root = configs_of(context)
    usual = load_settings(root)
    settings = RunSettings(
        scenario=base,
        scale=scale,
        until=usual.default_until if until is None else until,
        households_per_host=100,
    )
    told = history(root, household, base, against, settings, seed)
    if as_json:
        print_json(told)
        return
    table = terminal_table(
        f"Household {told['household']} under {base} and {against} (seed {seed})",
        ("month", base, against),
        (),
        3,
    )
    before: tuple[str, str] = ("", "")
    for month in told["months"]:
        cells = tuple(_told(month[name]) for name in ("base", "other"))
        if cells != before:
            table.add_row(month["month"], *cells, style="bold" if month["differs"] else None)
        before = cells  # type: ignore[assignment]
    out = console()
    out.print(table)
    parting = next((m for m in told["months"] if m["differs"]), None)
    if parting is None:
        out.print("The two histories are the same.")
        return
    for way in ("return", "onward"):
        rows = [
            (factor.replace("_", " "), *("-" if v is None else f"{v:+.2f}" for v in pair))
            for factor, pair in list(parting[way].items())[:SHOWN_FACTORS]
        ]
        title = f"{parting['month']}: what favours {way} over staying (log odds)"
        out.print(terminal_table(title, ("factor", base, against), rows))
    out.print("Log odds: +0.7 doubles the odds, -0.7 halves them. The household is simulated, not real.")


def _told(row: dict[str, str] | None) -> str:
    if row is None:
        return "not there"
    parts = [row["place"], row["status"], f"work {row['work']}", row["housing"], f"wants {row['intention']}"]
    return ", ".join(part.replace("_", " ") for part in parts) + (
        "" if row["choice"] == "stay" else f" -> {row['choice']}"
    )


COMMANDS = {"run": run_command, "compare": compare_command, "why": why_command}
