"""When does it happen: the inputs and ranges under which an outcome meets a condition, by PRIM.

Patient rule induction after Friedman & Fisher (1999); scenario discovery and quasi-p-values after Bryant &
Lempert (2010). PRIM peels the worlds away a few at a time and leaves a trajectory of ever smaller boxes. Of
these we take the one whose inside agrees best with the cases (largest correlation of the two, phi), which
weighs coverage and density without depending on how common the cases are; then limits that could be chance
are dropped.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.errors import EweaError
from experiments.analysis.sensitivity import by_world_and_seed
from experiments.analysis.words import AxisWords, OutcomeCondition, parse, words_of
from experiments.designs.simulate import CHANGE
from experiments.designs.sweep import Sweep
from experiments.wording.numbers import shown

Bools = NDArray[np.bool_]

LEAST_MASS = 0.05
LEAST_INSIDE = 5
"""A box holds at least this share and this number of worlds."""

LEAST_WORLDS = 20
"""Fewer worlds cannot fill a box and its outside."""

MOST_LEVELS = 8
"""An axis with more numbers than this counts as a range."""

SHARED = ("sobol", "morris")
"""Samples whose worlds share values with one another."""

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


def find_box(inputs: pd.DataFrame, of_interest: Bools, categorical: Sequence[str]) -> Box:
    """Return the box in which cases (bool[world]) gather; without limits if nothing tells them apart."""
    frame, levels = _columns(inputs, set(categorical))
    box, trajectory = _peeled(frame, of_interest)
    how_often = _reproduced(frame, of_interest)
    inside = np.zeros(len(inputs), np.bool_)
    inside[box.yi] = True
    # The lower the density would be without a limit, the more it matters.
    restricted = sorted(_restricted(box), key=lambda column: _density_without(box, column))
    names = dict(zip(frame.columns, map(str, inputs.columns), strict=True))
    limits = [_limit(box, c, names[c], levels.get(c), how_often[c]) for c in restricted]
    return Box(
        limits,
        inside,
        float(of_interest[inside].sum() / of_interest.sum()),
        float(of_interest[inside].mean()),
        float(inside.mean()),
        trajectory,
    )


def _columns(inputs: pd.DataFrame, categorical: set[str]) -> tuple[pd.DataFrame, dict[str, list[Any]]]:
    """Return inputs under neutral names and numbered levels, and the levels by these names.

    PRIM drops a column named ``scenario`` without a word, and walks through sets of levels: the order of a
    set of text differs from one process to the next.
    """
    frame, levels = {}, {}
    for number, name in enumerate(inputs.columns):
        column = f"x{number}"
        if name in categorical:
            codes, found = pd.factorize(inputs[name], use_na_sentinel=False)
            levels[column] = [None if pd.isna(value) else value for value in found]
            frame[column] = pd.Series(pd.Categorical(codes, categories=range(len(found))))
        else:
            frame[column] = pd.Series(inputs[name].to_numpy(np.float64))
    return pd.DataFrame(frame), levels


def _peeled(frame: pd.DataFrame, of_interest: Bools) -> tuple[Any, pd.DataFrame]:
    """Return PRIM's boxes, the best one selected without limits of chance, and their trajectory."""
    n = len(frame)
    with warnings.catch_warnings():
        # EMA Workbench 3.0 names optional libraries it does not find, and drops a column the old way.
        for message in ("ipyparallel not installed", "altair based interactive inspection"):
            warnings.filterwarnings("ignore", message=message)
        warnings.filterwarnings("ignore", message="The inplace keyword", module=r"ema_workbench\.")
        from ema_workbench.analysis.prim import Prim

        box = Prim(frame, of_interest.copy(), mass_min=max(LEAST_MASS, min(0.5, LEAST_INSIDE / n))).find_box()
    steps = box.peeling_trajectory
    inside, hit, total = steps["n"].to_numpy(float), steps["k"].to_numpy(float), float(of_interest.sum())
    spread = inside * (n - inside) * total * (n - total)
    phi = (n * hit - inside * total) / np.sqrt(np.where(spread > 0, spread, 1.0))
    trajectory = pd.DataFrame(
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
    box.select(int(trajectory["chosen"].to_numpy().argmax()))
    _drop_chance(box)
    return box, trajectory


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
    """Return in which share of random halves each input is restricted; EMA's ``resample`` loses inputs."""
    rng = np.random.default_rng(RESAMPLE_SEED)
    counts = dict.fromkeys(frame.columns, 0)
    for _ in range(RESAMPLES):
        half = np.sort(rng.choice(len(frame), size=max(2, int(len(frame) * RESAMPLED_PART)), replace=False))
        part, hits = frame.iloc[half].reset_index(drop=True), of_interest[half]
        if not hits.any() or hits.all():
            continue
        several = [column for column in part.columns if len(part[column].unique()) > 1]
        for column in _restricted(_peeled(part[several], hits)[0]):
            counts[column] += 1
    return {column: count / RESAMPLES for column, count in counts.items()}


def _limit(box: Any, column: str, name: str, levels: list[Any] | None, reproduced: float) -> Limit:
    whole, limits = box.box_lims[0], box.box_lims[box._cur_box]
    p_low, p_high = (None if p < 0 else float(p) for p in box.p_values[box._cur_box][column])
    if levels is not None:
        inside = tuple(value for code, value in enumerate(levels) if code in limits[column][0])
        return Limit(name, None, None, inside, p_low, None, reproduced)
    low, high = (
        None if limits.loc[end, column] == whole.loc[end, column] else float(limits.loc[end, column])
        for end in (0, 1)
    )
    return Limit(name, low, high, None, p_low, p_high, reproduced)


def _density_without(box: Any, column: str) -> float:
    """Return the density the box would have without the limits of a column."""
    limits = box.box_lims[box._cur_box].copy()
    limits[column] = box.box_lims[0][column]
    return round(float(box.prim.y[_inside(box.prim.x, limits)].mean()), 9)


# --- discovery in the table of a sweep


@dataclass(frozen=True)
class Discovery:
    """What scenario discovery found."""

    design: str
    unit: str
    condition: OutcomeCondition
    words: AxisWords
    inputs: pd.DataFrame  # One row a world, one column an axis that takes several values
    values: NDArray[np.float64]  # [world] The outcome, averaged over seeds
    of_interest: NDArray[np.bool_]  # [world] Where the condition holds
    box: Box
    seeds: int
    shared: bool  # Whether worlds share values, so that quasi-p-values are too small

    @property
    def share(self) -> float:
        """Share of all worlds in which the condition holds."""
        return float(self.of_interest.mean())

    def limit_table(self) -> pd.DataFrame:
        """Return one row a limit of the box."""
        columns = ["input", "meaning", "low", "high", "levels", "quasi_p_low", "quasi_p_high", "reproduced"]
        rows = []
        for limit in self.box.limits:
            ends = (limit.low, limit.high, " | ".join(self.levels_of(limit)))
            sure = (limit.quasi_p_low, limit.quasi_p_high, limit.reproduced)
            rows.append((limit.axis, self.words.axis(limit.axis), *ends, *sure))
        return pd.DataFrame(rows, columns=columns)

    def levels_of(self, limit: Limit) -> list[str]:
        """Return the levels inside a limit in words."""
        return [self.words.level(limit.axis, level) for level in limit.levels or ()]

    def world_table(self) -> pd.DataFrame:
        """Return one row a world: inputs, outcome, whether the condition holds and whether it is inside."""
        extra = {
            self.condition.outcome: self.values,
            "of_interest": self.of_interest,
            "inside": self.box.inside,
        }
        return self.inputs.assign(**extra)


def discover(sweep: Sweep, table: pd.DataFrame, when: str) -> Discovery:
    """Return the box of inputs in which a condition holds; a world meets it if its mean over seeds does."""
    outcomes = [n for o in sweep.design.outcomes for n in (o.name, o.name + CHANGE) if n in table]
    condition = parse(when, "--when", outcomes)
    worlds, seeds = len(sweep.worlds), sweep.design.seeds.count
    if worlds < LEAST_WORLDS:
        raise EweaError(
            f"{sweep.path}: has {worlds} worlds; scenario discovery needs {LEAST_WORLDS} at least, better "
            "some hundreds. Raise sampling.size."
        )
    values = by_world_and_seed(table, condition.outcome, worlds, seeds).mean(axis=1)
    of_interest = cases(condition, values)
    words = words_of(sweep)
    one = table.drop_duplicates("world").sort_values("world", kind="stable").reset_index(drop=True)
    names = [axis.name for axis in sweep.axes if axis.name in one]
    moving = [name for name in names if len(one[name].unique()) > 1]
    if not moving:
        raise EweaError(
            f"{sweep.path}: no axis takes several values (draws of a posterior are not distinguished); there "
            "is nothing to describe the worlds by. Use uncertainties with sampling method latin_hypercube."
        )
    inputs = one[moving]
    categorical = [name for name in moving if name in words.categorical or _has_levels(inputs[name])]
    return Discovery(
        design=sweep.design.id,
        unit=words.units[condition.outcome],
        condition=condition,
        words=words,
        inputs=inputs,
        values=values,
        of_interest=of_interest,
        box=find_box(inputs, of_interest, categorical),
        seeds=seeds,
        shared=sweep.design.sampling.method in SHARED,
    )


def cases(condition: OutcomeCondition, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return in which worlds a condition holds, bool[world]; refuse one that holds in none or in all."""
    found = condition.holds(values)
    if found.all() or not found.any():
        which = "all" if found.all() else "none"
        low, middle, high = np.quantile(values, [0.0, 0.5, 1.0])
        raise EweaError(
            f"{condition.text!r} holds in {which} of the {len(values):,} worlds, so there is nothing to tell "
            f"apart: {condition.outcome} runs from {shown(low)} to {shown(high)} (median {shown(middle)}). "
            "Choose a bound in between."
        )
    return found


def _has_levels(column: "pd.Series[Any]") -> bool:
    """Return whether a column holds levels: text, values that are not set, or only a few numbers."""
    numbers = pd.to_numeric(column, errors="coerce")
    return bool(numbers.isna().any()) or len(column.unique()) <= MOST_LEVELS
