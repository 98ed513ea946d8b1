"""The ledger of forecasts: ``ewea forecast publish`` and ``ewea forecast score``."""

from pathlib import Path
from typing import Annotated

import typer

from abm.band import IN_WORDS, key
from experiments.options import (
    AsJson,
    Threads,
    UsualScale,
    configs_of,
    month_option,
    number_option,
    out_option,
    print_json,
    text_table,
)

Folder = Annotated[Path | None, out_option("docs/forecasts beside the configuration")]


def publish_command(
    context: typer.Context,
    *,
    as_of: Annotated[
        int | None,
        month_option(
            "Publish late what could have been said at the end of this month, marked as made later."
        ),
    ] = None,
    scale: UsualScale = None,
    seeds: Annotated[
        int | None, number_option("Number of seeds. [default: configs/settings.yaml]", 2)
    ] = None,
    out: Folder = None,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Publish the forecast of the baseline, 24 months on: every host, EU and ALL, dated and hashed.

    Written once to <last data month>.csv, with the law and the data it knew in its head, and never
    overwritten. --as-of makes an earlier one with what was known then.
    """
    from experiments.forecast_ledger import ledger_folder, publish_forecast
    from experiments.options import progress

    root = configs_of(context)
    with progress(0, "forecast", as_json, "runs") as meter:
        path, _ = publish_forecast(
            root=root,
            folder=out or ledger_folder(root),
            as_of=as_of,
            scale=scale,
            n_seeds=seeds,
            threads=threads,
            watch=meter.show,
        )
    if as_json:
        print_json({"published": str(path)})
    else:
        typer.echo(f"Published: {path}")


def score_command(context: typer.Context, *, out: Folder = None, as_json: AsJson = False) -> None:
    """Score every published forecast against the registers that came later, beside the baselines."""
    from abm.data.settings import load_settings
    from abm.months import month_label
    from abm.policy.scenario import scenario_world
    from calibration.validation.rules import load_rules
    from calibration.validation.scores import finite
    from experiments.forecast_ledger import ledger_folder, ledger_scores, read_ledger
    from experiments.validation_text import HEADS, number

    root = configs_of(context)
    folder = out or ledger_folder(root)
    entries = read_ledger(folder)
    world = scenario_world(root, load_settings(root).default_until)
    rules = load_rules(root / "validation.yaml", world.hosts.ids, world.registers)
    found = ledger_scores(entries, world.registers, world.hosts.ids, world.hosts.is_eu, rules)
    if as_json:
        print_json(finite({"forecasts": found}))
        return
    shown = ("model", "persistence", "damped_trend", "ets")
    rows = [
        [
            one["forecast"],
            "later" if one["made_later"] else one["made_on"],
            month,
            str(row["months_ahead"]),
            *(number(row[name]["median"]) for name in shown),
            number(row[key("coverage")], 0, 100),
            *(number(abs(row["EU"][f"error_pct_{name}"])) for name in ("model", "damped_trend")),
        ]
        for one in found
        for month, row in one["targets"].items()
    ]
    heads = ["from", "made", "to", "months", *(HEADS[name] for name in shown), f"{IN_WORDS} band holds, %"]
    if rows:
        title = (
            "Published forecasts: typical error (median over hosts, % of the register), and that of the EU:"
        )
        typer.echo(text_table(title, [*heads, "EU", "EU, damped trend"], rows, words=(0, 1, 2)))
    last = month_label(world.registers.last_month)
    for one in found:
        if one["changed"]:
            typer.echo(
                f"{one['forecast']}: the file was changed after it was published (its hash does not fit), so "
                "it is not scored. Restore it."
            )
        elif not one["targets"]:
            typer.echo(f"{one['forecast']}: no later registers yet; they end in {last}.")
    if not found:
        typer.echo(f"No forecast is published in {folder}. Publish one: ewea forecast publish.")


COMMANDS = {"forecast publish": publish_command, "forecast score": score_command}
