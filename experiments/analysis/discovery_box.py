"""Find a box of inputs in which cases of interest gather: PRIM, by the EMA Workbench.

Patient rule induction after Friedman & Fisher (1999); scenario discovery and quasi-p-values after Bryant &
Lempert (2010). PRIM peels the worlds away a few at a time and leaves a trajectory of ever smaller boxes. Of
these we take the one whose inside agrees best with the cases (largest correlation of the two, phi), which
weighs coverage and density without depending on how common the cases are; then limits that could be chance
are dropped.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Bools = NDArray[np.bool_]

LEAST_MASS = 0.05
LEAST_WORLDS = 5
"""A box holds at least this share and this number of worlds."""

MOST_QUASI_P = 0.05
"""A limit stays if a draw at random would give it less often."""

RESAMPLES, RESAMPLED_PART, RESAMPLE_SEED = 10, 0.5, 1
"""Stability: PRIM again on ten random halves of the worlds, as Bryant & Lempert (2010) propose."""


@dataclass(frozen=True)
class Limit:
    """One restricted input of a box.

    ``low`` and ``high`` are None where a range is open; ``levels`` are those inside, for an input with
    levels, and ``quasi_p_low`` then stands for them all. ``reproduced`` is the share of random halves of the
    worlds in which the input is restricted too.
    """

    axis: str
    low: float | None
    high: float | None
    levels: tuple[Any, ...] | None
    quasi_p_low: float | None
    quasi_p_high: float | None
    reproduced: float


@dataclass(frozen=True)
class Box:
    """A box: its limits, the strongest first, and which worlds lie inside, bool[world].

    ``coverage`` is the share of all cases of interest that lie inside, ``density`` the share of the worlds
    inside that are cases, ``mass`` the share of all worlds inside; ``trajectory`` has one row for every box
    on the way, ``chosen`` the one this comes from.
    """

    limits: list[Limit]
    inside: Bools
    coverage: float
    density: float
    mass: float
    trajectory: pd.DataFrame


@dataclass(frozen=True)
class _Columns:
    """Inputs under neutral names, for PRIM drops a column named ``scenario`` without a word.

    Levels are numbered: PRIM walks through sets of them, and the order of a set of text differs from one
    process to the next.
    """

    frame: pd.DataFrame
    names: Mapping[str, str]
    levels: Mapping[str, list[Any]]


def find_box(inputs: pd.DataFrame, of_interest: Bools, categorical: Sequence[str]) -> Box:
    """Return the box in which cases of interest gather; without limits if no box tells them apart.

    ``inputs`` has one row a world; ``categorical`` names the columns whose values are levels without an
    order; ``of_interest`` is bool[world], true in some and not in all.
    """
    columns = _columns(inputs, set(categorical))
    box, trajectory = _peeled(columns.frame, of_interest)
    chosen = int(trajectory["chosen"].to_numpy().argmax())
    box.select(chosen)
    _drop_chance(box)
    restricted = _restricted(box)
    how_often = _reproduced(columns.frame, of_interest)
    inside = np.zeros(len(inputs), np.bool_)
    inside[box.yi] = True
    limits = [_limit(box, column, columns, how_often[column]) for column in restricted]
    limits.sort(key=lambda limit: _loss(limit, box, columns))
    return Box(
        limits,
        inside,
        float(of_interest[inside].sum() / of_interest.sum()),
        float(of_interest[inside].mean()),
        float(inside.mean()),
        trajectory,
    )


def _columns(inputs: pd.DataFrame, categorical: set[str]) -> _Columns:
    frame, names, levels = {}, {}, {}
    for number, name in enumerate(inputs.columns):
        column = f"x{number}"
        names[column] = str(name)
        if name in categorical:
            codes, found = pd.factorize(inputs[name], use_na_sentinel=False)
            levels[column] = [None if pd.isna(value) else value for value in found]
            frame[column] = pd.Series(pd.Categorical(codes, categories=range(len(found))))
        else:
            frame[column] = pd.Series(inputs[name].to_numpy(np.float64))
    return _Columns(pd.DataFrame(frame), names, levels)


def _peeled(frame: pd.DataFrame, of_interest: Bools) -> tuple[Any, pd.DataFrame]:
    """Return PRIM's box with its trajectory, and the trajectory as a table."""
    n = len(frame)
    with warnings.catch_warnings():
        # EMA Workbench 3.0 names optional libraries it does not find, and drops a column the old way.
        for message in ("ipyparallel not installed", "altair based interactive inspection"):
            warnings.filterwarnings("ignore", message=message)
        warnings.filterwarnings("ignore", message="The inplace keyword", module=r"ema_workbench\.")
        from ema_workbench.analysis.prim import Prim

        box = Prim(frame, of_interest.copy(), mass_min=max(LEAST_MASS, min(0.5, LEAST_WORLDS / n))).find_box()
    steps = box.peeling_trajectory
    inside, hit, total = steps["n"].to_numpy(float), steps["k"].to_numpy(float), float(of_interest.sum())
    spread = inside * (n - inside) * total * (n - total)
    phi = (n * hit - inside * total) / np.sqrt(np.where(spread > 0, spread, 1.0))
    return box, pd.DataFrame(
        {
            "step": np.arange(len(steps)),
            "coverage": steps["coverage"].to_numpy(float),
            "density": steps["density"].to_numpy(float),
            "mass": steps["mass"].to_numpy(float),
            "restricted": steps["res_dim"].to_numpy(int),
            "phi": phi,
            # The first of equals restricts least. Rounded, so that the order of a sum decides nothing.
            "chosen": np.arange(len(steps)) == np.round(phi, 9).argmax(),
        }
    )


