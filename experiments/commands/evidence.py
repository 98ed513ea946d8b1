"""The model beside evidence: ``ewea validate``, ``facts``, ``experiment``, ``scorecard`` ..."""

from pathlib import Path
from typing import Annotated

import typer

from abm.band import IN_WORDS, LEVEL, key
from experiments.options import (
    AsJson,
    FirstSeed,
    Scale,
    Seeds,
    Threads,
    UsualScale,
    configs_of,
    console,
    month_option,
    number_option,
    print_json,
    terminal_table,
)


def validate_command(
    context: typer.Context,
    *,
    scale: Annotated[
        int | None,
        number_option("One simulated household stands for N. [default: configs/validation.yaml]", 1),
    ] = None,
    seeds: Annotated[
        int | None,
        number_option("Runs that differ by chance alone. [default: configs/validation.yaml]", 1),
    ] = None,
    seed: FirstSeed = 1,
    figure: Annotated[
        Path | None, typer.Option(help="Write the figure to this .png, .svg or .pdf file as well.")
    ] = None,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Score past forecasts of the model against the registers, beside naive and automatic baselines.

    Every forecast starts at the end of a past month and uses only what was known then. The baselines are
    "nothing changes", "inflow goes on", last year's growth, a damped trend, ETS and ARIMA. To 2024-08 months
    with a register clean-up are scored apart; forecasts from 2024-08 on are scored with and without them.
    """
    from experiments.rolling_text import rolling_text
    from experiments.validate_hindcast import validate_hindcast
    from experiments.validate_people import intentions_text, people_text, surveys_text
    from experiments.validation_text import validation_text

    result = validate_hindcast(
        configs=configs_of(context),
        scale=scale,
        n_seeds=seeds,
        first_seed=seed,
        threads=threads,
        figure=figure,
        quiet=as_json,
    )
    if as_json:
        surveys = {"surveys": result.surveys}
        if result.intentions is not None:
            surveys["intentions"] = result.intentions
        print_json({**result.scores, **result.rolling, **result.people, **surveys})
    else:
        typer.echo(validation_text(result.scores, result.rules, result.scale, result.n_seeds))
        typer.echo(rolling_text(result.rolling, result.rules))
        typer.echo(people_text(result.people))
        typer.echo(surveys_text(result.surveys))
        if result.intentions is not None:
            typer.echo(intentions_text(result.intentions))
        if figure is not None:
            typer.echo(f"\nFigure: {figure}")


def facts_command(
    context: typer.Context,
    *,
    row: Annotated[list[str] | None, typer.Option(help="Only this row. May be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print every direction of effect of the evidence: row, statement, expected, found."""
    from experiments.facts.table import facts_table

    table = facts_table(configs_of(context), row)
    if as_json:
        print_json(table)
        return
    rows = []
    for item in table:
        holds = "yes" if item["holds"] else f"no: {item['cannot']}" if item["cannot"] else "NO"
        rows.append((item["id"], item["statement"], item["expected"], item["found"], holds))
    title = "Directions of effect: what the evidence says and what the model does"
    out = console()
    out.print(terminal_table(title, ("row", "statement", "expected", "found", "holds"), rows, 5))
    held = sum(item["holds"] for item in table)
    out.print(
        f"{held} of {len(table)} rows hold ({100 * held / len(table):.0f} %). Rows of the kind 'exact' "
        "compare the odds of one household and involve no chance; rows of the kind 'runs' need five of five "
        "seeds to agree, which chance alone brings about in one case in sixteen."
    )


def experiment_command(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="Natural experiment, for example ireland_2023.")],
    seeds: Seeds = 5,
    scale: Scale = 100,
    as_json: AsJson = False,
) -> None:
    """Print observed against simulated figures of a natural experiment, with intervals."""
    from experiments.natural import natural_experiment

    found = natural_experiment(configs_of(context), name, range(1, seeds + 1), scale)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            f"{row['name']} ({row['unit']})",
            f"{row['observed']:g}",
            f"{row['observed_low']:g} to {row['observed_high']:g}",
            f"{row['simulated']:.2f} ({row[key('low')]:.2f} to {row[key('high')]:.2f})",
            "yes" if row["inside"] else "NO",
        )
        for row in found["rows"]
    ]
    out = console()
    out.print(found["question"])
    heads = ("", "observed", "interval to meet", f"simulated ({IN_WORDS} band)", "inside")
    out.print(terminal_table(found["label"], heads, rows))
    out.print(f"{found['reading']}. Source rows: {found['source']}.")


