"""``ewea facts``: does the model move in the direction the evidence says."""

from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json

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
    from rich.console import Console
    from rich.table import Table

    shown = Table(title="Directions of effect: what the evidence says and what the model does")
    for heading in ("row", "statement", "expected", "found", "holds"):
        shown.add_column(heading, overflow="fold")
    for item in table:
        holds = "yes" if item["holds"] else f"no: {item['cannot']}" if item["cannot"] else "NO"
        shown.add_row(item["id"], item["statement"], item["expected"], item["found"], holds)
    console = Console()
    console.print(shown)
    held = sum(item["holds"] for item in table)
    console.print(
        f"{held} of {len(table)} rows hold ({100 * held / len(table):.0f} %). Rows of the kind 'exact' "
        "compare the odds of one household and leave nothing to chance; rows of the kind 'runs' need five "
        "of five seeds to agree, which chance alone does in one case in sixteen."
    )
