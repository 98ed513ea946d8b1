"""What a sensitivity analysis says, in plain English."""

import pandas as pd

from experiments.analysis.sensitivity import Cell, Sensitivity
from experiments.analysis.sensitivity_indices import SOBOL
from experiments.wording.numbers import rounding_step, shown, spoken

NAMED = 3
"""Inputs named in a sentence at most."""

SPOKEN = 4
"""Cells spoken of; the table holds all."""

NO_CELLS = "all worlds"


def sentences_of(found: Sensitivity) -> list[str]:
    """Return what the analysis says: one sentence a cell, then what is untold and what is chance."""
    said = [_driven(found, cell) for cell in found.cells[:SPOKEN]]
    if (more := len(found.cells) - SPOKEN) > 0:
        said.append(f"{more} more cells stand in the table.")
    said.append(_untold(found))
    said += [text for text in (_chance(found), _scattered(found)) if text]
    return said


def finding(found: Sensitivity) -> str:
    """Return the main result as the title of a figure."""
    cell = found.moving[0]
    assert cell.indices is not None
    told = cell.indices[cell.indices[f"{found.main}_told_apart"]]
    where = "" if len(found.cells) == 1 else f" ({cell.label})"
    if told.empty:
        return f"No single driver stands out{where}"
    first = told.iloc[0]
    much = (
        f"{_about(first, 'ST')} of the differences, alone or with others"
        if found.method == SOBOL
        else f"about {_size(first)} {found.unit} over its range"
    )
    return f"Strongest driver is {first['meaning']}: {much}{where}"


def _driven(found: Sensitivity, cell: Cell) -> str:
    where = "" if cell.label == NO_CELLS else f"Where {cell.label}: "
    subject = found.outcome_words
    if cell.indices is None:
        return f"{where}{subject}: {shown(cell.mean)} {found.unit} in all worlds; nothing drives it."
    told = cell.indices[cell.indices[f"{found.main}_told_apart"]].head(NAMED)
    step = rounding_step(cell.deviation)
    average = (
        f"{spoken(cell.mean, step)} {found.unit} on average, give or take {spoken(cell.deviation, step)}"
    )
    spread = f"{where}{subject}: {average}".replace("-", "−")
    if told.empty:
        return f"{spread}; no input can be told apart from zero at this number of worlds ({found.worlds:,})."
    if found.method == SOBOL:
        parts = [
            f"{row['meaning']} ({_about(row, 'ST')} of the differences in all, "
            + (
                f"{_about(row, 'S1')} by itself)"
                if row["S1_told_apart"]
                else "by itself not told apart from zero)"
            )
            for _, row in told.iterrows()
        ]
        return f"{spread}. What moves it most: {'; '.join(parts)}."
    parts = [f"{row['meaning']} (about {_size(row)} {found.unit})" for _, row in told.iterrows()]
    return f"{spread}. What moves it most, from one end of its range to the other: {'; '.join(parts)}."


def _untold(found: Sensitivity) -> str:
    counts = []
    for cell in found.moving[:SPOKEN]:
        assert cell.indices is not None
        told = cell.indices[f"{found.main}_told_apart"]
        where = "" if cell.label == NO_CELLS else f" ({cell.label})"
        counts.append(f"{int((~told).sum())} of {len(told)} inputs{where}")
    return f"Not told apart from zero, or from chance between seeds, at 95 % confidence: {'; '.join(counts)}."


def _chance(found: Sensitivity) -> str:
    seeds = found.cells[0].chance.seeds
    if seeds == 1:
        return "There is one seed, so nobody can tell how much of this is chance between runs."
    single = [cell.chance.of_one_run for cell in found.moving if cell.chance.of_one_run is not None]
    left = [cell.chance.left for cell in found.moving if cell.chance.left is not None]
    return (
        f"Chance between seeds makes up {_span(single)} of the differences between single runs; averaged "
        f"over the {seeds} seeds, {_span(left)} of those between worlds is chance, and it stands in every "
        f"{'total index' if found.method == SOBOL else 'effect'}."
    )


def _scattered(found: Sensitivity) -> str:
    """Return a warning if the sample is too small for the indices to make sense."""
    if found.method != SOBOL:
        return ""
    wide = [
        float((cell.indices["ST_high"] - cell.indices["ST"]).max())
        for cell in found.moving
        if cell.indices is not None
    ]
    if max(wide) <= 0.2:
        return ""
    return (
        f"The intervals are wide (up to {shown(100 * max(wide))} percentage points either way): raise "
        "sampling.size before reading an order into the indices."
    )


def _about(row: "pd.Series[float]", name: str) -> str:
    """Return an index in per cent, rounded to what its interval supports."""
    half = 100 * (row[f"{name}_high"] - row[name])
    step = 1 if half < 2 else 5 if half < 10 else 10
    value = min(100, step * round(100 * row[name] / step))
    return f"about {value} %" if value else f"less than {step} %"


def _size(row: "pd.Series[float]") -> str:
    """Return a size of an effect, rounded to what its interval supports."""
    if row["mu_star"] < 10:
        return shown(row["mu_star"])
    return spoken(row["mu_star"], rounding_step(row["mu_star"], row["mu_star_low"], row["mu_star_high"]))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _span(shares: list[float]) -> str:
    low, high = (_small(share) for share in (min(shares), max(shares)))
    return low if low == high else f"{low} to {high}"


def _small(share: float) -> str:
    return "less than 1 %" if share < 0.01 else _percent(share)
