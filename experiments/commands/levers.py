"""``ewea levers``: what a government can set, and the scenarios that set it."""

import typer

from experiments.options import AsJson, configs_of, console, print_json, terminal_table

COMMAND = "levers"


def command(context: typer.Context, *, as_json: AsJson = False) -> None:
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
                if line["status"] == "in_force"
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
