"""``ewea levers``: what a government can set, and the scenarios that set it."""

import typer

from experiments.options import AsJson, configs_of, print_json

COMMAND = "levers"


def command(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List all levers with their range, what they act on and where they are in force, and all scenarios."""
    from experiments.levers.catalogue import lever_catalogue, scenario_catalogue

    root = configs_of(context)
    levers, scenarios = lever_catalogue(root), scenario_catalogue(root)
    if as_json:
        print_json({"levers": levers, "scenarios": scenarios})
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Levers: what a government can set")
    for heading in ("group", "lever", "what it is", "unit", "range", "in force in"):
        table.add_column(heading, overflow="fold")
    for lever in levers:
        in_force = sorted(
            {
                place
                for line in lever["lines"]
                if line["status"] == "in_force"
                for place in ([line["place"]] if isinstance(line["place"], str) else line["place"])
            }
        )
        bounds = f"{lever['range']['least']} to {lever['range']['most']}"
        table.add_row(
            lever["group"], lever["id"], lever["label"]["en"], lever["unit"], bounds, " ".join(in_force)
        )
    others = Table(title="Scenarios: join them with +, for example rtb_end+winter_grid")
    for heading in ("kind", "scenario", "what happens"):
        others.add_column(heading, overflow="fold")
    for scenario in scenarios:
        others.add_row(scenario["kind"], scenario["id"], scenario["explanation"]["en"])
    console = Console()
    console.print(table)
    console.print(others)