def _drop_chance(box: Any) -> None:
    """Open the ends of the selected box that a draw at random could have given, the least sure first."""
    whole = box.box_lims[0]
    while True:
        number = box._cur_box
        doubtful = [
            (p, column, end)
            for column, ends in box.p_values[number].items()
            for end, p in enumerate(ends)
            if p > MOST_QUASI_P
        ]
        if not doubtful:
            return
        _, column, end = max(doubtful)
        limits = box.box_lims[number].copy()
        if isinstance(whole.loc[0, column], set):
            limits[column] = whole[column]
        else:
            limits.loc[end, column] = whole.loc[end, column]
        box.update(limits, _inside(box.prim.x, limits))


def _inside(frame: pd.DataFrame, limits: pd.DataFrame) -> NDArray[np.int64]:
    found = np.ones(len(frame), np.bool_)
    for column in limits.columns:
        low, high = limits[column]
        values = frame[column]
        found &= (values.isin(low) if isinstance(low, set) else values.between(low, high)).to_numpy(np.bool_)
    return np.flatnonzero(found)


def _restricted(box: Any) -> list[str]:
    whole, limits = box.box_lims[0], box.box_lims[box._cur_box]
    return [column for column in whole.columns if list(whole[column]) != list(limits[column])]


def _reproduced(frame: pd.DataFrame, of_interest: Bools) -> dict[str, float]:
    """Return in which share of random halves each input is restricted, with the same rule of choice.

    EMA's own ``resample`` forgets the least mass and loses inputs that have one level in a half.
    """
    rng = np.random.default_rng(RESAMPLE_SEED)
    counts = dict.fromkeys(frame.columns, 0)
    for _ in range(RESAMPLES):
        half = np.sort(rng.choice(len(frame), size=max(2, int(len(frame) * RESAMPLED_PART)), replace=False))
        part, hits = frame.iloc[half].reset_index(drop=True), of_interest[half]
        if not hits.any() or hits.all():
            continue
        several = [column for column in part.columns if len(part[column].unique()) > 1]
        box, trajectory = _peeled(part[several], hits)
        box.select(int(trajectory["chosen"].to_numpy().argmax()))
        _drop_chance(box)
        for column in _restricted(box):
            counts[column] += 1
    return {column: count / RESAMPLES for column, count in counts.items()}


def _limit(box: Any, column: str, columns: _Columns, reproduced: float) -> Limit:
    whole, limits = box.box_lims[0], box.box_lims[box._cur_box]
    p_low, p_high = (None if p < 0 else float(p) for p in box.p_values[box._cur_box][column])
    name = columns.names[column]
    if column in columns.levels:
        inside = tuple(
            value for code, value in enumerate(columns.levels[column]) if code in limits[column][0]
        )
        return Limit(name, None, None, inside, p_low, None, reproduced)
    low, high = (
        None if limits.loc[end, column] == whole.loc[end, column] else float(limits.loc[end, column])
        for end in (0, 1)
    )
    return Limit(name, low, high, None, p_low, p_high, reproduced)


def _loss(limit: Limit, box: Any, columns: _Columns) -> float:
    """Return the density the box would have without a limit: the lower, the more the limit matters."""
    column = next(c for c, name in columns.names.items() if name == limit.axis)
    limits = box.box_lims[box._cur_box].copy()
    limits[column] = box.box_lims[0][column]
    return round(float(box.prim.y[_inside(box.prim.x, limits)].mean()), 9)
