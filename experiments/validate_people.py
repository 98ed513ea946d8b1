"""Who is there, in ``ewea validate``: age and sex of the stock, and grants of a half-year by sex."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.band import HIGH, LOW, key
from abm.branches import Branches
from abm.codes import MINORS, SEX_OF_KIND, PersonKind
from abm.compiled import compile_once
from abm.data.composition import PERSON_COLUMNS
from abm.data.folder import load_world
from abm.data.registers import read_eu_decisions
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.months import month_label
from abm.state import Flow
from calibration.validation.rolling import MODEL, gather_rolling, half_year_errors
from calibration.validation.rules import Rules
from experiments.validation_text import text_table

Floats = NDArray[np.float64]

SEXES = {"women": "F", "men": "M"}
"""Words of the result and codes of Eurostat; girls and boys are among them."""

AGES, HALF_YEAR_TOLD = "age_and_sex", "half_year_by_knowledge"
"""Keys of ``ewea validate --json``."""

OLD = (PersonKind.WOMEN_65, PersonKind.MEN_65)
WOMEN = PersonKind.WOMEN_18_64


def four_groups(kinds: Floats) -> Floats:
    """Return persons in the groups of the published composition, float64[..., 4], from those by kind."""
    minors, old = kinds[..., list(MINORS)].sum(axis=-1), kinds[..., list(OLD)].sum(axis=-1)
    women = kinds[..., WOMEN]
    return np.stack([women, kinds.sum(axis=-1) - women - minors - old, minors, old], axis=-1)


def age_and_sex(world: World, kinds: Floats, codes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return shares of the stock after the last register month beside the published ones, by host and group.

    ``kinds`` are persons by seed, host and kind, float64[S, H, kind].
    """
    month, rows = world.registers.last_month, []
    for code in codes:
        host = world.hosts.ids.index(code)
        groups = four_groups(kinds[:, host])
        simulated = (groups / groups.sum(axis=1, keepdims=True)).mean(axis=0)
        for number, group in enumerate(PERSON_COLUMNS):
            published = float(world.composition.stock[month, host, number])
            rows.append(
                {
                    "host": code,
                    "group": group,
                    "month": month_label(month),
                    "published": published,
                    "simulated": float(simulated[number]),
                    "difference_pp": float(100.0 * (simulated[number] - published)),
                }
            )
    return rows


def world_with_later_rules(root: Path, world: World, month: int, fit: str | None) -> World:
    """Return a world that knows laws and drivers, but registers, arrivals and controls to a month only."""
    past = load_world(root, world.n_months - 1, fit, last_month=month)
    return replace(world, registers=past.registers, controls=past.controls, data_date=month_label(month))


def half_year_ahead(world: World, settings: RunSettings, seed: int) -> tuple[Floats, Floats]:
    """Return the registers after ``known_until``, float64[month, H], and grants in the EU by sex, float64[2].

    Grants are those of all months, women and men. New arrivals have the sexes of their households; who
    registers otherwise (moves, again, late, births) is taken to be as those who are there.
    """
    compile_once(world)
    origin, eu = settings.known_until, world.hosts.is_eu
    assert origin is not None
    state = Branches(world, settings, seed).run(origin).state
    history, here = state.history, slice(origin + 1 - settings.start, state.index)
    female = np.array([sex == "female" for sex in SEX_OF_KIND])
    arrived = float(history.flows[here, Flow.ARRIVAL][..., : state.n_hosts][..., eu].sum())
    granted = float((history.entered + history.again)[here][:, eu].sum())
    columns = state.households.columns()
    new = (columns.cohort > origin) & np.append(eu, False)[columns.place]
    came = (columns.persons[new] * columns.stands_for[new, None].astype(np.int64)).sum(axis=0)
    present = history.stock[state.index, eu].sum(axis=(0, 1, 2))
    shares = [float(kinds[female].sum() / max(kinds.sum(), 1)) for kinds in (came, present)]
    women = arrived * shares[0] + (granted - arrived) * shares[1]
    return history.register[here], np.array([women, granted - women])


def half_year_beside_records(
    root: Path, world: World, rules: Rules, found: list[tuple[Floats, Floats]]
) -> dict[str, Any]:
    """Return typical error of the registers and grants beside the records, from :func:`half_year_ahead`."""
    registers, by_sex = (np.stack(parts) for parts in zip(*found, strict=True))
    origin, end = rules.rolling.half_year
    scored = gather_rolling(world.registers, rules, {origin: registers})
    return {
        "median_error_pct": half_year_errors(scored, rules)[MODEL],
        "grants": grants_beside_records(root, range(origin + 1, end + 1), by_sex),
    }


def grants_beside_records(root: Path, months: range, simulated: Floats) -> dict[str, dict[str, float]]:
    """Return recorded and simulated grants of some months by sex, persons; ``simulated`` float64[S, 2]."""
    recorded = read_eu_decisions(root)
    found = {}
    for number, (sex, code) in enumerate(SEXES.items()):
        known = float(sum(recorded[code, "TOTAL"][month] for month in months))
        low, middle, high = np.quantile(simulated[:, number], (LOW, 0.5, HIGH))
        found[sex] = {
            "recorded": known,
            "model": float(middle),
            key("low"): float(low),
            key("high"): float(high),
            "difference_pct": float(100.0 * (middle / known - 1.0)),
        }
    return found


def people_text(found: dict[str, Any]) -> str:
    """Return age and sex and the grants as two tables for a terminal."""
    rows = [
        [row["host"], row["group"], *(f"{100 * row[name]:.1f}" for name in ("published", "simulated")),
         f"{row['difference_pp']:+.1f}"]
        for row in found[AGES]
    ]  # fmt: skip
    first = found[AGES][0]["month"]
    stock = text_table(
        f"Age and sex of the stock at the end of {first} (%; published: the newest of May to October 2025):",
        ["host", "group", "published", "simulated", "points"],
        rows,
        words=(0, 1),
    )
    told = {"known_then": "as known then", "rules_known": "given the rules that came"}
    parts = ("recorded", "model", key("low"), key("high"))
    grants = text_table(
        "Grants in the EU in the half-year, by sex (thousand persons), and typical error of its registers:",
        ["forecast", "sex", "recorded", "model", "low", "high", "%", "registers, %"],
        [
            [told[name], sex, *(f"{1e-3 * row[part]:.0f}" for part in parts), f"{row['difference_pct']:+.0f}",
             f"{half_year['median_error_pct']:.2f}"]
            for name, half_year in found[HALF_YEAR_TOLD].items()
            for sex, row in half_year["grants"].items()
        ],
        words=(0, 1),
    )  # fmt: skip
    return f"\n{stock}\n\n{grants}"
