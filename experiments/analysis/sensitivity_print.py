"""The strongest drivers on the terminal."""

from rich.console import Console
from rich.table import Table

from experiments.analysis.sensitivity import Cell, Sensitivity
from experiments.analysis.sensitivity_indices import SOBOL
from experiments.wording.numbers import shown


def print_sensitivity(found: Sensitivity, sentences: list[str], top: int) -> None:
    """Print one table a cell, then what they say."""
    console = Console()
    for cell in found.moving:
        console.print(_table(found, cell, top))
    for text in sentences:
        console.print(f"\n{text}", highlight=False, markup=False)


def _table(found: Sensitivity, cell: Cell, top: int) -> Table:
    table = Table(title=f"{found.outcome_words}\n{cell.label}", title_justify="left")
    table.add_column("input")
    heads = (
        ("in all, %", "by itself, %")
        if found.method == SOBOL
        else (f"effect, {found.unit}", "spread (sigma)")
    )
    for head in heads:
        table.add_column(head, justify="right")
    assert cell.indices is not None
    for _, row in cell.indices.head(top).iterrows():
        if found.method == SOBOL:
            table.add_row(row["meaning"], _interval(row, "ST", 100), _interval(row, "S1", 100))
        else:
            spread = "–" if row["sigma"] != row["sigma"] else shown(row["sigma"])
            table.add_row(row["meaning"], _interval(row, "mu_star", 1), spread)
    return table


def _interval(row: "dict[str, float]", name: str, factor: int) -> str:
    """Return an index with its interval; in brackets if it cannot be told apart from zero."""
    value, low, high = (
        f"{factor * row[name + end]:,.0f}" if factor > 1 else shown(row[name + end])
        for end in ("", "_low", "_high")
    )
    text = f"{value} ({low} to {high})".replace("-", "−")
    return text if row[f"{name}_told_apart"] else f"not told apart from zero: {text}"
