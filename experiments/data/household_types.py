"""Derive the size distribution and the type weights of displaced households.

Both are the least change (in relative entropy) of a starting distribution that meets stated means; the
starting points, targets and reasons stand on the cards of the two tables. Run
``python -m experiments.data.household_types`` after a change of its inputs.
"""

import sys
from pathlib import Path

import numpy as np

from abm.arrays import Floats
from abm.data.composition import SIZE_COLUMNS, TYPE_COLUMNS, TYPE_KINDS, host_weights, load_snapshot
from abm.data.folder import default_configs
from abm.data.hosts import load_countries
from abm.data.tables import SeriesCard, load_card, read_rows
from abm.errors import ConfigError
from experiments.ensemble.files import comment_lines, replace_files, round_shares, table_text

MOST_STEPS = 200
CLOSE = 1e-10


def tilt(start: Floats, features: Floats) -> Floats:
    """Return the shares nearest to a start whose ``features`` float64[K, F] have mean zero (Newton, dual)."""
    multipliers = np.zeros(features.shape[1])

    def shares_of(point: Floats) -> Floats:
        score = features @ point
        weight = start * np.exp(score - score.max())
        return np.asarray(weight / weight.sum())

    def height(point: Floats) -> float:
        score = features @ point
        return float(np.log(start @ np.exp(score - score.max())) + score.max())

    for _ in range(MOST_STEPS):
        shares = shares_of(multipliers)
        mean = shares @ features
        if np.abs(mean).max() < CLOSE:
            return shares
        spread = (features - mean).T @ ((features - mean) * shares[:, None])
        step = np.linalg.lstsq(spread, mean, rcond=None)[0]
        length = 1.0
        while height(multipliers - length * step) > height(multipliers) and length > CLOSE:
            length /= 2
        multipliers = multipliers - length * step
    raise ConfigError("household types: no weights meet the targets. Add a type or relax a target.")


def derive_household_sizes(root: Path) -> Floats:
    """Return the share of displaced households of 1, 2, 3, 4 and 5 or more persons, float64[5]."""
    path = root / "composition" / "household_size.csv"
    card = load_card(path.with_suffix(".yaml"), SeriesCard)
    rows = sorted(read_rows(path, SIZE_COLUMNS, key=("persons",)), key=lambda row: int(row["persons"]))
    start = np.array([row["ukrstat_2008_share"] for row in rows])
    persons = np.array([float(row["persons"]) for row in rows])
    persons[-1] = card.parameters["mean_size_of_largest"].value
    wanted = card.parameters["mean_household_size"].value
    return round_shares(tilt(start / start.sum(), (persons - wanted)[:, None]))


def derive_household_weights(root: Path) -> tuple[list[dict[str, object]], Floats]:
    """Return the rows of the table of types and the fitted weight of each, float64[K]."""
    path = root / "household_types.csv"
    card = load_card(path.with_suffix(".yaml"), SeriesCard)
    rows = read_rows(path, TYPE_COLUMNS, key=("id",))
    kinds = np.array([[row[name] for name in TYPE_KINDS] for row in rows], dtype=np.float64)
    women, young, middle, late, _, older = kinds.T
    size = kinds.sum(axis=1)
    countries = load_countries(root)
    hosts = tuple(country.id for country in countries)
    weight = host_weights(root, hosts) * np.array([country.eu_member for country in countries])
    target = (weight / weight.sum()) @ load_snapshot(root, hosts)[0]
    men = young + middle + late
    households = derive_household_sizes(root)
    features = [women - target[0] * size, men - target[1] * size, older - target[3] * size]
    features += [young - card.parameters["men_18_22_share"].value * men]
    features += [late - card.parameters["men_61_64_share"].value * men]
    features += [(np.minimum(size, 5) == n) - households[n - 1] for n in range(1, 5)]
    prior = np.array([row["prior"] for row in rows])
    return rows, round_shares(tilt(prior / prior.sum(), np.column_stack(features)))


def main() -> None:
    """Write the derived columns of both tables of the default configuration folder."""
    root = default_configs()
    sizes_path, types_path = root / "composition" / "household_size.csv", root / "household_types.csv"
    sizes = derive_household_sizes(root)
    starts = sorted(read_rows(sizes_path, SIZE_COLUMNS), key=lambda row: int(row["persons"]))
    size_rows = [
        [row["persons"], row["ukrstat_2008_share"], f"{share:.5f}"]
        for row, share in zip(starts, sizes, strict=True)
    ]
    types, weights = derive_household_weights(root)
    type_rows = [
        [row["id"], *(row[name] for name in TYPE_KINDS), f"{row['prior']:g}", f"{share:.5f}"]
        for row, share in zip(types, weights, strict=True)
    ]
    replace_files(
        {
            sizes_path: table_text(comment_lines(sizes_path), list(SIZE_COLUMNS), size_rows),
            types_path: table_text(comment_lines(types_path), list(TYPE_COLUMNS), type_rows),
        }
    )
    sys.stdout.write(f"{root}: {len(size_rows)} sizes, {len(type_rows)} types\n")


if __name__ == "__main__":
    main()
