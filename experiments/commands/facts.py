"""``ewea facts``: does the model move in the direction the evidence says."""

from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, console, print_json, terminal_table

COMMAND = "facts"


def command(
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