def scorecard_command(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Argument(help="Scenario that fixes everything else.")] = "baseline",
    published: Annotated[str, typer.Option(help="Published scorecard: 2024-03 or 2025-11.")] = "2024-03",
    seeds: Seeds = 8,
    scale: Scale = 200,
    as_json: AsJson = False,
) -> None:
    """Score every indicator by its effect on the number of displaced people in the Netherlands, -2 to +2."""
    from experiments.scorecard import scorecard

    found = scorecard(configs_of(context), scenario, published, seeds, scale)
    if as_json:
        print_json(found["rows"])
        return
    rows = []
    for row in found["rows"]:
        model = "-" if row["model"] is None else f"{row['model']:+d}".replace("+0", "0")
        given = row["published"]
        shown = "not scored" if isinstance(given, str) else f"{given:+d}".replace("+0", "0")
        effect = (
            f"{row['effect_persons']:+,.0f}" if row["model"] is not None else f"no driver: {row['reason']}"
        )
        rows.append((row["indicator"], row["label"], shown, model, effect))
    title = f"EWEA scorecard: {scenario}, beside the report of {published}"
    heads = ("indicator", "", "published", "model", "displaced people in NL after a year")
    out = console()
    out.print(terminal_table(title, heads, rows, 2))
    share = 100 * found["agreeing"] / found["compared"] if found["compared"] else 0
    out.print(
        f"Positive means fewer displaced people. Of {found['compared']} indicators with a published sign and "
        f"a driver {found['agreeing']} agree ({share:.0f} %); {found['zeros']} published zeros are left out. "
        "The model moves an indicator by its published score (by one step where that is 0 or absent), all "
        "else equal, and looks at the Netherlands twelve months later. Steps are judgements: see "
        "configs/scorecards/indicators.yaml."
    )


def monitor_command(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Argument(help="Scenario that fixes everything else.")] = "baseline",
    since: Annotated[int | None, month_option("Month from which to look ahead.")] = None,
    seeds: Seeds = 6,
    scale: Scale = 200,
    as_json: AsJson = False,
) -> None:
    """List the indicators that could fill all municipal places of the Netherlands in 6 and 12 months."""
    from experiments.scorecard import monitor

    found = monitor(configs_of(context), scenario, seeds, scale, since)
    if as_json:
        print_json(found)
        return
    out = console()
    out.print(
        f"Netherlands, looking ahead from {found['month']}: {found['places']:,.0f} places. If nothing "
        f"changes about {found['usual']['6']:,.0f} people need one after 6 months and "
        f"{found['usual']['12']:,.0f} after 12."
    )
    out.print(
        f"Chance that places run short when all indicators move within what is plausible: "
        f"{100 * found['probability']['6']:.0f} % within 6 months, {100 * found['probability']['12']:.0f} % "
        "within 12.",
        style="bold",
    )
    rows = []
    for row in found["indicators"]:
        past = "within 6 months" if row["past_6"] else "within 12 months" if row["past_12"] else "no"
        rows.append(
            (row["indicator"], row["label"], f"{row['needed_6']:,.0f}", f"{row['needed_12']:,.0f}", past)
        )
    heads = ("indicator", "", "people who need a place, 6 months", "12 months", "exceeds the places")
    out.print(terminal_table("Each indicator alone, at the worse end of its plausible range", heads, rows, 2))


LABELS = {
    "first_arrivals": "first departures",
    "returns": "lasting returns",
    "redepartures": "departures again",
    "moves": "moves to another host",
    "regrants": "granted again",
    "late": "registered late",
    "births": "births",
    "deaths": "deaths",
    "net": "net outflow from Ukraine",
    "non_first_share": "registrations not first, %",
}


def account_command(
    context: typer.Context,
    *,
    scale: UsualScale = None,
    seeds: Seeds = 20,
    seed: FirstSeed = 1,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Show what registrations were made of by year, and who came, returned and moved, beside their sources.

    Registrations are first arrivals, departures again, moves from other hosts, grants again after a lapse or
    a stay in Ukraine, late registrations of people abroad already, and births. Thousand persons, all hosts;
    the share is that of the hosts that publish grants.
    """
    from experiments.account import QUANTITIES, account

    found = account(configs_of(context), scale, seeds, seed, threads)
    if as_json:
        print_json(found)
        return
    low, high = (f"{edge}_{LEVEL * 100:.0f}" for edge in ("low", "high"))

    def cell(name: str, row: dict[str, float]) -> str:
        unit, digits = (100.0, 0) if name == "non_first_share" else (1e-3, 0)
        middle, least, most = (row[key] * unit for key in ("median", low, high))
        return f"{middle:,.{digits}f} ({least:,.{digits}f} to {most:,.{digits}f})"

    rows = [[LABELS[name], *(cell(name, year[name]) for year in found.values())] for name in QUANTITIES]
    out = console()
    title = f"Thousand persons, median and {LEVEL * 100:.0f} % band of {seeds} members"
    out.print(terminal_table(title, ("", *found), rows))
    names = sorted({name for year in found.values() for name in year["observed"]})
    told = []
    for name in names:
        by_year = [year["observed"].get(name) for year in found.values()]
        source = next(one["publisher"] for one in by_year if one)
        cells = ["" if one is None else f"{one['value'] / 1e3:,.0f}" for one in by_year]
        told.append([name.replace("_", " "), *cells, source])
    out.print(terminal_table("What others counted, thousand persons", ("", *found, "source"), told))


COMMANDS = {
    "validate": validate_command,
    "facts": facts_command,
    "experiment": experiment_command,
    "scorecard": scorecard_command,
    "monitor": monitor_command,
    "account": account_command,
}
